//! Failover: the primary source, its cross-checks, and the sources that replace them or fill gaps.

use crate::{
    batch::{FetchResult, SourceBatch},
    error::{AllSourcesFailed, SourceError, SourceFailure},
    fetch::{Fetcher, MAX_CONCURRENT_REQUESTS},
    request::BarRequest,
    source::Source,
    source_order::SourceQueue,
    unresolved::{self, SourceBars, UnresolvedTimes},
};
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, FuturesUnordered},
};
use jiff::Timestamp;
use market_data::{
    Bar,
    quality::{QualityAction, QualityFinding, QualityRule},
};
use observability::error_chain;
use std::collections::BTreeSet;
use tracing::warn;

/// Number of bars before a gap that are compared with the bars that fill it.
const CONTEXT_BARS: usize = 48;

/// State of a source during a fetch.
#[derive(Debug)]
enum SourceState {
    /// Not requested.
    Pending,
    /// At least one bar.
    Fetched(SourceBatch),
    /// Responded, without any of the missing bars.
    NoData,
    /// Failed for this reason.
    Failed(SourceError),
}

impl SourceState {
    fn batch(&self) -> Option<&SourceBatch> {
        match self {
            Self::Fetched(batch) => Some(batch),
            _ => None,
        }
    }

    /// True if the source can still be requested: it was not, or only because its retention is shorter than the range.
    const fn can_be_requested(&self) -> bool {
        matches!(self, Self::Pending | Self::Failed(SourceError::OutOfRetention { .. }))
    }

    /// True if the source was requested and has no bar at `time`, not even an invalid one.
    fn has_no_bar_at(&self, time: Timestamp) -> bool {
        match self {
            Self::Pending => false,
            Self::Fetched(batch) => {
                let is_invalid = |finding: &QualityFinding| {
                    finding.time == time
                        && finding.rule.action() == QualityAction::Refetch
                        && finding.rule != QualityRule::Stale
                };
                !batch.findings.iter().any(is_invalid)
            }
            Self::NoData => true,
            Self::Failed(error) => error.means_no_bars(),
        }
    }
}

impl Fetcher {
    /// Fetches the bars of a request.
    ///
    /// The primary source and its cross-checks are fetched at the same time. A source that fails is replaced by the next
    /// one in order. Further sources are fetched only for missing bars, and for bars whose close, high or low differs
    /// between two sources.
    ///
    /// `recent` are bars before `request.from`, ascending, for comparison. If there are none, bars before the first one of
    /// any source are no gap, because the market may not have existed.
    ///
    /// # Errors
    /// No source has a bar; the error has the reason of each one.
    pub async fn fetch(&self, request: &BarRequest, recent: &[Bar]) -> Result<FetchResult, AllSourcesFailed> {
        let mut states = self.fetch_primary(request, recent).await;
        if !states.iter().any(|state| state.batch().is_some()) {
            let (_, failures) = self.partition_results(states);
            return Err(AllSourcesFailed { request: request.clone(), failures });
        }
        let missing = self.fill_gaps(request, recent, &mut states).await;
        let mut usable_sources = self.sources.iter().zip(&states).filter(|(source, _)| self.is_usable(source, request));
        let complete = usable_sources.all(|(source, state)| {
            missing.iter().all(|time| state.has_no_bar_at(*time) || !can_provide(source, request, *time))
        });
        let (batches, failures) = self.partition_results(states);
        Ok(FetchResult { batches, failures, complete })
    }

    /// Fetches the whole range until enough sources have succeeded or none is left.
    async fn fetch_primary(&self, request: &BarRequest, recent: &[Bar]) -> Vec<SourceState> {
        let mut states: Vec<SourceState> = self.sources.iter().map(|_| SourceState::Pending).collect();
        let is_proxy = self.sources.iter().map(|source| source.name().is_proxy_for(&request.symbol));
        let mut queue = SourceQueue::new(is_proxy, self.policy.proxy_bars, self.policy.cross_checks.saturating_add(1));
        let mut running = FuturesUnordered::new();
        loop {
            while let Some(index) = queue.next_source() {
                running.push(self.fetch_range(index, request, recent));
            }
            let Some((index, result)) = running.next().await else { return states };
            queue.record_result(result.is_ok());
            states[index] =
                result.map_or_else(|error| self.record_failure(index, request, error), SourceState::Fetched);
        }
    }

    async fn fetch_range(
        &self,
        index: usize,
        request: &BarRequest,
        recent: &[Bar],
    ) -> (usize, Result<SourceBatch, SourceError>) {
        let mut result = self.fetch_from(&self.sources[index], request.clone(), recent.to_vec()).await;
        if let Ok(batch) = &mut result {
            let stale = batch.stale_finding(request);
            batch.findings.extend(stale);
        }
        (index, result)
    }

