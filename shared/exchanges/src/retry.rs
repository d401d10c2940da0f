//! How often, and after which pause, a source is asked again.

use crate::error::SourceError;
use std::time::Duration;

/// What an error says about asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// The same question gets the same answer.
    Stop,
    /// It may pass.
    Backoff,
    /// The source as a whole wants a pause, of this length if it names one.
    PauseSource(Option<Duration>),
}

/// Bounded retries with full jitter: before attempt n+1 a uniform share of `min(cap, base * 2^(n-1))` passes.
/// See <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is made at most, the first time included.
    pub attempts: u32,
    /// The longest first pause.
    pub base: Duration,
    /// The longest pause.
    pub cap: Duration,
    /// The longest `Retry-After` that is waited for; a source that asks for more is given up.
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

impl RetryPolicy {
    /// The pause after failed attempt number `attempt` (from 1), or none when the source is to be given up.
    /// `jitter` is uniform in 0 to 1.
    pub(crate) fn delay(&self, attempt: u32, error: &SourceError, jitter: f64) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let longest = self.base.saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX)).min(self.cap);
        match error.retry() {
            RetryDecision::Stop => None,
            RetryDecision::Backoff => Some(longest.mul_f64(jitter.clamp(0.0, 1.0))),
            // One that wants a pause gets one.
            RetryDecision::PauseSource(None) => Some(longest.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))),
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
    fn pauses_double_up_to_the_cap_and_attempts_are_bounded() {
        let policy = RetryPolicy { attempts: 7, ..RetryPolicy::default() };
        let pauses: Vec<_> = (1..=7).map(|n| policy.delay(n, &status(500, None), 1.0)).collect();
        let millis = |pause: &Option<Duration>| pause.map(|pause| pause.as_millis());
        assert_eq!(
            pauses.iter().map(millis).collect::<Vec<_>>(),
            [Some(500), Some(1000), Some(2000), Some(4000), Some(8000), Some(8000), None]
        );
        assert_eq!(policy.delay(1, &status(500, None), 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn retry_after_is_honoured_within_patience_only() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(1, &status(429, Some(7)), 0.0), Some(Duration::from_secs(7)));
        assert_eq!(policy.delay(1, &status(429, Some(3600)), 0.0), None);
    }

    #[test]
    fn a_limit_holds_back_the_source_and_a_hiccup_only_the_request() {
        let busy = SourceError::Throttled { code: "EAPI".to_owned(), description: "Rate limit exceeded".to_owned() };
        assert_eq!(busy.retry(), RetryDecision::PauseSource(None));
        assert_eq!(status(429, None).retry(), RetryDecision::PauseSource(None));
        assert_eq!(status(503, Some(3)).retry(), RetryDecision::PauseSource(Some(Duration::from_secs(3))));
        assert_eq!(status(503, None).retry(), RetryDecision::Backoff);
    }

    #[test]
    fn refusals_and_bans_are_final() {
        let policy = RetryPolicy::default();
        for refusal in [status(451, None), status(403, None), status(404, None), status(418, None), SourceError::NoBars]
        {
            assert_eq!(policy.delay(1, &refusal, 1.0), None, "{refusal}");
        }
    }
}
