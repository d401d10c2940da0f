//! Observations in Parquet: they are read exactly as written, the same ones give the same bytes, and unordered or damaged
//! ones are an error.

#![expect(clippy::unwrap_used, reason = "in a test a failed unwrap is the assertion")]

use jiff::{SignedDuration, Timestamp};
use lake::{LakeError, read_bars, read_observations, write_observations};
use market_data::{
    Bar,
    observation::{Observation, merge_observations},
    origin::{Origin, Provenance},
};
use proptest::prelude::*;

fn any_observation() -> impl Strategy<Value = Observation> {
    let volume = prop_oneof![8 => 0.0..1e12_f64, 1 => Just(0.0), 1 => Just(-0.0)];
    let bar = (0..60_i64, 1e-6..1e9_f64, 1e-6..1e9_f64, 0.0..1.0_f64, 0.0..1.0_f64, volume);
    let provenance = prop_oneof![Just(Provenance::Live), Just(Provenance::Stored), Just(Provenance::Simulated)];
    // Times of observation have fractions of seconds.
    let seen = (0..1_000_000_000_000_000_000_i64, 0..1_000_000_000_000_000_i64);
    (bar, ("coinbase|kraken|bitstamp|[a-z]{1,20}", provenance), seen).prop_map(
        |((hour, a, b, x, y, volume), (source, provenance), (first, later))| {
            let (low, high) = (a.min(b), a.max(b));
            let within = |share: f64| (low + (high - low) * share).clamp(low, high);
            let time = Timestamp::from_second(1_500_000_000 / 3600 * 3600 + hour * 3600).unwrap();
            let first_seen = Timestamp::from_nanosecond(i128::from(first)).unwrap();
            Observation {
                bar: Bar { time, open: within(x), high, low, close: within(y), volume },
                origin: Origin::new(source, provenance),
                first_seen,
                last_seen: first_seen + SignedDuration::from_nanos(later),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn observations_are_read_exactly_as_written(all in prop::collection::vec(any_observation(), 0..200)) {
        let merged = merge_observations(&[], &all);
        let bytes = write_observations(&merged).unwrap();
        let read = read_observations(&bytes).unwrap();
        prop_assert_eq!(&read, &merged);
        // Equal floats may differ in their bits, so the bytes are compared as well.
        prop_assert_eq!(write_observations(&read).unwrap(), bytes);
    }
}

fn an_observation() -> Observation {
    let time = "2023-01-01T00:00:00Z".parse().unwrap();
    let seen = "2023-01-02T00:05:00.123456789Z".parse().unwrap();
    Observation {
        bar: Bar { time, open: 2.0, high: 4.0, low: 1.0, close: 3.0, volume: 5.0 },
        origin: Origin::new("kraken", Provenance::Live),
        first_seen: seen,
        last_seen: seen,
    }
}

/// Regression: differences are packed in blocks, each as wide as its widest difference.
#[test]
fn times_far_apart_before_near_ones_are_read_exactly() {
    let first = an_observation();
    let observations: Vec<Observation> = (0..600)
        .map(|hour| {
            let difference = if hour < 300 { hour * hour * 1_000_000_007 } else { hour };
            let seen = first.first_seen + SignedDuration::from_nanos(difference);
            let bar = Bar { time: first.bar.time + SignedDuration::from_hours(hour), ..first.bar };
            Observation { bar, first_seen: seen, last_seen: seen, ..first.clone() }
        })
        .collect();
    assert_eq!(read_observations(&write_observations(&observations).unwrap()).unwrap(), observations);
}

#[test]
fn only_the_canonical_order_without_repetition_is_written() {
    let first = an_observation();
    let of_other_source = Observation { origin: Origin::new("yahoo", Provenance::Live), ..first.clone() };
    let corrected = Observation { bar: Bar { close: 3.5, ..first.bar }, ..first.clone() };
    assert!(write_observations(&[first.clone(), corrected.clone(), of_other_source.clone()]).is_ok());
    for wrong in [[of_other_source, first.clone()], [corrected, first.clone()], [first.clone(), first]] {
        assert!(matches!(write_observations(&wrong), Err(LakeError::Order { row: 1 })), "{wrong:?}");
    }
}

#[test]
fn invalid_times_and_bars_are_rejected() {
    let valid = an_observation();
    let seen_before = Observation { last_seen: valid.first_seen - SignedDuration::from_nanos(1), ..valid.clone() };
    assert!(matches!(write_observations(&[seen_before]), Err(LakeError::Seen { row: 0 })));
    let out_of_range = Observation { last_seen: Timestamp::MAX, ..valid.clone() };
    assert!(matches!(write_observations(&[out_of_range]), Err(LakeError::Time { row: 0, .. })));
    let fractional = Bar { time: "2023-01-01T00:00:00.5Z".parse().unwrap(), ..valid.bar };
    let with_fraction = Observation { bar: fractional, ..valid.clone() };
    assert!(matches!(write_observations(&[with_fraction]), Err(LakeError::Time { row: 0, .. })));
    let invalid = Observation { bar: Bar { low: 0.0, ..valid.bar }, ..valid };
    assert!(matches!(write_observations(&[invalid]), Err(LakeError::Bars { .. })));
}

#[test]
fn bars_and_truncated_objects_are_no_observations() {
    let bytes = write_observations(&[an_observation()]).unwrap();
    // Observations of one source with one bar at each time are bars as well.
    assert_eq!(read_bars(&bytes).unwrap(), [an_observation().bar]);
    assert!(matches!(lake::read_resolved_bars(&bytes), Err(LakeError::MissingColumn { column: "revision" })));
    let no_bars = lake::write_bars(&[]).unwrap();
    assert!(matches!(read_observations(&no_bars), Err(LakeError::MissingColumn { column: "first_seen" })));
    assert!(matches!(read_observations(&bytes[..bytes.len() - 1]), Err(LakeError::Read { .. })));
    assert!(matches!(read_observations(b""), Err(LakeError::Read { .. })));
}
