//! Decision table: the condition and the action of each rule.
//!
//! | rule | fires if | clears if | action |
//! | --- | --- | --- | --- |
//! | `model_refused` | the champion's artifact differs from the registered one, or cannot be read | it can be read | retrain and page |
//! | `worse_than_climatology` | the e-value of "worse than climatology" is at least `1 / alpha_climatology` | it is below 1 | retrain |
//! | `worse_than_holdout` | the e-value of "worse than the hold-out bound" is at least `1 / alpha_holdout` | it is below 1 | retrain |
//! | `distribution_worse_than_climatology` | the e-value of "the CRPS is worse than climatology's" is at least `1 / alpha_distribution` | it is below 1 | retrain |
//! | `severe_shift` | the z-score of range or volume exceeds its limit: `regime_shift.limit`, or the largest z-score in the reference if that is larger | it is below `regime_shift.recovery_ratio` times the limit for `regime_shift.recovery_bars` bars | retrain |
//! | `challenger_better` | live forecasts show a part of a challenger in the shadow to be better than the champion's and than climatology's ([`challenger`](crate::challenger)) | no challenger is shown to be better | retrain: the training promotes it first |
//! | `worse_recently` | the last `rolling` forecasts are worse than climatology by `min_excess`, with `confidence` | the excess is below `min_excess` | warn |
//! | `band_coverage` | the e-value of "the 80 % band holds less or more than 80 %, by more than `coverage_tolerance`" is at least `1 / alpha_coverage` | it is below 1 | warn |
//! | `odds_above_limit` | the odds of the newest forecast exceed one of `odds_alerts` (default none) | they exceed none | warn |
//! | `covariate_shift` | in `persistence` of `windows` windows, including the last, more features exceed their thresholds than in the reference | as many windows show no shift | note |
//! | `forecast_shift` | the same for the forecasts | the same | note |
//! | `stale_data` | `stale_bars` closed bars are absent after the last one | none is absent | warn |
//! | `missing_bars` | more than `max_missing` of the window's bars are absent | fewer are | note |
//! | `source_changed` | the source of the bars changed within the window | the change is older than the window | note |
//!
//! The settings are part of [`MonitoringConfig`](crate::MonitoringConfig). An override such as
//! `{"rules": {"severe_shift": {"action": "note"}}}` changes one rule only. A rule whose action is `none` is disabled.
//!
//! Covariate shift is only noted: indicators shift often, and a month of new data cannot be expected to improve a model.
//! `worse_recently` is tested anew at every bar, so its false-alarm rate over a champion's life is not bounded. The
//! [sequential tests](crate::sequential) have such a bound. A band of wrong width only warns, because the adaptation of the bands
//! corrects it sooner than a training.

use contracts::action::AlertAction;
use market_data::Interval;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// Monitoring rule. The order is that of the table, the most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleId {
    /// The champion cannot be loaded, or is not the registered artifact.
    ModelRefused,
    /// The sequential test found the champion worse than climatology.
    WorseThanClimatology,
    /// The sequential test found the champion worse than its hold-out bound.
    #[serde(alias = "worse_than_promised")]
    WorseThanHoldout,
    /// The sequential test found the CRPS of the distributions worse than climatology's.
    DistributionWorseThanClimatology,
    /// Range or volume is far above its reference.
    SevereShift,
    /// A challenger in the shadow is shown to be better than the champion.
    ChallengerBetter,
    /// The last forecasts were worse than climatology.
    WorseRecently,
    /// The sequential test found that the 80 % band holds less or more than 80 %.
    BandCoverage,
    /// A large move is more probable than a limit of the configuration.
    OddsAboveLimit,
    /// The features have shifted persistently.
    CovariateShift,
    /// The forecasts have shifted persistently.
    ForecastShift,
    /// The newest bars are absent.
    StaleData,
    /// Bars of the window are absent.
    MissingBars,
    /// The bars come from another source than before.
    SourceChanged,
}

impl RuleId {
    /// All rules, in the order of the table.
    pub const ALL: [Self; 14] = [
        Self::ModelRefused,
        Self::WorseThanClimatology,
        Self::WorseThanHoldout,
        Self::DistributionWorseThanClimatology,
        Self::SevereShift,
        Self::ChallengerBetter,
        Self::WorseRecently,
        Self::BandCoverage,
        Self::OddsAboveLimit,
        Self::CovariateShift,
        Self::ForecastShift,
        Self::StaleData,
        Self::MissingBars,
        Self::SourceChanged,
    ];

