//! The edge of out-of-fold forecasts over climatology.

use crate::{TrainError, TrainingConfig};
use contracts::forecast::Edge;
use evaluation::{
    bootstrap::{BootstrapConfig, Sides, block_bootstrap, default_block_length},
    enough_to_judge, metrics,
};

/// Forecasts with the climatology known at their times, and what happened.
pub(crate) struct OutOfFoldForecasts<'a> {
    pub(crate) forecasts: &'a [f64],
    pub(crate) climatology: &'a [f64],
    pub(crate) up: &'a [bool],
    pub(crate) horizon: usize,
}

/// The Brier skill over climatology with its two-sided 95 % interval. A model shrunk to the base rate has no edge,
/// whatever chance did.
pub(crate) fn edge(
    judged: &OutOfFoldForecasts<'_>,
    shrinkage: f64,
    config: &TrainingConfig,
) -> Result<Edge, TrainError> {
    let OutOfFoldForecasts { forecasts, climatology, up, horizon } = *judged;
    let (own, theirs) = (metrics::squared_errors(forecasts, up), metrics::squared_errors(climatology, up));
    let resampling = BootstrapConfig {
        block: default_block_length(up.len(), horizon),
        resamples: config.resamples,
        seed: config.gate.seed,
        confidence: 0.95,
        sides: Sides::TwoSided,
    };
    let skill = block_bootstrap(up.len(), &resampling, |rows| {
        let sum = |errors: &[f64]| rows.iter().map(|&row| errors[row]).sum::<f64>();
        1.0 - sum(&own) / sum(&theirs)
    })?;
    if shrinkage > 0.0 {
        let enough = enough_to_judge(up.len(), u32::try_from(horizon).unwrap_or(u32::MAX));
        Ok(Edge::from_skill(skill.estimate, enough.then_some([skill.lo, skill.hi]), up.len()))
    } else {
        Ok(Edge { n: up.len(), ..Edge::NONE })
    }
}
