//! When a series is trained, and the training itself, as the train function does it.

use crate::{error::StudyError, watch::Champion};
use features::dataset::Dataset;
use monitoring::MonitoringConfig;
use serde::Serialize;
use std::collections::HashMap;
use training::{SearchProgress, TrainingConfig, TrainingInput, baseline_champion, train};

/// When a series is trained after the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Policy {
    Never,
    Weekly,
    OnAlert,
}

impl Policy {
    pub(crate) const ALL: [Self; 3] = [Self::Never, Self::Weekly, Self::OnAlert];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Never => "never again",
            Self::Weekly => "weekly",
            Self::OnAlert => "on alert",
        }
    }
}

/// Trains one series at any of its bars. A training is a function of bar and champion, so each is made once.
pub(crate) struct Trainer<'a> {
    history: &'a Dataset,
    training: &'a TrainingConfig,
    drift: &'a MonitoringConfig,
    made: HashMap<(usize, String), Option<Champion>>,
}

impl<'a> Trainer<'a> {
    pub(crate) fn new(history: &'a Dataset, training: &'a TrainingConfig, drift: &'a MonitoringConfig) -> Self {
        Self { history, training, drift, made: HashMap::new() }
    }

    /// What serves before any model has passed the gate.
    pub(crate) fn first(&self, bar: usize) -> Result<Champion, StudyError> {
        let Self { history, training, drift, .. } = self;
        let as_of = history.decision_time(bar);
        let made = baseline_champion(&history.series, &history.bars[..=bar], training, drift, as_of, "climatology");
        let first = made.map_err(|source| StudyError::Train { as_of, source: Box::new(source) })?;
        Ok(Champion { artifact: first.artifact, reference: first.drift_reference, promise: None, version: 1 })
    }

    /// What is promoted over the champion by a training at the close of this bar, if anything is.
    pub(crate) fn train(&mut self, bar: usize, champion: &Champion) -> Result<Option<Champion>, StudyError> {
        let key = (bar, champion.artifact.run.clone());
        if let Some(made) = self.made.get(&key) {
            return Ok(made.clone());
        }
        let Self { history, training, drift, .. } = self;
        let as_of = history.decision_time(bar);
        let outcome = train(&TrainingInput {
            series: &history.series,
            bars: &history.bars[..=bar],
            config: training,
            drift,
            champion: Some(&champion.artifact),
            as_of,
            run: &format!("training-{bar}"),
            progress: SearchProgress::NONE,
        });
        let promoted = match outcome {
            Ok(made) if made.verdict.promoted => Some(Champion {
                artifact: made.artifact,
                reference: Some(made.drift_reference),
                promise: Some(made.evaluation.log_loss_difference.hi),
                version: champion.version + 1,
            }),
            Ok(_) => None,
            Err(error) if error.needs_more_bars() => None,
            Err(source) => return Err(StudyError::Train { as_of, source: Box::new(source) }),
        };
        self.made.insert(key, promoted.clone());
        Ok(promoted)
    }
}
