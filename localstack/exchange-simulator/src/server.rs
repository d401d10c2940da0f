//! The routes and what they share.

use crate::{
    arguments::HistoryArguments, control, fault::Faults, history::HistoryError, market::SimulatedMarket, source,
};
use axum::{
    Router,
    routing::{get, put},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What every request sees.
pub(crate) struct Shared {
    pub(crate) market: SimulatedMarket,
    pub(crate) faults: Faults,
    /// What it was started with.
    pub(crate) started_with: HistoryArguments,
}

/// The state of the server. Held for one answer at a time and never across an await.
#[derive(Clone)]
pub(crate) struct Server(Arc<Mutex<Shared>>);

impl Server {
    /// A server of the history that `started_with` names.
    ///
    /// # Errors
    /// When that cannot be read.
    pub(crate) fn open(started_with: HistoryArguments) -> Result<Self, HistoryError> {
        let market = SimulatedMarket::open(&started_with)?;
        tracing::info!("{}", market.description());
        Ok(Self(Arc::new(Mutex::new(Shared { market, faults: Faults::default(), started_with }))))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared> {
        // No order leaves the state half changed, so that a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn routes(server: Server) -> Router {
    Router::new()
        .route("/control/status", get(control::status))
        .route("/control/history", put(control::set_history))
        .route("/control/clock", get(control::clock).put(control::set_clock))
        .route("/control/regime", put(control::set_regime))
        .route("/control/fault", put(control::add_fault).delete(control::clear_faults))
        .merge(source::routes())
        .with_state(server)
}
