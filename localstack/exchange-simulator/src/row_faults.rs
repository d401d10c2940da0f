//! Faults of the rows of a response, the same in every format.

use crate::{
    fault::{Fault, FaultKind, RowField},
    page::Row,
};
use jiff::{SignedDuration, Timestamp};
use market_data::Interval;
use std::{iter::repeat_n, mem};

/// Distance of two rows that are sent twice.
const DUPLICATE_STEP: usize = 10;
/// Distance of two rows that lack a value.
const NULL_STEP: usize = 5;
/// Odd number whose multiples modulo 2^64 are neither ascending nor descending.
const SHUFFLE_FACTOR: i64 = -7_046_029_254_386_353_131;

/// Applies the faults in their order. Faults that add the open bar or concern the response as a whole change no row.
pub(crate) fn apply_row_faults(rows: &mut Vec<Row>, faults: &[Fault], interval: Interval, now: Timestamp) {
    for fault in faults {
        match fault.kind {
            FaultKind::Empty => rows.clear(),
            FaultKind::WrongOrder => shuffle(rows),
            FaultKind::Duplicates => {
                let times = |index: usize| if index.is_multiple_of(DUPLICATE_STEP) { 2 } else { 1 };
                *rows = rows.iter().enumerate().flat_map(|(index, row)| repeat_n(*row, times(index))).collect();
            }
            FaultKind::Conflict { at } => {
                if let Some(index) = target_index(rows, at) {
                    rows.insert(index + 1, with_other_close(rows[index]));
                }
            }
            FaultKind::Nulls { field: None, .. } => remove_values_in_turn(rows),
            FaultKind::Nulls { at, field: Some(field) } => change(rows, at, |row| row.set(field, None)),
            FaultKind::Missing { at, bars } => {
                if let Some(from) = at.or_else(|| target_index(rows, at).map(|index| rows[index].time)) {
                    let to = interval.step(from, i64::from(bars));
                    rows.retain(|row| !(from..to).contains(&row.time));
                }
            }
            FaultKind::SwappedVolume { at } => {
                change(rows, at, |row| mem::swap(&mut row.volume, &mut row.quote_volume));
            }
            FaultKind::OffBy { share, at, field } => change(rows, at, |row| scale(row, field, 1.0 + share)),
            FaultKind::Stale { bars } => {
                let newest = interval.step(interval.last_closed(now), -i64::from(bars));
                rows.retain(|row| row.time <= newest);
            }
            FaultKind::HighBelowLow { at } => {
                change_target(rows, at, |row| row.high = row.low.map(|low| low * 0.99));
            }
            FaultKind::FlashWick { at } => change_target(rows, at, |row| row.low = row.open.map(|open| open * 0.01)),
            FaultKind::Future { at } => {
                let time = at.unwrap_or_else(|| interval.step(interval.floor(now), 1));
                rows.extend(rows.last().map(|last| Row { time, ..*last }));
            }
            FaultKind::Shifted { at, seconds } => change_target(rows, at, |row| {
                row.time = row.time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(row.time);
            }),
            FaultKind::TooManyRequests { .. }
            | FaultKind::Banned { .. }
            | FaultKind::RestrictedLocation
            | FaultKind::InternalError
            | FaultKind::Response { .. }
            | FaultKind::OldRange { .. }
            | FaultKind::Html
            | FaultKind::Truncated
            | FaultKind::Disconnected
            | FaultKind::Slow { .. }
            | FaultKind::SlowBody { .. }
            | FaultKind::Unfinished
            | FaultKind::OffGrid => {}
        }
    }
}

/// Index of the bar that the fault names, or of the middle one; the earlier of two, which is a closed one.
fn target_index(rows: &[Row], at: Option<Timestamp>) -> Option<usize> {
    match at {
        Some(at) => rows.iter().position(|row| row.time == at),
        None => rows.len().checked_sub(1).map(|last| last / 2),
    }
}

/// Changes the bar that the fault names, or the middle one.
fn change_target(rows: &mut [Row], at: Option<Timestamp>, change: impl FnOnce(&mut Row)) {
    if let Some(index) = target_index(rows, at) {
        change(&mut rows[index]);
    }
}

/// Changes the bar that the fault names, or all bars.
fn change(rows: &mut [Row], at: Option<Timestamp>, change: impl FnMut(&mut Row)) {
    rows.iter_mut().filter(|row| at.is_none_or(|at| row.time == at)).for_each(change);
}

/// Puts the rows into an order that is always the same and never the ascending one.
fn shuffle(rows: &mut [Row]) {
    rows.sort_by_key(|row| row.time.as_second().wrapping_mul(SHUFFLE_FACTOR));
    if rows.is_sorted_by_key(|row| row.time) {
        rows.reverse();
    }
}

/// Removes open, high, low, close and volume in turn.
fn remove_values_in_turn(rows: &mut [Row]) {
    let fields = [RowField::Open, RowField::High, RowField::Low, RowField::Close, RowField::Volume];
    for (row, field) in rows.iter_mut().step_by(NULL_STEP).zip(fields.into_iter().cycle()) {
        row.set(field, None);
    }
}

/// The bar with another close, as valid as before.
fn with_other_close(row: Row) -> Row {
    let close = row.close.map(|close| close * 1.001);
    let high = row.high.zip(close).map(|(high, close)| high.max(close));
    Row { high, close, ..row }
}

/// Multiplies one value, or all prices and with them the volume in the quote currency.
fn scale(row: &mut Row, field: Option<RowField>, factor: f64) {
    let scaled = |value: Option<f64>| value.map(|value| value * factor);
    match field {
        Some(field) => row.set(field, scaled(row.get(field))),
        None => {
            for field in [RowField::Open, RowField::High, RowField::Low, RowField::Close] {
                row.set(field, scaled(row.get(field)));
            }
            row.quote_volume = scaled(row.quote_volume);
        }
    }
}

#[cfg(test)]
mod tests;
