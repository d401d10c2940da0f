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
    /// The share of the lower close by which the closes of two sources may differ before a third one is asked, above 0.
    pub tolerance: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { timeouts: Timeouts::default(), retry: RetryPolicy::default(), witnesses: 1, tolerance: 0.01 }
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
    /// keep it.
    ///
    /// # Errors
    /// When the platform's TLS set-up is unusable.
    pub fn new(sources: Vec<Source>, policy: Policy) -> Result<Self, reqwest::Error> {
        Ok(Self { client: http::client(&policy.timeouts)?, policy, sources })
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
            let result = http::get(&self.client, source.name(), source.base_url(), &request)
                .await
                .and_then(|answer| source.name().rows(&answer.body).map(|rows| (answer, rows)));
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
