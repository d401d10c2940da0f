//! Configured source: its name, address and rate limiter.

use crate::{error::SourceError, rate_limit::RateLimiter, source_name::SourceName};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// Source at an address, with its rate limiter.
#[derive(Debug)]
pub struct Source {
    name: SourceName,
    base_url: String,
    rate_limiter: Mutex<RateLimiter>,
}

impl Source {
    /// Source at `base_url`, or at its default address.
    #[must_use]
    pub fn new(name: SourceName, base_url: Option<String>) -> Self {
        let base_url = base_url.unwrap_or_else(|| name.default_base_url().to_owned());
        Self { name, base_url, rate_limiter: Mutex::default() }
    }

    /// Name of the source.
    #[must_use]
    pub const fn name(&self) -> SourceName {
        self.name
    }

    /// Base URL of the source.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// True if the address is HTTPS.
    pub(crate) fn is_https(&self) -> bool {
        self.base_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }

    /// Waits until one request may start.
    ///
    /// # Errors
    /// [`SourceError::RateLimited`] if a pause lasts longer than `max_wait`.
    pub(crate) async fn acquire_slot(&self, max_wait: Duration) -> Result<(), SourceError> {
        loop {
            let slot = self.rate_limiter().reserve(Instant::now(), self.name.min_request_interval(), max_wait);
            sleep_until(slot.map_err(|wait| SourceError::RateLimited { wait })?).await;
            let is_allowed = self.rate_limiter().is_allowed(Instant::now());
            if is_allowed {
                return Ok(());
            }
        }
    }

    /// Prevents all requests of the source for `pause`.
    pub(crate) fn pause_for(&self, pause: Duration) {
        self.rate_limiter().pause_for(Instant::now(), pause);
    }

    fn rate_limiter(&self) -> MutexGuard<'_, RateLimiter> {
        self.rate_limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
