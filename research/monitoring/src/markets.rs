//! False alarms and delays on simulated markets.

use crate::{
    error::StudyError,
    simulated::{MarketChange, Spans, champion, market},
    statistics::{Delays, Proportion},
    watch::{Champion, MonitoredChampion},
};
use contracts::action::{AlertAction, AlertKind};
use evaluation::{
    bootstrap::{BootstrapConfig, Sides, block_bootstrap_mean, default_block_length},
    metrics::log_losses,
};
use features::{FeatureRow, dataset::Dataset};
use market_data::Series;
use market_data::numbers::as_f64;
use monitoring::{MonitoringConfig, drift::DriftReference};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Days of the tables.
const WITHIN_DAYS: [usize; 6] = [7, 14, 30, 45, 60, 75];
/// The same for changes that only outcomes show.
const WITHIN_MORE_DAYS: [usize; 2] = [180, 365];
/// Days of a training's hold-out.
const HELD_DAYS: usize = 730;
/// From the weakest action that leaves a trace to those that train.
const LEVELS: [AlertAction; 3] = [AlertAction::Note, AlertAction::Warn, AlertAction::Retrain];

/// What to measure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plan {
    pub(crate) series: Series,
    pub(crate) markets: u64,
    /// Seed of the first market; the others follow.
    pub(crate) seed: u64,
    /// Bars from one look to the next.
    pub(crate) every: usize,
    pub(crate) spans: Spans,
    pub(crate) config: MonitoringConfig,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct StudyResult {
    pub(crate) plan: Plan,
    /// Markets without change in which a rule with this action or a stronger one ever fired.
    pub(crate) false_alarms: BTreeMap<AlertAction, Proportion>,
    /// The same by rule.
    pub(crate) by_rule: BTreeMap<String, Proportion>,
    /// Looks at which a rule with this action or a stronger one fired, as a share of all looks.
    pub(crate) looks: BTreeMap<AlertAction, f64>,
    /// Messages by kind, per market.
    pub(crate) messages: BTreeMap<&'static str, f64>,
    pub(crate) detection: Vec<DetectionSummary>,
}

/// How fast a change was seen: bars until the first alert that starts a training.
#[derive(Debug, Serialize)]
pub(crate) struct DetectionSummary {
    pub(crate) change: String,
    pub(crate) days: usize,
    pub(crate) delays: Delays,
    /// Markets in which this rule was the first, or among the first.
    pub(crate) first_rules: BTreeMap<String, usize>,
}

/// Measures on `plan.markets` markets without change, and on each with each of the changes.
pub(crate) fn measure(plan: Plan, changes: &[MarketChange]) -> Result<StudyResult, StudyError> {
    let quiet: Vec<UnchangedMarket> =
        seeds(&plan).map(|seed| UnchangedMarket::of(&plan, seed)).collect::<Result<_, _>>()?;
    let mut detection = Vec::new();
    for change in changes {
        let first: Vec<Option<Detection>> =
            seeds(&plan).map(|seed| first(&plan, *change, seed)).collect::<Result<_, _>>()?;
        detection.push(DetectionSummary::of(*change, &first, &plan));
    }
    let all: usize = quiet.iter().map(|one| one.all).sum();
    let fired = |one: &UnchangedMarket, level| one.looks.get(&level).copied().unwrap_or_default();
    let rules: BTreeSet<&String> = quiet.iter().flat_map(|one| &one.rules).collect();
    let messages = |kind: AlertKind| {
        let of = |one: &UnchangedMarket| one.messages.iter().filter(|sent| **sent == kind).count();
        as_f64(quiet.iter().map(of).sum()) / as_f64(quiet.len())
    };
    Ok(StudyResult {
        false_alarms: LEVELS.map(|level| (level, Proportion::of(quiet.iter().map(|one| fired(one, level) > 0)))).into(),
        by_rule: (rules.into_iter())
            .map(|rule| (rule.clone(), Proportion::of(quiet.iter().map(|one| one.rules.contains(rule)))))
            .collect(),
        looks: LEVELS
            .map(|level| (level, as_f64(quiet.iter().map(|one| fired(one, level)).sum()) / as_f64(all)))
            .into(),
        messages: [AlertKind::Drift, AlertKind::Notice, AlertKind::Recovery]
            .map(|kind| (kind.as_str(), messages(kind)))
            .into(),
        detection,
        plan,
    })
}

fn seeds(plan: &Plan) -> impl ParallelIterator<Item = u64> + use<> {
    (plan.seed..plan.seed + plan.markets).into_par_iter()
}

