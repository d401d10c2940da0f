//! Status of a forecast.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Validity of a forecast, in ascending order of concern. It is the highest status among those of its warnings; the
/// description of the warning codes lists them. With any status but `ok`, the direction is `abstain`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForecastStatus {
    /// The champion made the forecast from current bars like those of its training.
    #[default]
    Ok,
    /// An input or the model is missing, replaced, unusual or possibly outdated.
    Degraded,
    /// A newer bar has closed or is overdue: the forecast is history.
    Stale,
    /// No model serves the series; a base rate answers.
    NoModel,
}

impl ForecastStatus {
    /// Every status, in ascending order.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Degraded, Self::Stale, Self::NoModel];

    /// Name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Stale => "stale",
            Self::NoModel => "no_model",
        }
    }

    /// Meaning of the status, for the HTTP contract.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "the champion made the forecast from current bars like those of its training",
            Self::Degraded => "an input or the model is missing, replaced, unusual or possibly outdated",
            Self::Stale => "a newer bar has closed or is overdue, so the forecast is history",
            Self::NoModel => "no model serves the series, and a base rate answers",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_names_equal_their_json() {
        for status in ForecastStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert!(ForecastStatus::ALL.is_sorted());
    }
}
