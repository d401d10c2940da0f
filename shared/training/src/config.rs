//! Configuration of a training.

use crate::{TrainingConfigError, candidate::FAMILIES};
use evaluation::gate::GateConfig;
use market_data::{Interval, Series};
use model::Family;
use serde::{Deserialize, Serialize};

/// Configuration of a training. [`TrainingConfig::for_series`] has the defaults; every field can be overridden.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Maximum number of rows in the hold-out.
    pub holdout_rows: usize,
    /// Maximum share of all rows in the hold-out, between 0 and 1, so that a short history keeps enough training rows.
    pub holdout_share: f64,
    /// Number of walk-forward folds.
    pub folds: usize,
    /// Minimum number of training rows of the first fold.
    pub min_train: usize,
    /// Minimum share of all rows in the training rows of the first fold, from 0 to below 1: a fold that trains on much less than
    /// the final fit says little about it.
    pub min_train_share: f64,
    /// Rows removed between training and test rows, in addition to the horizon.
    pub embargo: usize,
    /// Maximum number of rows of one fit; of more rows an even subsample is used. The default is above any history there is: on
    /// hours a cap of 12,000 rows cost a seventh of what the folds save.
    pub fit_rows: usize,
    /// Budget and families of the search.
    pub search: SearchConfig,
    /// Multiple of the volatility over the horizon below which a move is excluded from fits; 0 excludes none. Forecasts
    /// and their evaluation cover all moves.
    pub neutral_band: f64,
    /// Squared t-statistic that a deviation from the base rate must exceed. Below it, forecasts are shrunk to the base
    /// rate; above it, the shrinkage weakens as the evidence grows. The default 4 is two standard errors.
    pub evidence_penalty: f64,
    /// Number of bootstrap resamples for each interval of the hold-out evaluation and of the out-of-fold edge.
    pub resamples: usize,
    /// Seed of every random choice in the search and the fits.
    pub seed: u64,
    /// Configuration of the gate.
    pub gate: GateConfig,
}

/// Budget and families of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// Maximum number of trials.
    pub trials: usize,
    /// Number of first trials that cover the whole space before the sampler uses results; none of them is pruned.
    pub startup: usize,
    /// Number of trials that are suggested at once. It affects the suggestions, so it is independent of the number of
    /// threads.
    pub batch: usize,
    /// Time limit in seconds: no batch starts after it. The result of a search that it stops depends on the speed of the
    /// machine, and the run record says so.
    pub time_budget_seconds: u64,
    /// Families to search: `logistic`, `random_forest`, `extra_trees`, `boosting`.
    pub families: Vec<Family>,
}

impl TrainingConfig {
    /// Default configuration. The hold-out has two years of daily or one year of hourly bars, and at least 120 horizons:
    /// with overlapping labels it still has more than the 100 independent labels that the gate requires.
    #[must_use]
    pub fn for_series(series: &Series) -> Self {
        let min_holdout_rows = 120 * series.horizon as usize;
        let (holdout_rows, min_train, min_train_share, embargo, trials, startup, batch) = match series.interval {
            Interval::Day => (730, 365, 0.0, 5, 40, 16, 8),
            Interval::Hour => (8_766, 2_192, 0.2, 24, 24, 12, 4),
        };
        Self {
            holdout_rows: min_holdout_rows.max(holdout_rows),
            holdout_share: 0.35,
            folds: 4,
            min_train,
            min_train_share,
            embargo,
            fit_rows: 250_000,
            search: SearchConfig {
                trials,
                startup,
                batch,
                // A third of a function's time limit, so that a search leaves time for the rest of the run.
                time_budget_seconds: 300,
                // The forests of smartcore sort every feature at every node: on the rows of hours they take most of the time.
                families: match series.interval {
                    Interval::Day => FAMILIES.to_vec(),
                    Interval::Hour => vec![Family::Logistic, Family::Boosting],
                },
            },
            neutral_band: 0.0,
            evidence_penalty: 4.0,
            resamples: 2_000,
            seed: 1,
            gate: GateConfig::default(),
        }
    }

    /// Default configuration of `series`, with the fields of the JSON object `overrides` merged into it recursively.
    ///
    /// # Errors
    /// [`TrainingConfigError`] when `overrides` is not an object of known fields, or a value is out of its range.
    pub fn with_overrides(series: &Series, overrides: Option<&serde_json::Value>) -> Result<Self, TrainingConfigError> {
        let mut fields = serde_json::to_value(Self::for_series(series))?;
        if let Some(overrides) = overrides {
            contracts::merge_json(&mut fields, overrides);
        }
        let config: Self = serde_json::from_value(fields)?;
        config.validate()?;
        Ok(config)
    }

    /// Number of training rows of the first fold, of `rows` rows.
    pub(crate) fn first_train_rows(&self, rows: usize) -> usize {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of rows"
        )]
        let share = (rows as f64 * self.min_train_share) as usize;
        self.min_train.max(share)
    }

    /// Checks the range of every field.
    pub(crate) fn validate(&self) -> Result<(), TrainingConfigError> {
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
        if !(0.0..1.0).contains(&self.min_train_share) {
            let (name, value) = ("min_train_share", self.min_train_share);
            return Err(TrainingConfigError::Value { name, value, expected: "a number from 0 to below 1" });
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
    fn overrides_replace_known_fields_and_reject_unknown_ones() {
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        let defaults = TrainingConfig::for_series(&series);
        let change = json!({"folds": 3, "gate": {"min_effective": 50.0}});
        let changed = TrainingConfig::with_overrides(&series, Some(&change)).unwrap();
        assert_eq!(changed.folds, 3);
        assert_eq!(changed.gate, GateConfig { min_effective: 50.0, ..defaults.gate });
        assert_eq!(changed.search, defaults.search);
        for invalid in [
            json!({"fold": 3}),
            json!({"folds": "three"}),
            json!({"folds": 0}),
            json!([1]),
            json!({"search": {"families": ["climatology"]}}),
        ] {
            assert!(TrainingConfig::with_overrides(&series, Some(&invalid)).is_err(), "{invalid}");
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
