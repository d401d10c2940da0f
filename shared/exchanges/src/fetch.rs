//! One source: its pages, paced and retried, and the screen that they pass.

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

/// How many requests of one source may be under way at the same time.
pub(crate) const MAX_CONCURRENT_REQUESTS: usize = 4;

/// How sources are asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FetchPolicy {
    /// How long a request may take.
    pub timeouts: Timeouts,
    /// How often it is repeated.
    pub retry: RetryPolicy,
    /// How many sources are asked beside the preferred one, to compare.
    pub cross_checks: usize,
    /// Largest difference of two sources before a third one is asked.
    pub tolerance: Tolerance,
    /// True if a source that quotes in a stablecoin is asked for bars that no source in dollars has.
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

/// Asks sources in their order.
#[derive(Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    pub(crate) policy: FetchPolicy,
    pub(crate) sources: Vec<Source>,
}

impl Fetcher {
    /// A fetcher over `sources`, the preferred one first. It remembers when each one may be asked again: make one, and
    /// keep it. Plain HTTP is spoken only where a source is configured to be there; redirects are never followed.
    ///
    /// # Errors
    /// When the platform's TLS set-up is unusable.
    pub fn new(sources: Vec<Source>, policy: FetchPolicy) -> Result<Self, reqwest::Error> {
        let https_only = sources.iter().all(Source::is_https);
        Ok(Self { client: http::client(&policy.timeouts, https_only)?, policy, sources })
    }

    /// All that is wanted of one source, screened. `recent` are bars before it, for comparison.
    ///
    /// # Errors
    /// The first page that cannot be had, a rule that refuses the batch, or not one bar.
    pub(crate) async fn fetch_from(
        &self,
        source: &Source,
        wanted: BarRequest,
        recent: Vec<Bar>,
    ) -> Result<SourceBatch, SourceError> {
        let requests = source.name().pages(&wanted)?;
        let answers: Vec<(SourceResponse, Vec<RawRow>)> = stream::iter(requests)
            .map(|request| self.fetch_page(source, request))
            .buffered(MAX_CONCURRENT_REQUESTS)
            .try_collect()
            .await?;
        let (mut rows, mut pages, mut history) = (Vec::new(), Vec::with_capacity(answers.len()), Provenance::Live);
        for (answer, page_rows) in answers {
            rows.extend(page_rows);
            history = history.max(answer.history);
            pages.push(RawPage { url: answer.url, body: answer.body });
        }
        let known = wanted.visible_until(history);
        let frame = ValidationContext {
            source: &Origin::new(source.name().as_str(), history).to_string(),
            interval: wanted.interval,
            from: wanted.from,
            to: wanted.to,
            as_of: known,
            // A long back-fill outlives its clock, and sources show the bar that is open meanwhile.
            now: known.max(wanted.wall_clock).max(Timestamp::now()),
            recent: &recent,
        };
        let ValidatedRows { bars, findings } =
            validate_rows(rows, &frame).map_err(|source| SourceError::InvalidBatch { source })?;
        if bars.is_empty() {
            let broken = |finding: &QualityFinding| finding.rule.action() == QualityAction::Refetch;
            let first = findings.into_iter().find(broken);
            return Err(first.map_or(SourceError::NoBars, |first| SourceError::NoValidBars { first }));
        }
        info!(source = %source.name(), %wanted, bars = bars.len(), pages = pages.len(), "source delivered");
        Ok(SourceBatch { name: source.name(), provenance: history, bars, findings, pages })
    }

    /// One page, asked for again as the policy allows.
    async fn fetch_page(
        &self,
        source: &Source,
        request: PageRequest,
    ) -> Result<(SourceResponse, Vec<RawRow>), SourceError> {
        let mut attempt = 1;
        loop {
            source.acquire_slot(self.policy.retry.max_retry_after).await?;
            let result =
                http::get(&self.client, source.name(), source.base_url(), &request).await.and_then(
                    |answer| match source.name().rows(&answer.body) {
                        Ok(rows) => Ok((answer, rows)),
                        Err(mut error) => {
                            if let Some(seen) = error.seen_mut() {
                                seen.content_type = answer.content_type;
                            }
                            Err(error)
                        }
                    },
                );
            let error = match result {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let retry = error.retry();
            let Some(pause) = self.policy.retry.delay(attempt, &error, rand::random()) else {
                if let RetryDecision::PauseSource(Some(pause)) = retry {
                    source.hold_back(pause);
                }
                return Err(error);
            };
            info!(source = %source.name(), attempt, ?pause, error = error_chain(&error), "asking again");
            match retry {
                // The next turn waits for it, and so do the other pages.
                RetryDecision::PauseSource(_) => source.hold_back(pause),
                RetryDecision::Stop | RetryDecision::Backoff => sleep(pause).await,
            }
            attempt += 1;
        }
    }
}
