//! The preferred source, its witnesses, and those that stand in or fill the holes.

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

/// How many bars before a hole are compared with the bar that fills it.
const CONTEXT_BARS: usize = 48;

/// What a source has said so far.
#[derive(Debug)]
enum SourceState {
    /// It was not asked.
    Pending,
    /// At least one bar.
    Delivery(SourceBatch),
    /// It was asked for holes, answered, and has none of them.
    NoData,
    /// Why it could not deliver.
    Failure(SourceError),
}

impl SourceState {
    fn delivery(&self) -> Option<&SourceBatch> {
        match self {
            Self::Delivery(delivery) => Some(delivery),
            _ => None,
        }
    }

    /// Whether it may be asked for holes: it was not asked before, be it because it does not keep all of the range.
    const fn is_open(&self) -> bool {
        matches!(self, Self::Pending | Self::Failure(SourceError::OutOfRetention { .. }))
    }

    /// Whether it was asked for the bar at `time` and does not have it. One that sent a broken bar has it.
    fn has_no_bar_at(&self, time: Timestamp) -> bool {
        match self {
            Self::Pending => false,
            Self::Delivery(delivery) => {
                let broken = |one: &QualityFinding| one.time == time && one.rule.action() == QualityAction::Refetch;
                !delivery.findings.iter().any(|one| broken(one) && one.rule != QualityRule::Stale)
            }
            Self::NoData => true,
            Self::Failure(error) => error.has_none(),
        }
    }
}

impl Fetcher {
    /// What the sources say about the bars that are wanted. The preferred one and its witnesses are asked at the same
    /// time; one that fails is replaced by the next in order. For bars that nobody has, and those about whose
    /// close, high or low two disagree, the further sources are asked, and for nothing else.
    ///
    /// `recent` are bars before `wanted.from`, ascending, for comparison. They may be empty; then nothing is known of a
    /// market before the first bar that is delivered, and what is missing before it is no hole.
    ///
    /// # Errors
    /// When nobody delivers a bar, with each one's reason.
    pub async fn fetch(&self, wanted: &BarRequest, recent: &[Bar]) -> Result<FetchResult, AllSourcesFailed> {
        let mut told = self.fetch_primary(wanted, recent).await;
        if !told.iter().any(|one| one.delivery().is_some()) {
            let (_, failures) = self.partition_results(told);
            return Err(AllSourcesFailed { wanted: wanted.clone(), failures });
        }
        let missing = self.fill_gaps(wanted, recent, &mut told).await;
        let complete =
            self.sources.iter().zip(&told).filter(|(source, _)| self.may_ask(source, wanted)).all(|(source, told)| {
                missing.iter().all(|time| told.has_no_bar_at(*time) || !can_provide(source, wanted, *time))
            });
        let (deliveries, failures) = self.partition_results(told);
        Ok(FetchResult { batches: deliveries, failures, complete })
    }

    /// Asks for the whole range until enough have delivered or nobody is left.
    async fn fetch_primary(&self, wanted: &BarRequest, recent: &[Bar]) -> Vec<SourceState> {
        let mut told: Vec<SourceState> = self.sources.iter().map(|_| SourceState::Pending).collect();
        let is_proxy = self.sources.iter().map(|source| source.name().is_proxy_for(&wanted.symbol));
        let mut roster = SourceQueue::new(is_proxy, self.policy.proxy_bars, self.policy.cross_checks.saturating_add(1));
        let mut running = FuturesUnordered::new();
        loop {
            while let Some(place) = roster.next_source() {
                running.push(self.fetch_range(place, wanted, recent));
            }
            let Some((place, result)) = running.next().await else { return told };
            roster.record_result(result.is_ok());
            told[place] = result.map_or_else(|error| self.record_failure(place, wanted, error), SourceState::Delivery);
        }
    }

    async fn fetch_range(
        &self,
        place: usize,
        wanted: &BarRequest,
        recent: &[Bar],
    ) -> (usize, Result<SourceBatch, SourceError>) {
        let mut result = self.fetch_from(&self.sources[place], wanted.clone(), recent.to_vec()).await;
        if let Ok(delivery) = &mut result {
            let stale = delivery.stale_finding(wanted);
            delivery.findings.extend(stale);
        }
        (place, result)
    }

