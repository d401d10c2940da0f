//! Rate limiter of a source: the minimum interval of its requests, and the pauses that it demanded. Pure.

use std::time::Duration;
use tokio::time::Instant;

/// Maximum pause, so that a wrong `Retry-After` cannot disable a source.
const MAX_PAUSE: Duration = Duration::from_secs(3600);

/// Start times of the requests of one source.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    /// Earliest start of the next request.
    next: Option<Instant>,
    /// End of the pause.
    paused_until: Option<Instant>,
}

impl RateLimiter {
    /// Reserves the next slot, at least `interval` after the previous one.
    ///
    /// # Errors
    /// Rest of the pause, if it is longer than `max_wait`.
    pub(crate) fn reserve(
        &mut self,
        now: Instant,
        interval: Duration,
        max_wait: Duration,
    ) -> Result<Instant, Duration> {
        let mut slot = now.max(self.next.unwrap_or(now));
        if let Some(until) = self.paused_until {
            let wait = until.saturating_duration_since(now);
            if wait > max_wait {
                return Err(wait);
            }
            slot = slot.max(until);
        }
        self.next = Some(slot + interval);
        Ok(slot)
    }

    /// True if a reserved slot that starts `now` is still valid: the source may have demanded a pause since then.
    pub(crate) fn is_allowed(&self, now: Instant) -> bool {
        self.paused_until.is_none_or(|until| until <= now)
    }

    /// Prevents requests for `pause` from `now`.
    pub(crate) fn pause_for(&mut self, now: Instant, pause: Duration) {
        let until = now + pause.min(MAX_PAUSE);
        self.paused_until = Some(self.paused_until.map_or(until, |previous| previous.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(100);
    const MAX_WAIT: Duration = Duration::from_secs(20);

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn slots_keep_the_minimum_interval() {
        let (mut limiter, start) = (RateLimiter::default(), Instant::now());
        let slots: Vec<_> = (0..4).map(|_| limiter.reserve(start, INTERVAL, MAX_WAIT).unwrap() - start).collect();
        assert_eq!(slots, [millis(0), millis(100), millis(200), millis(300)]);
        let late = start + millis(1000);
        assert_eq!(limiter.reserve(late, INTERVAL, MAX_WAIT), Ok(late), "unused time is not saved");
        assert_eq!(limiter.reserve(late, INTERVAL, MAX_WAIT), Ok(late + INTERVAL));
    }

    #[test]
    fn a_pause_invalidates_reserved_slots_and_delays_new_ones() {
        let (mut limiter, start) = (RateLimiter::default(), Instant::now());
        let reserved = [(); 3].map(|()| limiter.reserve(start, INTERVAL, MAX_WAIT).unwrap());
        limiter.pause_for(start + millis(50), millis(5000));
        limiter.pause_for(start + millis(60), millis(10));
        let end = start + millis(5050);
        assert!(reserved[1..].iter().all(|slot| !limiter.is_allowed(*slot)));
        let renewed: Vec<_> =
            reserved[1..].iter().map(|slot| limiter.reserve(*slot, INTERVAL, MAX_WAIT).unwrap()).collect();
        assert_eq!(renewed, [end, end + INTERVAL]);
        assert!(limiter.is_allowed(end));
    }

    #[test]
    fn a_pause_beyond_the_maximum_wait_is_an_error() {
        let (mut limiter, start) = (RateLimiter::default(), Instant::now());
        limiter.pause_for(start, Duration::MAX);
        assert_eq!(limiter.reserve(start, INTERVAL, MAX_WAIT), Err(MAX_PAUSE));
        let later = start + MAX_PAUSE - MAX_WAIT;
        assert_eq!(limiter.reserve(later, INTERVAL, MAX_WAIT), Ok(start + MAX_PAUSE));
    }
}
