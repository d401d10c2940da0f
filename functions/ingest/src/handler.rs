//! Adapter between the Lambda runtime and the service.

use crate::{IngestError, IngestResponse, IngestService, request};
use contracts::events::IngestRequest;
use lambda_shell::{HandlerError, Invocation};
use serde_json::Value;
use tracing::Instrument;

/// Handles one invocation.
///
/// # Errors
/// The ingest failed: its kind, and the whole chain of causes.
pub async fn handle(
    service: &IngestService,
    payload: Value,
    invocation: &Invocation,
) -> Result<IngestResponse, HandlerError> {
    let request = request::decode(payload).map_err(failed)?;
    // Every log line of this ingest names its bars.
    let span = tracing::info_span!("ingest", symbol = %request.symbol, interval = %request.interval);
    run(service, &request, invocation).instrument(span).await
}

async fn run(
    service: &IngestService,
    request: &IngestRequest,
    invocation: &Invocation,
) -> Result<IngestResponse, HandlerError> {
    let response = service.run(request, invocation).await.map_err(failed)?;
    tracing::info!(status = ?response.status, new_bars = response.new_bars, last = ?response.last, "ingest done");
    Ok(response)
}

fn failed(error: IngestError) -> HandlerError {
    HandlerError::logged("ingest", &error)
}