/// One market without change.
struct UnchangedMarket {
    /// Looks.
    all: usize,
    /// Looks by the actions that were reached.
    looks: BTreeMap<AlertAction, usize>,
    /// Rules that ever fired.
    rules: BTreeSet<String>,
    messages: Vec<AlertKind>,
}

impl UnchangedMarket {
    fn of(plan: &Plan, seed: u64) -> Result<Self, StudyError> {
        let spans = plan.spans;
        let bars = market(seed, plan.series.interval).bars(spans.learnt + spans.quiet);
        let history = Dataset::new(plan.series.clone(), bars);
        let mut watch = MonitoredChampion::new(&history, &plan.config, trained(plan, &history)?);
        let mut quiet = Self { all: 0, looks: BTreeMap::new(), rules: BTreeSet::new(), messages: Vec::new() };
        for bar in spans.learnt..history.bars.len() {
            watch.forecast(bar)?;
            if !(bar - spans.learnt).is_multiple_of(plan.every) {
                continue;
            }
            let look = watch.step(bar)?;
            quiet.all += 1;
            for level in LEVELS.into_iter().filter(|level| look.decision.action >= *level) {
                *quiet.looks.entry(level).or_default() += 1;
            }
            quiet.rules.extend(look.rules(AlertAction::Note));
            quiet.messages.extend(look.due.iter().map(|one| one.record.kind));
        }
        Ok(quiet)
    }
}

/// The champion with what a training would have left beside it.
fn trained(plan: &Plan, history: &Dataset) -> Result<Champion, StudyError> {
    let Spans { learnt, day, .. } = plan.spans;
    let artifact = champion(&plan.series, history.decision_time(learnt - 1));
    let held = learnt - HELD_DAYS * day..learnt;
    let rows: Vec<FeatureRow> = history.features[..learnt].iter().flatten().cloned().collect();
    let (mut forecasts, mut excess) = (Vec::new(), Vec::new());
    for bar in held {
        let Some(row) = &history.features[bar] else { continue };
        let p = artifact.predict(&row.values).map_err(|source| StudyError::Predict { source })?;
        forecasts.push(p);
        if let (Some(up), true) = (history.labels[bar], bar + 1 < learnt) {
            excess.push(log_losses(&[p], &[up])[0] - log_losses(&[history.climatology[bar]], &[up])[0]);
        }
    }
    let resampling = BootstrapConfig {
        block: default_block_length(excess.len(), 1),
        resamples: plan.config.resamples,
        seed: plan.config.seed,
        confidence: 0.95,
        sides: Sides::TwoSided,
    };
    let promise = Some(block_bootstrap_mean(&excess, &resampling)?.hi);
    let reference = Some(DriftReference::fit(&rows, &forecasts, &plan.config)?);
    Ok(Champion { artifact, reference, promise, version: 1 })
}

/// The first alert after a change that starts a training.
struct Detection {
    /// Bars since the change, the first one of it included.
    delay: usize,
    rules: Vec<String>,
}

fn first(plan: &Plan, change: MarketChange, seed: u64) -> Result<Option<Detection>, StudyError> {
    let spans = plan.spans;
    let history = Dataset::new(plan.series.clone(), change.bars(&market(seed, plan.series.interval), spans));
    let mut watch = MonitoredChampion::new(&history, &plan.config, trained(plan, &history)?);
    let changed = spans.learnt + spans.lead;
    for bar in spans.learnt..history.bars.len() {
        watch.forecast(bar)?;
        if bar < changed || !(bar + 1 - changed).is_multiple_of(plan.every) {
            continue;
        }
        let look = watch.step(bar)?;
        if look.trains() {
            return Ok(Some(Detection { delay: bar + 1 - changed, rules: look.rules(AlertAction::Retrain).collect() }));
        }
    }
    Ok(None)
}

impl DetectionSummary {
    fn of(change: MarketChange, first: &[Option<Detection>], plan: &Plan) -> Self {
        let delays: Vec<Option<usize>> = first.iter().map(|seen| seen.as_ref().map(|seen| seen.delay)).collect();
        let days = WITHIN_DAYS.into_iter().chain(WITHIN_MORE_DAYS).filter(|days| *days <= change.days());
        let days: Vec<usize> = days.collect();
        let mut first_rules = BTreeMap::new();
        for rule in first.iter().flatten().flat_map(|seen| &seen.rules) {
            *first_rules.entry(rule.clone()).or_default() += 1;
        }
        Self {
            change: change.name(),
            days: change.days(),
            delays: Delays::of(&delays, &days, plan.spans.day),
            first_rules,
        }
    }
}
