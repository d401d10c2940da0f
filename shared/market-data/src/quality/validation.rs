//! Validation of the rows of one source: closed, valid bars and the findings about the others.

use super::{
    QualityFinding,
    rules::{
        CLOCK_TOLERANCE_SECONDS, CONTEXT_BARS, MIN_CLOSE_FOR_VOLUME_CHECK, MIN_CONTEXT_BARS, QUOTE_VOLUME_RATIO,
        QualityRule,
    },
};
use crate::{Bar, BarError, Interval, numbers::Number};
use jiff::{SignedDuration, Timestamp};

/// Bar as a source sent it, not validated. Missing values are NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawRow {
    /// Values of the bar. Its volume is in the base currency, according to the source.
    pub bar: Bar,
    /// Volume in the quote currency, if the source sends both.
    pub quote_volume: Option<f64>,
}

impl From<Bar> for RawRow {
    fn from(bar: Bar) -> Self {
        Self { bar, quote_volume: None }
    }
}

/// Expectations about the rows of a batch.
#[derive(Debug, Clone, Copy)]
pub struct ValidationContext<'a> {
    /// Source of the rows, for findings.
    pub source: &'a str,
    /// Interval of the bars.
    pub interval: Interval,
    /// First requested open time.
    pub from: Timestamp,
    /// End of the requested open times, exclusive.
    pub to: Timestamp,
    /// Time that counts as now: bars that close later are not closed.
    pub as_of: Timestamp,
    /// Time of the clock, not before `as_of`: a bar that opens later cannot exist.
    pub now: Timestamp,
    /// Bars before `from`, ascending, for comparison; may be empty.
    pub recent: &'a [Bar],
}

/// Result of a validation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValidatedRows {
    /// Valid, closed bars inside the range, ascending, one per time.
    pub bars: Vec<Bar>,
    /// Findings about rows that were left out or corrected, ascending by time within each rule.
    pub findings: Vec<QualityFinding>,
}

/// Rejection of a whole batch, none of whose rows can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bar at {time}: {rule}: {detail}")]
pub struct BatchRejected {
    /// Rule that rejects the batch.
    pub rule: QualityRule,
    /// Time of the row that hits the rule.
    pub time: Timestamp,
    /// Values that explain the hit, for people.
    pub detail: String,
}

/// Applies the rules of a batch to rows in any order. Left out are rows that are no bars, bars outside the range, and bars
/// that have to be fetched from another source.
///
/// # Errors
/// [`BatchRejected`] if a rule rejects the batch.
pub fn validate_rows(mut rows: Vec<RawRow>, context: &ValidationContext<'_>) -> Result<ValidatedRows, BatchRejected> {
    rows.sort_by_key(|row| row.bar.time);
    let mut log = FindingLog { source: context.source, findings: Vec::new() };
    let rows = closed_rows_in_range(&rows, context, &mut log)?;
    let mut bars: Vec<Bar> = Vec::with_capacity(rows.len());
    let mut volume_units = VolumeUnitDetector::after(context.recent);
    for rows_of_time in rows.chunk_by(|a, b| a.bar.time == b.bar.time) {
        let Some(row) = unique_valid_row(rows_of_time, &mut log) else { continue };
        let Bar { time, volume, .. } = row.bar;
        let volume = match volume_units.classify(row) {
            VolumeUnit::Base => volume,
            VolumeUnit::Exchanged { base } => {
                log.add(QualityRule::SwappedVolume, time, format!("{volume} and {base} exchanged back"));
                base
            }
            VolumeUnit::Quote => {
                let detail = format!("{volume} is far above the volumes before, as one in the quote currency");
                log.add(QualityRule::SwappedVolume, time, detail);
                continue;
            }
        };
        volume_units.push(volume);
        bars.push(Bar { volume, ..row.bar });
    }
    Ok(ValidatedRows { bars, findings: log.findings })
}

/// Findings about one source's rows.
struct FindingLog<'a> {
    source: &'a str,
    findings: Vec<QualityFinding>,
}

impl FindingLog<'_> {
    fn add(&mut self, rule: QualityRule, time: Timestamp, detail: String) {
        self.findings.push(QualityFinding { rule, time, source: self.source.to_owned(), detail });
    }
}

