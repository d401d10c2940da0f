//! The lake's objects of one symbol and interval: for each UTC year the observations of all sources, and the resolved bars.

use crate::BarStoreError;
use aws::{OptimisticStorage, keys};
use jiff::Timestamp;
use market_data::{
    Bar, Interval, Symbol,
    gaps::{Gap, find_gaps},
    observation::{Observation, ResolutionPolicy, ResolvedBar, merge_observations, resolve},
};
use std::collections::{BTreeMap, BTreeSet};

const PARQUET: &str = "application/vnd.apache.parquet";

/// Reader and writer of the yearly objects. The year in use is kept in memory.
#[derive(Debug)]
pub struct BarPartitions<'a> {
    objects: &'a OptimisticStorage<'a>,
    policy: &'a ResolutionPolicy,
    symbol: &'a Symbol,
    interval: Interval,
    years: BTreeSet<i16>,
    /// Year that was read or written last, with its bars.
    cached: Option<(i16, Vec<ResolvedBar>)>,
    /// Summaries of the years that were once cached.
    summaries: BTreeMap<i16, PartitionSummary>,
}

/// First and last bar of a year, and the gaps between them.
#[derive(Debug, Clone)]
struct PartitionSummary {
    first: Timestamp,
    last: Timestamp,
    gaps: Vec<Gap>,
}

/// A year with new observations merged in. Nothing of it is stored before [`BarPartitions::store`].
#[derive(Debug)]
pub struct PartitionUpdate {
    year: i16,
    observations: Vec<Observation>,
    resolved: Vec<ResolvedBar>,
    observations_changed: bool,
    bars_changed: bool,
    /// Bars at open times that had none before.
    pub added: Vec<ResolvedBar>,
    /// Number of bars whose values changed.
    pub revised: usize,
}

impl PartitionUpdate {
    /// Observations of that year, ascending.
    #[must_use]
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// Resolved bars that open in `from..to`.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> &[ResolvedBar] {
        let index = |time| self.resolved.partition_point(|resolved| resolved.bar.time < time);
        &self.resolved[index(from)..index(to)]
    }
}

impl<'a> BarPartitions<'a> {
    /// Lists the years that are stored.
    ///
    /// # Errors
    /// A call to AWS failed.
    pub async fn open(
        objects: &'a OptimisticStorage<'a>,
        policy: &'a ResolutionPolicy,
        symbol: &'a Symbol,
        interval: Interval,
    ) -> Result<Self, BarStoreError> {
        let stored =
            objects.list(&keys::bars_prefix(symbol, interval)).await.map_err(BarStoreError::aws("list the lake"))?;
        let years = stored.iter().filter_map(|key| keys::bars_year(key)).collect();
        Ok(Self { objects, policy, symbol, interval, years, cached: None, summaries: BTreeMap::new() })
    }

    /// Last `count` stored bars that open before `end`, ascending; fewer when there are no more.
    ///
    /// # Errors
    /// A call to AWS failed, or an object cannot be decoded.
    pub async fn bars_before(&mut self, end: Timestamp, count: usize) -> Result<Vec<ResolvedBar>, BarStoreError> {
        let mut tail: Vec<ResolvedBar> = Vec::new();
        for year in self.years.clone().into_iter().rev() {
            if tail.len() >= count {
                break;
            }
            if self.summaries.get(&year).is_some_and(|summary| summary.first >= end) {
                continue;
            }
            let bars = self.year(year).await?;
            let bars = &bars[..bars.partition_point(|bar| bar.bar.time < end)];
            let missing = count - tail.len();
            let mut earlier = bars[bars.len().saturating_sub(missing)..].to_vec();
            earlier.append(&mut tail);
            tail = earlier;
        }
        Ok(tail)
    }

