//! One source: its pages, paced and retried, and the screen that they pass.

use crate::{
    delivery::{Delivery, Page},
    error::SourceError,
    http::{self, Answer, Timeouts},
    retry::{Retry, RetryPolicy},
    source::Source,
    sources::PageRequest,
    wanted::Wanted,
};
use domain::{
    Bar,
    failure::chain,
    observation::Tolerance,
    origin::{History, Origin},
    quality::{Action, Finding, Frame, Row, Screened, screen},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use tokio::time::sleep;
use tracing::info;

/// How many requests of one source may be under way at the same time.
pub(crate) const AT_ONCE: usize = 4;

/// How sources are asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// How long a request may take.
    pub timeouts: Timeouts,
    /// How often it is repeated.
    pub retry: RetryPolicy,
    /// How many sources are asked beside the preferred one, to compare.
    pub witnesses: usize,
    /// Largest difference of two sources before a third one is asked.
    pub tolerance: Tolerance,
    /// True if a source that quotes in a stablecoin is asked for bars that no source in dollars has.
    pub proxy_bars: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            witnesses: 1,
            tolerance: Tolerance::default(),
            proxy_bars: true,
        }
    }
}

/// Asks sources in their order.
#[derive(Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    pub(crate) policy: Policy,
    pub(crate) sources: Vec<Source>,
}

impl Fetcher {
    /// A fetcher over `sources`, the preferred one first. It remembers when each one may be asked again: make one, and
    /// keep it. Plain HTTP is spoken only where a source is configured to be there; redirects are never followed.
    ///
    /// # Errors
    /// When the platform's TLS set-up is unusable.
    pub fn new(sources: Vec<Source>, policy: Policy) -> Result<Self, reqwest::Error> {
        let https_only = sources.iter().all(Source::is_https);
        Ok(Self { client: http::client(&policy.timeouts, https_only)?, policy, sources })
    }

    /// All that is wanted of one source, screened. `recent` are bars before it, for comparison.
    ///
    /// # Errors
    /// The first page that cannot be had, a rule that refuses the batch, or not one bar.
    pub(crate) async fn deliver(
        &self,
        source: &Source,
        wanted: Wanted,
        recent: Vec<Bar>,
    ) -> Result<Delivery, SourceError> {
        let requests = source.name().pages(&wanted)?;
        let answers: Vec<(Answer, Vec<Row>)> =
            stream::iter(requests).map(|request| self.page(source, request)).buffered(AT_ONCE).try_collect().await?;
        let (mut rows, mut pages, mut history) = (Vec::new(), Vec::with_capacity(answers.len()), History::Live);
        for (answer, page_rows) in answers {
            rows.extend(page_rows);
            history = history.max(answer.history);
            pages.push(Page { url: answer.url, body: answer.body });
        }
        let known = wanted.known(history);
        let frame = Frame {
            source: &Origin::new(source.name().as_str(), history).to_string(),
            interval: wanted.interval,
            from: wanted.from,
            to: wanted.to,
            known,
            // A long back-fill outlives its clock, and sources show the bar that is open meanwhile.
            present: known.max(wanted.clock).max(Timestamp::now()),
            recent: &recent,
        };
        let Screened { bars, findings } = screen(rows, &frame).map_err(|source| SourceError::Batch { source })?;
        if bars.is_empty() {
            let broken = |finding: &Finding| finding.rule.action() == Action::Repair;
            let first = findings.into_iter().find(broken);
            return Err(first.map_or(SourceError::NoBars, |first| SourceError::Unusable { first }));
        }
        info!(source = %source.name(), %wanted, bars = bars.len(), pages = pages.len(), "source delivered");
        Ok(Delivery { name: source.name(), history, bars, findings, pages })
    }

    /// One page, asked for again as the policy allows.
    async fn page(&self, source: &Source, request: PageRequest) -> Result<(Answer, Vec<Row>), SourceError> {
        let mut attempt = 1;
        loop {
            source.turn(self.policy.retry.patience).await?;
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
            let Some(pause) = self.policy.retry.pause(attempt, &error, rand::random()) else {
                if let Retry::HoldBack(Some(pause)) = retry {
                    source.hold_back(pause);
                }
                return Err(error);
            };
            info!(source = %source.name(), attempt, ?pause, error = chain(&error), "asking again");
            match retry {
                // The next turn waits for it, and so do the other pages.
                Retry::HoldBack(_) => source.hold_back(pause),
                Retry::No | Retry::Backoff => sleep(pause).await,
            }
            attempt += 1;
        }
    }
}
