//! Retries: errors that are retried, their number and their delays.

use crate::error::SourceError;
use std::time::Duration;

/// Minimum duration of a ban (418) without `Retry-After`; Binance documents two minutes to three days.
const MIN_BAN: Duration = Duration::from_secs(120);

/// Consequence of an error for the next request of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// No retry: the response would be the same.
    Stop,
    /// Retry after a delay.
    Backoff,
    /// Retry after a pause of all requests of the source; with the duration that the source demands, if any.
    PauseSource(Option<Duration>),
}

/// Policy of bounded retries with full jitter. The delay before attempt n+1 is uniform in 0 to
/// `min(cap, base * 2^(n-1))`. See <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Maximum number of attempts, the first one included.
    pub attempts: u32,
    /// Maximum of the first delay.
    pub base: Duration,
    /// Maximum of any delay.
    pub cap: Duration,
    /// Maximum `Retry-After` that is waited for; with a longer one the source fails.
    pub max_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(8),
            max_retry_after: Duration::from_secs(20),
        }
    }
}

impl RetryDecision {
    pub(crate) fn from_error(error: &SourceError) -> Self {
        match error {
            SourceError::Status { status: 418 | 429 | 503, retry_after: Some(wait), .. } => {
                Self::PauseSource(Some(*wait))
            }
            SourceError::Status { status: 418, .. } => Self::PauseSource(Some(MIN_BAN)),
            SourceError::Status { status: 429, .. } | SourceError::Throttled { .. } => Self::PauseSource(None),
            SourceError::Status { status: 408 | 425 | 500..=599, .. }
            | SourceError::Transport { .. }
            | SourceError::Empty
            | SourceError::Json { .. } => Self::Backoff,
            _ => Self::Stop,
        }
    }
}

impl RetryPolicy {
    /// Delay after failed attempt number `attempt` (from 1); `None` if the source fails. `jitter` is uniform in 0 to 1.
    pub(crate) fn delay(&self, attempt: u32, error: &SourceError, jitter: f64) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let max_delay = self.base.saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX)).min(self.cap);
        match RetryDecision::from_error(error) {
            RetryDecision::Stop => None,
            RetryDecision::Backoff => Some(max_delay.mul_f64(jitter.clamp(0.0, 1.0))),
            // At least half of the maximum, because the source demanded a pause.
            RetryDecision::PauseSource(None) => Some(max_delay.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))),
            RetryDecision::PauseSource(Some(wait)) if wait > self.max_retry_after => None,
            RetryDecision::PauseSource(Some(wait)) => Some(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, retry_after: Option<u64>) -> SourceError {
        SourceError::Status { status, retry_after: retry_after.map(Duration::from_secs), excerpt: String::new() }
    }

    #[test]
    fn delays_double_up_to_the_cap_and_attempts_are_bounded() {
        let policy = RetryPolicy { attempts: 7, ..RetryPolicy::default() };
        let delays: Vec<_> = (1..=7).map(|attempt| policy.delay(attempt, &status(500, None), 1.0)).collect();
        let millis = |delay: &Option<Duration>| delay.map(|delay| delay.as_millis());
        assert_eq!(
            delays.iter().map(millis).collect::<Vec<_>>(),
            [Some(500), Some(1000), Some(2000), Some(4000), Some(8000), Some(8000), None]
        );
        assert_eq!(policy.delay(1, &status(500, None), 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn retry_after_is_honoured_up_to_its_maximum() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(1, &status(429, Some(7)), 0.0), Some(Duration::from_secs(7)));
        assert_eq!(policy.delay(1, &status(429, Some(3600)), 0.0), None);
    }

    #[test]
    fn a_rate_limit_pauses_the_source_other_errors_the_request() {
        let throttled =
            SourceError::Throttled { code: "EAPI".to_owned(), description: "Rate limit exceeded".to_owned() };
        assert_eq!(RetryDecision::from_error(&throttled), RetryDecision::PauseSource(None));
        assert_eq!(RetryDecision::from_error(&status(429, None)), RetryDecision::PauseSource(None));
        assert_eq!(
            RetryDecision::from_error(&status(503, Some(3))),
            RetryDecision::PauseSource(Some(Duration::from_secs(3)))
        );
        assert_eq!(RetryDecision::from_error(&status(503, None)), RetryDecision::Backoff);
    }

    #[test]
    fn rejections_and_bans_are_not_retried() {
        let policy = RetryPolicy::default();
        for error in [status(451, None), status(403, None), status(404, None), status(418, None), SourceError::NoBars] {
            assert_eq!(policy.delay(1, &error, 1.0), None, "{error}");
        }
    }
}