    /// Merges new observations into one year.
    ///
    /// # Errors
    /// A call to AWS failed, or an object cannot be decoded.
    pub async fn prepare_update(&mut self, year: i16, new: &[Observation]) -> Result<PartitionUpdate, BarStoreError> {
        let key = keys::observations(self.symbol, self.interval, year);
        let before = match self.read(&key).await? {
            Some(bytes) => {
                lake::read_observations(&bytes).map_err(|source| BarStoreError::Lake { key: key.clone(), source })?
            }
            None => Vec::new(),
        };
        let policy = self.policy;
        let interval = self.interval;
        let stored = self.year(year).await?;
        // No bar is ever lost: one without an observation, as after a restored bucket, counts as observed when it closed.
        let is_observed =
            |bar: &Bar| before.binary_search_by_key(&bar.time, |observation| observation.bar.time).is_ok();
        let unobserved = stored.iter().filter(|resolved| !is_observed(&resolved.bar)).map(|resolved| {
            let seen = interval.step(resolved.bar.time, 1);
            Observation { bar: resolved.bar, origin: resolved.origin.clone(), first_seen: seen, last_seen: seen }
        });
        let added_observations: Vec<Observation> = unobserved.chain(new.iter().cloned()).collect();
        let observations = merge_observations(&before, &added_observations);
        let resolved = resolve(&observations, policy);
        let stored_at = |time| stored.binary_search_by_key(&time, |bar| bar.bar.time).ok().map(|index| &stored[index]);
        let (mut added, mut revised) = (Vec::new(), 0);
        for bar in &resolved {
            match stored_at(bar.bar.time) {
                None => added.push(bar.clone()),
                Some(before) if before.bar != bar.bar => revised += 1,
                Some(_) => {}
            }
        }
        let bars_changed = resolved != stored;
        Ok(PartitionUpdate {
            year,
            observations_changed: observations != before,
            bars_changed,
            observations,
            resolved,
            added,
            revised,
        })
    }

    /// Stores an update: the observations first, because bars can always be resolved from them again.
    ///
    /// # Errors
    /// A call to AWS failed, or the objects cannot be encoded.
    pub async fn store(&mut self, update: PartitionUpdate) -> Result<(), BarStoreError> {
        let year = update.year;
        if update.observations_changed {
            let key = keys::observations(self.symbol, self.interval, year);
            let bytes = lake::write_observations(&update.observations);
            self.write(&key, bytes.map_err(|source| BarStoreError::Lake { key: key.clone(), source })?).await?;
        }
        if update.bars_changed {
            let key = keys::bars(self.symbol, self.interval, year);
            let bytes = lake::write_bars(&update.resolved);
            self.write(&key, bytes.map_err(|source| BarStoreError::Lake { key: key.clone(), source })?).await?;
        }
        self.years.insert(year);
        self.cache(year, update.resolved);
        Ok(())
    }

    /// Gaps that begin in `year` or just before its first bar, with the span that they were looked for in: from after the last
    /// bar of the year before to the first bar of the year after, or to after the last bar. `None` for a year without bars.
    ///
    /// # Errors
    /// A call to AWS failed, or an object cannot be decoded.
    pub async fn gaps_around(&mut self, year: i16) -> Result<Option<(Timestamp, Timestamp, Vec<Gap>)>, BarStoreError> {
        let Some(here) = self.summary(year).await? else { return Ok(None) };
        let (earlier, later) =
            (self.years.range(..year).next_back().copied(), self.years.range(year.saturating_add(1)..).next().copied());
        let mut times = Vec::new();
        let mut from = here.first;
        if let Some(earlier) = earlier
            && let Some(before) = self.summary(earlier).await?
        {
            from = self.interval.step(before.last, 1);
            times.extend(find_gaps([before.last, here.first], self.interval));
        }
        times.extend(here.gaps);
        let mut to = self.interval.step(here.last, 1);
        if let Some(later) = later
            && let Some(after) = self.summary(later).await?
        {
            to = after.first;
            times.extend(find_gaps([here.last, after.first], self.interval));
        }
        Ok(Some((from, to, times)))
    }

    async fn summary(&mut self, year: i16) -> Result<Option<PartitionSummary>, BarStoreError> {
        if !self.summaries.contains_key(&year) {
            self.year(year).await?;
        }
        Ok(self.summaries.get(&year).cloned())
    }

    /// Resolved bars of one year; none when there is no object.
    async fn year(&mut self, year: i16) -> Result<&[ResolvedBar], BarStoreError> {
        if self.cached.as_ref().is_none_or(|(cached, _)| *cached != year) {
            let key = keys::bars(self.symbol, self.interval, year);
            let bars = match self.read(&key).await? {
                Some(bytes) => {
                    lake::read_resolved_bars(&bytes).map_err(|source| BarStoreError::Lake { key, source })?
                }
                None => Vec::new(),
            };
            self.cache(year, bars);
        }
        Ok(self.cached.as_ref().map_or(&[], |(_, bars)| bars))
    }

    fn cache(&mut self, year: i16, bars: Vec<ResolvedBar>) {
        if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
            let gaps = find_gaps(bars.iter().map(|bar| bar.bar.time), self.interval);
            self.summaries.insert(year, PartitionSummary { first: first.bar.time, last: last.bar.time, gaps });
        }
        self.cached = Some((year, bars));
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, BarStoreError> {
        self.objects.get(key).await.map_err(BarStoreError::aws("read the lake"))
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), BarStoreError> {
        self.objects.put(key, bytes, PARQUET).await.map_err(BarStoreError::aws("write the lake"))
    }
}
