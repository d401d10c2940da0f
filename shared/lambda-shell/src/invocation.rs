//! One call of a function: its request id, its clock and its deadline.

use aws::locks::later;
use jiff::Timestamp;
use lambda_runtime::Context;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// One invocation. Its clock is read once and goes on from there, so that a replay can set it.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Request id of the Lambda runtime.
    pub request_id: String,
    /// Time by the clock at the start.
    pub started_at: Timestamp,
    started: Instant,
    limit: Duration,
}

impl Invocation {
    /// Starts an invocation at `started_at` that may take `limit`.
    #[must_use]
    pub fn new(request_id: impl Into<String>, started_at: Timestamp, limit: Duration) -> Self {
        Self { request_id: request_id.into(), started_at, started: Instant::now(), limit }
    }

    /// Starts the invocation that the runtime describes, by the real clock.
    pub(crate) fn from_context(context: &Context) -> Self {
        let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(context.deadline);
        let limit = deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
        Self::new(context.request_id.as_str(), Timestamp::now(), limit)
    }

    /// Time by the clock now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        later(self.started_at, self.elapsed())
    }

    /// Duration since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Duration until the runtime ends the process; zero when it is over.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.limit.saturating_sub(self.elapsed())
    }

    /// The same invocation as if it had started now: what waited for a lock dates and measures only its own work.
    #[must_use]
    pub fn restarted(&self) -> Self {
        Self::new(self.request_id.as_str(), self.now(), self.time_left())
    }

    /// Point in time at which `share` of the limit has passed since the start; `None` beyond what the clock can hold.
    #[must_use]
    pub fn instant_at_share(&self, share: f64) -> Option<std::time::Instant> {
        self.started.into_std().checked_add(self.limit.mul_f64(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_goes_on_and_the_time_left_shrinks() {
        let start: Timestamp = "2024-01-05T00:00:00Z".parse().unwrap();
        let invocation = Invocation::new("id-1", start, Duration::from_secs(60));
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(invocation.now(), later(start, Duration::from_secs(20)));
        assert_eq!(invocation.time_left(), Duration::from_secs(40));
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(invocation.time_left(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_restarted_invocation_keeps_the_deadline() {
        let start: Timestamp = "2024-01-05T00:00:00Z".parse().unwrap();
        let invocation = Invocation::new("id-1", start, Duration::from_secs(60));
        tokio::time::advance(Duration::from_secs(20)).await;
        let restarted = invocation.restarted();
        assert_eq!(restarted.started_at, later(start, Duration::from_secs(20)));
        assert_eq!((restarted.elapsed(), restarted.time_left()), (Duration::ZERO, Duration::from_secs(40)));
        let now = Instant::now().into_std();
        assert_eq!(invocation.instant_at_share(0.5), now.checked_add(Duration::from_secs(10)));
        assert_eq!(restarted.instant_at_share(0.5), now.checked_add(Duration::from_secs(20)));
    }
}
