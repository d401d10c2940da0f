//! Request of an ingest.

use crate::IngestError;
use contracts::events::IngestRequest;
use serde_json::Value;

/// Decodes the payload of an invocation.
///
/// # Errors
/// The payload is not an [`IngestRequest`].
pub(crate) fn decode(payload: Value) -> Result<IngestRequest, IngestError> {
    serde_json::from_value(payload).map_err(|source| IngestError::Event { source })
}
