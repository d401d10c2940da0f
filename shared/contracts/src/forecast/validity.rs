//! Validity of a forecast: its status and the direction that it may name.

use super::edge::{Edge, EdgeVerdict};
use crate::{Warning, WarningCode, status::ForecastStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Distance of a feature row from the training rows of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Novelty {
    /// Mean over the features of the distance outside the range of 99.8 % of the training rows, in widths of that range; 0 if
    /// all are inside, at most 1000.
    #[schema(minimum = 0, maximum = 1000)]
    pub score: f64,
    /// Score that 1 in 1000 training rows exceeds. A higher one is outside the trained range.
    #[schema(minimum = 0, maximum = 1000)]
    pub threshold: f64,
}

impl Novelty {
    /// Warning that the row is outside the trained range; none inside.
    #[must_use]
    pub fn warning(self) -> Option<Warning> {
        let Self { score, threshold } = self;
        (score > threshold).then(|| {
            let message = format!(
                "the features are outside the range of the training (novelty {score:.4}, above {threshold:.4}), so no \
                 direction is named"
            );
            Warning::new(WarningCode::NovelFeatures, message)
        })
    }
}

/// Direction of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The close at the target time will be higher.
    Up,
    /// The close at the target time will be lower.
    Down,
    /// The evidence supports neither direction.
    Abstain,
}

impl Direction {
    /// Name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Abstain => "abstain",
        }
    }
}

/// Status and direction of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Status of the forecast.
    pub status: ForecastStatus,
    /// Direction that it names.
    pub direction: Direction,
}

impl Validity {
    /// Status and direction of a forecast. A direction is named only if the status is `ok`, the edge is shown, and the
    /// uncertainty band of the probability, low and high, excludes one half.
    #[must_use]
    pub fn new<'a>(edge: &Edge, band: [f64; 2], warnings: impl IntoIterator<Item = &'a Warning>) -> Self {
        let status = warnings.into_iter().map(|warning| warning.code.status()).max().unwrap_or_default();
        let is_named = status == ForecastStatus::Ok && edge.verdict == EdgeVerdict::Shown;
        let direction = match band {
            [lo, _] if is_named && lo > 0.5 => Direction::Up,
            [_, hi] if is_named && hi < 0.5 => Direction::Down,
            _ => Direction::Abstain,
        };
        Self { status, direction }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> Edge {
        Edge::from_skill(0.05, [0.01, 0.09], 365)
    }

    #[test]
    fn direction_names_equal_their_json() {
        for direction in [Direction::Up, Direction::Down, Direction::Abstain] {
            assert_eq!(serde_json::to_value(direction).unwrap(), direction.as_str());
        }
    }

    #[test]
    fn a_direction_needs_a_shown_edge_and_a_band_on_one_side_of_one_half() {
        let weak = Edge::from_skill(0.01, [-0.01, 0.03], 365);
        for (edge, band, direction) in [
            (weak, [0.8, 0.95], Direction::Abstain),
            (shown(), [0.501, 0.6], Direction::Up),
            (shown(), [0.4, 0.499], Direction::Down),
            (shown(), [0.49, 0.6], Direction::Abstain),
            (shown(), [0.5, 0.6], Direction::Abstain),
            (shown(), [0.4, 0.5], Direction::Abstain),
        ] {
            assert_eq!(Validity::new(&edge, band, []).direction, direction, "{band:?}");
        }
    }

    #[test]
    fn every_status_but_ok_abstains() {
        for code in WarningCode::ALL {
            let validity = Validity::new(&shown(), [0.6, 0.7], &[Warning::simulated(), Warning::new(*code, "")]);
            assert_eq!(validity.status, code.status());
            let named = validity.direction == Direction::Up;
            assert_eq!(named, code.status() == ForecastStatus::Ok, "{code:?}");
        }
    }

    #[test]
    fn the_highest_status_among_the_warnings_counts() {
        let warnings = [WarningCode::StaleData, WarningCode::FewBars, WarningCode::SimulatedData];
        let warnings = warnings.map(|code| Warning::new(code, ""));
        assert_eq!(Validity::new(&shown(), [0.6, 0.7], &warnings).status, ForecastStatus::Stale);
    }

    #[test]
    fn only_a_score_above_the_threshold_is_novel() {
        assert_eq!(Novelty { score: 0.02, threshold: 0.02 }.warning(), None);
        let warning = Novelty { score: 0.05, threshold: 0.02 }.warning().unwrap();
        assert_eq!(warning.code, WarningCode::NovelFeatures);
    }
}
