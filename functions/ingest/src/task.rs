//! One ingest: its request, its clock and the objects that it changes.

use crate::IngestError;
use aws::OptimisticStorage;
use contracts::events::IngestRequest;
use jiff::Timestamp;
use lambda_shell::Invocation;
use observability::error_chain;
use serde::de::DeserializeOwned;

/// One request with its clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IngestTask<'a> {
    pub(crate) request: &'a IngestRequest,
    /// Time that counts as now; never after the clock, because no bar is seen before it closes.
    pub(crate) as_of: Timestamp,
    pub(crate) invocation: &'a Invocation,
    /// Objects that are read, changed and written back.
    pub(crate) objects: &'a OptimisticStorage<'a>,
}

impl IngestTask<'_> {
    /// Reads an object that is derived from the lake. One that cannot be decoded counts as missing, and is rebuilt.
    pub(crate) async fn read_derived<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, IngestError> {
        match self.objects.get_json(key).await {
            Err(error @ aws::Error::Json { .. }) => {
                tracing::warn!(key, error = error_chain(&error), "derived object is unreadable and will be rebuilt");
                Ok(None)
            }
            other => other.map_err(IngestError::aws("read a derived object")),
        }
    }
}
