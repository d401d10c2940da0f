//! Everything the functions share that touches AWS: configuration, S3 keys, storage, the registry of model
//! versions, training runs, forecasts, tracking of experiments, locks, secrets, the event bus and alerts.
//!
//! Every write has a natural key and is conditional or idempotent, because every delivery may come twice.

pub mod alert_log;
pub mod alerts;
pub mod artifacts;
pub mod bus;
pub mod clients;
pub mod config;
pub mod error;
pub mod forecasts;
mod judgement;
pub mod keys;
pub mod locks;
pub mod optimistic;
pub mod registry;
pub mod runs;
pub mod secrets;
pub mod storage;
mod table;
pub mod tracking;
mod trust;

pub use alert_log::{AlertLog, AlertRecord};
pub use alerts::AlertTopic;
pub use artifacts::ArtifactStore;
pub use bus::EventBus;
pub use clients::{AwsClients, CallProfile};
pub use config::{Config, ConfigError};
pub use contracts::Outcome;
pub use error::{Error, ErrorKind};
pub use forecasts::{ForecastRecord, ForecastStore, Settlement};
pub use judgement::{StoredEvaluation, StoredVerdict};
pub use locks::{LockError, LockTable};
pub use optimistic::OptimisticStorage;
pub use registry::{
    Alias, AliasChange, MAX_SHADOW_VERSIONS, ModelRegistry, NewVersion, Promotion, Shadow, VersionRecord, VersionStatus,
};
pub use runs::{RunRecord, RunStatus, RunStore, TrialRecord};
pub use secrets::Secret;
pub use storage::ObjectStore;
pub use tracking::TrackingTable;

/// Result of every call in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
