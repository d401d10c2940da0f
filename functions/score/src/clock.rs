//! The clock of one invocation.

use aws::locks::later;
use jiff::Timestamp;
use tokio::time::Instant;

/// A reading of the clock, which goes on from there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    at: Timestamp,
    since: Instant,
}

impl Clock {
    /// A clock that reads `at` now.
    pub(crate) fn reading(at: Timestamp) -> Self {
        Self { at, since: Instant::now() }
    }

    /// Time by the clock.
    pub(crate) fn now(self) -> Timestamp {
        later(self.at, self.since.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_clock_goes_on_while_an_invocation_works() {
        let clock = Clock::reading(day(4));
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(clock.now(), later(day(4), Duration::from_secs(20)));
    }
}
