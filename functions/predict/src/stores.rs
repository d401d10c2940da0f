//! Where the service reads.

use aws::{AlertLog, Clients, ConfigError, Forecasts, Registry, Runs, Storage};

/// The stores that answers are made from.
#[derive(Debug, Clone)]
pub struct Stores {
    /// Model versions, which of them serves, and which did.
    pub registry: Registry,
    /// Models, windows, ledgers and reports.
    pub storage: Storage,
    /// Past forecasts.
    pub forecasts: Forecasts,
    /// Trainings.
    pub runs: Runs,
    /// Alerts.
    pub alerts: AlertLog,
}

impl Stores {
    /// Those of the clients.
    ///
    /// # Errors
    /// A variable that names one is not set.
    pub fn of(clients: &Clients) -> Result<Self, ConfigError> {
        Ok(Self {
            registry: clients.registry()?,
            storage: clients.storage()?,
            forecasts: clients.forecasts()?,
            runs: clients.runs()?,
            alerts: clients.alert_log()?,
        })
    }
}
