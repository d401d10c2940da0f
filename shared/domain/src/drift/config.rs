//! What counts as drift, and when it is acted on.

use crate::Interval;
use serde::{Deserialize, Serialize};

/// The settings of [`reference()`](super::reference()), [`measure`](super::measure) and [`decide`](super::decide).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriftConfig {
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
    /// How many features together make a shift severe: their ratios of distance and threshold are at least the
    /// window's severity. Default 3, so that one odd feature does not.
    pub severe_features: usize,
    /// How many times the severity that the reference's own windows reach is severe. Default 1.5.
    pub severe_factor: f64,
    /// Confidence of the one-sided test that the champion is worse than climatology. Default 0.99: it is asked anew
    /// at every bar.
    pub confidence: f64,
    /// Independent settled forecasts that this test needs: outcomes that overlap by the horizon count once per horizon.
    /// Default 30.
    pub min_settled: usize,
    /// Independent settled forecasts that it looks back on. Default 90.
    pub rolling: usize,
    /// Least mean excess of log loss over climatology, in nats, that is worth a training. Default 0.005.
    pub min_excess: f64,
    /// Bars after an alert in which no second one is sent for the same series. Default 7 days.
    pub cooldown_bars: u32,
    /// Bootstrap resamples. Default 1000.
    pub resamples: usize,
    /// Seed of the bootstrap. Default 7.
    pub seed: u64,
}

/// A setting is out of its range.
#[derive(Debug, thiserror::Error)]
pub enum DriftConfigError {
    /// The settings are not JSON of the right shape.
    #[error("malformed drift settings")]
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

impl Default for DriftConfig {
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
            confidence: 0.99,
            min_settled: 30,
            rolling: 90,
            min_excess: 0.005,
            cooldown_bars: 7,
            resamples: 1000,
            seed: 7,
        }
    }
}

impl DriftConfig {
    /// The defaults for bars of this length.
    #[must_use]
    pub fn for_interval(interval: Interval) -> Self {
        match interval {
            Interval::Day => Self::default(),
            Interval::Hour => Self { window_bars: 336, stride_bars: 48, cooldown_bars: 168, ..Self::default() },
        }
    }

    /// The defaults for bars of this length, with the fields of the JSON object `overrides`, if any, put over them.
    ///
    /// # Errors
    /// When it is not an object of known fields, or a value is out of its range.
    pub fn overridden(interval: Interval, overrides: Option<&serde_json::Value>) -> Result<Self, DriftConfigError> {
        let malformed = |source| DriftConfigError::Malformed { source };
        let mut fields: serde_json::Map<String, serde_json::Value> =
            serde_json::to_value(Self::for_interval(interval)).and_then(serde_json::from_value).map_err(malformed)?;
        if let Some(overrides) = overrides {
            fields.extend(serde_json::Map::deserialize(overrides).map_err(malformed)?);
        }
        let config: Self = serde_json::from_value(fields.into()).map_err(malformed)?;
        config.check()?;
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
    pub fn check(&self) -> Result<(), DriftConfigError> {
        #[expect(clippy::cast_precision_loss, reason = "only shown in the message")]
        let count = |n: usize| n as f64;
        let rules = [
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
            ("confidence", self.confidence > 0.5 && self.confidence < 1.0, self.confidence, "between 0.5 and 1"),
            ("min_settled", self.min_settled >= 2, count(self.min_settled), "at least 2"),
            ("rolling", self.rolling >= self.min_settled, count(self.rolling), "at least min_settled"),
            ("min_excess", self.min_excess >= 0.0, self.min_excess, "zero or more"),
            ("resamples", self.resamples >= 100, count(self.resamples), "at least 100"),
        ];
        match rules.into_iter().find(|(_, holds, ..)| !holds) {
            Some((field, _, value, expected)) => Err(DriftConfigError::Range { field, value, expected }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn overrides_keep_the_other_defaults_of_the_interval() {
        let config = DriftConfig::overridden(Interval::Hour, Some(&json!({"persistence": 2}))).unwrap();
        assert_eq!(config, DriftConfig { persistence: 2, ..DriftConfig::for_interval(Interval::Hour) });
    }

    #[test]
    fn unknown_fields_and_senseless_values_are_named() {
        for (overrides, named) in [
            (json!({"presistence": 2}), "presistence"),
            (json!({"persistence": 5}), "persistence"),
            (json!({"quantile": 1.0}), "quantile"),
            (json!([1]), "sequence"),
        ] {
            let error = DriftConfig::overridden(Interval::Day, Some(&overrides)).unwrap_err();
            let chain = format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
            assert!(chain.contains(named), "{chain}");
        }
    }
}
