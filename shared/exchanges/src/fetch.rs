//! Fetch from one source: its pages within the rate limit, with retries, and their validation.

use crate::{
    batch::{RawPage, SourceBatch},
    error::SourceError,
    http::{self, SourceResponse, Timeouts},
    request::BarRequest,
    retry::{RetryDecision, RetryPolicy},
    source::Source,
    sources::PageRequest,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use market_data::{
    Bar,
    observation::Tolerance,
    origin::{Origin, Provenance},
    quality::{QualityAction, QualityFinding, RawRow, ValidatedRows, ValidationContext, validate_rows},
};
use observability::error_chain;
use tokio::time::sleep;
use tracing::info;

/// Maximum number of concurrent requests to one source.
pub(crate) const MAX_CONCURRENT_REQUESTS: usize = 4;

/// Policy of a fetch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FetchPolicy {
    /// Time-outs of a request.
    pub timeouts: Timeouts,
    /// Retries of a request.
    pub retry: RetryPolicy,
    /// Number of sources that are fetched besides the primary one, to verify it.
    pub cross_checks: usize,
    /// Maximum difference of two sources; beyond it a third one is fetched.
    pub tolerance: Tolerance,
    /// True if proxy quotes in a stablecoin are used for bars that no source in dollars has.
    pub proxy_bars: bool,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            cross_checks: 1,
            tolerance: Tolerance::default(),
            proxy_bars: true,
        }
    }
}

/// Fetcher of bars from several sources in priority order.
#[derive(Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    pub(crate) policy: FetchPolicy,
    pub(crate) sources: Vec<Source>,
}

impl Fetcher {
    /// Fetcher of `sources`, the primary one first. It has their rate limiters, so it should be created once and reused.
    /// Plain HTTP is allowed only if a source has such an address. Redirects are never followed.
    ///
    /// # Errors
    /// The TLS set-up of the platform is unusable.
    pub fn new(sources: Vec<Source>, policy: FetchPolicy) -> Result<Self, reqwest::Error> {
        let https_only = sources.iter().all(Source::is_https);
        Ok(Self { client: http::client(&policy.timeouts, https_only)?, policy, sources })
    }

    /// Fetches the range from one source and validates its bars. `recent` are bars before the range, for comparison.
    ///
    /// # Errors
    /// The first failure of a page, a rule that rejects the batch, or no valid bar.
    pub(crate) async fn fetch_from(
        &self,
        source: &Source,
        request: BarRequest,
        recent: Vec<Bar>,
    ) -> Result<SourceBatch, SourceError> {
        let page_requests = source.name().pages(&request)?;
        let responses: Vec<(SourceResponse, Vec<RawRow>)> = stream::iter(page_requests)
            .map(|page_request| self.fetch_page(source, page_request))
            .buffered(MAX_CONCURRENT_REQUESTS)
            .try_collect()
            .await?;
        let (mut rows, mut pages, mut provenance) = (Vec::new(), Vec::with_capacity(responses.len()), Provenance::Live);
        for (response, page_rows) in responses {
            rows.extend(page_rows);
            provenance = provenance.max(response.provenance);
            pages.push(RawPage { url: response.url, body: response.body });
        }
        let visible_until = request.visible_until(provenance);
        let context = ValidationContext {
            source: &Origin::new(source.name().as_str(), provenance).to_string(),
            interval: request.interval,
            from: request.from,
            to: request.to,
            as_of: visible_until,
            // During a long back-fill the real time passes `wall_clock`, and sources show the bar that opened meanwhile.
            now: visible_until.max(request.wall_clock).max(Timestamp::now()),
            recent: &recent,
        };
        let ValidatedRows { bars, findings } =
            validate_rows(rows, &context).map_err(|source| SourceError::InvalidBatch { source })?;
        if bars.is_empty() {
            let is_invalid = |finding: &QualityFinding| finding.rule.action() == QualityAction::Refetch;
            let first = findings.into_iter().find(is_invalid);
            return Err(first.map_or(SourceError::NoBars, |first| SourceError::NoValidBars { first }));
        }
        info!(source = %source.name(), %request, bars = bars.len(), pages = pages.len(), "fetched bars from source");
        Ok(SourceBatch { name: source.name(), provenance, bars, findings, pages })
    }

    /// Fetches one page, with the retries of the policy.
    async fn fetch_page(
        &self,
        source: &Source,
        request: PageRequest,
    ) -> Result<(SourceResponse, Vec<RawRow>), SourceError> {
        let mut attempt = 1;
        loop {
            source.acquire_slot(self.policy.retry.max_retry_after).await?;
            let result =
                http::get(&self.client, source.name(), source.base_url(), &request).await.and_then(|response| {
                    match source.name().rows(&response.body) {
                        Ok(rows) => Ok((response, rows)),
                        Err(mut error) => {
                            if let Some(excerpt) = error.excerpt_mut() {
                                excerpt.content_type = response.content_type;
                            }
                            Err(error)
                        }
                    }
                });
            let error = match result {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let decision = RetryDecision::from_error(&error);
            let Some(delay) = self.policy.retry.delay(attempt, &error, rand::random()) else {
                if let RetryDecision::PauseSource(Some(pause)) = decision {
                    source.pause_for(pause);
                }
                return Err(error);
            };
            info!(source = %source.name(), attempt, ?delay, error = error_chain(&error), "retrying request");
            match decision {
                // The next slot is after the pause, also for the other pages.
                RetryDecision::PauseSource(_) => source.pause_for(delay),
                RetryDecision::Stop | RetryDecision::Backoff => sleep(delay).await,
            }
            attempt += 1;
        }
    }
}
