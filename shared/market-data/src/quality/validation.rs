//! What a source sends, made into closed bars that are valid.

use super::{
    QualityFinding,
    rules::{
        CLOCK_TOLERANCE, CONTEXT_BARS, MIN_CLOSE_FOR_VOLUME_CHECK, MIN_CONTEXT_BARS, QUOTE_VOLUME_RATIO, QualityRule,
    },
};
use crate::{Bar, BarError, Interval, numbers::Number};
use jiff::{SignedDuration, Timestamp};

/// A bar as a source sent it: unchecked, nulls are NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawRow {
    /// The values, the volume in the base currency as the source understands it.
    pub bar: Bar,
    /// The volume in the quote currency, where the source has it beside the other.
    pub quote_volume: Option<f64>,
}

impl From<Bar> for RawRow {
    fn from(bar: Bar) -> Self {
        Self { bar, quote_volume: None }
    }
}

/// What is expected of the rows.
#[derive(Debug, Clone, Copy)]
pub struct ValidationContext<'a> {
    /// Whose rows they are, for findings.
    pub source: &'a str,
    /// The bars.
    pub interval: Interval,
    /// First open time that is wanted.
    pub from: Timestamp,
    /// End of those, exclusive.
    pub to: Timestamp,
    /// What counts as now: bars that close later are not closed.
    pub as_of: Timestamp,
    /// The clock, not before `known`: a bar that opens after it cannot be.
    pub now: Timestamp,
    /// Bars before `from`, ascending, for comparison; may be empty.
    pub recent: &'a [Bar],
}

/// What is left of the rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValidatedRows {
    /// Valid, closed bars inside the range, ascending, one per time.
    pub bars: Vec<Bar>,
    /// What was left out or mended, ascending by time within each rule.
    pub findings: Vec<QualityFinding>,
}

/// Nothing of the batch can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bar at {time}: {rule}: {detail}")]
pub struct BatchRejected {
    /// The rule that refuses it.
    pub rule: QualityRule,
    /// Time of the row.
    pub time: Timestamp,
    /// The numbers.
    pub detail: String,
}

/// Applies the rules of a batch: leaves out what was never a bar, what is not wanted, and bars that another source has to
/// repair. The rows may have any order.
///
/// # Errors
/// A rule refuses the batch.
pub fn validate_rows(mut rows: Vec<RawRow>, frame: &ValidationContext<'_>) -> Result<ValidatedRows, BatchRejected> {
    rows.sort_by_key(|row| row.bar.time);
    let mut found = FindingLog { source: frame.source, all: Vec::new() };
    let rows = closed_rows_in_range(&rows, frame, &mut found)?;
    let mut bars: Vec<Bar> = Vec::with_capacity(rows.len());
    let mut swaps = VolumeUnitDetector::after(frame.recent);
    for same in rows.chunk_by(|a, b| a.bar.time == b.bar.time) {
        let Some(row) = unique_valid_row(same, &mut found) else { continue };
        let Bar { time, volume, .. } = row.bar;
        let volume = match swaps.classify(row) {
            VolumeUnit::Base => volume,
            VolumeUnit::Exchanged { base } => {
                found.add(QualityRule::SwappedVolume, time, format!("{volume} and {base} exchanged back"));
                base
            }
            VolumeUnit::Quote => {
                let detail = format!("{volume} is far above the volumes before, as one in the quote currency");
                found.add(QualityRule::SwappedVolume, time, detail);
                continue;
            }
        };
        swaps.push(volume);
        bars.push(Bar { volume, ..row.bar });
    }
    Ok(ValidatedRows { bars, findings: found.all })
}

/// What was found so far.
struct FindingLog<'a> {
    source: &'a str,
    all: Vec<QualityFinding>,
}

impl FindingLog<'_> {
    fn add(&mut self, rule: QualityRule, time: Timestamp, detail: String) {
        self.all.push(QualityFinding { rule, time, source: self.source.to_owned(), detail });
    }
}

/// Of ascending rows those that are closed and in the range; all of them stand on the grid.
fn closed_rows_in_range<'a>(
    rows: &'a [RawRow],
    frame: &ValidationContext<'_>,
    found: &mut FindingLog<'_>,
) -> Result<&'a [RawRow], BatchRejected> {
    let interval = frame.interval;
    let latest = frame.now.saturating_add(SignedDuration::from_secs(CLOCK_TOLERANCE)).unwrap_or(Timestamp::MAX);
    if let Some(row) = rows.last().filter(|row| row.bar.time > latest) {
        let detail = format!("the clock says {}", frame.now);
        return Err(BatchRejected { rule: QualityRule::ClockSkew, time: row.bar.time, detail });
    }
    // The bar that is open at `known` opens here.
    let open = interval.floor(frame.as_of);
    let (mut closed, later) = rows.split_at(rows.partition_point(|row| row.bar.time < open));
    for row in later.iter().take_while(|row| row.bar.time < interval.step(open, 1)) {
        found.add(QualityRule::Unfinished, row.bar.time, format!("known at {}", frame.as_of));
    }
    let off_grid = |row: &&RawRow| !interval.is_aligned(row.bar.time);
    if let Some(live) = closed.last().filter(off_grid) {
        found.add(QualityRule::LiveQuote, live.bar.time, format!("no {interval} bar opens then"));
        closed = &closed[..closed.len() - 1];
    }
    let start = closed.partition_point(|row| row.bar.time < frame.from);
    let end = closed.partition_point(|row| row.bar.time < frame.to);
    let rows = &closed[start..end.max(start)];
    match rows.iter().find(off_grid) {
        Some(row) => {
            let detail = format!("no {interval} bar opens then");
            Err(BatchRejected { rule: QualityRule::OffGrid, time: row.bar.time, detail })
        }
        None => Ok(rows),
    }
}

