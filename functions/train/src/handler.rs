//! From the Lambda runtime's terms to trainings and back.

use crate::{
    error::TrainingError,
    request::decode,
    summary::Summary,
    training::{Moment, Trainer},
};
use aws::{Clients, Config, ConfigError, Failure};
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant, SystemTime};

/// One summary for one request; a list when SNS delivers several alerts at once.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The usual case.
    One(Box<Summary>),
    /// One per alert.
    Many(Vec<Summary>),
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
    run(trainer, payload, &context).await.map_err(|error| {
        let failure = Failure::new(error);
        tracing::error!(error = %failure, "training failed");
        failure
    })
}

async fn run(trainer: &Trainer, payload: Value, context: &Context) -> Result<Answer, TrainingError> {
    let mut summaries = Vec::new();
    for request in decode(payload)? {
        let moment = Moment { clock: Timestamp::now(), started: Instant::now(), time_left: time_left(context) };
        let summary = trainer.train(&request, moment).await?;
        tracing::info!(
            series = %summary.series,
            status = ?summary.status,
            run = summary.run,
            version = summary.version,
            promoted = summary.promoted,
            duration_ms = summary.duration_ms,
            "training done"
        );
        summaries.push(summary);
    }
    Ok(match summaries.pop() {
        Some(only) if summaries.is_empty() => Answer::One(Box::new(only)),
        last => Answer::Many(summaries.into_iter().chain(last).collect()),
    })
}

/// How long the runtime lets this invocation work.
fn time_left(context: &Context) -> Duration {
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(context.deadline);
    deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)
}
