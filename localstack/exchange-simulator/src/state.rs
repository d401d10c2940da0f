//! State that all routes share.

use crate::{faults::Faults, market::SimulatedMarket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Market and active faults.
pub(crate) struct Exchanges {
    pub(crate) market: SimulatedMarket,
    pub(crate) faults: Faults,
}

/// Handle of the shared state. Its lock is held for one response at a time, and never across an await.
#[derive(Clone)]
pub(crate) struct SharedState(Arc<Mutex<Exchanges>>);

impl SharedState {
    pub(crate) fn new(market: SimulatedMarket) -> Self {
        Self(Arc::new(Mutex::new(Exchanges { market, faults: Faults::default() })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Exchanges> {
        // No command leaves the state half changed, so that a panic elsewhere does not invalidate it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
