//! Small JSON state per series that has to survive between invocations, such as the persistence of drift.

use crate::{
    Error, Result,
    table::{Key, Table},
};
use aws_sdk_dynamodb::Client;
use domain::Series;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// State by series and name, in the table of the locks.
#[derive(Debug, Clone)]
pub struct State {
    table: Table,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    /// JSON text: every number comes back exactly as it was.
    json: String,
}

impl State {
    /// A view of the table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// The state, if there is one.
    ///
    /// # Errors
    /// The call failed, or the state is not a `T`.
    pub async fn get<T: DeserializeOwned>(&self, series: &Series, name: &str) -> Result<Option<T>> {
        let key = state_key(series, name);
        let target = self.table.target(&key);
        let Some(stored) = self.table.get::<Stored>(key).await? else { return Ok(None) };
        serde_json::from_str(&stored.json).map(Some).map_err(|source| Error::Json { target, source })
    }

    /// Replaces the state. Hold a lock when two invocations may do so at once.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put<T: Serialize>(&self, series: &Series, name: &str, value: &T) -> Result<()> {
        let key = state_key(series, name);
        let json =
            serde_json::to_string(value).map_err(|source| Error::Json { target: self.table.target(&key), source })?;
        self.table.put(key, &Stored { json }).await
    }
}

fn state_key(series: &Series, name: &str) -> Key {
    Key::hash(format!("STATE#{series}#{name}"))
}
