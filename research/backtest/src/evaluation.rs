//! The evaluation record: how the settled forecasts did beside the baselines, and what following them was worth.

mod forecaster;
mod reliability;
mod verdict;

pub(crate) use forecaster::Forecaster;
pub(crate) use reliability::Bin;

use crate::{
    baseline::persistence, error::BacktestError, history::History, settings::Settings, strategy::AfterCosts,
    walk::Decision,
};
use domain::{
    bootstrap::{
        BootstrapError, BootstrapInterval, Resampling, Sides, block_bootstrap, block_bootstrap_mean, default_block,
    },
    forecast::{Direction, EdgeVerdict},
    metrics,
};
use jiff::Timestamp;
use model::HIGHEST_PROBABILITY;
use serde::Serialize;

/// Confidence of every interval, both sides together.
const CONFIDENCE: f64 = 0.95;

/// The record. All intervals are by the circular block bootstrap.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Evaluation {
    /// First settled decision time.
    pub(crate) from: Timestamp,
    /// Last settled decision time.
    pub(crate) through: Timestamp,
    /// Forecasts with an outcome; ties have none.
    pub(crate) n: usize,
    /// Independent labels among them, about: `n / horizon`.
    pub(crate) n_effective: f64,
    /// How the intervals were made.
    pub(crate) resampling: Resampling,
    pub(crate) forecast: Forecaster,
    /// The base rate known at each decision time.
    pub(crate) climatology: Forecaster,
    /// The side of the last settled label, with its hit rate known at each decision time.
    pub(crate) persistence: Forecaster,
    /// 99 % up, always.
    pub(crate) always_up: Forecaster,
    /// Mean log loss of the forecasts minus climatology's: below zero is better.
    pub(crate) log_loss_difference: BootstrapInterval,
    /// Ten groups of equally many similar forecasts.
    pub(crate) deciles: Vec<Bin>,
    pub(crate) called: Called,
    pub(crate) edge: EdgeVerdict,
    /// What all this amounts to, in one sentence.
    pub(crate) verdict: String,
    pub(crate) after_costs: AfterCosts,
}

/// The settled forecasts that pointed up or down.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Called {
    pub(crate) n: usize,
    /// Share of those that were right.
    pub(crate) right: Option<f64>,
    /// Its interval.
    pub(crate) right_interval: Option<[f64; 2]>,
}

/// Outcomes, and how to resample their rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub(crate) up: &'a [bool],
    pub(crate) resampling: Resampling,
}

impl Sample<'_> {
    /// The interval of a statistic of some rows.
    pub(crate) fn interval(&self, statistic: impl Fn(&[usize]) -> f64) -> Result<[f64; 2], BootstrapError> {
        let BootstrapInterval { lo, hi, .. } = block_bootstrap(self.up.len(), &self.resampling, statistic)?;
        Ok([lo, hi])
    }
}

impl Evaluation {
    /// Scores what is settled; `None` when nothing is.
    pub(crate) fn new(
        history: &History,
        decisions: &[Decision],
        settings: &Settings,
    ) -> Result<Option<Self>, BacktestError> {
        let settled: Vec<(&Decision, bool)> = decisions.iter().filter_map(|one| Some((one, one.up()?))).collect();
        let (Some((first, _)), Some((last, _))) = (settled.first(), settled.last()) else { return Ok(None) };
        let horizon = history.series.horizon;
        let n = settled.len();
        let resampling = Resampling {
            block: default_block(n, horizon as usize),
            resamples: settings.training.resamples,
            seed: settings.training.gate.seed,
            confidence: CONFIDENCE,
            sides: Sides::Two,
        };
        let up: Vec<bool> = settled.iter().map(|(_, up)| *up).collect();
        let p: Vec<f64> = settled.iter().map(|(one, _)| one.probability_up).collect();
        let base: Vec<f64> = settled.iter().map(|(one, _)| one.baseline_probability).collect();
        let persistence = persistence(history);
        let persistence: Vec<f64> = settled.iter().map(|(one, _)| persistence[one.bar]).collect();
        let sample = Sample { up: &up, resampling };
        let scored = |p: &[f64]| Forecaster::new(p, &base, &sample);

        let losses = metrics::log_losses(&p, &up).into_iter().zip(metrics::log_losses(&base, &up));
        let differences: Vec<f64> = losses.map(|(own, climatology)| own - climatology).collect();
        let log_loss_difference = block_bootstrap_mean(&differences, &resampling)?;
        let forecast = scored(&p)?;
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let n_effective = n as f64 / f64::from(horizon);
        let enough = n_effective >= settings.training.gate.min_effective;
        let (edge, verdict) = verdict::verdict(&log_loss_difference, &forecast, n_effective, enough);
        Ok(Some(Self {
            from: first.decision_time,
            through: last.decision_time,
            n,
            n_effective,
            resampling,
            climatology: scored(&base)?,
            persistence: scored(&persistence)?,
            always_up: scored(&vec![HIGHEST_PROBABILITY; n])?,
            deciles: reliability::equal_counts(&p, &sample)?,
            called: called(&settled, &sample)?,
            after_costs: AfterCosts::new(history, decisions, settings, &resampling)?,
            log_loss_difference,
            forecast,
            edge,
            verdict,
        }))
    }
}

fn called(settled: &[(&Decision, bool)], sample: &Sample<'_>) -> Result<Called, BootstrapError> {
    let right: Vec<Option<bool>> = settled
        .iter()
        .map(|(one, up)| {
            Some(one.direction()).filter(|way| *way != Direction::Abstain).map(|way| (way == Direction::Up) == *up)
        })
        .collect();
    let n = right.iter().flatten().count();
    let share = |rows: &[usize]| {
        let (hits, all) = rows
            .iter()
            .filter_map(|&row| right[row])
            .fold((0.0, 0.0), |(hits, all), hit| (hits + f64::from(u8::from(hit)), all + 1.0));
        hits / all
    };
    if n == 0 {
        return Ok(Called { n, right: None, right_interval: None });
    }
    let all: Vec<usize> = (0..right.len()).collect();
    Ok(Called { n, right: Some(share(&all)), right_interval: Some(sample.interval(share)?) })
}

#[cfg(test)]
mod tests;
