//! Stores that the service reads.

use aws::{AlertLog, AwsClients, ConfigError, ForecastStore, ModelRegistry, ObjectStore, RunStore};

/// Stores of one deployment.
#[derive(Debug, Clone)]
pub struct Stores {
    /// Model versions and champion history.
    pub registry: ModelRegistry,
    /// Artifacts, bar windows, quality reports and score reports.
    pub storage: ObjectStore,
    /// Stored forecasts.
    pub forecasts: ForecastStore,
    /// Training runs.
    pub runs: RunStore,
    /// Log of alerts.
    pub alerts: AlertLog,
}

impl Stores {
    /// Stores that the configuration of the clients names.
    ///
    /// # Errors
    /// The environment variable of a table or bucket is not set.
    pub fn new(clients: &AwsClients) -> Result<Self, ConfigError> {
        Ok(Self {
            registry: clients.registry()?,
            storage: clients.storage()?,
            forecasts: clients.forecasts()?,
            runs: clients.runs()?,
            alerts: clients.alert_log()?,
        })
    }
}
