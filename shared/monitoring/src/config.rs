//! Configuration of monitoring: `WEATHERVANE_DRIFT`.

use crate::odds_alert::OddsAlert;
use crate::rules::{RuleId, RuleSettings, RuleTable, default_rules};
use crate::shift::RegimeShiftConfig;
use contracts::{costs::Costs, merge_json};
use market_data::Interval;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Settings of the drift reference, of all tests and of the rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonitoringConfig {
    /// Bars in a drift window (default 30 days or 336 hours).
    pub window_bars: usize,
    /// Bars between the ends of successive windows (default 5 days or 48 hours).
    pub stride_bars: usize,
    /// Number of windows, including the last, over which a shift has to persist (default 4).
    pub windows: usize,
    /// Number of windows that must exceed the threshold (default 3).
    pub persistence: usize,
    /// Quantile of the distances of the reference's own windows that is the threshold, for each feature and for the share of
    /// features (default 0.99).
    pub quantile: f64,
    /// Minimum share of features beyond their thresholds that counts as a shift, even if the reference has less
    /// (default 0.2).
    pub min_share: f64,
    /// Number of features that define the severity of a window: the severity is the ratio of distance to threshold that so
    /// many of them reach (default 3, so that one feature alone cannot cause it). It is reported only; the action depends
    /// on `regime_shift`.
    pub severe_features: usize,
    /// Multiple of the reference's severity that is severe (default 1.5).
    pub severe_factor: f64,
    /// Settings of the regime shift test.
    pub regime_shift: RegimeShiftConfig,
    /// Upper bound of the probability that a champion which is no worse than climatology is ever found worse (default
    /// 0.02). All rules that request a training together have false alarms on less than 10 % of unchanged series within two
    /// years, with the default settings and four years of daily bars before the training. A distribution model adds at most
    /// `alpha_distribution`.
    pub alpha_climatology: f64,
    /// Upper bound of the probability that a champion is ever found worse than its hold-out bound while the bound holds
    /// (default 0.02). A bound that is too low itself is not included: that has 2.5 % by the hold-out's interval, and more
    /// by the selection of the best trial.
    pub alpha_holdout: f64,
    /// Upper bound of the probability that a distribution which is no worse than climatology is ever found worse (default 0.02).
    pub alpha_distribution: f64,
    /// Upper bound of the probability that an 80 % band which holds 80 %, give or take `coverage_tolerance`, is ever found to hold
    /// less or more (default 0.02).
    pub alpha_coverage: f64,
    /// Largest deviation of the 80 % band's coverage that needs no warning (default 0.01: 79 to 81 %).
    pub coverage_tolerance: f64,
    /// Limits of the odds, such as `odds.down_5pct > 0.2` (default none).
    pub odds_alerts: Vec<OddsAlert>,
    /// Confidence of the one-sided test that the last forecasts are worse than climatology (default 0.99, because it is
    /// repeated at every bar).
    pub confidence: f64,
    /// Minimum number of independent settled forecasts for that test (default 30). Of forecasts whose outcomes overlap, one
    /// per horizon counts.
    pub min_settled: usize,
    /// True if replayed forecasts, which were stored after their target time, count in the track record (default false,
    /// because their outcomes were known). Set it for systems that only replay, such as a demo on a simulated market.
    pub count_replays: bool,
    /// Number of independent settled forecasts in the rolling performance (default 90).
    pub rolling: usize,
    /// Minimum mean excess of log loss over climatology that is worth a training, in nats (default 0.005).
    pub min_excess: f64,
    /// Longest cool-down, in bars (default 112 days). Each repetition of an alert doubles its cool-down up to this.
    pub max_cooldown_bars: u32,
    /// Number of absent closed bars from which data is stale (default 2 days or 6 hours).
    pub stale_bars: usize,
    /// Largest share of a window's bars that may be missing (default 0.05).
    pub max_missing: f64,
    /// Action and cool-down of each rule.
    pub rules: RuleTable,
    /// Bootstrap resamples (default 1000).
    pub resamples: usize,
    /// Seed of the bootstrap (default 7).
    pub seed: u64,
    /// Costs of trading in the track record. A setting of its own, and no part of `WEATHERVANE_DRIFT`.
    #[serde(skip)]
    pub costs: Costs,
}

/// Error in the monitoring configuration.
#[derive(Debug, thiserror::Error)]
pub enum MonitoringConfigError {
    /// The settings are not JSON of the expected form.
    #[error("drift settings are invalid: expected a JSON object with fields of the monitoring configuration")]
    Malformed {
        /// Error of the JSON parser.
        #[source]
        source: serde_json::Error,
    },
    /// A value is out of its range.
    #[error("drift setting `{field}` is {value}, expected {expected}")]
    Range {
        /// Name of the setting.
        field: &'static str,
        /// Its value.
        value: f64,
        /// Permitted values.
        expected: &'static str,
    },
}

