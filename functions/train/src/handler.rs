//! From the Lambda runtime's terms to trainings and rollbacks, and back.

use crate::{
    error::TrainingError,
    request::decode,
    rollback::{RollbackRequest, RolledBack},
    summary::Summary,
    training::{Moment, Trainer},
};
use aws::{Clients, Config, ConfigError, Failure};
use domain::event::TrainRequest;
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant, SystemTime};
use tracing::Instrument;

/// One summary for one request; a list when SNS delivers several alerts at once.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The usual case.
    One(Box<Summary>),
    /// One per alert.
    Many(Vec<Summary>),
    /// An operator took a champion back.
    RolledBack(RolledBack),
}

/// Makes the clients.
///
/// # Errors
/// When the environment is incomplete.
pub fn trainer(config: &Config, clients: &Clients) -> Result<Trainer, ConfigError> {
    Ok(Trainer {
        storage: clients.storage()?,
        registry: clients.registry()?,
        runs: clients.runs()?,
        locks: clients.locks()?,
        bus: clients.bus()?,
        training: config.training.clone(),
        drift: config.drift.clone(),
    })
}

/// Handles one invocation.
///
/// # Errors
/// When a training failed, with the whole chain of causes.
pub async fn handle(trainer: &Trainer, event: LambdaEvent<Value>) -> Result<Answer, Failure> {
    let LambdaEvent { payload, context } = event;
    if payload.get("rollback").is_some() {
        return roll_back(trainer, payload).await.map_err(failed);
    }
    let mut summaries = Vec::new();
    for request in decode(payload).map_err(failed)? {
        let moment = Moment { clock: Timestamp::now(), started: Instant::now(), time_left: time_left(&context) };
        // Every line of this training names its series and, once it is known, its run.
        let span = tracing::info_span!("training", series = %request.series, run = tracing::field::Empty);
        summaries.push(one(trainer, &request, moment).instrument(span).await?);
    }
    Ok(match summaries.pop() {
        Some(only) if summaries.is_empty() => Answer::One(Box::new(only)),
        last => Answer::Many(summaries.into_iter().chain(last).collect()),
    })
}

async fn one(trainer: &Trainer, request: &TrainRequest, moment: Moment) -> Result<Summary, Failure> {
    let summary = trainer.train(request, moment).await.map_err(failed)?;
    tracing::info!(
        status = ?summary.status,
        run = summary.run,
        version = summary.version,
        promoted = summary.promoted,
        duration_ms = summary.duration_ms,
        "training done"
    );
    Ok(summary)
}

async fn roll_back(trainer: &Trainer, payload: Value) -> Result<Answer, TrainingError> {
    let request: RollbackRequest = serde_json::from_value(payload).map_err(|source| TrainingError::Event { source })?;
    let answer = request.follow(&trainer.registry, Timestamp::now()).await?;
    let RolledBack { status, series, champion } = &answer;
    tracing::warn!(%series, ?status, champion, from = request.rollback.from, why = request.rollback.why, "rollback");
    Ok(Answer::RolledBack(answer))
}

fn failed(error: TrainingError) -> Failure {
    Failure::logged("training", &error)
}

/// How long the runtime lets this invocation work.
fn time_left(context: &Context) -> Duration {
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(context.deadline);
    deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)
}
