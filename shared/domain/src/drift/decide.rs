//! From evidence to a decision.

use super::{DriftConfig, DriftReport, Performance};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is concluded from the last windows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DriftDecision {
    /// Whether to alert and retrain.
    pub confirmed: bool,
    /// Whether the shift persists, reason to act or not.
    pub persistent: bool,
    /// Open time of the last bar of the first window that showed it.
    pub since: Option<Timestamp>,
    /// The rules that fired, one sentence each with its numbers; empty when nothing persists.
    pub reasons: Vec<String>,
}

/// Judges the windows of `history`, oldest first, the present one last; only the last `config.windows` count.
///
/// Confirmed when both hold:
/// 1. at least `persistence` of the last `windows` windows, the present one among them, show evidence of a shift;
/// 2. forecasts are worse than climatology ([`Performance::worse`]), or at least `persistence` of those windows, the
///    present one among them, are severe.
///
/// A shift that costs nothing is not acted on: retraining on a month of new data cannot be expected to help, and
/// indicators shift often.
#[must_use]
pub fn decide(history: &[DriftReport], performance: Option<&Performance>, config: &DriftConfig) -> DriftDecision {
    let history = &history[history.len().saturating_sub(config.windows)..];
    let Some(present) = history.last() else { return DriftDecision::default() };
    let shifted = history.iter().filter(|window| window.evidence).count();
    let persistent = present.evidence && shifted >= config.persistence;
    if !persistent {
        return DriftDecision::default();
    }

    let percent = |share: f64| 100.0 * share;
    let mut reasons = vec![format!(
        "Features have shifted: {shifted} of the last {} windows of {} bars show it, and in the present one {:.0} % of \
         the features are beyond their thresholds ({:.0} % would be chance).",
        history.len(),
        present.bars,
        percent(present.share_drifted),
        percent(present.share_threshold),
    )];
    if let Some(forecasts) = present.forecasts.as_ref().filter(|forecasts| forecasts.drifted) {
        reasons.push(format!(
            "The forecasts have shifted: distance {:.2}, threshold {:.2}.",
            forecasts.distance, forecasts.threshold
        ));
    }
    let severe = history.iter().filter(|window| window.severe).count();
    let severe_persists = present.severe && severe >= config.persistence;
    if severe_persists {
        reasons.push(format!(
            "The shift is severe: in {severe} of {} windows several features at once are far beyond their thresholds, in the \
             present one {:.1} times ({:.1} times is severe).",
            history.len(),
            present.severity,
            present.severity_threshold,
        ));
    }
    let worse = performance.filter(|performance| performance.worse);
    if let Some(performance) = worse {
        reasons.push(format!(
            "Forecasts are worse than climatology: log loss {:.4} against {:.4} over the last {} settled ones, an \
             excess of {:.4} whose {:.0} % lower bound is {:.4}.",
            performance.log_loss,
            performance.log_loss_climatology,
            performance.n,
            performance.excess,
            percent(config.confidence),
            performance.excess_lower,
        ));
    }
    DriftDecision {
        confirmed: severe_persists || worse.is_some(),
        persistent,
        since: history.iter().find(|window| window.evidence).map(|window| window.through),
        reasons,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::tests::{performance, window};

    fn confirmed(history: &[DriftReport], worse: bool) -> bool {
        decide(history, Some(&performance(worse)), &DriftConfig::default()).confirmed
    }

    #[test]
    fn a_shift_alone_is_noted_and_not_acted_on() {
        let history = vec![window(true, false); 4];
        let decision = decide(&history, None, &DriftConfig::default());
        assert!(decision.persistent && !decision.confirmed, "{decision:?}");
        assert!(!confirmed(&history, false));
        assert!(confirmed(&history, true));
    }

    #[test]
    fn a_severe_shift_is_acted_on_once_it_persists() {
        let (calm, severe) = (window(false, false), window(true, true));
        assert!(!confirmed(&[calm.clone(), calm.clone(), severe.clone(), severe.clone()], false));
        assert!(confirmed(&[calm.clone(), severe.clone(), severe.clone(), severe.clone()], false));
        assert!(confirmed(&[severe.clone(), calm.clone(), severe.clone(), severe.clone()], false));
        assert!(!confirmed(&[severe.clone(), severe.clone(), severe, calm], false), "the present window is calm");
    }

    #[test]
    fn worse_forecasts_without_a_shift_wait_for_the_schedule() {
        assert!(!confirmed(&vec![window(false, false); 4], true));
        assert!(!confirmed(&[], true));
    }

    #[test]
    fn the_reasons_carry_the_numbers() {
        let decision = decide(&vec![window(true, true); 4], Some(&performance(true)), &DriftConfig::default());
        let text = decision.reasons.join("\n");
        for number in ["4 of the last 4", "50 %", "0.7100", "0.6930", "3.1 times"] {
            assert!(text.contains(number), "{number} is not in {text}");
        }
    }
}
