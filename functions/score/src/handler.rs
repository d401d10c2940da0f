//! Lambda adapter: payload to request, result to response or handler error.

use crate::{ScoreRequest, ScoreResponse, ScoreService};
use lambda_shell::{HandlerError, Invocation};
use serde_json::Value;
use tracing::Instrument as _;

/// Decodes the payload and runs the service. The span adds symbol and interval to each log line.
///
/// # Errors
/// The payload is malformed, or a series could not be scored.
pub async fn handle(
    service: &ScoreService,
    payload: Value,
    invocation: &Invocation,
) -> Result<ScoreResponse, HandlerError> {
    let failed = |error| HandlerError::logged("scoring", &error);
    let request = ScoreRequest::decode(&payload, invocation.now()).map_err(failed)?;
    let span = tracing::info_span!("score", symbol = %request.symbol, interval = %request.interval);
    service.run(&request, invocation).instrument(span).await.map_err(failed)
}