/// The one valid row among those of one time; none when there is none, or more than one content.
fn unique_valid_row<'a>(same: &'a [RawRow], found: &mut FindingLog<'_>) -> Option<&'a RawRow> {
    let mut valid: Option<&RawRow> = None;
    let (mut times, mut conflict) = (0, false);
    for row in same {
        if let Err(error) = row.bar.validate(0) {
            let (rule, detail) = violated_rule(&error);
            found.add(rule, row.bar.time, detail);
            continue;
        }
        times += 1;
        conflict |= valid.is_some_and(|before| before != row);
        valid = Some(row);
    }
    let row = valid?;
    if conflict {
        found.add(QualityRule::Conflict, row.bar.time, format!("{times} bars, closes {} and others", row.bar.close));
        return None;
    }
    if times > 1 {
        found.add(QualityRule::Duplicate, row.bar.time, format!("{times} times"));
    }
    Some(row)
}

/// The rule that a bar breaks, with the numbers.
fn violated_rule(error: &BarError) -> (QualityRule, String) {
    match *error {
        BarError::Price { field, value, .. } if value.is_finite() => {
            (QualityRule::NotPositive, format!("{field} is {}", Number(value)))
        }
        BarError::Volume { value, .. } if value.is_finite() => {
            (QualityRule::NotPositive, format!("volume is {}", Number(value)))
        }
        BarError::Price { field, .. } => (QualityRule::Missing, format!("{field} is no number")),
        BarError::Inverted { low, high, .. } => {
            (QualityRule::HighBelowLow, format!("high is {}, low is {}", Number(high), Number(low)))
        }
        BarError::Range { field, value, low, high, .. } => {
            let [value, low, high] = [value, low, high].map(Number);
            (QualityRule::OutsideRange, format!("{field} is {value}, outside of {low} to {high}"))
        }
        BarError::Volume { .. } | BarError::OffGrid { .. } | BarError::Order { .. } | BarError::Future { .. } => {
            (QualityRule::Missing, format!("{} is no number", error.field()))
        }
    }
}

/// What a volume turns out to be.
enum VolumeUnit {
    Base,
    /// The two columns are exchanged.
    Exchanged {
        base: f64,
    },
    /// By its size one in the quote currency.
    Quote,
}

/// Tells volumes in the quote currency from those in the base currency, by the volumes just before.
struct VolumeUnitDetector {
    /// The latest volumes in the base currency, in a ring.
    before: [f64; CONTEXT_BARS],
    /// How many were ever there.
    count: usize,
    /// None of them is below.
    floor: f64,
}

impl VolumeUnitDetector {
    fn after(recent: &[Bar]) -> Self {
        let mut swaps = Self { before: [f64::INFINITY; CONTEXT_BARS], count: 0, floor: f64::INFINITY };
        recent[recent.len().saturating_sub(CONTEXT_BARS)..].iter().for_each(|bar| swaps.push(bar.volume));
        swaps
    }

    fn push(&mut self, volume: f64) {
        if volume <= 0.0 {
            return;
        }
        let place = self.count % CONTEXT_BARS;
        self.before[place] = volume;
        self.count += 1;
        // Once round the ring it is made anew; in between, what was overwritten keeps it too low, which is safe.
        self.floor =
            if place == 0 { self.before.iter().copied().fold(f64::INFINITY, f64::min) } else { self.floor.min(volume) };
    }

    fn classify(&self, row: &RawRow) -> VolumeUnit {
        let Bar { low, high, close, volume, .. } = row.bar;
        if let Some(quote) = row.quote_volume {
            // The mean price of the trades lies between low and high; rounding needs a little room.
            let inside = |price: f64| price >= low * 0.999 && price <= high * 1.001;
            let exchanged = volume > 0.0 && quote > 0.0 && !inside(quote / volume) && inside(volume / quote);
            return if exchanged { VolumeUnit::Exchanged { base: quote } } else { VolumeUnit::Base };
        }
        let limit = volume / (QUOTE_VOLUME_RATIO * close);
        if limit <= self.floor || self.count < MIN_CONTEXT_BARS || close < MIN_CLOSE_FOR_VOLUME_CHECK {
            return VolumeUnit::Base;
        }
        // Whether the median is below the limit, without sorting.
        let below = self.before.iter().filter(|before| **before < limit).count();
        if below > self.count.min(CONTEXT_BARS) / 2 { VolumeUnit::Quote } else { VolumeUnit::Base }
    }
}

#[cfg(test)]
mod tests;
