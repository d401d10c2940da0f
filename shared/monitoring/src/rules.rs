//! The decision table: which evidence leads to which action.
//!
//! | rule | fires when | is over when | action |
//! | --- | --- | --- | --- |
//! | `model_refused` | the champion's artifact is not what was registered, or cannot be read | it is read again | retrain and page |
//! | `worse_than_climatology` | the e-value of "worse than climatology" is at least `1 / alpha_climatology` | it is below 1 | retrain |
//! | `worse_than_promised` | the e-value of "worse than promised" is at least `1 / alpha_promise` | it is below 1 | retrain |
//! | `severe_shift` | range or volume are above `upheaval.limit` | below `upheaval.over` of it for `upheaval.over_bars` bars | retrain |
//! | `worse_recently` | the last `rolling` forecasts are worse than climatology by `min_excess`, with `confidence` | the excess is below `min_excess` | warn |
//! | `covariate_shift` | in `persistence` of `windows` windows, the last included, more features are beyond their thresholds than the reference explains | in as many they are not | note |
//! | `forecast_shift` | the same of the forecasts | the same | note |
//! | `stale_data` | `stale_bars` bars have closed that are not there | none is late | warn |
//! | `missing_bars` | more than `max_missing` of the window's bars are not there | fewer | note |
//! | `source_changed` | the bars come from another source within the window | it is out of the window | note |
//!
//! The settings are those of [`DriftConfig`](crate::drift::DriftConfig); `{"rules": {"severe_shift": {"action": "note"}}}`
//! changes one rule and leaves the others as they are. A rule whose action is `none` is off.
//!
//! Covariate shift is a note: retraining on a month of new data cannot be expected to help, and indicators shift often.
//! `worse_recently` is asked anew at every bar and so has no false-alarm rate over a champion's life; the tests have.

use contracts::action::AlertAction;
use market_data::Interval;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// The rules, in the order of the table: the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleId {
    /// The champion cannot be used.
    ModelRefused,
    /// [`sequential`](super::sequential) says so.
    WorseThanClimatology,
    /// [`sequential`](super::sequential) says so.
    #[serde(rename = "worse_than_promised")]
    WorseThanHoldout,
    /// [`upheaval`](super::upheaval) says so.
    SevereShift,
    /// The bootstrap says so of the last forecasts.
    WorseRecently,
    /// Features have left their ranges, and it persists.
    CovariateShift,
    /// Forecasts have, and it persists.
    ForecastShift,
    /// Bars are late.
    StaleData,
    /// Bars are missing.
    MissingBars,
    /// Bars come from elsewhere.
    SourceChanged,
}

impl RuleId {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::ModelRefused,
        Self::WorseThanClimatology,
        Self::WorseThanHoldout,
        Self::SevereShift,
        Self::WorseRecently,
        Self::CovariateShift,
        Self::ForecastShift,
        Self::StaleData,
        Self::MissingBars,
        Self::SourceChanged,
    ];

    /// As in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ModelRefused => "model_refused",
            Self::WorseThanClimatology => "worse_than_climatology",
            Self::WorseThanHoldout => "worse_than_promised",
            Self::SevereShift => "severe_shift",
            Self::WorseRecently => "worse_recently",
            Self::CovariateShift => "covariate_shift",
            Self::ForecastShift => "forecast_shift",
            Self::StaleData => "stale_data",
            Self::MissingBars => "missing_bars",
            Self::SourceChanged => "source_changed",
        }
    }

    /// Whether it is about one champion, so that another one ends it.
    #[must_use]
    pub const fn concerns_champion(self) -> bool {
        !matches!(self, Self::StaleData | Self::MissingBars | Self::SourceChanged)
    }

    const fn default_action(self) -> AlertAction {
        match self {
            Self::ModelRefused => AlertAction::RetrainAndPage,
            Self::WorseThanClimatology | Self::WorseThanHoldout | Self::SevereShift => AlertAction::Retrain,
            Self::WorseRecently | Self::StaleData => AlertAction::Warn,
            Self::CovariateShift | Self::ForecastShift | Self::MissingBars | Self::SourceChanged => AlertAction::Note,
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No rule has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{name}`")]
pub struct UnknownRule {
    /// What was asked for.
    pub name: String,
}

impl FromStr for RuleId {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name).ok_or_else(|| UnknownRule { name: name.to_owned() })
    }
}

/// What is done when a rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// What.
    pub action: AlertAction,
    /// Bars until it may be announced again, the first time. Default 7 days; a day for stale data.
    pub cooldown_bars: u32,
}

/// The table.
pub type RuleTable = BTreeMap<RuleId, RuleSettings>;

/// The defaults for bars of this length.
#[must_use]
pub fn default_rules(interval: Interval) -> RuleTable {
    let day = match interval {
        Interval::Day => 1,
        Interval::Hour => 24,
    };
    let rule = |id: RuleId| {
        let cooldown_bars = if id == RuleId::StaleData { day } else { 7 * day };
        (id, RuleSettings { action: id.default_action(), cooldown_bars })
    };
    RuleId::ALL.into_iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_json_and_come_back() {
        assert!(RuleId::ALL.is_sorted());
        for rule in RuleId::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
            assert_eq!(rule.as_str().parse(), Ok(rule));
        }
        assert_eq!("drift".parse::<RuleId>().unwrap_err().to_string(), "there is no rule `drift`");
    }

    #[test]
    fn only_worse_forecasts_a_severe_shift_and_a_refused_model_train() {
        let table = default_rules(Interval::Day);
        let trains: Vec<_> =
            table.iter().filter(|(_, rule)| rule.action.requests_training()).map(|(id, _)| *id).collect();
        assert_eq!(
            trains,
            [RuleId::ModelRefused, RuleId::WorseThanClimatology, RuleId::WorseThanHoldout, RuleId::SevereShift]
        );
    }
}
