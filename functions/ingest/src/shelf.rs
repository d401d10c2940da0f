//! The lake's objects of one symbol and interval: for each UTC year what sources said, and the bars that count.

use crate::error::IngestError;
use aws::{OptimisticStorage, keys};
use domain::{
    Bar, Interval, Symbol,
    gaps::{Gap, gaps},
    observation::{Kept, Observation, Precedence, resolve, unite},
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const PARQUET: &str = "application/vnd.apache.parquet";

/// Reads and writes the yearly objects.
#[derive(Debug)]
pub(crate) struct Shelf<'a> {
    objects: &'a OptimisticStorage<'a>,
    precedence: &'a Precedence,
    symbol: &'a Symbol,
    interval: Interval,
    years: BTreeSet<i16>,
    /// The year that was read or written last.
    open: Option<(i16, Vec<Kept>)>,
    /// What is known of years that were once open.
    outlines: BTreeMap<i16, Outline>,
}

/// A year without its bars.
#[derive(Debug, Clone)]
struct Outline {
    first: Timestamp,
    last: Timestamp,
    gaps: Vec<Gap>,
}

/// A year as it would be with new observations; nothing of it is stored yet.
#[derive(Debug)]
pub(crate) struct Draft {
    year: i16,
    observations: Vec<Observation>,
    kept: Vec<Kept>,
    observations_changed: bool,
    bars_changed: bool,
    /// Bars at times that were not there.
    pub(crate) added: Vec<Kept>,
    /// How many bars have another content than before.
    pub(crate) revised: usize,
}

impl Draft {
    /// What sources said in that year.
    pub(crate) fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// The bars that count and open in `from..to`.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> &[Kept] {
        let place = |time| self.kept.partition_point(|one| one.bar.time < time);
        &self.kept[place(from)..place(to)]
    }
}

impl<'a> Shelf<'a> {
    /// Looks which years there are.
    pub(crate) async fn open(
        objects: &'a OptimisticStorage<'a>,
        precedence: &'a Precedence,
        symbol: &'a Symbol,
        interval: Interval,
    ) -> Result<Self, IngestError> {
        let stored =
            objects.list(&keys::bars_prefix(symbol, interval)).await.map_err(IngestError::aws("list the lake"))?;
        let years = stored.iter().filter_map(|key| keys::bars_year(key)).collect();
        Ok(Self { objects, precedence, symbol, interval, years, open: None, outlines: BTreeMap::new() })
    }

    /// The last `count` stored bars that open before `end`, ascending; fewer when there are no more.
    pub(crate) async fn before(&mut self, end: Timestamp, count: usize) -> Result<Vec<Kept>, IngestError> {
        let mut tail: Vec<Kept> = Vec::new();
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
    pub(crate) async fn draft(&mut self, year: i16, new: &[Observation]) -> Result<Draft, IngestError> {
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
        let observations = unite(&before, &said);
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
        Ok(Draft {
            year,
            observations_changed: observations != before,
            bars_changed,
            observations,
            kept,
            added,
            revised,
        })
    }

    /// Stores a draft: what was said first, so that what counts can always be made again.
    pub(crate) async fn store(&mut self, draft: Draft) -> Result<(), IngestError> {
        let year = draft.year;
        if draft.observations_changed {
            let key = keys::observations(self.symbol, self.interval, year);
            let bytes = lake::write_observations(&draft.observations);
            self.write(&key, bytes.map_err(|source| IngestError::Lake { key: key.clone(), source })?).await?;
        }
        if draft.bars_changed {
            let key = keys::bars(self.symbol, self.interval, year);
            let bytes = lake::write_bars(&draft.kept);
            self.write(&key, bytes.map_err(|source| IngestError::Lake { key: key.clone(), source })?).await?;
        }
        self.years.insert(year);
        self.shelve(year, draft.kept);
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
            times.extend(gaps([before.last, here.first], self.interval));
        }
        times.extend(here.gaps);
        let mut to = self.interval.step(here.last, 1);
        if let Some(later) = later
            && let Some(after) = self.outline(later).await?
        {
            to = after.first;
            times.extend(gaps([here.last, after.first], self.interval));
        }
        Ok(Some((from, to, times)))
    }

    async fn outline(&mut self, year: i16) -> Result<Option<Outline>, IngestError> {
        if !self.outlines.contains_key(&year) {
            self.year(year).await?;
        }
        Ok(self.outlines.get(&year).cloned())
    }

    /// The bars that count in one year; none when there is no object.
    async fn year(&mut self, year: i16) -> Result<&[Kept], IngestError> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != year) {
            let key = keys::bars(self.symbol, self.interval, year);
            let kept = match self.read(&key).await? {
                Some(bytes) => lake::read_kept(&bytes).map_err(|source| IngestError::Lake { key, source })?,
                None => Vec::new(),
            };
            self.shelve(year, kept);
        }
        Ok(self.open.as_ref().map_or(&[], |(_, kept)| kept))
    }

    fn shelve(&mut self, year: i16, kept: Vec<Kept>) {
        if let (Some(first), Some(last)) = (kept.first(), kept.last()) {
            let gaps = gaps(kept.iter().map(|one| one.bar.time), self.interval);
            self.outlines.insert(year, Outline { first: first.bar.time, last: last.bar.time, gaps });
        }
        self.open = Some((year, kept));
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, IngestError> {
        self.objects.get(key).await.map_err(IngestError::aws("read the lake"))
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), IngestError> {
        self.objects.put(key, bytes, PARQUET).await.map_err(IngestError::aws("write the lake"))
    }
}
