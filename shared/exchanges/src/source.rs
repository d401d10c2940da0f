//! A configured source: which one, where it is, and its turn.

use crate::{error::SourceError, rate_limit::RateLimiter, sources::SourceName};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// A source and where it is.
#[derive(Debug)]
pub struct Source {
    name: SourceName,
    base_url: String,
    schedule: Mutex<RateLimiter>,
}

impl Source {
    /// A source at its own address, or at another one that speaks its language.
    #[must_use]
    pub fn new(name: SourceName, base_url: Option<String>) -> Self {
        let base_url = base_url.unwrap_or_else(|| name.default_base_url().to_owned());
        Self { name, base_url, schedule: Mutex::default() }
    }

    /// Which one.
    #[must_use]
    pub const fn name(&self) -> SourceName {
        self.name
    }

    /// Where it is.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// True if it is asked over HTTPS.
    pub(crate) fn is_https(&self) -> bool {
        self.base_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }

    /// Waits until one request may start.
    ///
    /// # Errors
    /// [`SourceError::HeldBack`] when that takes longer than `patience`.
    pub(crate) async fn acquire_slot(&self, patience: Duration) -> Result<(), SourceError> {
        loop {
            let booked = self.schedule().reserve(Instant::now(), self.name.min_request_interval(), patience);
            sleep_until(booked.map_err(|wait| SourceError::RateLimited { wait })?).await;
            let open = self.schedule().is_allowed(Instant::now());
            if open {
                return Ok(());
            }
        }
    }

    /// Lets no request start for a while: what one answer asks for counts for all of them.
    pub(crate) fn hold_back(&self, pause: Duration) {
        self.schedule().pause_for(Instant::now(), pause);
    }

    fn schedule(&self) -> MutexGuard<'_, RateLimiter> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
