//! Warnings of a response: a stable code for programs and a sentence for people.

mod bars;

pub use bars::{bar_warnings, flat_prices};

use crate::status::ForecastStatus;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Message of [`WarningCode::SimulatedData`], the same in every response and on every page.
pub const SIMULATED: &str = "the bars are simulated, not real market data";
/// Message of [`WarningCode::LateForecast`].
pub const LATE: &str = "made after its target time: not part of the track record";
/// Message of [`WarningCode::ReplayedForecast`].
pub const REPLAYED: &str = "made in a replay: stored at or after its target time";
/// Message of [`WarningCode::SimulatedData`] in records of releases before warnings had codes.
const SIMULATED_BEFORE: &str = "the market data is simulated";

/// Defines [`WarningCode`] with one meaning and one status per code, which document it here and in the HTTP contract.
macro_rules! warning_codes {
    ($($(#[$attribute:meta])* $code:ident, $status:ident: $meaning:literal,)+) => {
        /// Kind of a warning. A closed set: a code keeps its meaning, and new ones may be added.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum WarningCode {
            $(#[doc = $meaning] $(#[$attribute])* $code,)+
        }

        impl WarningCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$code,)+];

            /// Status of a forecast with this warning and no other.
            #[must_use]
            pub const fn status(self) -> ForecastStatus {
                match self {
                    $(Self::$code => ForecastStatus::$status,)+
                }
            }

            /// Meaning of the code, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$code => $meaning,)+
                }
            }
        }
    };
}

warning_codes! {
    Expired, Stale: "`expires_at` has passed: the forecast is history, and it abstains.",
    StaleData, Stale: "The last bar closed more than two intervals and ten minutes ago.",
    OpenBar, Degraded: "The last bar is not closed yet.",
    SimulatedData, Ok: "The bars are simulated, not real market data.",
    ReplayedData, Ok: "The bars are replayed history: what counts as now is the time that the replay has come to.",
    Outliers, Ok: "A quality rule flags a bar among the newest ones.",
    ProxyBars, Ok: "Features see bars quoted in a stablecoin, because no source in the quote currency had them.",
    DisputedBars, Ok: "Features see bars about whose close, high or low sources differ.",
    FewBars, Degraded: "Fewer bars than the indicators need to forget where the history starts.",
    NoBars, Degraded: "There are no current bars; a base rate answers.",
    NoFeatures, Degraded: "The features of the last bar are not known; a base rate answers.",
    NovelFeatures, Degraded: "The features of the last bar are outside the range of the training rows.",
    NoModel, NoModel: "No model serves the series; a base rate answers.",
    ModelReplaced, Degraded: "The champion's model cannot be used; another version answers.",
    ModelUnusable, Degraded: "The champion's model cannot be used; the base rate of its training data answers.",
    ModelUnavailable, Degraded: "The registry or the model could not be read; a newer model may exist.",
    BarsUnavailable, Degraded: "The latest bars could not be read; newer ones may exist.",
    TrackRecordUnavailable, Ok: "The realised performance could not be read.",
    QualityReportMissing, Ok: "There is no record of gaps and doubtful bars yet.",
    QualityReportUnavailable, Ok: "The record of gaps and doubtful bars could not be read.",
    BaselineUnavailable, Degraded: "The climatology at the decision time could not be read; the baseline is that of the training.",
    FlatPrices, Degraded: "All closes that the distribution depends on are equal; the next move may be larger than its bands.",
    NoDistributionModel, Ok: "The champion has no distribution for these bars; the distribution is climatology's.",
    LateForecast, Ok: "The forecast was stored after its target time and is no part of the track record.",
    ReplayedForecast, Ok: "The forecast was stored at or after its target time in a replay, and counts in the track record only with `count_replays`.",
    #[serde(other)]
    Unclassified, Ok: "A warning without a code, of an older record, or with one that this release does not know.",
}

/// Warning. Records of releases before the codes hold the message alone; both forms can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(from = "StoredWarning")]
pub struct Warning {
    /// Kind of the warning; a program may branch on it.
    pub code: WarningCode,
    /// Sentence for people about this occurrence; the wording may change.
    pub message: String,
}

impl Warning {
    /// Warning with a code and a message.
    #[must_use]
    pub fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Warning that the bars are simulated.
    #[must_use]
    pub fn simulated() -> Self {
        Self::new(WarningCode::SimulatedData, SIMULATED)
    }

    /// Warning that the bars are replayed history; `now` is the time that the replay has come to.
    #[must_use]
    pub fn replayed_data(now: Timestamp) -> Self {
        let message = format!("replayed history: now is {now}, the time that the replay has come to");
        Self::new(WarningCode::ReplayedData, message)
    }

    /// Warning that a forecast was made after its target time.
    #[must_use]
    pub fn late() -> Self {
        Self::new(WarningCode::LateForecast, LATE)
    }

    /// Warning that a forecast was made in a replay.
    #[must_use]
    pub fn replayed() -> Self {
        Self::new(WarningCode::ReplayedForecast, REPLAYED)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Both stored forms of a warning.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredWarning {
    Coded { code: WarningCode, message: String },
    Message(String),
}

impl From<StoredWarning> for Warning {
    fn from(stored: StoredWarning) -> Self {
        match stored {
            StoredWarning::Coded { code, message } => Self { code, message },
            StoredWarning::Message(message) => {
                let code = match message.as_str() {
                    SIMULATED | SIMULATED_BEFORE => WarningCode::SimulatedData,
                    LATE => WarningCode::LateForecast,
                    _ => WarningCode::Unclassified,
                };
                Self { code, message }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_warning_is_serialised_as_code_and_message() {
        let warning = Warning::simulated();
        let text = json!({"code": "simulated_data", "message": "the bars are simulated, not real market data"});
        assert_eq!(serde_json::to_value(&warning).unwrap(), text);
        assert_eq!(serde_json::from_value::<Warning>(text).unwrap(), warning);
    }

    #[test]
    fn messages_of_older_records_are_read_with_their_code() {
        let cases = [
            ("the market data is simulated", WarningCode::SimulatedData),
            ("made after its target time: not part of the track record", WarningCode::LateForecast),
            ("anything else", WarningCode::Unclassified),
        ];
        for (message, code) in cases {
            assert_eq!(serde_json::from_value::<Warning>(json!(message)).unwrap(), Warning::new(code, message));
        }
    }

    #[test]
    fn an_unknown_code_is_read_as_unclassified() {
        let newer = serde_json::from_value::<Warning>(json!({"code": "of_tomorrow", "message": "m"})).unwrap();
        assert_eq!(newer, Warning::new(WarningCode::Unclassified, "m"));
    }
}
