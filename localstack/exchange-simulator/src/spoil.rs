//! What faults do to the rows of an answer, whatever its format.

use crate::{
    fault::{Fault, FaultKind},
    page::Row,
};
use jiff::Timestamp;
use market_data::Interval;
use std::{iter::repeat_n, mem};

/// Every so many rows, one is sent twice.
const DUPLICATES: usize = 10;
/// Every so many rows, one lacks a value.
const NULLS: usize = 5;
/// An odd number whose multiples modulo 2^64 are in no order.
const SCATTER: i64 = -7_046_029_254_386_353_131;

/// Applies the faults one after the other. Those that add the open bar, replace the answer or hold it up do nothing
/// here.
pub(crate) fn apply_row_faults(rows: &mut Vec<Row>, faults: &[Fault], interval: Interval, now: Timestamp) {
    for fault in faults {
        match fault.kind {
            FaultKind::Empty => rows.clear(),
            FaultKind::WrongOrder => shuffle(rows),
            FaultKind::Duplicates => {
                let times = |place: usize| if place.is_multiple_of(DUPLICATES) { 2 } else { 1 };
                *rows = rows.iter().enumerate().flat_map(|(place, row)| repeat_n(*row, times(place))).collect();
            }
            FaultKind::Conflict => {
                if let Some(place) = target_row(rows, fault) {
                    rows.insert(place + 1, other_close(rows[place]));
                }
            }
            FaultKind::Nulls => nulls(rows),
            FaultKind::Missing => {
                if let Some(place) = target_row(rows, fault) {
                    rows.remove(place);
                }
            }
            FaultKind::SwappedVolume => {
                rows.iter_mut().for_each(|row| mem::swap(&mut row.volume, &mut row.quote_volume))
            }
            FaultKind::OffBy => {
                let factor = 1.0 + fault.share.unwrap_or(0.03);
                rows.iter_mut().for_each(|row| *row = scaled(*row, factor));
            }
            FaultKind::Stale => {
                let newest = interval.step(interval.last_closed(now), -i64::from(fault.bars.unwrap_or(1)));
                rows.retain(|row| row.time <= newest);
            }
            FaultKind::HighBelowLow => {
                if let Some(place) = target_row(rows, fault) {
                    rows[place].high = rows[place].low.map(|low| low * 0.99);
                }
            }
            FaultKind::FlashWick => {
                if let Some(place) = target_row(rows, fault) {
                    rows[place].low = rows[place].open.map(|open| open * 0.01);
                }
            }
            FaultKind::Future => {
                let time = fault.at.unwrap_or_else(|| interval.step(interval.floor(now), 1));
                rows.extend(rows.last().map(|last| Row { time, ..*last }));
            }
            FaultKind::TooManyRequests
            | FaultKind::Teapot
            | FaultKind::Unavailable
            | FaultKind::Internal
            | FaultKind::Html
            | FaultKind::Truncated
            | FaultKind::Slow
            | FaultKind::SlowBody
            | FaultKind::Unfinished
            | FaultKind::OffGrid => {}
        }
    }
}

/// The bar that the order names, or the middle one; the earlier of two, so that it is a closed one.
fn target_row(rows: &[Row], fault: &Fault) -> Option<usize> {
    match fault.at {
        Some(at) => rows.iter().position(|row| row.time == at),
        None => rows.len().checked_sub(1).map(|last| last / 2),
    }
}

/// The same order of the same rows every time, and never the right one.
fn shuffle(rows: &mut [Row]) {
    rows.sort_by_key(|row| row.time.as_second().wrapping_mul(SCATTER));
    if rows.is_sorted_by_key(|row| row.time) {
        rows.reverse();
    }
}

/// Open, high, low, close and volume in turn.
fn nulls(rows: &mut [Row]) {
    for (turn, row) in rows.iter_mut().step_by(NULLS).enumerate() {
        match turn % 5 {
            0 => row.open = None,
            1 => row.high = None,
            2 => row.low = None,
            3 => row.close = None,
            _ => (row.volume, row.quote_volume) = (None, None),
        }
    }
}

/// A bar that is as valid, with another close.
fn other_close(row: Row) -> Row {
    let close = row.close.map(|close| close * 1.001);
    let high = row.high.zip(close).map(|(high, close)| high.max(close));
    Row { high, close, ..row }
}

/// The volume in the quote currency follows the prices.
fn scaled(row: Row, factor: f64) -> Row {
    let scale = |value: Option<f64>| value.map(|value| value * factor);
    Row {
        open: scale(row.open),
        high: scale(row.high),
        low: scale(row.low),
        close: scale(row.close),
        quote_volume: scale(row.quote_volume),
        ..row
    }
}

#[cfg(test)]
mod tests;
