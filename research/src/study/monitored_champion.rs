//! Champion with monitoring, bar by bar: the same rules on the same inputs as in the score function.

use crate::error::ResearchError;
use contracts::{action::AlertAction, forecast::Validity};
use features::{FeatureRow, dataset::Dataset};
use model::Artifact;
use monitoring::{
    DataHealth, MonitoringConfig, MonitoringDecision, MonitoringInputs, Notification, NotificationRecord,
    RealisedPerformance, RegimeShift, SequentialTest, SettledForecast,
    drift::{DriftReference, WindowDrift, compare_window},
    evaluate_rules, plan_notifications,
    sequential::NullHypothesis,
};
use std::collections::BTreeMap;

/// Serving model with the results of its training.
#[derive(Debug, Clone)]
pub(crate) struct Champion {
    pub(crate) artifact: Artifact,
    pub(crate) reference: Option<DriftReference>,
    /// Upper bound of the hold-out log loss difference to climatology; `None` for a climatology.
    pub(crate) holdout_bound: Option<f64>,
    pub(crate) version: u32,
}

/// Champion with its forecasts and notifications so far.
pub(crate) struct MonitoredChampion<'a> {
    dataset: &'a Dataset,
    config: &'a MonitoringConfig,
    champion: Champion,
    /// Forecasts of this champion, with the index of their bar, ascending.
    forecasts: Vec<(usize, f64)>,
    /// Drift of the latest windows, by the index of the bar after each.
    windows: BTreeMap<usize, Option<WindowDrift>>,
    /// Notifications so far; it continues from champion to champion.
    log: Vec<NotificationRecord>,
}

/// Result of monitoring at one bar.
#[derive(Debug)]
pub(crate) struct MonitoringStep {
    pub(crate) decision: MonitoringDecision,
    /// Notifications to send.
    pub(crate) due: Vec<Notification>,
}

impl MonitoringStep {
    /// True if a notification requests a training.
    pub(crate) fn requests_training(&self) -> bool {
        self.due.iter().any(|notification| notification.record.action.requests_training())
    }

    /// Names of the rules that fire with `action` or a stronger one.
    pub(crate) fn rules(&self, action: AlertAction) -> impl Iterator<Item = String> {
        self.decision.firing().filter(move |finding| finding.action >= action).map(|finding| finding.rule.to_string())
    }
}

impl<'a> MonitoredChampion<'a> {
    pub(crate) fn new(dataset: &'a Dataset, config: &'a MonitoringConfig, champion: Champion) -> Self {
        Self { dataset, config, champion, forecasts: Vec::new(), windows: BTreeMap::new(), log: Vec::new() }
    }

    pub(crate) fn champion(&self) -> &Champion {
        &self.champion
    }

    /// Replaces the champion, from the next bar on.
    pub(crate) fn promote(&mut self, champion: Champion) {
        self.champion = champion;
        self.forecasts.clear();
        self.windows.clear();
    }

    /// Forecasts at the close of a bar; `None` where the bar has no features.
    pub(crate) fn forecast(&mut self, bar: usize) -> Result<Option<f64>, ResearchError> {
        let Some(row) = &self.dataset.features[bar] else { return Ok(None) };
        let probability_up = self.predict(bar, row)?;
        self.forecasts.push((bar, probability_up));
        Ok(Some(probability_up))
    }

    fn predict(&self, bar: usize, row: &FeatureRow) -> Result<f64, ResearchError> {
        let decision_time = self.dataset.decision_time(bar);
        self.champion.artifact.predict(&row.values).map_err(|source| ResearchError::Predict { decision_time, source })
    }

    /// Evaluates all rules at the close of a bar and plans the notifications.
    pub(crate) fn step(&mut self, bar: usize) -> Result<MonitoringStep, ResearchError> {
        let windows = self.windows(bar)?;
        let Self { dataset, config, champion, .. } = &*self;
        let (series, as_of, bars) = (&dataset.series, dataset.decision_time(bar), &dataset.bars[..=bar]);
        let settled = self.settled(bar);
        let recent = &settled[settled.len().saturating_sub(config.rolling_forecasts(series.horizon))..];
        let test = |null, alpha| SequentialTest::new(series, &settled, null, alpha);
        let decision = evaluate_rules(
            &MonitoringInputs {
                interval: series.interval,
                windows: &windows,
                regime_shift: RegimeShift::measure(
                    bars,
                    series.interval,
                    champion.artifact.trained_at,
                    &config.regime_shift,
                )
                .as_ref(),
                recent: RealisedPerformance::measure(recent, series.horizon, config)?.as_ref(),
                climatology: test(NullHypothesis::NoWorseThanClimatology, config.alpha_climatology).as_ref(),
                holdout: champion
                    .holdout_bound
                    .and_then(|bound| test(NullHypothesis::WithinHoldoutBound(bound), config.alpha_holdout))
                    .as_ref(),
                // The study replays probabilities only.
                distribution: None,
                coverage: None,
                challengers: &[],
                newest: None,
                health: &DataHealth::assess(bars, series.interval, as_of, config.window_bars, "csv", &[]),
            },
            config,
        );
        let due = plan_notifications(series, as_of, champion.version, &decision, &self.log, config).due;
        self.log.extend(due.iter().map(|notification| notification.record.clone()));
        Ok(MonitoringStep { decision, due })
    }

    /// Forecasts of this champion that are settled at the close of a bar.
    fn settled(&self, bar: usize) -> Vec<SettledForecast> {
        let (dataset, artifact) = (self.dataset, &self.champion.artifact);
        let horizon = usize::try_from(dataset.series.horizon).unwrap_or(usize::MAX);
        (self.forecasts.iter())
            .take_while(|(decision_bar, _)| decision_bar.saturating_add(horizon) <= bar)
            .filter_map(|&(decision_bar, probability_up)| {
                Some(SettledForecast {
                    decision_time: dataset.decision_time(decision_bar),
                    probability_up,
                    baseline_probability: dataset.climatology[decision_bar],
                    direction: Validity::new(&artifact.edge, artifact.band(probability_up), []).direction,
                    up: dataset.labels[decision_bar]?,
                })
            })
            .collect()
    }

    /// Drift of the latest windows, oldest first; empty when the latest window cannot be compared.
    fn windows(&mut self, bar: usize) -> Result<Vec<WindowDrift>, ResearchError> {
        let Some(reference) = &self.champion.reference else { return Ok(Vec::new()) };
        let ends: Vec<usize> = (0..self.config.windows)
            .rev()
            .filter_map(|window| (bar + 1).checked_sub(window * self.config.stride_bars))
            .collect();
        for &end in &ends {
            if self.windows.contains_key(&end) {
                continue;
            }
            let window = &self.dataset.features[end.saturating_sub(reference.window_bars)..end];
            let rows: Vec<FeatureRow> = window.iter().flatten().cloned().collect();
            let forecasts = rows.iter().map(|row| self.predict(bar, row)).collect::<Result<Vec<f64>, _>>()?;
            let drift = compare_window(reference, &rows, &forecasts, self.config);
            self.windows.insert(end, drift);
        }
        self.windows.retain(|end, _| Some(end) >= ends.first());
        if self.windows.get(&(bar + 1)).is_none_or(Option::is_none) {
            return Ok(Vec::new());
        }
        Ok(ends.iter().filter_map(|end| self.windows.get(end)?.clone()).collect())
    }
}
