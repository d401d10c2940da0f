//! What counts as evidence, and what is done about it: `WEATHERVANE_DRIFT`.

use crate::{RegimeShiftConfig, RuleTable, default_rules};
use market_data::Interval;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The settings of [`reference()`](super::reference()), [`measure`](super::measure) and of all that
/// [`monitor`](crate::) does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonitoringConfig {
    /// Bars in a window. Default 30 days, or 336 hours.
    pub window_bars: usize,
    /// Bars between the ends of the windows that persistence looks at. Default 5 days, or 48 hours.
    pub stride_bars: usize,
    /// How many windows, the last included, persistence looks at. Default 4.
    pub windows: usize,
    /// How many of them must show the shift. Default 3.
    pub persistence: usize,
    /// Quantile of the reference's own window distances that is the threshold, per feature and for the share.
    /// Default 0.99.
    pub quantile: f64,
    /// Least share of features beyond their thresholds that counts as a shift, whatever the reference says.
    /// Default 0.2.
    pub min_share: f64,
    /// How many features together make a window severe: their ratios of distance and threshold are at least its severity.
    /// Default 3, so that one odd feature does not. Severe windows are shown; what is acted on is `upheaval`.
    pub severe_features: usize,
    /// How many times the severity that the reference's own windows reach is severe. Default 1.5.
    pub severe_factor: f64,
    /// What counts as a severe shift.
    pub upheaval: RegimeShiftConfig,
    /// The most that the chance of ever finding a champion worse than climatology may be, over its whole life, while it is
    /// not. Default 0.02: with the same for a promise that was true and a severe shift's one in twenty within two years,
    /// after four years of days known at the training, less than one in ten false alarms in two years.
    pub alpha_climatology: f64,
    /// The same of finding it worse than it promised, given that the promise was true: that it was too good to begin with
    /// is not in it (2.5 % by the hold-out's interval, and the choice of the best). Default 0.02.
    pub alpha_promise: f64,
    /// Confidence of the one-sided test that the last forecasts are worse than climatology. Default 0.99: it is asked
    /// anew at every bar.
    pub confidence: f64,
    /// Independent settled forecasts that this test needs: outcomes that overlap by the horizon count once per horizon.
    /// Default 30.
    pub min_settled: usize,
    /// True if forecasts of a replay, stored after their target time, count in the track record. Default false: they are
    /// no evidence of what was forecast. True is for systems that only replay, such as a demo on a simulated market.
    pub count_replays: bool,
    /// Independent settled forecasts that it looks back on. Default 90.
    pub rolling: usize,
    /// Least mean excess of log loss over climatology, in nats, that is worth a training. Default 0.005.
    pub min_excess: f64,
    /// The longest cool-down: each repetition of an alert doubles it up to there. Default 112 days.
    pub max_cooldown_bars: u32,
    /// Bars that have closed and are not there from which on data is stale. Default 2 days, or 6 hours.
    pub stale_bars: usize,
    /// The largest share of a window's bars that may be missing without a word. Default 0.05.
    pub max_missing: f64,
    /// What is done when a rule fires.
    pub rules: RuleTable,
    /// Bootstrap resamples. Default 1000.
    pub resamples: usize,
    /// Seed of the bootstrap. Default 7.
    pub seed: u64,
}

/// A setting is out of its range.
#[derive(Debug, thiserror::Error)]
pub enum MonitoringConfigError {
    /// The settings are not JSON of the right shape.
    #[error("the drift settings are not a JSON object with fields of the drift configuration")]
    Malformed {
        /// What serde said.
        #[source]
        source: serde_json::Error,
    },
    /// A value makes no sense.
    #[error("drift setting `{field}` is {value}, expected {expected}")]
    Range {
        /// The setting.
        field: &'static str,
        /// What it was.
        value: f64,
        /// What it may be.
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
            upheaval: RegimeShiftConfig::default(),
            alpha_climatology: 0.02,
            alpha_promise: 0.02,
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
        }
    }
}

impl MonitoringConfig {
    /// The defaults for bars of this length.
    #[must_use]
    pub fn for_interval(interval: Interval) -> Self {
        match interval {
            Interval::Day => Self::default(),
            Interval::Hour => Self {
                window_bars: 336,
                stride_bars: 48,
                upheaval: RegimeShiftConfig::for_interval(interval),
                max_cooldown_bars: 2688,
                stale_bars: 6,
                rules: default_rules(interval),
                ..Self::default()
            },
        }
    }

    /// The defaults for bars of this length, with the fields of the JSON object `overrides`, if any, put over them; objects
    /// in it (`upheaval`, `rules`, each rule) over those that are there, field by field.
    ///
    /// # Errors
    /// When it is not an object of known fields, or a value is out of its range.
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

    /// How many settled forecasts of a series with this horizon the test looks back on.
    #[must_use]
    pub fn rolling_forecasts(&self, horizon: u32) -> usize {
        self.rolling.saturating_mul(usize::try_from(horizon).unwrap_or(usize::MAX))
    }

