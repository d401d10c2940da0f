//! What a training may vary.

use crate::candidate::FAMILIES;
use evaluation::gate::GateConfig;
use market_data::{Interval, Series};
use model::Family;
use serde::{Deserialize, Serialize};

/// How to train. Defaults by [`TrainingConfig::for_series`]; every field can be overridden.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Rows of the hold-out, at most.
    pub holdout_rows: usize,
    /// Share of all rows that the hold-out takes, at most: a short history keeps enough to learn from.
    pub holdout_share: f64,
    /// Walk-forward folds.
    pub folds: usize,
    /// Rows the first fold trains on.
    pub min_train: usize,
    /// Rows left out between training and test rows, beyond the horizon.
    pub embargo: usize,
    /// Rows that one fit uses, at most; more are thinned evenly, oldest to newest. Neighbouring rows have nearly the
    /// same features and overlapping labels, so the rows left out carry little.
    pub fit_rows: usize,
    /// What is searched, and for how long.
    pub search: SearchConfig,
    /// Moves of less than so many times the volatility over the horizon are not learnt from; 0: all are. What they
    /// are called later, and how that is judged, does not change.
    pub neutral_band: f64,
    /// How much evidence it takes to leave the base rate: nothing is kept of a deviation whose fit is fewer standard
    /// errors from none than the root of this, and the more the further it is. 4 is the usual two standard errors.
    pub evidence_penalty: f64,
    /// Resamples of the interval of the Brier skill.
    pub resamples: usize,
    /// Seed of every random choice in fitting.
    pub seed: u64,
    /// The gate.
    pub gate: GateConfig,
}

/// The budget of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// Trials, at most.
    pub trials: usize,
    /// Of these, so many are spread over the space before the sampler concentrates; none of them is pruned.
    pub startup: usize,
    /// Trials asked for at once. It decides what is tried, so it is not the number of threads.
    pub batch: usize,
    /// No batch begins after so many seconds. A search cut short depends on how fast the machine is; the run says so.
    pub time_budget_seconds: u64,
    /// What is searched among: logistic, `random_forest`, `extra_trees`, boosting.
    pub families: Vec<Family>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrainingConfigError {
    /// An override is not an object of known fields.
    #[error("training overrides are not an object with fields of the training configuration")]
    Override {
        /// Why.
        #[from]
        source: serde_json::Error,
    },
    /// A value makes no sense.
    #[error("training setting {name} is {value}, expected {expected}")]
    Value {
        /// Which.
        name: &'static str,
        /// What it was.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// Nothing of this kind is fitted.
    #[error("{family} is not a family that can be searched among")]
    Family {
        /// Which.
        family: Family,
    },
}

impl TrainingConfig {
    /// The defaults: two years of daily or one of hourly hold-out, and at least 120 horizons, so that overlapping
    /// labels still hold more than the hundred independent ones that the gate asks for.
    #[must_use]
    pub fn for_series(series: &Series) -> Self {
        let least = 120 * series.horizon as usize;
        let (holdout_rows, min_train, embargo, trials, startup, batch) = match series.interval {
            Interval::Day => (730, 365, 5, 40, 16, 8),
            Interval::Hour => (8_766, 8_766, 24, 24, 12, 4),
        };
        Self {
            holdout_rows: least.max(holdout_rows),
            holdout_share: 0.35,
            folds: 4,
            min_train,
            embargo,
            fit_rows: 12_000,
            search: SearchConfig {
                trials,
                startup,
                batch,
                // A third of what a function may take, so that a search never costs the rest of its run.
                time_budget_seconds: 300,
                families: FAMILIES.to_vec(),
            },
            neutral_band: 0.0,
            evidence_penalty: 4.0,
            resamples: 2_000,
            seed: 1,
            gate: GateConfig::default(),
        }
    }

    /// The defaults for `series` with the fields of the JSON object `overrides`, if any, put over them; objects inside
    /// it likewise.
    ///
    /// # Errors
    /// When it is not an object of known fields, or a value is out of its range.
    pub fn overridden(series: &Series, overrides: Option<&serde_json::Value>) -> Result<Self, TrainingConfigError> {
        let mut fields = serde_json::to_value(Self::for_series(series))?;
        if let Some(overrides) = overrides {
            contracts::merge_json(&mut fields, overrides);
        }
        let config: Self = serde_json::from_value(fields)?;
        config.check()?;
        Ok(config)
    }

    /// Checks that a training can use it.
    pub(crate) fn check(&self) -> Result<(), TrainingConfigError> {
        let positive = [
            ("holdout_rows", self.holdout_rows),
            ("folds", self.folds),
            ("min_train", self.min_train),
            ("fit_rows", self.fit_rows),
            ("search.trials", self.search.trials),
            ("search.batch", self.search.batch),
            ("search.families", self.search.families.len()),
            ("resamples", self.resamples),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(TrainingConfigError::Value { name, value: 0.0, expected: "a number above zero" });
        }
        if !(self.holdout_share > 0.0 && self.holdout_share < 1.0) {
            let (name, value) = ("holdout_share", self.holdout_share);
            return Err(TrainingConfigError::Value { name, value, expected: "a number between 0 and 1" });
        }
        for (name, value) in [("neutral_band", self.neutral_band), ("evidence_penalty", self.evidence_penalty)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(TrainingConfigError::Value { name, value, expected: "a finite number, zero or more" });
            }
        }
        match self.search.families.iter().find(|family| !FAMILIES.contains(family)) {
            Some(family) => Err(TrainingConfigError::Family { family: *family }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn overrides_replace_single_fields_and_refuse_unknown_ones() {
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        let defaults = TrainingConfig::for_series(&series);
        let change = json!({"folds": 3, "gate": {"min_effective": 50.0}});
        let changed = TrainingConfig::overridden(&series, Some(&change)).unwrap();
        assert_eq!(changed.folds, 3);
        assert_eq!(changed.gate, GateConfig { min_effective: 50.0, ..defaults.gate });
        assert_eq!(changed.search, defaults.search);
        for bad in [
            json!({"fold": 3}),
            json!({"folds": "three"}),
            json!({"folds": 0}),
            json!([1]),
            json!({"search": {"families": ["climatology"]}}),
        ] {
            assert!(TrainingConfig::overridden(&series, Some(&bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_default_holdout_satisfies_the_default_gate() {
        for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7", "eth-usd-1h-h24"] {
            let series: Series = slug.parse().unwrap();
            let config = TrainingConfig::for_series(&series);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let effective = config.holdout_rows as f64 / f64::from(series.horizon);
            assert!(effective >= config.gate.min_effective, "{slug}: {effective}");
        }
    }
}
