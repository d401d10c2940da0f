//! Retraining policies, and trainings as the train function makes them.

use super::monitored_champion::Champion;
use crate::error::ResearchError;
use evaluation::Costs;
use features::dataset::Dataset;
use monitoring::MonitoringConfig;
use serde::Serialize;
use std::collections::HashMap;
use training::{HoldOutRole, SearchProgress, TrainingConfig, TrainingInput, baseline_champion, train};

/// Schedule of the trainings after the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Policy {
    Never,
    Weekly,
    OnAlert,
}

impl Policy {
    pub(crate) const ALL: [Self; 3] = [Self::Never, Self::Weekly, Self::OnAlert];

    /// Name in tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Never => "never again",
            Self::Weekly => "weekly",
            Self::OnAlert => "on alert",
        }
    }
}

/// Trainer of one series at any of its bars. The result depends only on bar and champion, so each is computed once.
pub(crate) struct CachedTrainer<'a> {
    dataset: &'a Dataset,
    training: &'a TrainingConfig,
    drift: &'a MonitoringConfig,
    /// Promoted champions by bar and run of the champion before; `None` where the gate kept that champion.
    promotions: HashMap<(usize, String), Option<Champion>>,
}

impl<'a> CachedTrainer<'a> {
    pub(crate) fn new(dataset: &'a Dataset, training: &'a TrainingConfig, drift: &'a MonitoringConfig) -> Self {
        Self { dataset, training, drift, promotions: HashMap::new() }
    }

    /// Baseline champion, which serves until a model passes the gate.
    pub(crate) fn baseline(&self, bar: usize) -> Result<Champion, ResearchError> {
        let Self { dataset, training, drift, .. } = self;
        let as_of = dataset.decision_time(bar);
        let baseline = baseline_champion(&dataset.series, &dataset.bars[..=bar], training, drift, as_of, "climatology")
            .map_err(|source| ResearchError::Train { as_of, source: Box::new(source) })?;
        let (artifact, reference) = (baseline.artifact, baseline.drift_reference);
        Ok(Champion { artifact, reference, holdout_bound: None, version: 1 })
    }

    /// Trains at the close of a bar. Returns the new champion, or `None` when the gate keeps the present one.
    pub(crate) fn train(&mut self, bar: usize, champion: &Champion) -> Result<Option<Champion>, ResearchError> {
        let key = (bar, champion.artifact.run.clone());
        if let Some(promoted) = self.promotions.get(&key) {
            return Ok(promoted.clone());
        }
        let Self { dataset, training, drift, .. } = self;
        let as_of = dataset.decision_time(bar);
        let result = train(&TrainingInput {
            series: &dataset.series,
            bars: &dataset.bars[..=bar],
            config: training,
            drift,
            champion: Some(&champion.artifact),
            costs: Costs::default(),
            as_of,
            run: &format!("training-{bar}"),
            holdout_role: HoldOutRole::Promotes,
            progress: SearchProgress::NONE,
        });
        let promoted = match result {
            Ok(outcome) if outcome.verdict.direction.promoted => Some(Champion {
                artifact: outcome.artifact,
                reference: Some(outcome.drift_reference),
                holdout_bound: Some(outcome.evaluation.log_loss_difference.hi),
                version: champion.version + 1,
            }),
            Ok(_) => None,
            Err(error) if error.needs_more_bars() => None,
            Err(source) => return Err(ResearchError::Train { as_of, source: Box::new(source) }),
        };
        self.promotions.insert(key, promoted.clone());
        Ok(promoted)
    }
}
