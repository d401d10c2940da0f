//! What the record amounts to, in one sentence.

use super::{ForecasterScores, TOO_FEW};
use crate::bootstrap::BootstrapInterval;
use contracts::forecast::EdgeVerdict;

/// What is said of forecasts that no model made.
pub(super) fn describe_base_rate(n_effective: f64) -> String {
    format!(
        "No edge: the folds found no skill, so all forecasts were the base rate; {n_effective:.0} independent labels."
    )
}

/// Whether there is an edge: enough independent labels, and intervals of both the log loss difference and the Brier
/// skill on the good side of zero.
pub(super) fn assess_edge(
    difference: &BootstrapInterval,
    forecast: &ForecasterScores,
    n_effective: f64,
    enough: bool,
) -> (EdgeVerdict, String) {
    let BootstrapInterval { estimate: mean, lo, hi } = *difference;
    let skill_interval = forecast.intervals.map(|intervals| intervals.brier_skill);
    let interval =
        skill_interval.map_or_else(|| TOO_FEW.to_owned(), |[lo, hi]| format!("interval {lo:+.4} to {hi:+.4}"));
    let skill = format!("Brier skill {:+.4}, {interval}", forecast.brier_skill);
    let labels = format!("{n_effective:.0} independent labels");
    let size = mean.abs();
    // The interval of what is saved is the other way round.
    let saved = format!("95 % interval of what is saved {:.5} to {:.5}; {skill}; {labels}", -hi, -lo);
    if hi < 0.0 && skill_interval.is_some_and(|[lo, _]| lo > 0.0) && enough {
        let text = format!("There is an edge: the forecasts' log loss is lower than climatology's by {size:.5}");
        return (EdgeVerdict::Significant, format!("{text} ({saved})."));
    }
    if mean < 0.0 {
        let why = if enough { "which chance explains" } else { "on too few labels to tell" };
        let text = format!("No edge is shown: the forecasts' log loss is lower than climatology's by {size:.5}, {why}");
        return (EdgeVerdict::Weak, format!("{text} ({saved})."));
    }
    let how = if lo > 0.0 { "No edge, and worse than the base rate" } else { "No edge" };
    (EdgeVerdict::None, format!("{how}: the forecasts' log loss is higher than climatology's by {size:.5} ({saved})."))
}
