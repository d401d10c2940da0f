//! What a source sends, made into closed bars that are valid.

use super::{
    Finding,
    rules::{CLOCK_TOLERANCE, LEAST_BARS, LOOK_BACK, Rule, SWAPPED_LEAST_CLOSE, SWAPPED_SHARE},
};
use crate::{Bar, BarError, Interval, words::Number};
use jiff::{SignedDuration, Timestamp};

/// A bar as a source sent it: unchecked, nulls are NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The values, the volume in the base currency as the source understands it.
    pub bar: Bar,
    /// The volume in the quote currency, where the source has it beside the other.
    pub quote_volume: Option<f64>,
}

impl From<Bar> for Row {
    fn from(bar: Bar) -> Self {
        Self { bar, quote_volume: None }
    }
}

/// What is expected of the rows.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Whose rows they are, for findings.
    pub source: &'a str,
    /// The bars.
    pub interval: Interval,
    /// First open time that is wanted.
    pub from: Timestamp,
    /// End of those, exclusive.
    pub to: Timestamp,
    /// What counts as now: bars that close later are not closed.
    pub known: Timestamp,
    /// The clock, not before `known`: a bar that opens after it cannot be.
    pub present: Timestamp,
    /// Bars before `from`, ascending, for comparison; may be empty.
    pub recent: &'a [Bar],
}

/// What is left of the rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Screened {
    /// Valid, closed bars inside the range, ascending, one per time.
    pub bars: Vec<Bar>,
    /// What was left out or mended, ascending by time within each rule.
    pub findings: Vec<Finding>,
}

/// Nothing of the batch can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bar at {time}: {rule}: {detail}")]
pub struct Refusal {
    /// The rule that refuses it.
    pub rule: Rule,
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
pub fn screen(mut rows: Vec<Row>, frame: &Frame<'_>) -> Result<Screened, Refusal> {
    rows.sort_by_key(|row| row.bar.time);
    let mut found = Findings { source: frame.source, all: Vec::new() };
    let rows = wanted(&rows, frame, &mut found)?;
    let mut bars: Vec<Bar> = Vec::with_capacity(rows.len());
    let mut swaps = Swaps::after(frame.recent);
    for same in rows.chunk_by(|a, b| a.bar.time == b.bar.time) {
        let Some(row) = one(same, &mut found) else { continue };
        let Bar { time, volume, .. } = row.bar;
        let volume = match swaps.judge(row) {
            Volume::Base => volume,
            Volume::Exchanged { base } => {
                found.note(Rule::SwappedVolume, time, format!("{volume} and {base} exchanged back"));
                base
            }
            Volume::Quote => {
                let detail = format!("{volume} is far above the volumes before, as one in the quote currency");
                found.note(Rule::SwappedVolume, time, detail);
                continue;
            }
        };
        swaps.push(volume);
        bars.push(Bar { volume, ..row.bar });
    }
    Ok(Screened { bars, findings: found.all })
}

/// What was found so far.
struct Findings<'a> {
    source: &'a str,
    all: Vec<Finding>,
}

impl Findings<'_> {
    fn note(&mut self, rule: Rule, time: Timestamp, detail: String) {
        self.all.push(Finding { rule, time, source: self.source.to_owned(), detail });
    }
}

/// Of ascending rows those that are closed and in the range; all of them stand on the grid.
fn wanted<'a>(rows: &'a [Row], frame: &Frame<'_>, found: &mut Findings<'_>) -> Result<&'a [Row], Refusal> {
    let interval = frame.interval;
    let latest = frame.present.saturating_add(SignedDuration::from_secs(CLOCK_TOLERANCE)).unwrap_or(Timestamp::MAX);
    if let Some(row) = rows.last().filter(|row| row.bar.time > latest) {
        let detail = format!("the clock says {}", frame.present);
        return Err(Refusal { rule: Rule::ClockSkew, time: row.bar.time, detail });
    }
    // The bar that is open at `known` opens here.
    let open = interval.floor(frame.known);
    let (mut closed, later) = rows.split_at(rows.partition_point(|row| row.bar.time < open));
    for row in later.iter().take_while(|row| row.bar.time < interval.step(open, 1)) {
        found.note(Rule::Unfinished, row.bar.time, format!("known at {}", frame.known));
    }
    let off_grid = |row: &&Row| !interval.is_aligned(row.bar.time);
    if let Some(live) = closed.last().filter(off_grid) {
        found.note(Rule::LiveQuote, live.bar.time, format!("no {interval} bar opens then"));
        closed = &closed[..closed.len() - 1];
    }
    let start = closed.partition_point(|row| row.bar.time < frame.from);
    let end = closed.partition_point(|row| row.bar.time < frame.to);
    let rows = &closed[start..end.max(start)];
    match rows.iter().find(off_grid) {
        Some(row) => {
            let detail = format!("no {interval} bar opens then");
            Err(Refusal { rule: Rule::OffGrid, time: row.bar.time, detail })
        }
        None => Ok(rows),
    }
}

