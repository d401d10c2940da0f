//! Where the service reads.

use aws::{AlertLog, AwsClients, ConfigError, ForecastStore, ModelRegistry, ObjectStore, RunStore};

/// The stores that answers are made from.
#[derive(Debug, Clone)]
pub struct Stores {
    /// Model versions, which of them serves, and which did.
    pub registry: ModelRegistry,
    /// Models, windows, ledgers and reports.
    pub storage: ObjectStore,
    /// Past forecasts.
    pub forecasts: ForecastStore,
    /// Trainings.
    pub runs: RunStore,
    /// Alerts.
    pub alerts: AlertLog,
}

impl Stores {
    /// Those of the clients.
    ///
    /// # Errors
    /// A variable that names one is not set.
    pub fn of(clients: &AwsClients) -> Result<Self, ConfigError> {
        Ok(Self {
            registry: clients.registry()?,
            storage: clients.storage()?,
            forecasts: clients.forecasts()?,
            runs: clients.runs()?,
            alerts: clients.alert_log()?,
        })
    }
}
