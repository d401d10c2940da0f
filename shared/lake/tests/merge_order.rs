//! Property tests of merging: source batches in any order, split or repeated give the same objects, and no bar is lost.

#![expect(clippy::unwrap_used, reason = "in a test a failed unwrap is the assertion")]

use jiff::Timestamp;
use lake::{read_bars, read_observations, write_bars, write_observations};
use market_data::{
    Bar,
    observation::{Observation, ResolutionPolicy, Tolerance, merge_observations, resolve},
    origin::{Origin, Provenance},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Observations of one source batch.
type Batch = Vec<Observation>;

const START: i64 = 1_600_000_000 / 3600 * 3600;

fn policy() -> ResolutionPolicy {
    ResolutionPolicy {
        priority: ["coinbase", "bitstamp", "kraken", "binance"].map(str::to_owned).to_vec(),
        proxies: vec!["binance".to_owned()],
        proxy_bars: true,
        tolerance: Tolerance::default(),
    }
}

/// Sources of every priority, and one without a priority.
fn any_origin() -> impl Strategy<Value = Origin> {
    let source = prop::sample::select(vec!["coinbase", "bitstamp", "kraken", "binance", "unknown"]);
    let provenance =
        prop_oneof![4 => Just(Provenance::Live), 1 => Just(Provenance::Stored), 1 => Just(Provenance::Simulated)];
    (source, provenance).prop_map(|(source, provenance)| Origin::new(source, provenance))
}

/// Batches with few open times, values and times of observation, so that sources agree, differ, correct bars and undo
/// corrections, also at the same time.
fn any_batch() -> impl Strategy<Value = Batch> {
    let close = prop::sample::select(vec![1000.0, 1000.5, 1030.0, 970.0]);
    let rows = prop::collection::btree_map(0..20_i64, (close, 0..3_u8), 1..15);
    (any_origin(), 0..6_i64, rows).prop_map(|(origin, step, rows)| {
        let seen = Timestamp::from_second(START + 86_400 + step * 600).unwrap();
        let observe = |(hour, (close, volume)): (i64, (f64, u8))| {
            let time = Timestamp::from_second(START + hour * 3600).unwrap();
            let bar = Bar { time, open: 1000.0, high: 1040.0, low: 960.0, close, volume: f64::from(volume) };
            Observation { bar, origin: origin.clone(), first_seen: seen, last_seen: seen }
        };
        rows.into_iter().map(observe).collect()
    })
}

/// Batches in order, and the same batches shuffled, each split in two, some parts reversed and some repeated.
fn ordered_and_shuffled() -> impl Strategy<Value = (Vec<Batch>, Vec<Batch>)> {
    prop::collection::vec(any_batch(), 1..7)
        .prop_flat_map(|batches| {
            let disturbance = (any::<prop::sample::Index>(), any::<bool>(), 1..3_usize);
            let disturbances = prop::collection::vec(disturbance, batches.len());
            (Just(batches), disturbances)
        })
        .prop_flat_map(|(batches, disturbances)| {
            let mut parts: Vec<Batch> = Vec::new();
            for (batch, (cut, backwards, times)) in batches.iter().zip(disturbances) {
                let (head, tail) = batch.split_at(cut.index(batch.len() + 1));
                let mut tail = tail.to_vec();
                if backwards {
                    tail.reverse();
                }
                for _ in 0..times {
                    parts.extend([head.to_vec(), tail.clone()]);
                }
            }
            (Just(batches), Just(parts).prop_shuffle())
        })
}

/// Object after merging one batch after another into the stored object, as ingest does.
fn stored(batches: &[Batch]) -> Vec<u8> {
    let nothing = write_observations(&[]).unwrap();
    batches.iter().fold(nothing, |file, batch| {
        let merged = merge_observations(&read_observations(&file).unwrap(), batch);
        write_observations(&merged).unwrap()
    })
}

/// Observations after merging two halves of the batches, each merged in the same way.
fn merge_halves(batches: &[Batch]) -> Vec<Observation> {
    match batches {
        [] => Vec::new(),
        [batch] => merge_observations(&[], batch),
        batches => {
            let (left, right) = batches.split_at(batches.len() / 2);
            merge_observations(&merge_halves(left), &merge_halves(right))
        }
    }
}

fn bars_file(observations: &[Observation]) -> Vec<u8> {
    write_bars(&resolve(observations, &policy())).unwrap()
}

proptest! {
    // Each case writes and reads dozens of objects.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn batches_in_any_order_give_the_same_bytes((ordered, shuffled) in ordered_and_shuffled()) {
        let (expected, actual) = (stored(&ordered), stored(&shuffled));
        prop_assert_eq!(&expected, &actual);
        let never_stored = merge_halves(&shuffled);
        prop_assert_eq!(&expected, &write_observations(&never_stored).unwrap());
        prop_assert_eq!(bars_file(&read_observations(&expected).unwrap()), bars_file(&never_stored));
    }

    #[test]
    fn no_bar_and_no_observation_is_lost((ordered, shuffled) in ordered_and_shuffled()) {
        let observations = read_observations(&stored(&shuffled)).unwrap();
        let bars = read_bars(&bars_file(&observations)).unwrap();
        let expected_times: BTreeSet<Timestamp> = ordered.iter().flatten().map(|observation| observation.bar.time).collect();
        prop_assert_eq!(bars.iter().map(|bar| bar.time).collect::<BTreeSet<_>>(), expected_times);
        for bar in &bars {
            prop_assert!(ordered.iter().flatten().any(|observation| observation.bar == *bar), "no source has {bar:?}");
        }
        for original in ordered.iter().flatten() {
            let is_same = |stored: &&Observation| stored.bar == original.bar && stored.origin == original.origin;
            let includes = |stored: &Observation| {
                stored.first_seen <= original.first_seen && stored.last_seen >= original.last_seen
            };
            let stored = observations.iter().find(is_same);
            prop_assert!(stored.is_some_and(includes), "lost, or with wrong times: {original:?}");
        }
    }
}

proptest! {
    #[test]
    fn merging_is_idempotent_and_commutative(
        left in ordered_and_shuffled(),
        right in ordered_and_shuffled(),
    ) {
        let (left, right) = (merge_halves(&left.1), merge_halves(&right.1));
        prop_assert_eq!(&merge_observations(&left, &left), &left);
        prop_assert_eq!(merge_observations(&left, &right), merge_observations(&right, &left));
    }
}
