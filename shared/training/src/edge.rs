//! Edge of out-of-fold forecasts over climatology.

use crate::{TrainError, TrainingConfig};
use contracts::forecast::Edge;
use evaluation::{
    bootstrap::{BootstrapConfig, Sides, block_bootstrap, default_block_length},
    enough_to_judge, metrics,
};

/// Out-of-fold forecasts with the climatology known at their decision times, and their labels.
pub(crate) struct OutOfFoldForecasts<'a> {
    pub(crate) forecasts: &'a [f64],
    pub(crate) climatology: &'a [f64],
    pub(crate) labels: &'a [bool],
    pub(crate) horizon: usize,
}

/// Measures the Brier skill over climatology with its two-sided 95 % interval. A model that is shrunk to the base rate has no
/// edge, whatever its forecasts scored.
pub(crate) fn edge(
    out_of_fold: &OutOfFoldForecasts<'_>,
    shrinkage: f64,
    config: &TrainingConfig,
) -> Result<Edge, TrainError> {
    let OutOfFoldForecasts { forecasts, climatology, labels, horizon } = *out_of_fold;
    let (own, baseline) = (metrics::squared_errors(forecasts, labels), metrics::squared_errors(climatology, labels));
    let bootstrap = BootstrapConfig {
        block: default_block_length(labels.len(), horizon),
        resamples: config.resamples,
        seed: config.gate.seed,
        confidence: 0.95,
        sides: Sides::TwoSided,
    };
    let skill = block_bootstrap(labels.len(), &bootstrap, |rows| {
        let sum = |errors: &[f64]| rows.iter().map(|&row| errors[row]).sum::<f64>();
        1.0 - sum(&own) / sum(&baseline)
    })?;
    if shrinkage > 0.0 {
        let enough = enough_to_judge(labels.len(), u32::try_from(horizon).unwrap_or(u32::MAX));
        Ok(Edge::from_skill(skill.estimate, enough.then_some([skill.lo, skill.hi]), labels.len()))
    } else {
        Ok(Edge { n: labels.len(), ..Edge::NONE })
    }
}
