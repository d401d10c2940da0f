//! From the Lambda runtime's terms to trainings and rollbacks, and back.

use crate::{
    error::TrainFunctionError,
    request::decode,
    response::TrainingResult,
    rollback::{RollbackRequest, RollbackResponse},
    training::{Invocation, TrainService},
};
use aws::{AwsClients, Config, ConfigError, HandlerError};
use contracts::events::TrainRequest;
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant, SystemTime};
use tracing::Instrument;

/// One summary for one request; a list when SNS delivers several alerts at once.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum TrainResponse {
    /// The usual case.
    Single(Box<TrainingResult>),
    /// One per alert.
    Batch(Vec<TrainingResult>),
    /// An operator took a champion back.
    RolledBack(RollbackResponse),
}

/// Makes the clients.
///
/// # Errors
/// When the environment is incomplete.
pub fn trainer(config: &Config, clients: &AwsClients) -> Result<TrainService, ConfigError> {
    Ok(TrainService {
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
pub async fn handle(trainer: &TrainService, event: LambdaEvent<Value>) -> Result<TrainResponse, HandlerError> {
    let LambdaEvent { payload, context } = event;
    if payload.get("rollback").is_some() {
        return rollback(trainer, payload).await.map_err(failed);
    }
    let mut summaries = Vec::new();
    for request in decode(payload).map_err(failed)? {
        let moment = Invocation { clock: Timestamp::now(), started: Instant::now(), time_left: time_left(&context) };
        // Every line of this training names its series and, once it is known, its run.
        let span = tracing::info_span!("training", series = %request.series, run = tracing::field::Empty);
        summaries.push(train_one(trainer, &request, moment).instrument(span).await?);
    }
    Ok(match summaries.pop() {
        Some(only) if summaries.is_empty() => TrainResponse::Single(Box::new(only)),
        last => TrainResponse::Batch(summaries.into_iter().chain(last).collect()),
    })
}

async fn train_one(
    trainer: &TrainService,
    request: &TrainRequest,
    moment: Invocation,
) -> Result<TrainingResult, HandlerError> {
    let summary = trainer.train_exclusively(request, moment).await.map_err(failed)?;
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

async fn rollback(trainer: &TrainService, payload: Value) -> Result<TrainResponse, TrainFunctionError> {
    let request: RollbackRequest =
        serde_json::from_value(payload).map_err(|source| TrainFunctionError::Event { source })?;
    let answer = request.execute(&trainer.registry, Timestamp::now()).await?;
    let RollbackResponse { status, series, champion } = &answer;
    tracing::warn!(%series, ?status, champion, from = request.rollback.from, why = request.rollback.why, "rollback");
    Ok(TrainResponse::RolledBack(answer))
}

fn failed(error: TrainFunctionError) -> HandlerError {
    HandlerError::logged("training", &error)
}

/// How long the runtime lets this invocation work.
fn time_left(context: &Context) -> Duration {
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(context.deadline);
    deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)
}
