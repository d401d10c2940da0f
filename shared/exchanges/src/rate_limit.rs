//! When a source may be asked: its pace, and the pauses that it has asked for. Pure.

use std::time::Duration;
use tokio::time::Instant;

/// A longer pause is not remembered: nobody is trusted to switch himself off for good.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The requests that are planned of one source.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    /// When the next request may start.
    next: Option<Instant>,
    /// Until when the source wants none.
    held_until: Option<Instant>,
}

impl RateLimiter {
    /// Books the next slot, at least `pace` after the one before it.
    ///
    /// # Errors
    /// How long the source wants to be left alone, when that is longer than `patience`.
    pub(crate) fn reserve(&mut self, now: Instant, pace: Duration, patience: Duration) -> Result<Instant, Duration> {
        let mut slot = now.max(self.next.unwrap_or(now));
        if let Some(until) = self.held_until {
            let wait = until.saturating_duration_since(now);
            if wait > patience {
                return Err(wait);
            }
            slot = slot.max(until);
        }
        self.next = Some(slot + pace);
        Ok(slot)
    }

    /// Whether a booked slot that begins `now` still counts: the source may have asked for a pause since it was booked.
    pub(crate) fn is_allowed(&self, now: Instant) -> bool {
        self.held_until.is_none_or(|until| until <= now)
    }

    /// Lets no request start within `pause` from `now`.
    pub(crate) fn pause_for(&mut self, now: Instant, pause: Duration) {
        let until = now + pause.min(LONGEST_PAUSE);
        self.held_until = Some(self.held_until.map_or(until, |before| before.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Duration = Duration::from_millis(100);
    const PATIENCE: Duration = Duration::from_secs(20);

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn slots_are_a_pace_apart_whoever_books_them() {
        let (mut schedule, start) = (RateLimiter::default(), Instant::now());
        let slots: Vec<_> = (0..4).map(|_| schedule.reserve(start, PACE, PATIENCE).unwrap() - start).collect();
        assert_eq!(slots, [millis(0), millis(100), millis(200), millis(300)]);
        let late = start + millis(1000);
        assert_eq!(schedule.reserve(late, PACE, PATIENCE), Ok(late), "time that nobody used is not saved up");
        assert_eq!(schedule.reserve(late, PACE, PATIENCE), Ok(late + PACE));
    }

    #[test]
    fn a_pause_moves_every_slot_behind_it_and_those_booked_before_do_not_count() {
        let (mut schedule, start) = (RateLimiter::default(), Instant::now());
        let booked = [(); 3].map(|()| schedule.reserve(start, PACE, PATIENCE).unwrap());
        schedule.pause_for(start + millis(50), millis(5000));
        schedule.pause_for(start + millis(60), millis(10));
        let end = start + millis(5050);
        assert!(booked[1..].iter().all(|slot| !schedule.is_allowed(*slot)));
        let again: Vec<_> = booked[1..].iter().map(|slot| schedule.reserve(*slot, PACE, PATIENCE).unwrap()).collect();
        assert_eq!(again, [end, end + PACE]);
        assert!(schedule.is_allowed(end));
    }

    #[test]
    fn a_pause_beyond_patience_is_an_answer_and_ends() {
        let (mut schedule, start) = (RateLimiter::default(), Instant::now());
        schedule.pause_for(start, Duration::MAX);
        assert_eq!(schedule.reserve(start, PACE, PATIENCE), Err(LONGEST_PAUSE));
        let later = start + LONGEST_PAUSE - PATIENCE;
        assert_eq!(schedule.reserve(later, PACE, PATIENCE), Ok(start + LONGEST_PAUSE));
    }
}
