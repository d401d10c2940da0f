//! The preferred source, its witnesses, and those that stand in or fill the holes.

use crate::{
    delivery::{Delivery, Gathered},
    error::{NoSource, SourceError, SourceFailure},
    fetch::{AT_ONCE, Fetcher},
    holes::{self, Holes, Voice},
    roster::Roster,
    source::Source,
    wanted::Wanted,
};
use domain::{
    Bar,
    failure::chain,
    quality::{Action, Finding, Rule},
};
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, FuturesUnordered},
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tracing::warn;

/// How many bars before a hole are compared with the bar that fills it.
const COMPARED: usize = 48;

/// What a source has said so far.
#[derive(Debug)]
enum Told {
    /// It was not asked.
    Nothing,
    /// At least one bar.
    Delivery(Delivery),
    /// It was asked for holes, answered, and has none of them.
    HasNone,
    /// Why it could not deliver.
    Failure(SourceError),
}

impl Told {
    fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::Delivery(delivery) => Some(delivery),
            _ => None,
        }
    }

    /// Whether it may be asked for holes: it was not asked before, be it because it does not keep all of the range.
    const fn is_open(&self) -> bool {
        matches!(self, Self::Nothing | Self::Failure(SourceError::OutOfReach { .. }))
    }

    /// Whether it was asked for the bar at `time` and does not have it. One that sent a broken bar has it.
    fn lacks(&self, time: Timestamp) -> bool {
        match self {
            Self::Nothing => false,
            Self::Delivery(delivery) => {
                let broken = |one: &Finding| one.time == time && one.rule.action() == Action::Repair;
                !delivery.findings.iter().any(|one| broken(one) && one.rule != Rule::Stale)
            }
            Self::HasNone => true,
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
    pub async fn gather(&self, wanted: &Wanted, recent: &[Bar]) -> Result<Gathered, NoSource> {
        let mut told = self.ask_preferred(wanted, recent).await;
        if !told.iter().any(|one| one.delivery().is_some()) {
            let (_, failures) = self.sort(told);
            return Err(NoSource { wanted: wanted.clone(), failures });
        }
        let missing = self.ask_for_holes(wanted, recent, &mut told).await;
        let complete = self
            .sources
            .iter()
            .zip(&told)
            .filter(|(source, _)| self.may_ask(source, wanted))
            .all(|(source, told)| missing.iter().all(|time| told.lacks(*time) || !reaches(source, wanted, *time)));
        let (deliveries, failures) = self.sort(told);
        Ok(Gathered { deliveries, failures, complete })
    }

    /// Asks for the whole range until enough have delivered or nobody is left.
    async fn ask_preferred(&self, wanted: &Wanted, recent: &[Bar]) -> Vec<Told> {
        let mut told: Vec<Told> = self.sources.iter().map(|_| Told::Nothing).collect();
        let is_proxy = self.sources.iter().map(|source| source.name().is_proxy_for(&wanted.symbol));
        let mut roster = Roster::new(is_proxy, self.policy.proxy_bars, self.policy.witnesses.saturating_add(1));
        let mut running = FuturesUnordered::new();
        loop {
            while let Some(place) = roster.call() {
                running.push(self.whole(place, wanted, recent));
            }
            let Some((place, result)) = running.next().await else { return told };
            roster.done(result.is_ok());
            told[place] = result.map_or_else(|error| self.failed(place, wanted, error), Told::Delivery);
        }
    }

    async fn whole(&self, place: usize, wanted: &Wanted, recent: &[Bar]) -> (usize, Result<Delivery, SourceError>) {
        let mut result = self.deliver(&self.sources[place], wanted.clone(), recent.to_vec()).await;
        if let Ok(delivery) = &mut result {
            let stale = delivery.stale(wanted);
            delivery.findings.extend(stale);
        }
        (place, result)
    }

    /// Asks those that were not asked yet for what is missing or disputed, in order. Returns what is missing still.
    async fn ask_for_holes(&self, wanted: &Wanted, recent: &[Bar], told: &mut [Told]) -> Vec<Timestamp> {
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
            times.retain(|time| reaches(source, wanted, *time));
            if times.is_empty() || !told[place].is_open() {
                continue;
            }
            told[place] = match self.fill(source, wanted, &times, told, recent).await {
                Ok(Some(delivery)) => Told::Delivery(delivery),
                Ok(None) => Told::HasNone,
                Err(error) => self.failed(place, wanted, error),
            };
            holes = self.holes(wanted, recent, told);
        }
        holes.missing
    }

    /// The bars at `times` that a source has, asked for page by page.
    async fn fill(
        &self,
        source: &Source,
        wanted: &Wanted,
        times: &BTreeSet<Timestamp>,
        told: &[Told],
        recent: &[Bar],
    ) -> Result<Option<Delivery>, SourceError> {
        let parts: Vec<(Wanted, Vec<Bar>)> =
            holes::ranges(times.iter().copied(), wanted.interval, source.name().page_rows())
                .into_iter()
                .map(|(from, to)| (wanted.between(from, to), before(from, told, recent)))
                .collect();
        let parts: Vec<Option<Delivery>> = stream::iter(parts)
            .map(|(part, recent)| self.part(source, part, recent))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(Delivery::join(parts.into_iter().flatten(), times))
    }

    /// One page of holes; that a source has none of them is an answer like any other.
    async fn part(&self, source: &Source, wanted: Wanted, recent: Vec<Bar>) -> Result<Option<Delivery>, SourceError> {
        match self.deliver(source, wanted, recent).await {
            Ok(delivery) => Ok(Some(delivery)),
            Err(SourceError::NoBars) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// True if bars of the source may count at all.
    fn may_ask(&self, source: &Source, wanted: &Wanted) -> bool {
        self.policy.proxy_bars || !source.name().is_proxy_for(&wanted.symbol)
    }

    fn holes(&self, wanted: &Wanted, recent: &[Bar], told: &[Told]) -> Holes {
        let deliveries = || told.iter().filter_map(Told::delivery);
        let voices: Vec<Voice<'_>> = deliveries()
            .map(|delivery| Voice { bars: &delivery.bars, is_proxy: delivery.name.is_proxy_for(&wanted.symbol) })
            .collect();
        let known = deliveries().map(|delivery| wanted.known(delivery.history)).max();
        let since = recent.last().map(|_| wanted.from);
        known.map(|known| holes::find(wanted, known, since, &self.policy.tolerance, &voices)).unwrap_or_default()
    }

    fn failed(&self, place: usize, wanted: &Wanted, error: SourceError) -> Told {
        warn!(source = %self.sources[place].name(), %wanted, error = chain(&error), "source failed");
        Told::Failure(error)
    }

    /// Deliveries and failures, each in the configured order.
    fn sort(&self, told: Vec<Told>) -> (Vec<Delivery>, Vec<SourceFailure>) {
        let (mut deliveries, mut failures) = (Vec::new(), Vec::new());
        for (source, told) in self.sources.iter().zip(told) {
            match told {
                Told::Delivery(delivery) => deliveries.push(delivery),
                Told::Failure(error) => failures.push(SourceFailure { source: source.name(), error }),
                Told::Nothing | Told::HasNone => {}
            }
        }
        (deliveries, failures)
    }
}

fn reaches(source: &Source, wanted: &Wanted, time: Timestamp) -> bool {
    source.name().oldest(wanted.interval, wanted.clock).is_none_or(|oldest| oldest <= time)
}

/// The bars just before `time`, of the first source that has some.
fn before(time: Timestamp, told: &[Told], recent: &[Bar]) -> Vec<Bar> {
    let mut delivered = told
        .iter()
        .filter_map(Told::delivery)
        .map(|delivery| &delivery.bars[..delivery.bars.partition_point(|bar| bar.time < time)]);
    let bars = delivered.find(|bars| !bars.is_empty()).unwrap_or(recent);
    bars[bars.len().saturating_sub(COMPARED)..].to_vec()
}
