//! The lake's objects of one symbol and interval: for each UTC year what sources said, and the bars that count.

use crate::error::IngestError;
use aws::{OptimisticStorage, keys};
use jiff::Timestamp;
use market_data::{
    Bar, Interval, Symbol,
    gaps::{Gap, find_gaps},
    observation::{Observation, ResolutionPolicy, ResolvedBar, merge_observations, resolve},
};
use std::collections::{BTreeMap, BTreeSet};

const PARQUET: &str = "application/vnd.apache.parquet";

/// Reads and writes the yearly objects.
#[derive(Debug)]
pub(crate) struct BarPartitions<'a> {
    objects: &'a OptimisticStorage<'a>,
    precedence: &'a ResolutionPolicy,
    symbol: &'a Symbol,
    interval: Interval,
    years: BTreeSet<i16>,
    /// The year that was read or written last.
    cached: Option<(i16, Vec<ResolvedBar>)>,
    /// What is known of years that were once open.
    outlines: BTreeMap<i16, PartitionSummary>,
}

/// A year without its bars.
#[derive(Debug, Clone)]
struct PartitionSummary {
    first: Timestamp,
    last: Timestamp,
    gaps: Vec<Gap>,
}

/// A year as it would be with new observations; nothing of it is stored yet.
#[derive(Debug)]
pub(crate) struct PartitionUpdate {
    year: i16,
    observations: Vec<Observation>,
    resolved: Vec<ResolvedBar>,
    observations_changed: bool,
    bars_changed: bool,
    /// Bars at times that were not there.
    pub(crate) added: Vec<ResolvedBar>,
    /// How many bars have another content than before.
    pub(crate) revised: usize,
}

impl PartitionUpdate {
    /// What sources said in that year.
    pub(crate) fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// The bars that count and open in `from..to`.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> &[ResolvedBar] {
        let place = |time| self.resolved.partition_point(|one| one.bar.time < time);
        &self.resolved[place(from)..place(to)]
    }
}

impl<'a> BarPartitions<'a> {
    /// Looks which years there are.
    pub(crate) async fn open(
        objects: &'a OptimisticStorage<'a>,
        precedence: &'a ResolutionPolicy,
        symbol: &'a Symbol,
        interval: Interval,
    ) -> Result<Self, IngestError> {
        let stored =
            objects.list(&keys::bars_prefix(symbol, interval)).await.map_err(IngestError::aws("list the lake"))?;
        let years = stored.iter().filter_map(|key| keys::bars_year(key)).collect();
        Ok(Self { objects, precedence, symbol, interval, years, cached: None, outlines: BTreeMap::new() })
    }

    /// The last `count` stored bars that open before `end`, ascending; fewer when there are no more.
    pub(crate) async fn bars_before(&mut self, end: Timestamp, count: usize) -> Result<Vec<ResolvedBar>, IngestError> {
        let mut tail: Vec<ResolvedBar> = Vec::new();
        for year in self.years.clone().into_iter().rev() {
            if tail.len() >= count {
                break;
            }
            if self.outlines.get(&year).is_some_and(|outline| outline.first >= end) {
                continue;
            }
            let kept = self.year(year).await?;
            let kept = &kept[..kept.partition_point(|one| one.bar.time < end)];
            let missing = count - tail.len();
            let mut taken = kept[kept.len().saturating_sub(missing)..].to_vec();
            taken.append(&mut tail);
            tail = taken;
        }
        Ok(tail)
    }

    /// One year with new observations of it.
    pub(crate) async fn prepare_update(
        &mut self,
        year: i16,
        new: &[Observation],
    ) -> Result<PartitionUpdate, IngestError> {
        let key = keys::observations(self.symbol, self.interval, year);
        let before = match self.read(&key).await? {
            Some(bytes) => {
                lake::read_observations(&bytes).map_err(|source| IngestError::Lake { key: key.clone(), source })?
            }
            None => Vec::new(),
        };
        let precedence = self.precedence;
        let interval = self.interval;
        let stored = self.year(year).await?;
        // No bar is ever lost: one that nobody is on record for, as after a restored bucket, was said when it closed.
        let on_record = |bar: &Bar| before.binary_search_by_key(&bar.time, |one| one.bar.time).is_ok();
        let unheard = stored.iter().filter(|one| !on_record(&one.bar)).map(|one| {
            let seen = interval.step(one.bar.time, 1);
            Observation { bar: one.bar, origin: one.origin.clone(), first_seen: seen, last_seen: seen }
        });
        let said: Vec<Observation> = unheard.chain(new.iter().cloned()).collect();
        let observations = merge_observations(&before, &said);
        let kept = resolve(&observations, precedence);
        let stored_at = |time| stored.binary_search_by_key(&time, |one| one.bar.time).ok().map(|at| &stored[at]);
        let (mut added, mut revised) = (Vec::new(), 0);
        for one in &kept {
            match stored_at(one.bar.time) {
                None => added.push(one.clone()),
                Some(before) if before.bar != one.bar => revised += 1,
                Some(_) => {}
            }
        }
        let bars_changed = kept != stored;
        Ok(PartitionUpdate {
            year,
            observations_changed: observations != before,
            bars_changed,
            observations,
            resolved: kept,
            added,
            revised,
        })
    }

