//! The event bus.

use crate::{Error, Result};
use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use serde::Serialize;

/// The Weathervane bus.
#[derive(Debug, Clone)]
pub struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// A view of the bus `name`.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Publishes one event; `source` is [`contracts::events::SOURCE`].
    ///
    /// # Errors
    /// The call failed, or the bus refused the entry.
    pub async fn publish(&self, detail_type: &str, detail: &impl Serialize) -> Result<()> {
        let detail = serde_json::to_string(detail)
            .map_err(|source| Error::Json { target: format!("event {detail_type}"), source })?;
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(contracts::events::SOURCE)
            .detail_type(detail_type)
            .detail(detail)
            .build();
        let answer = self
            .client
            .put_events()
            .entries(entry)
            .send()
            .await
            .map_err(|error| Error::call("events:PutEvents", &self.name, error))?;
        // The call succeeds even when the bus takes none of its entries.
        if answer.failed_entry_count == 0 {
            return Ok(());
        }
        let failed = answer.entries().iter().find(|entry| entry.error_code.is_some());
        let text = |value: Option<&str>| value.unwrap_or("none").to_owned();
        Err(Error::EventRefused {
            bus: self.name.clone(),
            detail_type: detail_type.to_owned(),
            code: text(failed.and_then(|entry| entry.error_code())),
            message: text(failed.and_then(|entry| entry.error_message())),
        })
    }
}
