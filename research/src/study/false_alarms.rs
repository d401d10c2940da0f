//! False alarms and detection delays on simulated markets.

use super::{
    monitored_champion::{Champion, MonitoredChampion},
    simulated::{MarketChange, Periods, champion, market},
    statistics::{Delays, Proportion},
};
use crate::error::ResearchError;
use contracts::action::{AlertAction, AlertKind};
use evaluation::{
    bootstrap::{BootstrapConfig, Sides, block_bootstrap_mean, default_block_length},
    metrics::log_losses,
};
use features::{FeatureRow, dataset::Dataset};
use market_data::{Series, numbers::as_f64};
use monitoring::{MonitoringConfig, drift::DriftReference};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Days of the detection table.
const WITHIN_DAYS: [usize; 6] = [7, 14, 30, 45, 60, 75];
/// More days, for changes that only outcomes show.
const WITHIN_MORE_DAYS: [usize; 2] = [180, 365];
/// Days of a training's hold-out.
const HOLDOUT_DAYS: usize = 730;
/// Actions of the tables, from the weakest that is logged to the one that requests a training.
const ACTIONS: [AlertAction; 3] = [AlertAction::Note, AlertAction::Warn, AlertAction::Retrain];

/// Settings of the study.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StudyPlan {
    pub(crate) series: Series,
    /// Number of markets.
    pub(crate) markets: u64,
    /// Seed of the first market; the seeds of the others follow it.
    pub(crate) seed: u64,
    /// Bars from one evaluation of the rules to the next.
    #[serde(rename = "every")]
    pub(crate) step_bars: usize,
    #[serde(rename = "spans")]
    pub(crate) periods: Periods,
    pub(crate) config: MonitoringConfig,
}

/// Results of the study.
#[derive(Debug, Serialize)]
pub(crate) struct StudyResult {
    pub(crate) plan: StudyPlan,
    /// Markets without change in which a rule with this action or a stronger one ever fired.
    pub(crate) false_alarms: BTreeMap<AlertAction, Proportion>,
    /// Markets without change in which a rule ever fired, by its name.
    pub(crate) by_rule: BTreeMap<String, Proportion>,
    /// Share of the evaluations, from 0 to 1, at which a rule with this action or a stronger one fired.
    #[serde(rename = "looks")]
    pub(crate) firing_shares: BTreeMap<AlertAction, f64>,
    /// Notifications per market without change, by kind.
    pub(crate) messages: BTreeMap<&'static str, f64>,
    pub(crate) detection: Vec<DetectionSummary>,
}

/// Detection of one change: bars until the first alert that requests a training.
#[derive(Debug, Serialize)]
pub(crate) struct DetectionSummary {
    pub(crate) change: String,
    /// Days in which the change could be detected.
    pub(crate) days: usize,
    pub(crate) delays: Delays,
    /// Number of markets in which each rule was the first to fire, or one of the first.
    pub(crate) first_rules: BTreeMap<String, usize>,
}

/// Measures false alarms on all markets without change, and delays on all markets with each of the changes.
pub(crate) fn measure(plan: StudyPlan, changes: &[MarketChange]) -> Result<StudyResult, ResearchError> {
    let unchanged: Vec<UnchangedMarket> =
        seeds(&plan).map(|seed| UnchangedMarket::simulate(&plan, seed)).collect::<Result<_, _>>()?;
    let mut detection = Vec::new();
    for change in changes {
        let detections: Vec<Option<Detection>> =
            seeds(&plan).map(|seed| detect(&plan, *change, seed)).collect::<Result<_, _>>()?;
        detection.push(DetectionSummary::new(*change, &detections, &plan));
    }
    let steps: usize = unchanged.iter().map(|market| market.steps).sum();
    let firing_steps = |market: &UnchangedMarket, action| market.firing_steps.get(&action).copied().unwrap_or_default();
    let ever_fired = |action| unchanged.iter().map(move |market| firing_steps(market, action) > 0);
    let firing_share = |action| as_f64(unchanged.iter().map(|market| firing_steps(market, action)).sum());
    let rules: BTreeSet<&String> = unchanged.iter().flat_map(|market| &market.rules).collect();
    let rule_share = |rule: &String| Proportion::from_cases(unchanged.iter().map(|market| market.rules.contains(rule)));
    let messages_per_market = |kind: AlertKind| {
        let of_kind = |market: &UnchangedMarket| market.messages.iter().filter(|sent| **sent == kind).count();
        as_f64(unchanged.iter().map(of_kind).sum()) / as_f64(unchanged.len())
    };
    Ok(StudyResult {
        false_alarms: ACTIONS.map(|action| (action, Proportion::from_cases(ever_fired(action)))).into(),
        by_rule: rules.into_iter().map(|rule| (rule.clone(), rule_share(rule))).collect(),
        firing_shares: ACTIONS.map(|action| (action, firing_share(action) / as_f64(steps))).into(),
        messages: [AlertKind::Drift, AlertKind::Notice, AlertKind::Recovery]
            .map(|kind| (kind.as_str(), messages_per_market(kind)))
            .into(),
        detection,
        plan,
    })
}

fn seeds(plan: &StudyPlan) -> impl ParallelIterator<Item = u64> + use<> {
    (plan.seed..plan.seed + plan.markets).into_par_iter()
}

