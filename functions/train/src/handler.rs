//! From the Lambda runtime's terms to trainings and rollbacks, and back.

use crate::{
    error::TrainFunctionError,
    request::decode,
    response::TrainingResult,
    rollback::{RollbackRequest, RollbackResponse},
    training::TrainService,
};
use aws::{AwsClients, Config, ConfigError};
use contracts::events::TrainRequest;
use jiff::Timestamp;
use lambda_shell::{HandlerError, Invocation};
use serde::Serialize;
use serde_json::Value;
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
pub async fn handle(
    trainer: &TrainService,
    payload: Value,
    invocation: Invocation,
) -> Result<TrainResponse, HandlerError> {
    if payload.get("rollback").is_some() {
        return rollback(trainer, payload, invocation.now()).await.map_err(failed);
    }
    let mut summaries = Vec::new();
    for request in decode(payload).map_err(failed)? {
        let invocation = invocation.restarted();
        // Every line of this training names its series and, once it is known, its run.
        let span = tracing::info_span!("training", series = %request.series, run = tracing::field::Empty);
        summaries.push(train_one(trainer, &request, &invocation).instrument(span).await?);
    }
    Ok(match summaries.pop() {
        Some(only) if summaries.is_empty() => TrainResponse::Single(Box::new(only)),
        last => TrainResponse::Batch(summaries.into_iter().chain(last).collect()),
    })
}

async fn train_one(
    trainer: &TrainService,
    request: &TrainRequest,
    invocation: &Invocation,
) -> Result<TrainingResult, HandlerError> {
    let summary = trainer.train_exclusively(request, invocation).await.map_err(failed)?;
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

async fn rollback(trainer: &TrainService, payload: Value, now: Timestamp) -> Result<TrainResponse, TrainFunctionError> {
    let request: RollbackRequest =
        serde_json::from_value(payload).map_err(|source| TrainFunctionError::Event { source })?;
    let answer = request.execute(&trainer.registry, now).await?;
    let RollbackResponse { status, series, champion } = &answer;
    tracing::warn!(%series, ?status, champion, from = request.rollback.from, why = request.rollback.why, "rollback");
    Ok(TrainResponse::RolledBack(answer))
}

fn failed(error: TrainFunctionError) -> HandlerError {
    HandlerError::logged("training", &error)
}