    /// Stores a draft: what was said first, so that what counts can always be made again.
    pub(crate) async fn store(&mut self, draft: PartitionUpdate) -> Result<(), IngestError> {
        let year = draft.year;
        if draft.observations_changed {
            let key = keys::observations(self.symbol, self.interval, year);
            let bytes = lake::write_observations(&draft.observations);
            self.write(&key, bytes.map_err(|source| IngestError::Lake { key: key.clone(), source })?).await?;
        }
        if draft.bars_changed {
            let key = keys::bars(self.symbol, self.interval, year);
            let bytes = lake::write_bars(&draft.resolved);
            self.write(&key, bytes.map_err(|source| IngestError::Lake { key: key.clone(), source })?).await?;
        }
        self.years.insert(year);
        self.cache(year, draft.resolved);
        Ok(())
    }

    /// The gaps that begin in the year of `time` or just before its first bar, and the span that this is the truth about:
    /// from after the last bar of the year before to the first bar of the year after (or of now).
    pub(crate) async fn gaps_around(
        &mut self,
        year: i16,
    ) -> Result<Option<(Timestamp, Timestamp, Vec<Gap>)>, IngestError> {
        let Some(here) = self.outline(year).await? else { return Ok(None) };
        let (earlier, later) =
            (self.years.range(..year).next_back().copied(), self.years.range(year.saturating_add(1)..).next().copied());
        let mut times = Vec::new();
        let mut from = here.first;
        if let Some(earlier) = earlier
            && let Some(before) = self.outline(earlier).await?
        {
            from = self.interval.step(before.last, 1);
            times.extend(find_gaps([before.last, here.first], self.interval));
        }
        times.extend(here.gaps);
        let mut to = self.interval.step(here.last, 1);
        if let Some(later) = later
            && let Some(after) = self.outline(later).await?
        {
            to = after.first;
            times.extend(find_gaps([here.last, after.first], self.interval));
        }
        Ok(Some((from, to, times)))
    }

    async fn outline(&mut self, year: i16) -> Result<Option<PartitionSummary>, IngestError> {
        if !self.outlines.contains_key(&year) {
            self.year(year).await?;
        }
        Ok(self.outlines.get(&year).cloned())
    }

    /// The bars that count in one year; none when there is no object.
    async fn year(&mut self, year: i16) -> Result<&[ResolvedBar], IngestError> {
        if self.cached.as_ref().is_none_or(|(open, _)| *open != year) {
            let key = keys::bars(self.symbol, self.interval, year);
            let kept = match self.read(&key).await? {
                Some(bytes) => lake::read_resolved_bars(&bytes).map_err(|source| IngestError::Lake { key, source })?,
                None => Vec::new(),
            };
            self.cache(year, kept);
        }
        Ok(self.cached.as_ref().map_or(&[], |(_, kept)| kept))
    }

    fn cache(&mut self, year: i16, kept: Vec<ResolvedBar>) {
        if let (Some(first), Some(last)) = (kept.first(), kept.last()) {
            let gaps = find_gaps(kept.iter().map(|one| one.bar.time), self.interval);
            self.outlines.insert(year, PartitionSummary { first: first.bar.time, last: last.bar.time, gaps });
        }
        self.cached = Some((year, kept));
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, IngestError> {
        self.objects.get(key).await.map_err(IngestError::aws("read the lake"))
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), IngestError> {
        self.objects.put(key, bytes, PARQUET).await.map_err(IngestError::aws("write the lake"))
    }
}
