//! A champion at work, looked at bar by bar: the domain code that the score function asks, on the inputs that it gives.

use crate::error::StudyError;
use contracts::{action::AlertAction, forecast::Direction};
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

/// What serves, and what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Champion {
    pub(crate) artifact: Artifact,
    pub(crate) reference: Option<DriftReference>,
    /// The most that its log loss should exceed climatology's, as the hold-out promised; none of a climatology.
    pub(crate) promise: Option<f64>,
    pub(crate) version: u32,
}

/// The champion and its record so far.
pub(crate) struct MonitoredChampion<'a> {
    history: &'a Dataset,
    config: &'a MonitoringConfig,
    champion: Champion,
    /// Its forecasts with their bars, ascending.
    forecasts: Vec<(usize, f64)>,
    /// The last windows, by the bar they end before.
    windows: BTreeMap<usize, Option<WindowDrift>>,
    /// What was announced; goes on from champion to champion.
    log: Vec<NotificationRecord>,
}

/// What is said at a bar.
#[derive(Debug)]
pub(crate) struct MonitoringStep {
    pub(crate) decision: MonitoringDecision,
    /// What goes out.
    pub(crate) due: Vec<Notification>,
}

impl MonitoringStep {
    /// Whether a training is asked for.
    pub(crate) fn trains(&self) -> bool {
        self.due.iter().any(|one| one.record.action.requests_training())
    }

    /// The rules that fire with this action or a stronger one.
    pub(crate) fn rules(&self, action: AlertAction) -> impl Iterator<Item = String> {
        self.decision.firing().filter(move |finding| finding.action >= action).map(|finding| finding.rule.to_string())
    }
}

impl<'a> MonitoredChampion<'a> {
    pub(crate) fn new(history: &'a Dataset, config: &'a MonitoringConfig, champion: Champion) -> Self {
        Self { history, config, champion, forecasts: Vec::new(), windows: BTreeMap::new(), log: Vec::new() }
    }

    pub(crate) fn champion(&self) -> &Champion {
        &self.champion
    }

    /// Another champion serves from the next bar on.
    pub(crate) fn promote(&mut self, champion: Champion) {
        self.champion = champion;
        self.forecasts.clear();
        self.windows.clear();
    }

    /// The champion forecasts at this bar, where there are features.
    pub(crate) fn forecast(&mut self, bar: usize) -> Result<Option<f64>, StudyError> {
        let Some(row) = &self.history.features[bar] else { return Ok(None) };
        let p = self.predict(row)?;
        self.forecasts.push((bar, p));
        Ok(Some(p))
    }

    fn predict(&self, row: &FeatureRow) -> Result<f64, StudyError> {
        self.champion.artifact.predict(&row.values).map_err(|source| StudyError::Predict { source })
    }

    /// What monitoring says at the close of this bar, and what of it goes out.
    pub(crate) fn step(&mut self, bar: usize) -> Result<MonitoringStep, StudyError> {
        let windows = self.windows(bar)?;
        let Self { history, config, champion, .. } = &*self;
        let (series, as_of, bars) = (&history.series, history.decision_time(bar), &history.bars[..=bar]);
        let own = self.settled(bar);
        let recent = &own[own.len().saturating_sub(config.rolling_forecasts(series.horizon))..];
        let test = |null, alpha| SequentialTest::new(series, &own, null, alpha);
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
                    .promise
                    .and_then(|most| test(NullHypothesis::WithinHoldoutBound(most), config.alpha_holdout))
                    .as_ref(),
                health: &DataHealth::assess(bars, series.interval, as_of, config.window_bars, "csv", &[]),
            },
            config,
        );
        let due = plan_notifications(series, as_of, champion.version, &decision, &self.log, config).due;
        self.log.extend(due.iter().map(|one| one.record.clone()));
        Ok(MonitoringStep { decision, due })
    }

    /// The champion's forecasts whose outcome is known at the close of this bar.
    fn settled(&self, bar: usize) -> Vec<SettledForecast> {
        let history = self.history;
        let horizon = usize::try_from(history.series.horizon).unwrap_or(usize::MAX);
        (self.forecasts.iter())
            .take_while(|(at, _)| at.saturating_add(horizon) <= bar)
            .filter_map(|&(at, probability_up)| {
                Some(SettledForecast {
                    decision_time: history.decision_time(at),
                    probability_up,
                    baseline_probability: history.climatology[at],
                    direction: Direction::from_probability(probability_up, &self.champion.artifact.edge),
                    up: history.labels[at]?,
                })
            })
            .collect()
    }

    /// The last windows, oldest first; none when the present one cannot be compared.
    fn windows(&mut self, bar: usize) -> Result<Vec<WindowDrift>, StudyError> {
        let Some(reference) = &self.champion.reference else { return Ok(Vec::new()) };
        let ends =
            (0..self.config.windows).rev().filter_map(|back| (bar + 1).checked_sub(back * self.config.stride_bars));
        let ends: Vec<usize> = ends.collect();
        for &end in &ends {
            if self.windows.contains_key(&end) {
                continue;
            }
            let window = &self.history.features[end.saturating_sub(reference.window_bars)..end];
            let rows: Vec<FeatureRow> = window.iter().flatten().cloned().collect();
            let forecasts = rows.iter().map(|row| self.predict(row)).collect::<Result<Vec<f64>, _>>()?;
            let report = compare_window(reference, &rows, &forecasts, self.config);
            self.windows.insert(end, report);
        }
        self.windows.retain(|end, _| Some(end) >= ends.first());
        if self.windows.get(&(bar + 1)).is_none_or(Option::is_none) {
            return Ok(Vec::new());
        }
        Ok(ends.iter().filter_map(|end| self.windows.get(end)?.clone()).collect())
    }
}