    /// Name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ModelRefused => "model_refused",
            Self::WorseThanClimatology => "worse_than_climatology",
            Self::WorseThanHoldout => "worse_than_holdout",
            Self::DistributionWorseThanClimatology => "distribution_worse_than_climatology",
            Self::SevereShift => "severe_shift",
            Self::ChallengerBetter => "challenger_better",
            Self::WorseRecently => "worse_recently",
            Self::BandCoverage => "band_coverage",
            Self::OddsAboveLimit => "odds_above_limit",
            Self::CovariateShift => "covariate_shift",
            Self::ForecastShift => "forecast_shift",
            Self::StaleData => "stale_data",
            Self::MissingBars => "missing_bars",
            Self::SourceChanged => "source_changed",
        }
    }

    /// True if the rule concerns one champion, so that a change of the champion closes its alert.
    #[must_use]
    pub const fn concerns_champion(self) -> bool {
        !self.concerns_data() && !matches!(self, Self::OddsAboveLimit)
    }

    /// True if the rule concerns the bars.
    #[must_use]
    pub const fn concerns_data(self) -> bool {
        matches!(self, Self::StaleData | Self::MissingBars | Self::SourceChanged)
    }

    const fn default_action(self) -> AlertAction {
        match self {
            Self::ModelRefused => AlertAction::RetrainAndPage,
            Self::WorseThanClimatology
            | Self::WorseThanHoldout
            | Self::DistributionWorseThanClimatology
            | Self::SevereShift
            | Self::ChallengerBetter => AlertAction::Retrain,
            Self::WorseRecently | Self::BandCoverage | Self::OddsAboveLimit | Self::StaleData => AlertAction::Warn,
            Self::CovariateShift | Self::ForecastShift | Self::MissingBars | Self::SourceChanged => AlertAction::Note,
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Error for a name that is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown monitoring rule `{name}`")]
pub struct UnknownRule {
    /// The unknown name.
    pub name: String,
}

impl FromStr for RuleId {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        // Logged alerts of older releases have this name, and stay open until a recovery closes them.
        let present = if name == "worse_than_promised" { "worse_than_holdout" } else { name };
        let found = Self::ALL.into_iter().find(|rule| rule.as_str() == present);
        found.ok_or_else(|| UnknownRule { name: name.to_owned() })
    }
}

/// Settings of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// Action while the rule fires.
    pub action: AlertAction,
    /// First cool-down, in bars (default 7 days, or one day for stale data and for odds).
    pub cooldown_bars: u32,
}

/// Settings of all rules.
pub type RuleTable = BTreeMap<RuleId, RuleSettings>;

/// Default settings for bars of this interval.
#[must_use]
pub fn default_rules(interval: Interval) -> RuleTable {
    let day = match interval {
        Interval::Day => 1,
        Interval::Hour => 24,
    };
    let rule = |id: RuleId| {
        let is_daily = matches!(id, RuleId::StaleData | RuleId::OddsAboveLimit);
        let cooldown_bars = if is_daily { day } else { 7 * day };
        (id, RuleSettings { action: id.default_action(), cooldown_bars })
    };
    RuleId::ALL.into_iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_names_round_trip_through_json_and_from_str() {
        assert!(RuleId::ALL.is_sorted());
        for rule in RuleId::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
            assert_eq!(rule.as_str().parse(), Ok(rule));
        }
        assert_eq!("worse_than_promised".parse(), Ok(RuleId::WorseThanHoldout), "in alerts of older releases");
        assert_eq!("drift".parse::<RuleId>().unwrap_err().to_string(), "unknown monitoring rule `drift`");
    }

    #[test]
    fn only_the_six_most_serious_rules_request_training() {
        let table = default_rules(Interval::Day);
        let requesting: Vec<_> =
            table.iter().filter(|(_, rule)| rule.action.requests_training()).map(|(id, _)| *id).collect();
        assert_eq!(
            requesting,
            [
                RuleId::ModelRefused,
                RuleId::WorseThanClimatology,
                RuleId::WorseThanHoldout,
                RuleId::DistributionWorseThanClimatology,
                RuleId::SevereShift,
                RuleId::ChallengerBetter
            ]
        );
    }
}