/// The one valid row among those of one time; none when there is none, or more than one content.
fn one<'a>(same: &'a [Row], found: &mut Findings<'_>) -> Option<&'a Row> {
    let mut valid: Option<&Row> = None;
    let (mut times, mut conflict) = (0, false);
    for row in same {
        if let Err(error) = row.bar.check(0) {
            let (rule, detail) = broken(&error);
            found.note(rule, row.bar.time, detail);
            continue;
        }
        times += 1;
        conflict |= valid.is_some_and(|before| before != row);
        valid = Some(row);
    }
    let row = valid?;
    if conflict {
        found.note(Rule::Conflict, row.bar.time, format!("{times} bars, closes {} and others", row.bar.close));
        return None;
    }
    if times > 1 {
        found.note(Rule::Duplicate, row.bar.time, format!("{times} times"));
    }
    Some(row)
}

/// The rule that a bar breaks, with the numbers.
fn broken(error: &BarError) -> (Rule, String) {
    match *error {
        BarError::Price { field, value, .. } if value.is_finite() => {
            (Rule::NotPositive, format!("{field} is {}", Number(value)))
        }
        BarError::Volume { value, .. } if value.is_finite() => {
            (Rule::NotPositive, format!("volume is {}", Number(value)))
        }
        BarError::Price { field, .. } => (Rule::Missing, format!("{field} is no number")),
        BarError::Inverted { low, high, .. } => {
            (Rule::HighBelowLow, format!("high is {}, low is {}", Number(high), Number(low)))
        }
        BarError::Range { field, value, low, high, .. } => {
            let [value, low, high] = [value, low, high].map(Number);
            (Rule::OutsideRange, format!("{field} is {value}, outside of {low} to {high}"))
        }
        BarError::Volume { .. } | BarError::OffGrid { .. } | BarError::Order { .. } | BarError::Future { .. } => {
            (Rule::Missing, format!("{} is no number", error.field()))
        }
    }
}

/// What a volume turns out to be.
enum Volume {
    Base,
    /// The two columns are exchanged.
    Exchanged {
        base: f64,
    },
    /// By its size one in the quote currency.
    Quote,
}

/// Tells volumes in the quote currency from those in the base currency, by the volumes just before.
struct Swaps {
    /// The latest volumes in the base currency, in a ring.
    before: [f64; LOOK_BACK],
    /// How many were ever there.
    count: usize,
    /// None of them is below.
    floor: f64,
}

impl Swaps {
    fn after(recent: &[Bar]) -> Self {
        let mut swaps = Self { before: [f64::INFINITY; LOOK_BACK], count: 0, floor: f64::INFINITY };
        recent[recent.len().saturating_sub(LOOK_BACK)..].iter().for_each(|bar| swaps.push(bar.volume));
        swaps
    }

    fn push(&mut self, volume: f64) {
        if volume <= 0.0 {
            return;
        }
        let place = self.count % LOOK_BACK;
        self.before[place] = volume;
        self.count += 1;
        // Once round the ring it is made anew; in between, what was overwritten keeps it too low, which is safe.
        self.floor =
            if place == 0 { self.before.iter().copied().fold(f64::INFINITY, f64::min) } else { self.floor.min(volume) };
    }

    fn judge(&self, row: &Row) -> Volume {
        let Bar { low, high, close, volume, .. } = row.bar;
        if let Some(quote) = row.quote_volume {
            // The mean price of the trades lies between low and high; rounding needs a little room.
            let inside = |price: f64| price >= low * 0.999 && price <= high * 1.001;
            let exchanged = volume > 0.0 && quote > 0.0 && !inside(quote / volume) && inside(volume / quote);
            return if exchanged { Volume::Exchanged { base: quote } } else { Volume::Base };
        }
        let limit = volume / (SWAPPED_SHARE * close);
        if limit <= self.floor || self.count < LEAST_BARS || close < SWAPPED_LEAST_CLOSE {
            return Volume::Base;
        }
        // Whether the median is below the limit, without sorting.
        let below = self.before.iter().filter(|before| **before < limit).count();
        if below > self.count.min(LOOK_BACK) / 2 { Volume::Quote } else { Volume::Base }
    }
}

#[cfg(test)]
mod tests;