    /// Fetches missing and disputed bars from the remaining sources in order. Returns the times that are still missing.
    async fn fill_gaps(&self, request: &BarRequest, recent: &[Bar], states: &mut [SourceState]) -> Vec<Timestamp> {
        let mut unresolved = self.unresolved_times(request, recent, states);
        for (index, source) in self.sources.iter().enumerate() {
            if unresolved.is_empty() {
                break;
            }
            if !self.is_usable(source, request) {
                continue;
            }
            let has_vote = !source.name().is_proxy_for(&request.symbol);
            let mut times = unresolved.times(has_vote);
            times.retain(|time| can_provide(source, request, *time));
            if times.is_empty() || !states[index].can_be_requested() {
                continue;
            }
            states[index] = match self.fetch_times(source, request, &times, states, recent).await {
                Ok(Some(batch)) => SourceState::Fetched(batch),
                Ok(None) => SourceState::NoData,
                Err(error) => self.record_failure(index, request, error),
            };
            unresolved = self.unresolved_times(request, recent, states);
        }
        unresolved.missing
    }

    /// Fetches the bars at `times` from one source, page by page; `None` if it has none of them.
    async fn fetch_times(
        &self,
        source: &Source,
        request: &BarRequest,
        times: &BTreeSet<Timestamp>,
        states: &[SourceState],
        recent: &[Bar],
    ) -> Result<Option<SourceBatch>, SourceError> {
        let parts: Vec<(BarRequest, Vec<Bar>)> =
            unresolved::cover_ranges(times.iter().copied(), request.interval, source.name().page_rows())
                .into_iter()
                .map(|(from, to)| (request.with_range(from, to), bars_before(from, states, recent)))
                .collect();
        let parts: Vec<Option<SourceBatch>> = stream::iter(parts)
            .map(|(part, recent)| self.fetch_part(source, part, recent))
            .buffered(MAX_CONCURRENT_REQUESTS)
            .try_collect()
            .await?;
        Ok(SourceBatch::merge(parts.into_iter().flatten(), times))
    }

    /// Fetches one page; `None` if the source has none of its bars.
    async fn fetch_part(
        &self,
        source: &Source,
        request: BarRequest,
        recent: Vec<Bar>,
    ) -> Result<Option<SourceBatch>, SourceError> {
        match self.fetch_from(source, request, recent).await {
            Ok(batch) => Ok(Some(batch)),
            Err(SourceError::NoBars) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// True if the policy allows bars of the source.
    fn is_usable(&self, source: &Source, request: &BarRequest) -> bool {
        self.policy.proxy_bars || !source.name().is_proxy_for(&request.symbol)
    }

    fn unresolved_times(&self, request: &BarRequest, recent: &[Bar], states: &[SourceState]) -> UnresolvedTimes {
        let batches = || states.iter().filter_map(SourceState::batch);
        let sources: Vec<SourceBars<'_>> = batches()
            .map(|batch| SourceBars { bars: &batch.bars, is_proxy: batch.name.is_proxy_for(&request.symbol) })
            .collect();
        let visible_until = batches().map(|batch| request.visible_until(batch.provenance)).max();
        let since = recent.last().map(|_| request.from);
        visible_until
            .map(|time| unresolved::find_unresolved(request, time, since, &self.policy.tolerance, &sources))
            .unwrap_or_default()
    }

    fn record_failure(&self, index: usize, request: &BarRequest, error: SourceError) -> SourceState {
        warn!(source = %self.sources[index].name(), %request, error = error_chain(&error), "source failed");
        SourceState::Failed(error)
    }

    /// Batches and failures, each in the configured order.
    fn partition_results(&self, states: Vec<SourceState>) -> (Vec<SourceBatch>, Vec<SourceFailure>) {
        let (mut batches, mut failures) = (Vec::new(), Vec::new());
        for (source, state) in self.sources.iter().zip(states) {
            match state {
                SourceState::Fetched(batch) => batches.push(batch),
                SourceState::Failed(error) => failures.push(SourceFailure { source: source.name(), error }),
                SourceState::Pending | SourceState::NoData => {}
            }
        }
        (batches, failures)
    }
}

/// True if the retention of a source includes `time`.
fn can_provide(source: &Source, request: &BarRequest, time: Timestamp) -> bool {
    source.name().retention_start(request.interval, request.wall_clock).is_none_or(|start| start <= time)
}

/// Bars directly before `time`, of the first source that has some, otherwise the recent ones.
fn bars_before(time: Timestamp, states: &[SourceState], recent: &[Bar]) -> Vec<Bar> {
    let mut earlier_bars = states
        .iter()
        .filter_map(SourceState::batch)
        .map(|batch| &batch.bars[..batch.bars.partition_point(|bar| bar.time < time)]);
    let bars = earlier_bars.find(|bars| !bars.is_empty()).unwrap_or(recent);
    bars[bars.len().saturating_sub(CONTEXT_BARS)..].to_vec()
}