impl Default for MonitoringConfig {
    fn default() -> Self {
        Self {
            window_bars: 30,
            stride_bars: 5,
            windows: 4,
            persistence: 3,
            quantile: 0.99,
            min_share: 0.2,
            severe_features: 3,
            severe_factor: 1.5,
            regime_shift: RegimeShiftConfig::default(),
            alpha_climatology: 0.02,
            alpha_holdout: 0.02,
            alpha_distribution: 0.02,
            alpha_coverage: 0.02,
            coverage_tolerance: 0.01,
            odds_alerts: Vec::new(),
            confidence: 0.99,
            min_settled: 30,
            count_replays: false,
            rolling: 90,
            min_excess: 0.005,
            max_cooldown_bars: 112,
            stale_bars: 2,
            max_missing: 0.05,
            rules: default_rules(Interval::Day),
            resamples: 1000,
            seed: 7,
            costs: Costs::default(),
        }
    }
}

impl MonitoringConfig {
    /// Defaults for bars of this interval.
    #[must_use]
    pub fn for_interval(interval: Interval) -> Self {
        match interval {
            Interval::Day => Self::default(),
            Interval::Hour => Self {
                window_bars: 336,
                stride_bars: 48,
                regime_shift: RegimeShiftConfig::for_interval(interval),
                max_cooldown_bars: 2688,
                stale_bars: 6,
                rules: default_rules(interval),
                ..Self::default()
            },
        }
    }

    /// Defaults for bars of this interval, with the JSON object `overrides` merged into them. Nested objects (`regime_shift`,
    /// `rules`, each rule) are merged field by field.
    ///
    /// # Errors
    /// Returns an error if `overrides` is not an object of known fields, or a value is out of its range.
    pub fn with_overrides(interval: Interval, overrides: Option<&Value>) -> Result<Self, MonitoringConfigError> {
        let malformed = |source| MonitoringConfigError::Malformed { source };
        let mut fields = serde_json::to_value(Self::for_interval(interval)).map_err(malformed)?;
        if let Some(overrides) = overrides {
            let overrides = serde_json::Map::deserialize(overrides).map_err(malformed)?;
            merge_json(&mut fields, &overrides.into());
        }
        let config: Self = serde_json::from_value(fields).map_err(malformed)?;
        config.validate()?;
        Ok(config)
    }

    /// Number of settled forecasts in the rolling performance of a series with this horizon.
    #[must_use]
    pub fn rolling_forecasts(&self, horizon: u32) -> usize {
        self.rolling.saturating_mul(usize::try_from(horizon).unwrap_or(usize::MAX))
    }

