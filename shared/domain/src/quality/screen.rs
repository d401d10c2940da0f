//! What a source sends, made into closed bars that are valid.

use super::{
    Finding,
    rules::{CLOCK_TOLERANCE, LEAST_BARS, LOOK_BACK, Rule, SWAPPED_LEAST_CLOSE, SWAPPED_SHARE},
};
use crate::{Bar, BarError, Field, Interval};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

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
    let mut findings = Vec::new();
    let mut found = |rule: Rule, time: Timestamp, detail: String| {
        findings.push(Finding { rule, time, source: frame.source.to_owned(), detail });
    };
    let interval = frame.interval;
    rows.sort_by_key(|row| row.bar.time);

    let latest = frame.present.saturating_add(SignedDuration::from_secs(CLOCK_TOLERANCE)).unwrap_or(Timestamp::MAX);
    if let Some(row) = rows.last().filter(|row| row.bar.time > latest) {
        let detail = format!("the clock says {}", frame.present);
        return Err(Refusal { rule: Rule::ClockSkew, time: row.bar.time, detail });
    }
    rows.retain(|row| {
        let open = interval.floor(row.bar.time);
        let closed = interval.step(open, 1) <= frame.known;
        if !closed && open <= frame.known {
            found(Rule::Unfinished, row.bar.time, format!("known at {}", frame.known));
        }
        closed
    });
    if let Some(last) = rows.pop_if(|last| !interval.is_aligned(last.bar.time)) {
        found(Rule::LiveQuote, last.bar.time, format!("no {interval} bar opens then"));
    }
    rows.retain(|row| row.bar.time >= frame.from && row.bar.time < frame.to);
    if let Some(row) = rows.iter().find(|row| !interval.is_aligned(row.bar.time)) {
        let detail = format!("no {interval} bar opens then");
        return Err(Refusal { rule: Rule::OffGrid, time: row.bar.time, detail });
    }

    rows.retain(|row| match row.bar.check(0) {
        Ok(()) => true,
        Err(error) => {
            let (rule, detail) = broken(&error);
            found(rule, row.bar.time, detail);
            false
        }
    });
    let mut bars: Vec<Bar> = Vec::with_capacity(rows.len());
    let mut swaps = Swaps::after(frame.recent);
    for same in rows.chunk_by(|a, b| a.bar.time == b.bar.time) {
        let row = same[0];
        let time = row.bar.time;
        if same.iter().any(|other| *other != row) {
            found(Rule::Conflict, time, format!("{} bars, closes {} and others", same.len(), row.bar.close));
            continue;
        }
        if same.len() > 1 {
            found(Rule::Duplicate, time, format!("{} times", same.len()));
        }
        match swaps.judge(&row) {
            Volume::Base => bars.push(row.bar),
            Volume::Exchanged { base } => {
                found(Rule::SwappedVolume, time, format!("{} and {base} exchanged back", row.bar.volume));
                bars.push(Bar { volume: base, ..row.bar });
            }
            Volume::Quote => {
                let detail =
                    format!("{} is far above the volumes before, as one in the quote currency", row.bar.volume);
                found(Rule::SwappedVolume, time, detail);
                continue;
            }
        }
        if let Some(kept) = bars.last() {
            swaps.push(kept.volume);
        }
    }
    Ok(Screened { bars, findings })
}

/// The rule that a bar breaks, with the numbers.
fn broken(error: &BarError) -> (Rule, String) {
    match *error {
        BarError::Price { field, value, .. } if value.is_finite() => (Rule::NotPositive, format!("{field} is {value}")),
        BarError::Volume { value, .. } if value.is_finite() => (Rule::NotPositive, format!("volume is {value}")),
        BarError::Price { field, .. } => (Rule::Missing, format!("{field} is no number")),
        BarError::Range { field: Field::High, low, high, .. } => {
            (Rule::HighBelowLow, format!("high is {high}, low is {low}"))
        }
        BarError::Range { field, value, low, high, .. } => {
            (Rule::OutsideRange, format!("{field} is {value}, outside of {low} to {high}"))
        }
        BarError::Volume { .. } | BarError::OffGrid { .. } | BarError::Order { .. } => {
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
    /// Up to 48 volumes in the base currency, the latest last.
    before: VecDeque<f64>,
}

impl Swaps {
    fn after(recent: &[Bar]) -> Self {
        let mut swaps = Self { before: VecDeque::with_capacity(LOOK_BACK + 1) };
        recent[recent.len().saturating_sub(LOOK_BACK)..].iter().for_each(|bar| swaps.push(bar.volume));
        swaps
    }

    fn push(&mut self, volume: f64) {
        if volume > 0.0 {
            self.before.push_back(volume);
            if self.before.len() > LOOK_BACK {
                self.before.pop_front();
            }
        }
    }

    fn judge(&self, row: &Row) -> Volume {
        let Bar { low, high, close, volume, .. } = row.bar;
        if let Some(quote) = row.quote_volume {
            // The mean price of the trades lies between low and high; rounding needs a little room.
            let inside = |price: f64| price >= low * 0.999 && price <= high * 1.001;
            let exchanged = volume > 0.0 && quote > 0.0 && !inside(quote / volume) && inside(volume / quote);
            return if exchanged { Volume::Exchanged { base: quote } } else { Volume::Base };
        }
        if self.before.len() < LEAST_BARS || close < SWAPPED_LEAST_CLOSE {
            return Volume::Base;
        }
        // Whether the median is below the limit, without sorting.
        let limit = volume / (SWAPPED_SHARE * close);
        let below = self.before.iter().filter(|before| **before < limit).count();
        if below > self.before.len() / 2 { Volume::Quote } else { Volume::Base }
    }
}

#[cfg(test)]
mod tests;
