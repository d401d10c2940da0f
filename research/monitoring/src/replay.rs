//! Real bars, one by one: what would have been said, and what the forecasts would have been worth had it been followed.

use crate::{
    error::StudyError,
    policy::{Policy, Trainer},
    watch::{Champion, MonitoredChampion},
};
use contracts::action::AlertAction;
use evaluation::{
    bootstrap::{BootstrapConfig, Sides, block_bootstrap_mean, default_block_length},
    metrics::log_losses,
};
use features::dataset::Dataset;
use jiff::Timestamp;
use market_data::numbers::as_f64;
use monitoring::MonitoringConfig;
use serde::Serialize;
use std::collections::BTreeMap;
use training::TrainingConfig;

/// What is replayed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plan {
    /// No forecast has an earlier decision time.
    pub(crate) from: Timestamp,
    pub(crate) training: TrainingConfig,
    pub(crate) drift: MonitoringConfig,
    /// Bars of a week.
    pub(crate) week: usize,
}

/// One policy from start to end.
#[derive(Debug, Serialize)]
pub(crate) struct ReplayResult {
    pub(crate) policy: Policy,
    pub(crate) messages: Vec<Message>,
    /// Bars at which a rule with this action fired.
    pub(crate) fired: BTreeMap<String, usize>,
    /// Bars looked at.
    pub(crate) bars: usize,
    pub(crate) trainings: Vec<Training>,
    /// Settled forecasts.
    pub(crate) n: usize,
    pub(crate) log_loss: f64,
    pub(crate) log_loss_climatology: f64,
    /// Mean log loss less that of the first policy, which never trains again: below zero is better.
    pub(crate) against_never: Option<Difference>,
    #[serde(skip)]
    losses: Vec<(usize, f64, f64)>,
}

/// A mean difference with its 95 % interval (circular block bootstrap).
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) mean: f64,
    pub(crate) interval: [f64; 2],
}

/// A message that goes out.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    pub(crate) as_of: Timestamp,
    pub(crate) kind: &'static str,
    pub(crate) action: AlertAction,
    pub(crate) rules: Vec<String>,
    /// What the rules say, with their numbers.
    pub(crate) texts: Vec<String>,
}

/// A training after the first one.
#[derive(Debug, Serialize)]
pub(crate) struct Training {
    pub(crate) as_of: Timestamp,
    pub(crate) promoted: bool,
}

/// Replays every policy over the same bars.
pub(crate) fn replay(
    history: &Dataset,
    plan: &Plan,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<ReplayResult>, StudyError> {
    let first = history.index_from(plan.from);
    if first >= history.bars.len() {
        return Err(StudyError::Late { from: plan.from });
    }
    let mut trainer = Trainer::new(history, &plan.training, &plan.drift);
    let start = first.saturating_sub(1);
    let climatology = trainer.first(start)?;
    let champion = trainer.train(start, &climatology)?.unwrap_or(climatology);
    let mut replayed: Vec<ReplayResult> = Vec::new();
    for policy in Policy::ALL {
        let mut one = follow(policy, history, plan, &mut trainer, &champion, first)?;
        one.against_never =
            replayed.first().map(|never| difference(&never.losses, &one.losses, history)).transpose()?;
        tell(&format!("{}: {} trainings, log loss {:.5}", policy.name(), one.trainings.len(), one.log_loss));
        replayed.push(one);
    }
    Ok(replayed)
}

/// One policy: at each bar the champion forecasts, monitoring looks, and a training may follow, which serves from the
/// next bar on.
fn follow(
    policy: Policy,
    history: &Dataset,
    plan: &Plan,
    trainer: &mut Trainer<'_>,
    champion: &Champion,
    first: usize,
) -> Result<ReplayResult, StudyError> {
    let mut watch = MonitoredChampion::new(history, &plan.drift, champion.clone());
    let (mut messages, mut trainings, mut losses) = (Vec::new(), Vec::new(), Vec::new());
    let mut fired: BTreeMap<String, usize> = BTreeMap::new();
    for bar in first..history.bars.len() {
        if let (Some(p), Some(up)) = (watch.forecast(bar)?, history.labels[bar]) {
            let loss = |p: f64| log_losses(&[p], &[up]).first().copied().unwrap_or_default();
            losses.push((bar, loss(p), loss(history.climatology[bar])));
        }
        let look = watch.step(bar)?;
        for rule in look.rules(AlertAction::Note) {
            *fired.entry(rule).or_default() += 1;
        }
        messages.extend(look.due.iter().map(|one| Message {
            as_of: one.record.as_of,
            kind: one.record.kind.as_str(),
            action: one.record.action,
            rules: one.record.rules.iter().map(ToString::to_string).collect(),
            texts: one.findings.iter().map(|finding| finding.text.clone()).collect(),
        }));
        let due = match policy {
            Policy::Never => false,
            Policy::Weekly => (bar + 1 - first).is_multiple_of(plan.week),
            Policy::OnAlert => look.trains(),
        };
        if due {
            let promoted = trainer.train(bar, watch.champion())?;
            trainings.push(Training { as_of: history.decision_time(bar), promoted: promoted.is_some() });
            if let Some(promoted) = promoted {
                watch.promote(promoted);
            }
        }
    }
    let mean = |of: fn(&(usize, f64, f64)) -> f64| losses.iter().map(of).sum::<f64>() / as_f64(losses.len().max(1));
    Ok(ReplayResult {
        policy,
        messages,
        fired,
        bars: history.bars.len() - first,
        trainings,
        n: losses.len(),
        log_loss: mean(|one| one.1),
        log_loss_climatology: mean(|one| one.2),
        against_never: None,
        losses,
    })
}

fn difference(
    never: &[(usize, f64, f64)],
    other: &[(usize, f64, f64)],
    history: &Dataset,
) -> Result<Difference, StudyError> {
    let differences: Vec<f64> = never.iter().zip(other).map(|(never, other)| other.1 - never.1).collect();
    let horizon = usize::try_from(history.series.horizon).unwrap_or(usize::MAX);
    let resampling = BootstrapConfig {
        block: default_block_length(differences.len(), horizon),
        resamples: 2_000,
        seed: 7,
        confidence: 0.95,
        sides: Sides::TwoSided,
    };
    let interval = block_bootstrap_mean(&differences, &resampling)?;
    Ok(Difference { mean: interval.estimate, interval: [interval.lo, interval.hi] })
}
