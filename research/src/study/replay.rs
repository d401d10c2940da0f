//! Replay of a file of bars: notifications, and the log loss of the forecasts under each retraining policy.

use super::{
    monitored_champion::{Champion, MonitoredChampion},
    policy::{CachedTrainer, Policy},
};
use crate::error::ResearchError;
use contracts::action::AlertAction;
use evaluation::{
    bootstrap::{BootstrapConfig, Sides, block_bootstrap_mean, default_block_length},
    metrics::log_losses,
};
use features::dataset::Dataset;
use jiff::Timestamp;
use market_data::numbers::as_f64;
use monitoring::{MonitoringConfig, Notification};
use serde::Serialize;
use std::collections::BTreeMap;
use training::TrainingConfig;

/// Settings of a replay.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReplayPlan {
    /// Earliest decision time of a forecast.
    pub(crate) from: Timestamp,
    pub(crate) training: TrainingConfig,
    pub(crate) drift: MonitoringConfig,
    #[serde(rename = "week")]
    pub(crate) week_bars: usize,
}

/// Result of one policy over all bars.
#[derive(Debug, Serialize)]
pub(crate) struct ReplayResult {
    pub(crate) policy: Policy,
    pub(crate) messages: Vec<Message>,
    /// Number of bars at which each rule fired.
    pub(crate) fired: BTreeMap<String, usize>,
    /// Number of monitored bars.
    pub(crate) bars: usize,
    pub(crate) trainings: Vec<Training>,
    /// Number of settled forecasts.
    pub(crate) n: usize,
    pub(crate) log_loss: f64,
    pub(crate) log_loss_climatology: f64,
    /// Log loss less that of the policy that never trains again; below zero is better. `None` for that policy itself.
    pub(crate) against_never: Option<Difference>,
    #[serde(skip)]
    losses: Vec<ForecastLoss>,
}

/// Log loss of one settled forecast.
#[derive(Debug)]
struct ForecastLoss {
    forecast: f64,
    climatology: f64,
}

/// Mean difference with its 95 % interval (circular block bootstrap).
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) mean: f64,
    pub(crate) interval: [f64; 2],
}

/// Notification of a replay.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    pub(crate) as_of: Timestamp,
    pub(crate) kind: &'static str,
    pub(crate) action: AlertAction,
    pub(crate) rules: Vec<String>,
    /// Texts of the findings, with their numbers.
    pub(crate) texts: Vec<String>,
}

impl Message {
    fn from_notification(notification: &Notification) -> Self {
        let record = &notification.record;
        Self {
            as_of: record.as_of,
            kind: record.kind.as_str(),
            action: record.action,
            rules: record.rules.iter().map(ToString::to_string).collect(),
            texts: notification.findings.iter().map(|finding| finding.text.clone()).collect(),
        }
    }
}

/// Training after the first one.
#[derive(Debug, Serialize)]
pub(crate) struct Training {
    pub(crate) as_of: Timestamp,
    pub(crate) promoted: bool,
}

/// Replays every policy over the same bars. `on_result` receives a line for each policy.
pub(crate) fn replay(
    dataset: &Dataset,
    plan: &ReplayPlan,
    on_result: &mut dyn FnMut(&str),
) -> Result<Vec<ReplayResult>, ResearchError> {
    let first = dataset.index_from(plan.from);
    if first >= dataset.bars.len() {
        let last = dataset.bars.last().map_or(Timestamp::MIN, |bar| dataset.series.decision_time(bar.time));
        return Err(ResearchError::FromAfterLastBar { from: plan.from, last });
    }
    let mut trainer = CachedTrainer::new(dataset, &plan.training, &plan.drift);
    let start = first.saturating_sub(1);
    let baseline = trainer.baseline(start)?;
    let champion = trainer.train(start, &baseline)?.unwrap_or(baseline);
    let mut results: Vec<ReplayResult> = Vec::new();
    for policy in Policy::ALL {
        let mut result = replay_policy(policy, dataset, plan, &mut trainer, &champion, first)?;
        result.against_never =
            results.first().map(|never| difference(&never.losses, &result.losses, dataset)).transpose()?;
        let (trainings, log_loss) = (result.trainings.len(), result.log_loss);
        on_result(&format!("{}: {trainings} trainings, log loss {log_loss:.5}", policy.label()));
        results.push(result);
    }
    Ok(results)
}

/// Replays one policy: at each bar a forecast, then monitoring, then a training if one is due. A new champion serves from the
/// next bar on.
fn replay_policy(
    policy: Policy,
    dataset: &Dataset,
    plan: &ReplayPlan,
    trainer: &mut CachedTrainer<'_>,
    champion: &Champion,
    first: usize,
) -> Result<ReplayResult, ResearchError> {
    let mut monitored = MonitoredChampion::new(dataset, &plan.drift, champion.clone());
    let (mut messages, mut trainings, mut losses) = (Vec::new(), Vec::new(), Vec::new());
    let mut fired: BTreeMap<String, usize> = BTreeMap::new();
    for bar in first..dataset.bars.len() {
        if let (Some(probability_up), Some(label)) = (monitored.forecast(bar)?, dataset.labels[bar]) {
            let loss = |p: f64| log_losses(&[p], &[label]).first().copied().unwrap_or_default();
            let climatology = loss(dataset.climatology[bar]);
            losses.push(ForecastLoss { forecast: loss(probability_up), climatology });
        }
        let step = monitored.step(bar)?;
        for rule in step.rules(AlertAction::Note) {
            *fired.entry(rule).or_default() += 1;
        }
        messages.extend(step.due.iter().map(Message::from_notification));
        let training_is_due = match policy {
            Policy::Never => false,
            Policy::Weekly => (bar + 1 - first).is_multiple_of(plan.week_bars),
            Policy::OnAlert => step.requests_training(),
        };
        if training_is_due {
            let promoted = trainer.train(bar, monitored.champion())?;
            trainings.push(Training { as_of: dataset.decision_time(bar), promoted: promoted.is_some() });
            if let Some(promoted) = promoted {
                monitored.promote(promoted);
            }
        }
    }
    let mean = |loss: fn(&ForecastLoss) -> f64| losses.iter().map(loss).sum::<f64>() / as_f64(losses.len().max(1));
    Ok(ReplayResult {
        policy,
        messages,
        fired,
        bars: dataset.bars.len() - first,
        trainings,
        n: losses.len(),
        log_loss: mean(|loss| loss.forecast),
        log_loss_climatology: mean(|loss| loss.climatology),
        against_never: None,
        losses,
    })
}

/// Mean of `other - never` with its interval.
fn difference(never: &[ForecastLoss], other: &[ForecastLoss], dataset: &Dataset) -> Result<Difference, ResearchError> {
    let differences: Vec<f64> = never.iter().zip(other).map(|(never, other)| other.forecast - never.forecast).collect();
    let horizon = usize::try_from(dataset.series.horizon).unwrap_or(usize::MAX);
    let bootstrap = BootstrapConfig {
        block: default_block_length(differences.len(), horizon),
        resamples: 2_000,
        seed: 7,
        confidence: 0.95,
        sides: Sides::TwoSided,
    };
    let interval = block_bootstrap_mean(&differences, &bootstrap)?;
    Ok(Difference { mean: interval.estimate, interval: [interval.lo, interval.hi] })
}
