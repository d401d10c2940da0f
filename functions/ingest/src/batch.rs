//! Rows as they came, made into closed bars that are valid, or an error.

use crate::{error::SourceError, wanted::Wanted};
use domain::{Bar, bar::check_sequence};
use jiff::Timestamp;

/// Orders rows, leaves out what is not wanted and checks the rest.
///
/// Left out without complaint: bars that are not closed at `known`, a last row off the grid (a live quote), rows
/// outside of the range, exact repeats. Everything else has to be right.
///
/// # Errors
/// An invalid bar, two different bars at one time, or nothing left.
pub(crate) fn check(mut rows: Vec<Bar>, wanted: &Wanted, known: Timestamp) -> Result<Vec<Bar>, SourceError> {
    let interval = wanted.interval;
    rows.sort_by_key(|row| row.time);
    rows.retain(|row| interval.step(interval.floor(row.time), 1) <= known);
    if rows.last().is_some_and(|last| !interval.is_aligned(last.time)) {
        rows.pop();
    }
    rows.retain(|row| row.time >= wanted.from && row.time < wanted.to);
    rows.dedup();
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].time == pair[1].time) {
        return Err(SourceError::Conflict { time: pair[0].time });
    }
    check_sequence(&rows, interval).map_err(|source| SourceError::Bar { source })?;
    if rows.is_empty() { Err(SourceError::NoBars) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{BarError, Field, Interval};

    fn bar(time: &str) -> Bar {
        Bar { time: time.parse().unwrap(), open: 10.0, high: 12.0, low: 9.0, close: 11.0, volume: 5.0 }
    }

    fn wanted() -> Wanted {
        Wanted::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-04T00:00:00Z")
    }

    fn check_at(rows: &[Bar], known: &str) -> Result<Vec<Bar>, SourceError> {
        check(rows.to_vec(), &wanted(), known.parse().unwrap())
    }

    #[test]
    fn any_order_and_repeats_give_the_same_bars() {
        let (a, b, c) = (bar("2023-01-01T00:00:00Z"), bar("2023-01-02T00:00:00Z"), bar("2023-01-03T00:00:00Z"));
        let now = "2023-01-04T00:00:00Z";
        assert_eq!(check_at(&[c, a, b, a], now).unwrap(), [a, b, c]);
        let other = Bar { close: 10.5, ..b };
        assert!(matches!(check_at(&[a, b, other], now), Err(SourceError::Conflict { time }) if time == b.time));
    }

    #[test]
    fn a_bar_counts_from_the_instant_of_its_close() {
        let (a, b) = (bar("2023-01-01T00:00:00Z"), bar("2023-01-02T00:00:00Z"));
        assert_eq!(check_at(&[a, b], "2023-01-02T23:59:59.999Z").unwrap(), [a]);
        assert_eq!(check_at(&[a, b], "2023-01-03T00:00:00Z").unwrap(), [a, b]);
    }

    #[test]
    fn a_live_last_row_is_left_out_but_an_off_grid_row_before_it_is_an_error() {
        let (a, live) = (bar("2023-01-01T00:00:00Z"), bar("2023-01-02T14:32:17Z"));
        assert_eq!(check_at(&[a, live], "2023-01-02T14:32:20Z").unwrap(), [a]);
        assert_eq!(check_at(&[a, live], "2023-01-03T00:00:01Z").unwrap(), [a]);
        let after = bar("2023-01-03T00:00:00Z");
        let error = check_at(&[a, live, after], "2023-01-04T00:00:00Z").unwrap_err();
        assert!(matches!(error, SourceError::Bar { source: BarError::OffGrid { index: 1, .. } }), "{error}");
    }

    #[test]
    fn an_invalid_bar_is_named_with_its_field_unless_it_is_not_wanted_anyway() {
        let (a, b) = (bar("2023-01-01T00:00:00Z"), bar("2023-01-02T00:00:00Z"));
        let null = Bar { low: f64::NAN, ..b };
        match check_at(&[a, null], "2023-01-04T00:00:00Z") {
            Err(SourceError::Bar { source }) => assert_eq!((source.index(), source.field()), (1, Field::Low)),
            other => panic!("{other:?}"),
        }
        assert_eq!(check_at(&[a, null], "2023-01-02T12:00:00Z").unwrap(), [a]);
    }

    #[test]
    fn nothing_left_is_an_error() {
        assert!(matches!(check_at(&[], "2023-01-04T00:00:00Z"), Err(SourceError::NoBars)));
        assert!(matches!(check_at(&[bar("2022-12-31T00:00:00Z")], "2023-01-04T00:00:00Z"), Err(SourceError::NoBars)));
    }
}
