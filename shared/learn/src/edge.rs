//! The edge of out-of-fold forecasts over climatology.

use crate::{TrainError, TrainingConfig};
use domain::{
    bootstrap::{Resampling, Sides, block_bootstrap, default_block},
    evaluation::enough_to_judge,
    forecast::Edge,
    metrics,
};

/// Forecasts with the climatology known at their times, and what happened.
pub(crate) struct Judged<'a> {
    pub(crate) forecasts: &'a [f64],
    pub(crate) climatology: &'a [f64],
    pub(crate) up: &'a [bool],
    pub(crate) horizon: usize,
}

/// The Brier skill over climatology with its two-sided 95 % interval. A model shrunk to the base rate has no edge,
/// whatever chance did.
pub(crate) fn edge(judged: &Judged<'_>, shrinkage: f64, config: &TrainingConfig) -> Result<Edge, TrainError> {
    let Judged { forecasts, climatology, up, horizon } = *judged;
    let (own, theirs) = (metrics::squared_errors(forecasts, up), metrics::squared_errors(climatology, up));
    let resampling = Resampling {
        block: default_block(up.len(), horizon),
        resamples: config.resamples,
        seed: config.gate.seed,
        confidence: 0.95,
        sides: Sides::Two,
    };
    let skill = block_bootstrap(up.len(), &resampling, |rows| {
        let sum = |errors: &[f64]| rows.iter().map(|&row| errors[row]).sum::<f64>();
        1.0 - sum(&own) / sum(&theirs)
    })?;
    if shrinkage > 0.0 {
        let enough = enough_to_judge(up.len(), u32::try_from(horizon).unwrap_or(u32::MAX));
        Ok(Edge::from_skill(skill.mean, enough.then_some([skill.lo, skill.hi]), up.len()))
    } else {
        Ok(Edge { n: up.len(), ..Edge::NONE })
    }
}
