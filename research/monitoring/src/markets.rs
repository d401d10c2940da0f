//! False alarms and delays on simulated markets.

use crate::{
    error::StudyError,
    history::History,
    simulated::{Change, Spans, champion, market},
    statistics::{Delays, Share},
    watch::{Level, Watch},
};
use domain::{
    Bar, Series,
    drift::{DriftConfig, DriftReference, reference},
    features::FeatureRow,
};
use model::Artifact;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// Days of the tables.
pub(crate) const WITHIN_DAYS: [usize; 6] = [7, 14, 30, 45, 60, 75];
/// Rows whose forecasts a reference keeps, as a training's hold-out of days.
const FORECASTS: usize = 730;

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
    pub(crate) config: DriftConfig,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) plan: Plan,
    /// Markets without change in which there was an alert of this level or a stronger one.
    pub(crate) false_alarms: BTreeMap<Level, Share>,
    /// The same by rule.
    pub(crate) by_rule: BTreeMap<String, Share>,
    /// Looks at which there was something of this level or a stronger one, as a share of all looks.
    pub(crate) looks: BTreeMap<Level, f64>,
    pub(crate) detection: Vec<Detection>,
}

/// How fast a change was seen: bars until the first alert that starts a training.
#[derive(Debug, Serialize)]
pub(crate) struct Detection {
    pub(crate) change: String,
    pub(crate) days: usize,
    pub(crate) delays: Delays,
    /// Markets in which this rule was the first, or among the first.
    pub(crate) first_rules: BTreeMap<String, usize>,
}

/// A trained champion in a market, and what it was trained on.
struct Trained {
    history: History,
    champion: Artifact,
    reference: DriftReference,
    since: usize,
}

impl Trained {
    fn new(plan: &Plan, bars: Vec<Bar>) -> Result<Self, StudyError> {
        let history = History::new(plan.series.clone(), bars);
        let since = plan.spans.learnt;
        let champion = champion(&plan.series, history.decision_time(since - 1));
        let rows: Vec<FeatureRow> = history.features[..since].iter().flatten().cloned().collect();
        let held = &rows[rows.len().saturating_sub(FORECASTS * plan.spans.day)..];
        let forecasts: Result<Vec<f64>, _> = held.iter().map(|row| champion.predict(&row.values)).collect();
        let forecasts = forecasts.map_err(|source| StudyError::Predict { source })?;
        let reference = reference(&rows, &forecasts, &plan.config)?;
        Ok(Self { history, champion, reference, since })
    }

    fn watch<'a>(&'a self, plan: &'a Plan) -> Watch<'a> {
        Watch {
            history: &self.history,
            champion: &self.champion,
            reference: Some(&self.reference),
            config: &plan.config,
            since: self.since,
        }
    }
}

/// Looks at `plan.markets` markets without change, and at each with each of the changes.
pub(crate) fn measure(plan: Plan, changes: &[Change]) -> Result<Measured, StudyError> {
    let quiet: Vec<Quiet> = seeds(&plan).map(|seed| quiet(&plan, seed)).collect::<Result<_, _>>()?;
    let mut detection = Vec::new();
    for change in changes {
        let first: Vec<Option<Seen>> = seeds(&plan).map(|seed| first(&plan, *change, seed)).collect::<Result<_, _>>()?;
        detection.push(Detection::of(*change, &first, &plan));
    }
    let levels = [Level::Note, Level::Warn, Level::Retrain];
    let reached = |level: Level| quiet.iter().map(move |one| one.looks.range(level..).map(|(_, n)| n).sum::<usize>());
    let all: usize = quiet.iter().map(|one| one.all).sum();
    let rules: std::collections::BTreeSet<&String> = quiet.iter().flat_map(|one| &one.rules).collect();
    Ok(Measured {
        false_alarms: levels.map(|level| (level, Share::of(reached(level).map(|looks| looks > 0)))).into(),
        by_rule: (rules.into_iter())
            .map(|rule| (rule.clone(), Share::of(quiet.iter().map(|one| one.rules.contains(rule)))))
            .collect(),
        looks: levels.map(|level| (level, crate::statistics::float(reached(level).sum()) / crate::statistics::float(all))).into(),
        detection,
        plan,
    })
}

fn seeds(plan: &Plan) -> impl ParallelIterator<Item = u64> + use<> {
    (plan.seed..plan.seed + plan.markets).into_par_iter()
}

/// One market without change.
struct Quiet {
    /// Looks.
    all: usize,
    /// Looks by the strongest level.
    looks: BTreeMap<Level, usize>,
    /// Rules that ever fired.
    rules: std::collections::BTreeSet<String>,
}

fn quiet(plan: &Plan, seed: u64) -> Result<Quiet, StudyError> {
    let spans = plan.spans;
    let bars = market(seed, plan.series.interval).bars(spans.learnt + spans.quiet);
    let trained = Trained::new(plan, bars)?;
    let watch = trained.watch(plan);
    let forecasts = watch.forecasts(trained.since..trained.history.bars.len())?;
    let mut quiet = Quiet { all: 0, looks: BTreeMap::new(), rules: Default::default() };
    for bar in (spans.learnt..spans.learnt + spans.quiet).step_by(plan.every) {
        let look = watch.look(bar, &forecasts)?;
        quiet.all += 1;
        if let Some(level) = look.level {
            *quiet.looks.entry(level).or_default() += 1;
        }
        quiet.rules.extend(look.rules.into_iter().map(|(rule, _)| rule));
    }
    Ok(quiet)
}

/// The first alert after a change that starts a training.
struct Seen {
    /// Bars since the change, the first one of it included.
    delay: usize,
    rules: Vec<String>,
}

fn first(plan: &Plan, change: Change, seed: u64) -> Result<Option<Seen>, StudyError> {
    let spans = plan.spans;
    let trained = Trained::new(plan, change.bars(&market(seed, plan.series.interval), spans))?;
    let watch = trained.watch(plan);
    let forecasts = watch.forecasts(trained.since..trained.history.bars.len())?;
    let changed = spans.learnt + spans.lead;
    for bar in (changed..trained.history.bars.len()).step_by(plan.every) {
        let look = watch.look(bar, &forecasts)?;
        if look.level == Some(Level::Retrain) {
            let rules = look.rules.into_iter().filter(|(_, level)| *level == Level::Retrain).map(|(rule, _)| rule);
            return Ok(Some(Seen { delay: bar + 1 - changed, rules: rules.collect() }));
        }
    }
    Ok(None)
}

impl Detection {
    fn of(change: Change, first: &[Option<Seen>], plan: &Plan) -> Self {
        let delays: Vec<Option<usize>> = first.iter().map(|seen| seen.as_ref().map(|seen| seen.delay)).collect();
        let mut days = WITHIN_DAYS.to_vec();
        days.extend([180, 365].into_iter().filter(|days| *days <= change.days()));
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