/// Monitoring of one market without change.
struct UnchangedMarket {
    /// Number of evaluations of the rules.
    steps: usize,
    /// Number of evaluations at which a rule with this action or a stronger one fired.
    firing_steps: BTreeMap<AlertAction, usize>,
    /// Rules that ever fired.
    rules: BTreeSet<String>,
    messages: Vec<AlertKind>,
}

impl UnchangedMarket {
    fn simulate(plan: &StudyPlan, seed: u64) -> Result<Self, ResearchError> {
        let Periods { training, unchanged, .. } = plan.periods;
        let bars = market(seed, plan.series.interval).bars(training + unchanged);
        let dataset = Dataset::new(plan.series.clone(), bars);
        let mut monitored = MonitoredChampion::new(&dataset, &plan.config, train_champion(plan, &dataset)?);
        let mut result = Self { steps: 0, firing_steps: BTreeMap::new(), rules: BTreeSet::new(), messages: Vec::new() };
        for bar in training..dataset.bars.len() {
            monitored.forecast(bar)?;
            if !(bar - training).is_multiple_of(plan.step_bars) {
                continue;
            }
            let step = monitored.step(bar)?;
            result.steps += 1;
            for action in ACTIONS.into_iter().filter(|action| step.decision.action >= *action) {
                *result.firing_steps.entry(action).or_default() += 1;
            }
            result.rules.extend(step.rules(AlertAction::Note));
            result.messages.extend(step.due.iter().map(|notification| notification.record.kind));
        }
        Ok(result)
    }
}

/// Champion with the drift reference and hold-out bound that its training would have stored.
fn train_champion(plan: &StudyPlan, dataset: &Dataset) -> Result<Champion, ResearchError> {
    let Periods { training, bars_per_day, .. } = plan.periods;
    let artifact = champion(&plan.series, dataset.decision_time(training - 1));
    let holdout = training - HOLDOUT_DAYS * bars_per_day..training;
    let rows: Vec<FeatureRow> = dataset.features[..training].iter().flatten().cloned().collect();
    let (mut forecasts, mut excess_losses) = (Vec::new(), Vec::new());
    for bar in holdout {
        let Some(row) = &dataset.features[bar] else { continue };
        let decision_time = dataset.decision_time(bar);
        let probability_up =
            artifact.predict(&row.values).map_err(|source| ResearchError::Predict { decision_time, source })?;
        forecasts.push(probability_up);
        if let (Some(label), true) = (dataset.labels[bar], bar + 1 < training) {
            let loss = |p: f64| log_losses(&[p], &[label])[0];
            excess_losses.push(loss(probability_up) - loss(dataset.climatology[bar]));
        }
    }
    let bootstrap = BootstrapConfig {
        block: default_block_length(excess_losses.len(), 1),
        resamples: plan.config.resamples,
        seed: plan.config.seed,
        confidence: 0.95,
        sides: Sides::TwoSided,
    };
    let holdout_bound = Some(block_bootstrap_mean(&excess_losses, &bootstrap)?.hi);
    let reference = Some(DriftReference::fit(&rows, &forecasts, &plan.config)?);
    Ok(Champion { artifact, reference, holdout_bound, version: 1 })
}

/// First alert after a change that requests a training.
struct Detection {
    /// Bars since the change, including its first bar.
    delay: usize,
    rules: Vec<String>,
}

/// Monitors a market until its change is detected; `None` when it never is.
fn detect(plan: &StudyPlan, change: MarketChange, seed: u64) -> Result<Option<Detection>, ResearchError> {
    let Periods { training, before_change, .. } = plan.periods;
    let bars = change.bars(&market(seed, plan.series.interval), plan.periods);
    let dataset = Dataset::new(plan.series.clone(), bars);
    let mut monitored = MonitoredChampion::new(&dataset, &plan.config, train_champion(plan, &dataset)?);
    let first_changed = training + before_change;
    for bar in training..dataset.bars.len() {
        monitored.forecast(bar)?;
        if bar < first_changed || !(bar + 1 - first_changed).is_multiple_of(plan.step_bars) {
            continue;
        }
        let step = monitored.step(bar)?;
        if step.requests_training() {
            let rules = step.rules(AlertAction::Retrain).collect();
            return Ok(Some(Detection { delay: bar + 1 - first_changed, rules }));
        }
    }
    Ok(None)
}

impl DetectionSummary {
    fn new(change: MarketChange, detections: &[Option<Detection>], plan: &StudyPlan) -> Self {
        let delays: Vec<Option<usize>> =
            detections.iter().map(|detection| detection.as_ref().map(|detection| detection.delay)).collect();
        let days: Vec<usize> =
            WITHIN_DAYS.into_iter().chain(WITHIN_MORE_DAYS).filter(|days| *days <= change.days()).collect();
        let mut first_rules = BTreeMap::new();
        for rule in detections.iter().flatten().flat_map(|detection| &detection.rules) {
            *first_rules.entry(rule.clone()).or_default() += 1;
        }
        Self {
            change: change.label(),
            days: change.days(),
            delays: Delays::from_bars(&delays, &days, plan.periods.bars_per_day),
            first_rules,
        }
    }
}
