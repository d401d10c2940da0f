//! The functions train and score without AWS: one series with champion, shadow and forecasts, bar by bar.
//!
//! A training at a bar sees the forecasts that are settled at its close, and changes what forecasts from the next bar on: score runs
//! after each bar, train later. The decisions are those of the functions: [`monitoring::challenger`], [`HoldOutRole`],
//! [`evaluation::gate`] and [`model::mixture`].
//!
//! [`HoldOutRole`]: ::training::HoldOutRole

mod forecast;
mod training;
mod version;

pub(crate) use forecast::DeployedForecast;
#[cfg(test)]
pub(crate) use training::PromotionBasis;
pub(crate) use training::TrainingRecord;

use crate::error::ResearchError;
use ::training::{TrainingConfig, baseline_champion};
use contracts::costs::Costs;
use features::{
    baselines::{Cells, FrequencyCounts, SettledMoves, cells},
    dataset::Dataset,
};
use model::Artifact;
use monitoring::{ChallengerEvidence, MonitoringConfig};
use std::ops::Range;
use version::{Challenger, Version};

/// Number of the baseline champion, climatology.
const FIRST_VERSION: u32 = 1;

/// Configuration of the functions.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentPlan {
    pub(crate) training: TrainingConfig,
    pub(crate) drift: MonitoringConfig,
    pub(crate) costs: Costs,
}

/// A series in operation.
pub(crate) struct Deployment<'a> {
    dataset: &'a Dataset,
    plan: &'a DeploymentPlan,
    /// Moves of the dataset, aligned with its bars.
    moves: &'a [Option<f64>],
    settled: SettledMoves<'a>,
    cells: Vec<Cells>,
    counts: FrequencyCounts,
    /// Number of bars whose settled labels are counted.
    counted: usize,
    champion: Version,
    /// Challengers, oldest first.
    shadow: Vec<Challenger>,
    /// Number of the latest version.
    versions: u32,
    /// Number of trainings whose version was judged on a hold-out.
    judged: u32,
    /// Calendar year of the latest admission, and number of admissions in it.
    admissions: (i16, u32),
    forecasts: Vec<DeployedForecast>,
}

impl<'a> Deployment<'a> {
    /// Begins with climatology as champion, at the close of `bar`. `moves` are those of the dataset.
    pub(crate) fn new(
        dataset: &'a Dataset,
        moves: &'a [Option<f64>],
        plan: &'a DeploymentPlan,
        bar: usize,
    ) -> Result<Self, ResearchError> {
        let (series, as_of) = (&dataset.series, dataset.decision_time(bar));
        let bars = &dataset.bars[..=bar];
        let baseline = baseline_champion(series, bars, &plan.training, &plan.drift, as_of, "climatology")
            .map_err(|source| ResearchError::Train { as_of, source: Box::new(source) })?;
        Ok(Self {
            dataset,
            plan,
            moves,
            settled: SettledMoves::new(series, moves),
            cells: cells(series, &dataset.bars),
            counts: FrequencyCounts::default(),
            counted: 0,
            champion: Version::new(FIRST_VERSION, baseline.artifact),
            shadow: Vec::new(),
            versions: FIRST_VERSION,
            judged: 0,
            admissions: (0, 0),
            forecasts: Vec::new(),
        })
    }

    /// Prepares the versions for the bars of `range`, before the first forecast of the range.
    pub(crate) fn prepare(&mut self, range: Range<usize>) {
        self.champion.prepare(self.dataset, range.clone());
        self.shadow.iter_mut().for_each(|challenger| challenger.version.prepare(self.dataset, range.clone()));
    }

    /// Artifact that serves.
    pub(crate) const fn champion(&self) -> &Artifact {
        &self.champion.artifact
    }

    /// Evidence of the challengers at the close of `bar`, of those with a settled forecast.
    fn evidence(&self, bar: usize) -> Vec<ChallengerEvidence> {
        let (series, as_of) = (&self.dataset.series, self.dataset.decision_time(bar));
        let settled = |forecast: &&DeployedForecast| series.target_time(forecast.decision_time) <= as_of;
        let measure = |challenger: &Challenger| {
            let number = challenger.version.number;
            let paired: Vec<_> = (self.forecasts.iter().filter(settled))
                .filter_map(|forecast| forecast.paired_with(number, self.dataset, self.moves))
                .collect();
            ChallengerEvidence::measure(series, number, self.champion.number, &paired, challenger.live_alpha)
        };
        self.shadow.iter().filter_map(measure).collect()
    }
}