    /// Asks those that were not asked yet for what is missing or disputed, in order. Returns what is missing still.
    async fn fill_gaps(&self, wanted: &BarRequest, recent: &[Bar], told: &mut [SourceState]) -> Vec<Timestamp> {
        let mut holes = self.holes(wanted, recent, told);
        for (place, source) in self.sources.iter().enumerate() {
            if holes.is_empty() {
                break;
            }
            if !self.may_ask(source, wanted) {
                continue;
            }
            let votes = !source.name().is_proxy_for(&wanted.symbol);
            let mut times = holes.times(votes);
            times.retain(|time| can_provide(source, wanted, *time));
            if times.is_empty() || !told[place].is_open() {
                continue;
            }
            told[place] = match self.fetch_times(source, wanted, &times, told, recent).await {
                Ok(Some(delivery)) => SourceState::Delivery(delivery),
                Ok(None) => SourceState::NoData,
                Err(error) => self.record_failure(place, wanted, error),
            };
            holes = self.holes(wanted, recent, told);
        }
        holes.missing
    }

    /// The bars at `times` that a source has, asked for page by page.
    async fn fetch_times(
        &self,
        source: &Source,
        wanted: &BarRequest,
        times: &BTreeSet<Timestamp>,
        told: &[SourceState],
        recent: &[Bar],
    ) -> Result<Option<SourceBatch>, SourceError> {
        let parts: Vec<(BarRequest, Vec<Bar>)> =
            unresolved::cover_ranges(times.iter().copied(), wanted.interval, source.name().page_rows())
                .into_iter()
                .map(|(from, to)| (wanted.with_range(from, to), bars_before(from, told, recent)))
                .collect();
        let parts: Vec<Option<SourceBatch>> = stream::iter(parts)
            .map(|(part, recent)| self.fetch_part(source, part, recent))
            .buffered(MAX_CONCURRENT_REQUESTS)
            .try_collect()
            .await?;
        Ok(SourceBatch::merge(parts.into_iter().flatten(), times))
    }

    /// One page of holes; that a source has none of them is an answer like any other.
    async fn fetch_part(
        &self,
        source: &Source,
        wanted: BarRequest,
        recent: Vec<Bar>,
    ) -> Result<Option<SourceBatch>, SourceError> {
        match self.fetch_from(source, wanted, recent).await {
            Ok(delivery) => Ok(Some(delivery)),
            Err(SourceError::NoBars) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// True if bars of the source may count at all.
    fn may_ask(&self, source: &Source, wanted: &BarRequest) -> bool {
        self.policy.proxy_bars || !source.name().is_proxy_for(&wanted.symbol)
    }

    fn holes(&self, wanted: &BarRequest, recent: &[Bar], told: &[SourceState]) -> UnresolvedTimes {
        let deliveries = || told.iter().filter_map(SourceState::delivery);
        let voices: Vec<SourceBars<'_>> = deliveries()
            .map(|delivery| SourceBars { bars: &delivery.bars, is_proxy: delivery.name.is_proxy_for(&wanted.symbol) })
            .collect();
        let known = deliveries().map(|delivery| wanted.visible_until(delivery.provenance)).max();
        let since = recent.last().map(|_| wanted.from);
        known
            .map(|known| unresolved::find_unresolved(wanted, known, since, &self.policy.tolerance, &voices))
            .unwrap_or_default()
    }

    fn record_failure(&self, place: usize, wanted: &BarRequest, error: SourceError) -> SourceState {
        warn!(source = %self.sources[place].name(), %wanted, error = error_chain(&error), "source failed");
        SourceState::Failure(error)
    }

    /// Deliveries and failures, each in the configured order.
    fn partition_results(&self, told: Vec<SourceState>) -> (Vec<SourceBatch>, Vec<SourceFailure>) {
        let (mut deliveries, mut failures) = (Vec::new(), Vec::new());
        for (source, told) in self.sources.iter().zip(told) {
            match told {
                SourceState::Delivery(delivery) => deliveries.push(delivery),
                SourceState::Failure(error) => failures.push(SourceFailure { source: source.name(), error }),
                SourceState::Pending | SourceState::NoData => {}
            }
        }
        (deliveries, failures)
    }
}

fn can_provide(source: &Source, wanted: &BarRequest, time: Timestamp) -> bool {
    source.name().retention_start(wanted.interval, wanted.wall_clock).is_none_or(|oldest| oldest <= time)
}

/// The bars just before `time`, of the first source that has some.
fn bars_before(time: Timestamp, told: &[SourceState], recent: &[Bar]) -> Vec<Bar> {
    let mut delivered = told
        .iter()
        .filter_map(SourceState::delivery)
        .map(|delivery| &delivery.bars[..delivery.bars.partition_point(|bar| bar.time < time)]);
    let bars = delivered.find(|bars| !bars.is_empty()).unwrap_or(recent);
    bars[bars.len().saturating_sub(CONTEXT_BARS)..].to_vec()
}