/// Rows that are closed and in the range; the result is on the grid. `rows` ascend.
fn closed_rows_in_range<'a>(
    rows: &'a [RawRow],
    context: &ValidationContext<'_>,
    log: &mut FindingLog<'_>,
) -> Result<&'a [RawRow], BatchRejected> {
    let interval = context.interval;
    let tolerance = SignedDuration::from_secs(CLOCK_TOLERANCE_SECONDS);
    let latest = context.now.saturating_add(tolerance).unwrap_or(Timestamp::MAX);
    if let Some(row) = rows.last().filter(|row| row.bar.time > latest) {
        let detail = format!("the clock says {}", context.now);
        return Err(BatchRejected { rule: QualityRule::ClockSkew, time: row.bar.time, detail });
    }
    // Open time of the bar that is not closed at `as_of`.
    let open = interval.floor(context.as_of);
    let (mut closed, later) = rows.split_at(rows.partition_point(|row| row.bar.time < open));
    for row in later.iter().take_while(|row| row.bar.time < interval.step(open, 1)) {
        log.add(QualityRule::Unfinished, row.bar.time, format!("known at {}", context.as_of));
    }
    let off_grid = |row: &&RawRow| !interval.is_aligned(row.bar.time);
    if let Some(live) = closed.last().filter(off_grid) {
        log.add(QualityRule::LiveQuote, live.bar.time, format!("no {interval} bar opens then"));
        closed = &closed[..closed.len() - 1];
    }
    let start = closed.partition_point(|row| row.bar.time < context.from);
    let end = closed.partition_point(|row| row.bar.time < context.to);
    let rows = &closed[start..end.max(start)];
    match rows.iter().find(off_grid) {
        Some(row) => {
            let detail = format!("no {interval} bar opens then");
            Err(BatchRejected { rule: QualityRule::OffGrid, time: row.bar.time, detail })
        }
        None => Ok(rows),
    }
}

/// The valid row among those of one open time; `None` if there is none, or valid rows differ.
fn unique_valid_row<'a>(rows: &'a [RawRow], log: &mut FindingLog<'_>) -> Option<&'a RawRow> {
    let mut valid: Option<&RawRow> = None;
    let (mut count, mut conflict) = (0, false);
    for row in rows {
        if let Err(error) = row.bar.validate(0) {
            let (rule, detail) = violated_rule(&error);
            log.add(rule, row.bar.time, detail);
            continue;
        }
        count += 1;
        conflict |= valid.is_some_and(|previous| previous != row);
        valid = Some(row);
    }
    let row = valid?;
    if conflict {
        log.add(QualityRule::Conflict, row.bar.time, format!("{count} bars, closes {} and others", row.bar.close));
        return None;
    }
    if count > 1 {
        log.add(QualityRule::Duplicate, row.bar.time, format!("{count} times"));
    }
    Some(row)
}

/// Rule that a bar violates, with the values that explain it.
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

/// Unit of a row's volume.
enum VolumeUnit {
    /// The base currency, as it should be.
    Base,
    /// The quote currency; the other column holds the volume in the base currency.
    Exchanged {
        /// Volume in the base currency.
        base: f64,
    },
    /// The quote currency, judged by its size.
    Quote,
}

/// Detector of volumes in the quote currency, by comparison with the volumes just before.
struct VolumeUnitDetector {
    /// Latest volumes above zero in the base currency, as a ring buffer.
    recent: [f64; CONTEXT_BARS],
    /// Number of volumes that were ever pushed.
    count: usize,
    /// Lower bound of `recent`.
    floor: f64,
}

impl VolumeUnitDetector {
    fn after(bars: &[Bar]) -> Self {
        let mut detector = Self { recent: [f64::INFINITY; CONTEXT_BARS], count: 0, floor: f64::INFINITY };
        bars[bars.len().saturating_sub(CONTEXT_BARS)..].iter().for_each(|bar| detector.push(bar.volume));
        detector
    }

    fn push(&mut self, volume: f64) {
        if volume <= 0.0 {
            return;
        }
        let index = self.count % CONTEXT_BARS;
        self.recent[index] = volume;
        self.count += 1;
        // Recomputed once per round. In between, overwritten volumes may keep it too low, which is safe: the median is
        // computed then.
        self.floor =
            if index == 0 { self.recent.iter().copied().fold(f64::INFINITY, f64::min) } else { self.floor.min(volume) };
    }

    fn classify(&self, row: &RawRow) -> VolumeUnit {
        let Bar { low, high, close, volume, .. } = row.bar;
        if let Some(quote) = row.quote_volume {
            // The mean price of the trades lies between low and high, but for rounding.
            let inside = |price: f64| price >= low * 0.999 && price <= high * 1.001;
            let exchanged = volume > 0.0 && quote > 0.0 && !inside(quote / volume) && inside(volume / quote);
            return if exchanged { VolumeUnit::Exchanged { base: quote } } else { VolumeUnit::Base };
        }
        let limit = volume / (QUOTE_VOLUME_RATIO * close);
        if limit <= self.floor || self.count < MIN_CONTEXT_BARS || close < MIN_CLOSE_FOR_VOLUME_CHECK {
            return VolumeUnit::Base;
        }
        // The median is below the limit if more than half of the volumes are: no sorting needed.
        let below = self.recent.iter().filter(|volume| **volume < limit).count();
        if below > self.count.min(CONTEXT_BARS) / 2 { VolumeUnit::Quote } else { VolumeUnit::Base }
    }
}

#[cfg(test)]
mod tests;