    /// Settings of one rule; its defaults if the table does not have it.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> RuleSettings {
        self.rules.get(&id).copied().unwrap_or_else(|| default_rules(Interval::Day)[&id])
    }

    /// Checks that every value is in its range.
    ///
    /// # Errors
    /// Returns the first value that is out of its range.
    pub fn validate(&self) -> Result<(), MonitoringConfigError> {
        let is_open_share = |share: f64| share > 0.0 && share < 1.0;
        let RegimeShiftConfig { level_bars, jump_bars, before_bars, recovery_bars, .. } = self.regime_shift;
        let shift_bars = [level_bars, jump_bars, before_bars, recovery_bars];
        let ranges = [
            ("window_bars", self.window_bars >= 5, as_f64(self.window_bars), "at least 5"),
            ("stride_bars", self.stride_bars >= 1, as_f64(self.stride_bars), "at least 1"),
            ("windows", self.windows >= 1, as_f64(self.windows), "at least 1"),
            (
                "persistence",
                (1..=self.windows).contains(&self.persistence),
                as_f64(self.persistence),
                "1 to the number of windows",
            ),
            ("quantile", self.quantile > 0.5 && self.quantile < 1.0, self.quantile, "a number between 0.5 and 1"),
            ("min_share", (0.0..=1.0).contains(&self.min_share), self.min_share, "a number between 0 and 1"),
            ("severe_factor", self.severe_factor >= 1.0, self.severe_factor, "at least 1"),
            ("severe_features", self.severe_features >= 1, as_f64(self.severe_features), "at least 1"),
            ("alpha_climatology", is_open_share(self.alpha_climatology), self.alpha_climatology, "between 0 and 1"),
            ("alpha_holdout", is_open_share(self.alpha_holdout), self.alpha_holdout, "between 0 and 1"),
            ("alpha_distribution", is_open_share(self.alpha_distribution), self.alpha_distribution, "between 0 and 1"),
            ("alpha_coverage", is_open_share(self.alpha_coverage), self.alpha_coverage, "between 0 and 1"),
            (
                "coverage_tolerance",
                (0.0..=0.1).contains(&self.coverage_tolerance),
                self.coverage_tolerance,
                "a number between 0 and 0.1",
            ),
            ("regime_shift.limit", self.regime_shift.limit > 0.0, self.regime_shift.limit, "above zero"),
            (
                "regime_shift.recovery_ratio",
                is_open_share(self.regime_shift.recovery_ratio),
                self.regime_shift.recovery_ratio,
                "between 0 and 1",
            ),
            (
                "regime_shift.level_bars, jump_bars, before_bars, recovery_bars",
                shift_bars.iter().all(|bars| *bars >= 1),
                0.0,
                "at least 1",
            ),
            (
                "regime_shift.min_reference_bars",
                self.regime_shift.min_reference_bars >= 2 * shift_bars.iter().sum::<usize>(),
                as_f64(self.regime_shift.min_reference_bars),
                "at least twice the sum of level_bars, jump_bars, before_bars and recovery_bars",
            ),
            (
                "regime_shift.reference_bars",
                self.regime_shift.reference_bars >= self.regime_shift.min_reference_bars,
                as_f64(self.regime_shift.reference_bars),
                "at least min_reference_bars",
            ),
            ("rules.*.cooldown_bars", self.rules.values().all(|rule| rule.cooldown_bars >= 1), 0.0, "at least 1"),
            ("stale_bars", self.stale_bars >= 1, as_f64(self.stale_bars), "at least 1"),
            ("max_missing", (0.0..=1.0).contains(&self.max_missing), self.max_missing, "a number between 0 and 1"),
            ("confidence", self.confidence > 0.5 && self.confidence < 1.0, self.confidence, "between 0.5 and 1"),
            ("min_settled", self.min_settled >= 2, as_f64(self.min_settled), "at least 2"),
            ("rolling", self.rolling >= self.min_settled, as_f64(self.rolling), "at least min_settled"),
            ("min_excess", self.min_excess >= 0.0, self.min_excess, "zero or more"),
            ("resamples", self.resamples >= 100, as_f64(self.resamples), "at least 100"),
        ];
        match ranges.into_iter().find(|(_, holds, ..)| !holds) {
            Some((field, _, value, expected)) => Err(MonitoringConfigError::Range { field, value, expected }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::action::AlertAction;
    use serde_json::json;

    #[test]
    fn an_override_keeps_the_other_defaults_of_the_interval() {
        let config = MonitoringConfig::with_overrides(Interval::Hour, Some(&json!({"persistence": 2}))).unwrap();
        assert_eq!(config, MonitoringConfig { persistence: 2, ..MonitoringConfig::for_interval(Interval::Hour) });
    }

    #[test]
    fn an_override_of_one_rule_field_keeps_the_rest() {
        let overrides = json!({"rules": {"severe_shift": {"action": "note"}}, "regime_shift": {"limit": 5.0}});
        let config = MonitoringConfig::with_overrides(Interval::Hour, Some(&overrides)).unwrap();
        let mut expected = MonitoringConfig::for_interval(Interval::Hour);
        expected.regime_shift.limit = 5.0;
        expected.rules.get_mut(&RuleId::SevereShift).unwrap().action = AlertAction::Note;
        assert_eq!(config, expected);
        assert_eq!(config.rule(RuleId::SevereShift).cooldown_bars, 168);
    }

    #[test]
    fn errors_name_unknown_fields_and_invalid_values() {
        for (overrides, expected) in [
            (json!({"presistence": 2}), "presistence"),
            (json!({"persistence": 5}), "persistence"),
            (json!({"quantile": 1.0}), "quantile"),
            (json!({"rules": {"severe_drift": {"action": "note"}}}), "severe_drift"),
            (json!({"rules": {"severe_shift": {"action": "shout"}}}), "shout"),
            (json!({"regime_shift": {"min_reference_bars": 40}}), "min_reference_bars"),
            (json!({"coverage_tolerance": 0.3}), "coverage_tolerance"),
            (json!({"alpha_coverage": 0.0}), "alpha_coverage"),
            (json!({"odds_alerts": ["odds.down_120pct > 0.2"]}), "odds_alerts: the size in `odds.down_120pct > 0.2`"),
            (json!({"odds_alerts": ["odds.down_5pct > 2"]}), "at least 0 and below 1"),
            (json!([1]), "sequence"),
        ] {
            let error = MonitoringConfig::with_overrides(Interval::Day, Some(&overrides)).unwrap_err();
            let chain = format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
            assert!(chain.contains(expected), "{chain}");
        }
    }
}
