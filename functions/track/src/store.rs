//! Documents of the table `tracking` and their keys.
//!
//! | partition | sort key | document |
//! | --- | --- | --- |
//! | `EXPERIMENTS` | `ID/{id}`, `NAME/{name}` | experiment; id of the experiment that has the name |
//! | `EXPERIMENT/{id}` | `RUN/{run}`, `MODEL/{model}` | run with latest metrics; logged model |
//! | `RUN/{run}` | `METRICS/{hash}` | points of one batch |
//! | `MODELS` | `MODEL/{name}`, `VERSION/{name}/{number}` | registered model; version |
//! | `ALIASES/{name}` | `{time}/{revision}` | move of an alias |

use crate::error::{Result, TrackError};
use aws::tracking::{Document, Expected, TrackingTable, Write};
use jiff::Timestamp;
use mlflow_protocol::{ApiError, ErrorCode};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// Time after which a write that always meets other writes is given up; the gateway waits 30 s.
const GIVE_UP_AFTER: Duration = Duration::from_secs(20);
/// Longest pause before another attempt, in milliseconds.
const MAX_PAUSE_MS: u64 = 400;

/// Key of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentKey {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl DocumentKey {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(crate) fn experiment(id: &str) -> Self {
        Self::new("EXPERIMENTS", format!("ID/{id}"))
    }

    pub(crate) fn experiment_name(name: &str) -> Self {
        Self::new("EXPERIMENTS", format!("NAME/{name}"))
    }

    pub(crate) fn run(experiment: &str, run: &str) -> Self {
        Self::new(experiment_partition(experiment), format!("RUN/{run}"))
    }

    pub(crate) fn logged_model(experiment: &str, model: &str) -> Self {
        Self::new(experiment_partition(experiment), format!("MODEL/{model}"))
    }

    pub(crate) fn metrics(run: &str, hash: &str) -> Self {
        Self::new(metrics_partition(run), format!("METRICS/{hash}"))
    }

    pub(crate) fn model(name: &str) -> Self {
        Self::new("MODELS", format!("MODEL/{name}"))
    }

    pub(crate) fn version(name: &str, version: u32) -> Self {
        Self::new("MODELS", format!("VERSION/{name}/{version:09}"))
    }

    pub(crate) fn alias_move(name: &str, at: i64, revision: u64) -> Self {
        Self::new(alias_partition(name), format!("{at:015}/{revision:09}"))
    }

    /// Write of a document with this key.
    pub(crate) fn write<T: Serialize>(&self, value: &T, expected: Expected) -> Result<Write> {
        let write = Write::new(&self.pk, &self.sk, value, expected)?;
        // Runs are also found by the time of their last change.
        Ok(if self.sk.starts_with("RUN/") { write.changed_at(format!("{:020}", now_us())) } else { write })
    }
}

/// Partition of the runs and logged models of an experiment.
pub(crate) fn experiment_partition(id: &str) -> String {
    format!("EXPERIMENT/{id}")
}

/// Partition of the metrics of a run.
pub(crate) fn metrics_partition(run: &str) -> String {
    format!("RUN/{run}")
}

/// Partition of the moves of the aliases of a model.
pub(crate) fn alias_partition(name: &str) -> String {
    format!("ALIASES/{name}")
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Microseconds since 1970.
pub(crate) fn now_us() -> i64 {
    Timestamp::now().as_microsecond()
}

/// Store of documents.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) table: TrackingTable,
}

impl Store {
    /// A document; `None` if there is none.
    pub(crate) async fn get<T: DeserializeOwned>(&self, key: &DocumentKey) -> Result<Option<Document<T>>> {
        Ok(self.table.get(&key.pk, &key.sk).await?)
    }

    /// Writes a new document; `false` if there is one.
    pub(crate) async fn insert<T: Serialize>(&self, key: &DocumentKey, value: &T) -> Result<bool> {
        Ok(self.table.write(key.write(value, Expected::Absent)?).await?)
    }

    /// Reads a document, changes it and writes it back, again and again while other writes come first. Returns the changed
    /// document. Nothing is written if `change` refuses or changes nothing.
    pub(crate) async fn change<T>(
        &self,
        key: &DocumentKey,
        missing: impl Fn() -> ApiError,
        mut change: impl FnMut(&mut T) -> Result<(), ApiError>,
    ) -> Result<T>
    where
        T: Clone + PartialEq + Serialize + DeserializeOwned,
    {
        let mut pauses = Pauses::start();
        loop {
            let found: Document<T> = self.get(key).await?.ok_or_else(&missing)?;
            let mut value = found.value.clone();
            change(&mut value)?;
            if value == found.value {
                return Ok(value);
            }
            if self.table.write(key.write(&value, Expected::Revision(found.revision))?).await? {
                return Ok(value);
            }
            pauses.wait().await?;
        }
    }
}

/// Pauses between attempts at a write, of random length, so that writers who met do not meet again.
#[derive(Debug)]
pub(crate) struct Pauses {
    started: tokio::time::Instant,
    longest_ms: u64,
}

impl Pauses {
    pub(crate) fn start() -> Self {
        Self { started: tokio::time::Instant::now(), longest_ms: 20 }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// Other writes came first for 20 s.
    pub(crate) async fn wait(&mut self) -> Result<(), TrackError> {
        if self.started.elapsed() > GIVE_UP_AFTER {
            let message = "other requests changed the same thing all the time; try again";
            return Err(ApiError::new(ErrorCode::TemporarilyUnavailable, message).into());
        }
        let pause = getrandom::u64().unwrap_or(self.longest_ms) % self.longest_ms;
        self.longest_ms = (self.longest_ms * 2).min(MAX_PAUSE_MS);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        Ok(())
    }
}
