//! Role of a hold-out: whether it may promote, or only admit to the shadow.

use evaluation::gate::{GateConfig, holdout_alpha};

/// Decision that is left to a hold-out. Hold-outs of weekly trainings overlap, so that not every one of them may promote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldOutRole {
    /// Promotion of the parts that pass the gate.
    Promotes,
    /// Admission to the shadow only.
    Admits,
}

impl HoldOutRole {
    /// Role of the hold-out of training `number` of a series, counted from 1, with the settings of its gate. Only the first trainings
    /// may promote on a hold-out, while climatology serves.
    #[must_use]
    pub fn of_training(number: u32, climatology_serves: bool, gate: GateConfig) -> (Self, GateConfig) {
        match holdout_alpha(number).filter(|_| climatology_serves) {
            Some(alpha) => (Self::Promotes, GateConfig { confidence: gate.confidence.max(1.0 - alpha), ..gate }),
            None => (Self::Admits, gate),
        }
    }

    /// Withdraws a promotion that the hold-out may not decide.
    pub(crate) fn apply(self, promoted: &mut bool, reasons: &mut Vec<String>) {
        if self == Self::Admits && *promoted {
            *promoted = false;
            reasons.push("only live forecasts promote now: the hold-out admits to the shadow".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_trainings_beside_climatology_promote_on_their_holdout() {
        let gate = GateConfig::default();
        let role = |number, climatology| HoldOutRole::of_training(number, climatology, gate);
        let (first, strict) = role(1, true);
        assert!(first == HoldOutRole::Promotes && strict.confidence > 0.99, "{strict:?}");
        assert_eq!(role(4, true).0, HoldOutRole::Promotes);
        for (number, climatology) in [(5, true), (1, false), (0, false)] {
            assert_eq!(role(number, climatology), (HoldOutRole::Admits, gate));
        }
    }
}
