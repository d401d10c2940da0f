//! However deliveries come, the lake is the same: in any order, cut anywhere, again and again, with the lake's own
//! files in between. And no bar that anybody delivered is lost.

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

/// What one source delivered at once.
type Delivery = Vec<Observation>;

const START: i64 = 1_600_000_000 / 3600 * 3600;

fn precedence() -> ResolutionPolicy {
    ResolutionPolicy {
        priority: ["coinbase", "bitstamp", "kraken", "binance"].map(str::to_owned).to_vec(),
        proxies: vec!["binance".to_owned()],
        proxy_bars: true,
        tolerance: Tolerance::default(),
    }
}

/// Sources of every rank, and one that is in no list.
fn any_origin() -> impl Strategy<Value = Origin> {
    let source = prop::sample::select(vec!["coinbase", "bitstamp", "kraken", "binance", "stranger"]);
    let history =
        prop_oneof![4 => Just(Provenance::Live), 1 => Just(Provenance::Stored), 1 => Just(Provenance::Simulated)];
    (source, history).prop_map(|(source, history)| Origin::new(source, history))
}

/// Few times, few contents and few instants, so that sources agree, differ, correct themselves and take corrections
/// back, also at one instant.
fn any_delivery() -> impl Strategy<Value = Delivery> {
    let close = prop::sample::select(vec![1000.0, 1000.5, 1030.0, 970.0]);
    let rows = prop::collection::btree_map(0..20_i64, (close, 0..3_u8), 1..15);
    (any_origin(), 0..6_i64, rows).prop_map(|(origin, instant, rows)| {
        let seen = Timestamp::from_second(START + 86_400 + instant * 600).unwrap();
        let observe = |(hour, (close, volume)): (i64, (f64, u8))| {
            let time = Timestamp::from_second(START + hour * 3600).unwrap();
            let bar = Bar { time, open: 1000.0, high: 1040.0, low: 960.0, close, volume: f64::from(volume) };
            Observation { bar, origin: origin.clone(), first_seen: seen, last_seen: seen }
        };
        rows.into_iter().map(observe).collect()
    })
}

/// Deliveries as they were made, and the same ones shuffled, each cut in two, some of the parts backwards, and some of
/// it twice.
fn straight_and_disturbed() -> impl Strategy<Value = (Vec<Delivery>, Vec<Delivery>)> {
    prop::collection::vec(any_delivery(), 1..7)
        .prop_flat_map(|deliveries| {
            let disturbance = (any::<prop::sample::Index>(), any::<bool>(), 1..3_usize);
            let disturbances = prop::collection::vec(disturbance, deliveries.len());
            (Just(deliveries), disturbances)
        })
        .prop_flat_map(|(deliveries, disturbances)| {
            let mut parts: Vec<Delivery> = Vec::new();
            for (delivery, (cut, backwards, times)) in deliveries.iter().zip(disturbances) {
                let (head, tail) = delivery.split_at(cut.index(delivery.len() + 1));
                let mut tail = tail.to_vec();
                if backwards {
                    tail.reverse();
                }
                for _ in 0..times {
                    parts.extend([head.to_vec(), tail.clone()]);
                }
            }
            (Just(deliveries), Just(parts).prop_shuffle())
        })
}

/// One delivery after the other, each time from the stored file to the next one, as ingest does.
fn stored(deliveries: &[Delivery]) -> Vec<u8> {
    let nothing = write_observations(&[]).unwrap();
    deliveries.iter().fold(nothing, |file, delivery| {
        let united = merge_observations(&read_observations(&file).unwrap(), delivery);
        write_observations(&united).unwrap()
    })
}

/// Two and two, as if two functions had each done a half.
fn in_halves(deliveries: &[Delivery]) -> Vec<Observation> {
    match deliveries {
        [] => Vec::new(),
        [one] => merge_observations(&[], one),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            merge_observations(&in_halves(left), &in_halves(right))
        }
    }
}

fn bars_file(observations: &[Observation]) -> Vec<u8> {
    write_bars(&resolve(observations, &precedence())).unwrap()
}

proptest! {
    // Each case writes and reads dozens of files.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn however_they_are_delivered_the_lake_has_the_same_bytes((straight, disturbed) in straight_and_disturbed()) {
        let (one, other) = (stored(&straight), stored(&disturbed));
        prop_assert_eq!(&one, &other);
        let never_stored = in_halves(&disturbed);
        prop_assert_eq!(&one, &write_observations(&never_stored).unwrap());
        prop_assert_eq!(bars_file(&read_observations(&one).unwrap()), bars_file(&never_stored));
    }

    #[test]
    fn no_bar_and_no_content_is_lost((straight, disturbed) in straight_and_disturbed()) {
        let observations = read_observations(&stored(&disturbed)).unwrap();
        let bars = read_bars(&bars_file(&observations)).unwrap();
        let delivered: BTreeSet<Timestamp> = straight.iter().flatten().map(|one| one.bar.time).collect();
        prop_assert_eq!(bars.iter().map(|bar| bar.time).collect::<BTreeSet<_>>(), delivered);
        for bar in &bars {
            prop_assert!(straight.iter().flatten().any(|one| one.bar == *bar), "nobody delivered {bar:?}");
        }
        for one in straight.iter().flatten() {
            let kept = observations.iter().find(|kept| kept.bar == one.bar && kept.origin == one.origin);
            let spans = |kept: &Observation| kept.first_seen <= one.first_seen && kept.last_seen >= one.last_seen;
            prop_assert!(kept.is_some_and(spans), "lost or misdated: {one:?}");
        }
    }
}

proptest! {
    #[test]
    fn uniting_twice_changes_nothing_and_order_does_not_matter(
        left in straight_and_disturbed(),
        right in straight_and_disturbed(),
    ) {
        let (left, right) = (in_halves(&left.1), in_halves(&right.1));
        prop_assert_eq!(&merge_observations(&left, &left), &left);
        prop_assert_eq!(merge_observations(&left, &right), merge_observations(&right, &left));
    }
}
