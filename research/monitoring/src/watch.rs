//! What the monitoring of the score function says at a bar: the same domain code on the same inputs.

use crate::{error::StudyError, history::History};
use domain::{
    drift::{DriftConfig, DriftReference, DriftReport, Performance, Settled, decide, measure},
    features::FeatureRow,
    forecast::Direction,
};
use model::Artifact;
use serde::Serialize;

/// What is done about what is seen, the strongest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    Note,
    Warn,
    Retrain,
}

impl Level {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warn => "warning",
            Self::Retrain => "retrain",
        }
    }
}

/// What is said at a bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Look {
    /// Nothing when there is nothing to say.
    pub(crate) level: Option<Level>,
    /// The rules that fired.
    pub(crate) rules: Vec<(String, Level)>,
}

/// A champion at work, and what it is watched with.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    pub(crate) history: &'a History,
    pub(crate) champion: &'a Artifact,
    pub(crate) reference: Option<&'a DriftReference>,
    pub(crate) config: &'a DriftConfig,
    /// The first bar that it forecast as champion.
    pub(crate) since: usize,
}

impl Watch<'_> {
    /// The champion's forecast at each of these bars, where there are features.
    pub(crate) fn forecasts(&self, bars: std::ops::Range<usize>) -> Result<Vec<Option<f64>>, StudyError> {
        let predict = |row: &Option<FeatureRow>| {
            let predicted = row.as_ref().map(|row| self.champion.predict(&row.values)).transpose();
            predicted.map_err(|source| StudyError::Predict { source })
        };
        self.history.features[bars].iter().map(predict).collect()
    }

    /// What is said at the close of this bar; `forecasts` are the champion's since it serves.
    pub(crate) fn look(&self, bar: usize, forecasts: &[Option<f64>]) -> Result<Look, StudyError> {
        let (history, config) = (self.history, self.config);
        let horizon = usize::try_from(history.series.horizon).unwrap_or(usize::MAX);
        let settled: Vec<Settled> = (self.since..=bar.saturating_sub(horizon))
            .filter_map(|at| {
                let probability_up = (*forecasts.get(at - self.since)?)?;
                Some(Settled {
                    decision_time: history.decision_time(at),
                    probability_up,
                    baseline_probability: history.climatology[at],
                    direction: Direction::decide(probability_up, &self.champion.edge),
                    up: history.labels[at]?,
                })
            })
            .collect();
        let recent = &settled[settled.len().saturating_sub(config.rolling_forecasts(history.series.horizon))..];
        let performance = Performance::of(recent, history.series.horizon, config)?;

        let mut windows: Vec<DriftReport> = Vec::new();
        if let Some(reference) = self.reference {
            for back in (0..config.windows).rev() {
                let Some(end) = (bar + 1).checked_sub(back * config.stride_bars) else { continue };
                let window = end.saturating_sub(reference.window_bars)..end;
                let rows: Vec<FeatureRow> = history.features[window.clone()].iter().flatten().cloned().collect();
                let forecasts: Vec<f64> = self.forecasts(window)?.into_iter().flatten().collect();
                windows.extend(measure(reference, &rows, &forecasts, config));
            }
        }
        let decision = decide(&windows, performance.as_ref(), config);
        let mut rules = Vec::new();
        if decision.persistent {
            rules.push(("features_shifted".to_owned(), Level::Note));
        }
        if decision.confirmed {
            let worse = performance.is_some_and(|performance| performance.worse);
            rules.push((if worse { "forecasts_worse" } else { "severe_shift" }.to_owned(), Level::Retrain));
        }
        Ok(Look { level: rules.iter().map(|(_, level)| *level).max(), rules })
    }
}
