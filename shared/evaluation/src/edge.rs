//! Assessment of the edge, with a sentence.

use super::{ForecasterScores, TOO_FEW};
use crate::bootstrap::BootstrapInterval;
use contracts::forecast::EdgeVerdict;

/// Sentence for forecasts that were base rates.
pub(super) fn describe_base_rate(n_effective: f64) -> String {
    format!(
        "No edge: the folds found no skill, so all forecasts were the base rate; {n_effective:.0} independent labels."
    )
}

/// Assesses the edge over climatology. It is shown with enough independent labels and if the intervals of both log
/// loss difference and Brier skill are better than zero.
pub(super) fn assess_edge(
    difference: &BootstrapInterval,
    forecast: &ForecasterScores,
    n_effective: f64,
    enough: bool,
) -> (EdgeVerdict, String) {
    let BootstrapInterval { estimate, lo, hi } = *difference;
    let skill_interval = forecast.intervals.map(|intervals| intervals.brier_skill);
    let interval =
        skill_interval.map_or_else(|| TOO_FEW.to_owned(), |[lo, hi]| format!("interval {lo:+.4} to {hi:+.4}"));
    let skill = format!("Brier skill {:+.4}, {interval}", forecast.brier_skill);
    let labels = format!("{n_effective:.0} independent labels");
    let size = estimate.abs();
    // Savings have the opposite sign of the difference.
    let savings = format!("95 % interval of what is saved {:.5} to {:.5}; {skill}; {labels}", -hi, -lo);
    if hi < 0.0 && skill_interval.is_some_and(|[lo, _]| lo > 0.0) && enough {
        let text = format!("There is an edge: the forecasts' log loss is lower than climatology's by {size:.5}");
        return (EdgeVerdict::Shown, format!("{text} ({savings})."));
    }
    if estimate < 0.0 {
        let reason = if enough { "which chance explains" } else { "on too few labels to tell" };
        let text =
            format!("No edge is shown: the forecasts' log loss is lower than climatology's by {size:.5}, {reason}");
        return (EdgeVerdict::Weak, format!("{text} ({savings})."));
    }
    let finding = if lo > 0.0 { "No edge, and worse than the base rate" } else { "No edge" };
    (
        EdgeVerdict::None,
        format!("{finding}: the forecasts' log loss is higher than climatology's by {size:.5} ({savings})."),
    )
}