    /// Checks that every value is in its range.
    ///
    /// # Errors
    /// The first that is not.
    pub fn validate(&self) -> Result<(), MonitoringConfigError> {
        #[expect(clippy::cast_precision_loss, reason = "only shown in the message")]
        let count = |n: usize| n as f64;
        let open_unit = |share: f64| share > 0.0 && share < 1.0;
        let RegimeShiftConfig { level_bars, jump_bars, before_bars, recovery_bars: over_bars, .. } = self.upheaval;
        let upheaval_bars = [level_bars, jump_bars, before_bars, over_bars];
        let ranges = [
            ("window_bars", self.window_bars >= 5, count(self.window_bars), "at least 5"),
            ("stride_bars", self.stride_bars >= 1, count(self.stride_bars), "at least 1"),
            ("windows", self.windows >= 1, count(self.windows), "at least 1"),
            (
                "persistence",
                (1..=self.windows).contains(&self.persistence),
                count(self.persistence),
                "1 to the number of windows",
            ),
            ("quantile", self.quantile > 0.5 && self.quantile < 1.0, self.quantile, "a number between 0.5 and 1"),
            ("min_share", (0.0..=1.0).contains(&self.min_share), self.min_share, "a number between 0 and 1"),
            ("severe_factor", self.severe_factor >= 1.0, self.severe_factor, "at least 1"),
            ("severe_features", self.severe_features >= 1, count(self.severe_features), "at least 1"),
            ("alpha_climatology", open_unit(self.alpha_climatology), self.alpha_climatology, "between 0 and 1"),
            ("alpha_promise", open_unit(self.alpha_promise), self.alpha_promise, "between 0 and 1"),
            ("upheaval.limit", self.upheaval.limit > 0.0, self.upheaval.limit, "above zero"),
            ("upheaval.over", open_unit(self.upheaval.recovery_ratio), self.upheaval.recovery_ratio, "between 0 and 1"),
            (
                "upheaval.level_bars, jump_bars, before_bars, over_bars",
                upheaval_bars.iter().all(|bars| *bars >= 1),
                0.0,
                "at least 1",
            ),
            (
                "upheaval.min_reference_bars",
                self.upheaval.min_reference_bars >= 2 * upheaval_bars.iter().sum::<usize>(),
                count(self.upheaval.min_reference_bars),
                "at least twice the bars of level, jump, before and over together",
            ),
            (
                "upheaval.reference_bars",
                self.upheaval.reference_bars >= self.upheaval.min_reference_bars,
                count(self.upheaval.reference_bars),
                "at least min_reference_bars",
            ),
            (
                "rules.*.cooldown_bars",
                self.rules.values().all(|rule| rule.cooldown_bars >= 1),
                0.0,
                "at least 1: silences double",
            ),
            ("stale_bars", self.stale_bars >= 1, count(self.stale_bars), "at least 1"),
            ("max_missing", (0.0..=1.0).contains(&self.max_missing), self.max_missing, "a number between 0 and 1"),
            ("confidence", self.confidence > 0.5 && self.confidence < 1.0, self.confidence, "between 0.5 and 1"),
            ("min_settled", self.min_settled >= 2, count(self.min_settled), "at least 2"),
            ("rolling", self.rolling >= self.min_settled, count(self.rolling), "at least min_settled"),
            ("min_excess", self.min_excess >= 0.0, self.min_excess, "zero or more"),
            ("resamples", self.resamples >= 100, count(self.resamples), "at least 100"),
        ];
        match ranges.into_iter().find(|(_, holds, ..)| !holds) {
            Some((field, _, value, expected)) => Err(MonitoringConfigError::Range { field, value, expected }),
            None => Ok(()),
        }
    }
}

fn merge_json(fields: &mut Value, overrides: &Value) {
    match (fields, overrides) {
        (Value::Object(fields), Value::Object(overrides)) => {
            for (name, value) in overrides {
                merge_json(fields.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (field, value) => *field = value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleId;
    use contracts::action::AlertAction;
    use serde_json::json;

    #[test]
    fn overrides_keep_the_other_defaults_of_the_interval() {
        let config = MonitoringConfig::with_overrides(Interval::Hour, Some(&json!({"persistence": 2}))).unwrap();
        assert_eq!(config, MonitoringConfig { persistence: 2, ..MonitoringConfig::for_interval(Interval::Hour) });
    }

    #[test]
    fn one_field_of_one_rule_can_be_overridden() {
        let overrides = json!({"rules": {"severe_shift": {"action": "note"}}, "upheaval": {"limit": 5.0}});
        let config = MonitoringConfig::with_overrides(Interval::Hour, Some(&overrides)).unwrap();
        let mut expected = MonitoringConfig::for_interval(Interval::Hour);
        expected.upheaval.limit = 5.0;
        expected.rules.get_mut(&RuleId::SevereShift).unwrap().action = AlertAction::Note;
        assert_eq!(config, expected);
        assert_eq!(config.rule(RuleId::SevereShift).cooldown_bars, 168);
    }

    #[test]
    fn unknown_fields_and_senseless_values_are_named() {
        for (overrides, named) in [
            (json!({"presistence": 2}), "presistence"),
            (json!({"persistence": 5}), "persistence"),
            (json!({"quantile": 1.0}), "quantile"),
            (json!({"rules": {"severe_drift": {"action": "note"}}}), "severe_drift"),
            (json!({"rules": {"severe_shift": {"action": "shout"}}}), "shout"),
            (json!({"upheaval": {"min_reference_bars": 40}}), "min_reference_bars"),
            (json!([1]), "sequence"),
        ] {
            let error = MonitoringConfig::with_overrides(Interval::Day, Some(&overrides)).unwrap_err();
            let chain = format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
            assert!(chain.contains(named), "{chain}");
        }
    }
}
