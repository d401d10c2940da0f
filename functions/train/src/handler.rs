//! Adapter between the Lambda runtime and the service.

use crate::{
    error::TrainFunctionError,
    request::decode,
    response::{TrainResponse, TrainingResult},
    rollback::{RollbackRequest, RollbackResponse},
    service::TrainService,
};
use contracts::events::TrainRequest;
use jiff::Timestamp;
use lambda_shell::{HandlerError, Invocation};
use serde_json::Value;
use tracing::Instrument;

/// Handles one invocation: trainings one after the other, or a rollback.
///
/// # Errors
/// A training or the rollback failed: its kind, and the whole chain of causes.
pub async fn handle(
    service: &TrainService,
    payload: Value,
    invocation: &Invocation,
) -> Result<TrainResponse, HandlerError> {
    if payload.get("rollback").is_some() {
        return rollback(service, payload, invocation.now()).await.map_err(failed);
    }
    let mut results = Vec::new();
    for request in decode(payload).map_err(failed)? {
        // Every log line of this training names its series and, once it is known, its run.
        let span = tracing::info_span!("training", series = %request.series, run = tracing::field::Empty);
        results.push(train_one(service, &request, &invocation.restarted()).instrument(span).await?);
    }
    Ok(match results.pop() {
        Some(only) if results.is_empty() => TrainResponse::Single(Box::new(only)),
        last => TrainResponse::Batch(results.into_iter().chain(last).collect()),
    })
}

async fn train_one(
    service: &TrainService,
    request: &TrainRequest,
    invocation: &Invocation,
) -> Result<TrainingResult, HandlerError> {
    let result = service.train_exclusively(request, invocation).await.map_err(failed)?;
    tracing::info!(
        status = ?result.status,
        run = result.run,
        version = result.version,
        promoted = result.promoted,
        duration_ms = result.duration_ms,
        "training done"
    );
    Ok(result)
}

async fn rollback(service: &TrainService, payload: Value, now: Timestamp) -> Result<TrainResponse, TrainFunctionError> {
    let request: RollbackRequest =
        serde_json::from_value(payload).map_err(|source| TrainFunctionError::Event { source })?;
    let response = request.execute(&service.registry, now).await?;
    let RollbackResponse { status, series, champion } = &response;
    let (from, reason) = (request.rollback.from, &request.rollback.reason);
    tracing::warn!(%series, ?status, champion, from, reason, "rollback done");
    Ok(TrainResponse::RolledBack(response))
}

fn failed(error: TrainFunctionError) -> HandlerError {
    HandlerError::logged("training", &error)
}
