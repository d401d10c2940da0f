//! Fetching: pages of one source, and the next source when one fails. No AWS here.

use crate::{
    batch,
    error::{NoSource, SourceError, SourceFailure},
    http::{self, Answer, History, Timeouts},
    raw::Page,
    retry::RetryPolicy,
    sources::{PageRequest, SourceName},
    wanted::Wanted,
};
use aws::failure::chain;
use domain::Bar;
use std::sync::{Mutex, PoisonError};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{info, warn};

/// A source and where it is.
#[derive(Debug)]
pub struct Source {
    name: SourceName,
    base_url: String,
    /// When the next request may start.
    free_at: Mutex<Option<Instant>>,
}

/// Asks sources in their order.
#[derive(Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    retry: RetryPolicy,
    sources: Vec<Source>,
}

/// What a source delivered, checked.
#[derive(Debug)]
pub struct Delivery {
    /// Which source.
    pub name: SourceName,
    /// Which history it shows.
    pub history: History,
    /// Closed, valid bars in ascending order; at least one.
    pub bars: Vec<Bar>,
    /// What it really answered.
    pub pages: Vec<Page>,
    /// The sources that were asked before it, with their reasons.
    pub failures: Vec<SourceFailure>,
}

impl Delivery {
    /// The source's name as it stands in windows and events: one that does not show the live market says so.
    #[must_use]
    pub fn label(&self) -> String {
        match self.history {
            History::Live => self.name.to_string(),
            History::Stored => format!("{} (stored)", self.name),
            History::Simulated => format!("{} (simulated)", self.name),
        }
    }
}

impl Source {
    /// A source at its own address, or at another one that speaks its language.
    #[must_use]
    pub fn new(name: SourceName, base_url: Option<String>) -> Self {
        let base_url = base_url.unwrap_or_else(|| name.default_base_url().to_owned());
        Self { name, base_url, free_at: Mutex::new(None) }
    }

    /// Takes the next free slot of the source's pace and waits for it.
    async fn pace(&self) {
        let slot = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = free_at.map_or_else(Instant::now, |at| at.max(Instant::now()));
            *free_at = Some(slot + self.name.pace());
            slot
        };
        sleep_until(slot).await;
    }
}

impl Fetcher {
    /// A fetcher over `sources`, the preferred one first.
    ///
    /// # Errors
    /// When the platform's TLS set-up is unusable.
    pub fn new(sources: Vec<Source>, timeouts: &Timeouts, retry: RetryPolicy) -> Result<Self, reqwest::Error> {
        Ok(Self { client: http::client(timeouts)?, retry, sources })
    }

    /// Bars from the first source that delivers all that is wanted in valid form; nothing from the others.
    ///
    /// # Errors
    /// When none does, with each one's reason.
    pub async fn fetch(&self, wanted: &Wanted) -> Result<Delivery, NoSource> {
        let mut failures = Vec::new();
        for source in &self.sources {
            match self.deliver(source, wanted).await {
                Ok((bars, history, pages)) => {
                    info!(source = %source.name, %wanted, bars = bars.len(), pages = pages.len(), "source delivered");
                    return Ok(Delivery { name: source.name, history, bars, pages, failures });
                }
                Err(error) => {
                    warn!(source = %source.name, %wanted, error = chain(&error), "source failed");
                    failures.push(SourceFailure { source: source.name, error });
                }
            }
        }
        Err(NoSource { wanted: wanted.clone(), failures })
    }

    async fn deliver(&self, source: &Source, wanted: &Wanted) -> Result<(Vec<Bar>, History, Vec<Page>), SourceError> {
        let (mut rows, mut pages, mut history) = (Vec::new(), Vec::new(), History::Live);
        for request in source.name.pages(wanted) {
            let (answer, page_rows) = self.page(source, &request).await?;
            rows.extend(page_rows);
            history = history.max(answer.history);
            pages.push(Page { url: answer.url, body: answer.body });
        }
        let known = if history == History::Live { wanted.as_of.min(wanted.clock) } else { wanted.as_of };
        Ok((batch::check(rows, wanted, known)?, history, pages))
    }

    /// One page, asked for again as the policy allows.
    async fn page(&self, source: &Source, request: &PageRequest) -> Result<(Answer, Vec<Bar>), SourceError> {
        let mut attempt = 1;
        loop {
            source.pace().await;
            let result = http::get(&self.client, &source.base_url, request)
                .await
                .and_then(|answer| source.name.rows(&answer.body).map(|rows| (answer, rows)));
            let error = match result {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let Some(pause) = self.retry.pause(attempt, &error, rand::random()) else {
                return Err(error);
            };
            info!(source = %source.name, attempt, ?pause, error = chain(&error), "asking again");
            sleep(pause).await;
            attempt += 1;
        }
    }
}
