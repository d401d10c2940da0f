//! A forecast in plain words, the same on every page.

use super::{Direction, Edge, EdgeVerdict, Forecast};
use crate::WarningCode;

impl Direction {
    /// As a headline.
    #[must_use]
    pub const fn direction_label(self) -> &'static str {
        match self {
            Self::Up => "Up",
            Self::Down => "Down",
            Self::Abstain => "Abstains",
        }
    }

    /// As in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Abstain => "abstain",
        }
    }
}

impl Forecast {
    /// Why it says what it says, in a sentence.
    #[must_use]
    pub fn forecast_rationale(&self) -> &'static str {
        if self.warnings.iter().any(|warning| warning.code == WarningCode::Expired) {
            return "It names no direction, because it has expired: a forecast that knows the next bar is due.";
        }
        match (self.direction, self.edge.verdict) {
            (Direction::Abstain, EdgeVerdict::Significant) => "It names no direction: both are equally likely.",
            (Direction::Abstain, _) => {
                "It names no direction, because nothing shows that this model knows more than the base rate."
            }
            (Direction::Up, _) => "The close at the target time will be higher, says a model with a significant edge.",
            (Direction::Down, _) => "The close at the target time will be lower, says a model with a significant edge.",
        }
    }
}

impl Edge {
    /// In a few words.
    #[must_use]
    pub const fn edge_label(&self) -> &'static str {
        match self.verdict {
            EdgeVerdict::None => "No edge",
            EdgeVerdict::Weak => "No proven edge",
            EdgeVerdict::Significant => "An edge",
        }
    }

    /// In a sentence.
    #[must_use]
    pub const fn edge_summary(&self) -> &'static str {
        match (self.verdict, self.n) {
            (EdgeVerdict::None, 0) => "Nothing has been measured for this model.",
            (EdgeVerdict::Weak, _) if self.brier_skill_ci.is_none() => "Its hold-out has too few outcomes to judge.",
            (EdgeVerdict::None, _) => "On its hold-out it was no better than the base rate.",
            (EdgeVerdict::Weak, _) => {
                "On its hold-out it was better than the base rate on average, but chance explains that."
            }
            (EdgeVerdict::Significant, _) => {
                "On its hold-out it was better than the base rate by more than chance explains."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_json() {
        for direction in [Direction::Up, Direction::Down, Direction::Abstain] {
            assert_eq!(serde_json::to_value(direction).unwrap(), direction.as_str());
        }
    }

    #[test]
    fn only_a_significant_edge_is_called_one() {
        assert_eq!(Edge::NONE.edge_summary(), "Nothing has been measured for this model.");
        assert_eq!(Edge::from_skill(-0.01, [-0.02, 0.01], 365).edge_label(), "No edge");
        assert_eq!(Edge::from_skill(0.01, [-0.01, 0.03], 365).edge_label(), "No proven edge");
        assert_eq!(Edge::from_skill(0.02, [0.01, 0.03], 365).edge_label(), "An edge");
    }
}
