//! Which bar counts, and that it does not depend on how it came.

use super::*;
use crate::{Interval, fingerprint::dataset_hash};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const DAY: &str = "2023-01-05T00:00:00Z";
const FIRST: &str = "2023-01-06T00:05:00Z";
const LATER: &str = "2023-01-07T00:05:00Z";

fn precedence() -> ResolutionPolicy {
    ResolutionPolicy {
        priority: ["coinbase", "bitstamp", "kraken", "binance"].map(str::to_owned).to_vec(),
        proxies: vec!["binance".to_owned()],
        proxy_bars: true,
        tolerance: Tolerance { close: 0.01, extreme: 0.03 },
    }
}

fn said(label: &str, close: f64, seen: &str) -> Observation {
    let bar = Bar { time: at(DAY), open: 1000.0, high: 2000.0, low: 500.0, close, volume: 7.0 };
    Observation { bar, origin: label.into(), first_seen: at(seen), last_seen: at(seen) }
}

fn kept(observations: &[Observation]) -> ResolvedBar {
    let [kept] = resolve(&merge_observations(&[], observations), &precedence()).try_into().unwrap();
    kept
}

/// The close, as a person reads it, whose it is, and its flags.
fn outcome(observations: &[Observation]) -> (String, String, Vec<QualityRule>) {
    let kept = kept(observations);
    (kept.bar.close.to_string(), kept.origin.to_string(), kept.flags.iter().collect())
}

fn is(close: &str, label: &str, flags: &[QualityRule]) -> (String, String, Vec<QualityRule>) {
    (close.to_owned(), label.to_owned(), flags.to_vec())
}

#[test]
fn the_first_source_counts_while_the_others_agree() {
    let both = [said("bitstamp", 1201.0, FIRST), said("coinbase", 1200.0, FIRST)];
    assert_eq!(outcome(&both), is("1200", "coinbase", &[]));
}

#[test]
fn a_difference_of_two_is_flagged_and_does_not_unseat_the_first() {
    let both = [said("bitstamp", 1200.0, FIRST), said("coinbase", 1236.0, FIRST)];
    assert_eq!(outcome(&both), is("1236", "coinbase", &[QualityRule::Disagreement]));
}

#[test]
fn alone_against_two_that_agree_the_first_is_outvoted_by_the_next() {
    let three = [said("coinbase", 1236.0, FIRST), said("kraken", 1201.0, FIRST), said("bitstamp", 1200.0, FIRST)];
    assert_eq!(outcome(&three), is("1200", "bitstamp", &[QualityRule::Disagreement, QualityRule::Outvoted]));
    let united = merge_observations(&[], &three);
    let found = flag_findings(&resolve(&united, &precedence()), &united);
    assert_eq!(found[0].rule, QualityRule::Disagreement);
    assert_eq!(found[0].detail, "closes: bitstamp 1200, coinbase 1236, kraken 1201");
    assert_eq!(
        found[1].detail,
        "closes, lows and highs: bitstamp 1200, 500 to 2000, coinbase 1236, 500 to 2000, kraken 1201, 500 to 2000"
    );
}

/// A bar that closes at 1200 and reaches from `low` to `high`.
fn reached(label: &str, low: f64, high: f64) -> Observation {
    let mut observation = said(label, 1200.0, FIRST);
    observation.bar = Bar { open: 1200.0, low, high, ..observation.bar };
    observation
}

/// Every witness has the same close, so that nothing told it from a right bar.
#[test]
fn a_false_high_gives_way_to_the_cross_check() {
    let flags = [QualityRule::Outvoted, QualityRule::ExtremesDisagree];
    for (low, high) in [(1190.0, 1800.0), (2.0, 1210.0), (2.0, 1800.0)] {
        let both = [reached("coinbase", low, high), reached("bitstamp", 1189.0, 1211.0)];
        assert_eq!(outcome(&both), is("1200", "bitstamp", &flags), "{low} to {high}");
        let united = merge_observations(&[], &both);
        let found = flag_findings(&resolve(&united, &precedence()), &united);
        let told = format!("lows and highs: bitstamp 1189 to 1211, coinbase {low} to {high}");
        assert_eq!((found[1].rule, &found[1].detail), (QualityRule::ExtremesDisagree, &told));
        let story = revisions(&united, &precedence());
        assert_eq!(story.last().map(|last| last.reason), Some(RevisionReason::Initial));
    }
    let corrected = [both_seen("bitstamp", LATER, 1189.0, 1211.0), reached("coinbase", 1190.0, 1800.0)];
    let story = revisions(&merge_observations(&[], &corrected), &precedence());
    assert_eq!(story.last().map(|last| last.reason), Some(RevisionReason::Outvoted));
}

/// As [`reached`], at another instant.
fn both_seen(label: &str, seen: &str, low: f64, high: f64) -> Observation {
    Observation { first_seen: at(seen), last_seen: at(seen), ..reached(label, low, high) }
}

#[test]
fn a_cross_check_that_reaches_further_is_flagged_and_not_taken() {
    let both = [reached("coinbase", 1190.0, 1210.0), reached("bitstamp", 1190.0, 1800.0)];
    assert_eq!(outcome(&both), is("1200", "coinbase", &[QualityRule::ExtremesDisagree]));
    let within = [reached("coinbase", 1190.0, 1240.0), reached("bitstamp", 1189.0, 1210.0)];
    assert_eq!(outcome(&within), is("1200", "coinbase", &[]));
}

#[test]
fn a_wick_that_most_sources_have_stays() {
    let three =
        [reached("coinbase", 1000.0, 1210.0), reached("bitstamp", 1190.0, 1211.0), reached("kraken", 1010.0, 1212.0)];
    assert_eq!(outcome(&three), is("1200", "coinbase", &[QualityRule::ExtremesDisagree]));
    let alone = [three[0].clone(), three[1].clone(), reached("kraken", 1188.0, 1212.0)];
    assert_eq!(outcome(&alone), is("1200", "bitstamp", &[QualityRule::Outvoted, QualityRule::ExtremesDisagree]));
}

#[test]
fn two_that_each_reach_further_on_one_side_leave_the_first() {
    let both = [reached("coinbase", 1190.0, 1800.0), reached("bitstamp", 600.0, 1210.0)];
    assert_eq!(outcome(&both), is("1200", "coinbase", &[QualityRule::ExtremesDisagree]));
}

#[test]
fn three_that_all_differ_leave_the_first_in_place() {
    let three = [said("coinbase", 1236.0, FIRST), said("kraken", 1100.0, FIRST), said("bitstamp", 1200.0, FIRST)];
    assert_eq!(outcome(&three), is("1236", "coinbase", &[QualityRule::Disagreement]));
}

#[test]
fn a_stand_in_gives_way_when_the_first_source_delivers() {
    let early = said("bitstamp", 1201.0, FIRST);
    assert_eq!(outcome(std::slice::from_ref(&early)), is("1201", "bitstamp", &[QualityRule::Fallback]));
    let both = [early, said("coinbase", 1200.0, LATER)];
    assert_eq!(outcome(&both), is("1200", "coinbase", &[]));
    let story = revisions(&merge_observations(&[], &both), &precedence());
    assert_eq!(
        story.iter().map(|one| (one.known_at, one.bar.close, one.reason)).collect::<Vec<_>>(),
        [(at(FIRST), 1201.0, RevisionReason::Initial), (at(LATER), 1200.0, RevisionReason::HigherPriority)]
    );
    assert_eq!(kept(&both).revision, 1);
}

#[test]
fn a_proxy_neither_counts_beside_the_market_nor_votes() {
    let proxy = said("binance", 1300.0, FIRST);
    assert_eq!(
        outcome(std::slice::from_ref(&proxy)),
        is("1300", "binance", &[QualityRule::Fallback, QualityRule::Proxy])
    );
    let with = [proxy, said("kraken", 1301.0, FIRST), said("coinbase", 1200.0, FIRST)];
    assert_eq!(outcome(&with).0, "1200", "kraken and the proxy agree against coinbase, but only kraken votes");
}

#[test]
fn a_bar_that_only_a_proxy_has_is_none_where_proxies_are_refused() {
    let strict = ResolutionPolicy { proxy_bars: false, ..precedence() };
    let proxy = said("binance", 1300.0, FIRST);
    let alone = merge_observations(&[], std::slice::from_ref(&proxy));
    assert_eq!(resolve(&alone, &strict), []);
    assert_eq!(revisions(&alone, &strict), []);
    let both = merge_observations(&alone, &[said("kraken", 1301.0, LATER)]);
    let [kept] = resolve(&both, &strict).try_into().unwrap();
    assert_eq!((&*kept.origin.source, kept.revision), ("kraken", 0));
}

#[test]
fn what_is_nearer_to_the_market_counts() {
    let mixed = [said("coinbase (simulated)", 1.5, LATER), said("kraken (stored)", 1200.0, FIRST)];
    assert_eq!(outcome(&mixed), is("1200", "kraken (stored)", &[QualityRule::Fallback]));
}

#[test]
fn a_source_that_returns_to_what_it_said_before_is_believed() {
    let story = [
        said("coinbase", 1200.0, FIRST),
        said("coinbase", 1250.0, LATER),
        said("coinbase", 1200.0, "2023-01-08T00:05:00Z"),
    ];
    assert_eq!(outcome(&story[..2]).0, "1250");
    let now = kept(&story);
    assert_eq!((now.bar.close, now.revision), (1200.0, 2));
    let reasons: Vec<RevisionReason> =
        revisions(&merge_observations(&[], &story), &precedence()).iter().map(|one| one.reason).collect();
    assert_eq!(reasons, [RevisionReason::Initial, RevisionReason::Corrected, RevisionReason::Corrected]);
}

#[test]
fn the_bars_that_a_training_saw_can_be_had_again_after_a_correction() {
    let hash = |observations: &[Observation]| {
        let bars: Vec<Bar> = resolve(observations, &precedence()).iter().map(|kept| kept.bar).collect();
        dataset_hash(&bars)
    };
    let then = merge_observations(&[], &[said("coinbase", 1200.0, FIRST)]);
    let now = merge_observations(&then, &[said("coinbase", 1250.0, LATER)]);
    assert_ne!(hash(&now), hash(&then));
    assert_eq!(hash(&observations_as_of(&now, at(FIRST))), hash(&then));
}

/// Deliveries: a source, an instant, and bars of few times and contents, so that repeats and conflicts are common.
fn deliveries() -> impl Strategy<Value = Vec<Vec<Observation>>> {
    let labels = ["coinbase", "bitstamp", "kraken (stored)", "binance", "unheard-of"];
    let delivery = (0..labels.len(), 0..6_i64, prop::collection::btree_map(0..20_i64, 1..5_u8, 0..12)).prop_map(
        move |(label, instant, bars)| {
            let seen = Interval::Hour.step(at(FIRST), instant);
            let observation = |(day, close): (i64, u8)| Observation {
                bar: Bar {
                    time: Interval::Day.step(at("2022-12-25T00:00:00Z"), day),
                    open: 100.0,
                    high: 500.0,
                    low: 50.0,
                    close: 100.0 * f64::from(close),
                    volume: 0.0,
                },
                origin: labels[label].into(),
                first_seen: seen,
                last_seen: seen,
            };
            bars.into_iter().map(observation).collect()
        },
    );
    prop::collection::vec(delivery, 0..12)
}

fn fold(deliveries: &[Vec<Observation>]) -> Vec<Observation> {
    deliveries.iter().fold(Vec::new(), |all, delivery| merge_observations(&all, delivery))
}

proptest! {
    #[test]
    fn order_repetition_and_splitting_of_deliveries_do_not_matter(
        (straight, shuffled) in deliveries().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        cut in 0..12_usize,
    ) {
        let expected = fold(&straight);
        prop_assert_eq!(&fold(&shuffled), &expected);
        let twice = [straight.clone(), shuffled].concat();
        prop_assert_eq!(&fold(&twice), &expected);
        let split: Vec<Vec<Observation>> =
            straight.iter().flat_map(|one| {
                let (a, b) = one.split_at(cut.min(one.len()));
                [b.to_vec(), a.to_vec()]
            }).collect();
        prop_assert_eq!(&fold(&split), &expected);
        let halves = straight.split_at(cut.min(straight.len()));
        prop_assert_eq!(&merge_observations(&fold(halves.0), &fold(halves.1)), &expected);
    }

    #[test]
    fn a_bar_once_seen_is_never_lost_and_there_is_one_for_each_time(all in deliveries()) {
        let observations = fold(&all);
        let kept = resolve(&observations, &precedence());
        let times: std::collections::BTreeSet<_> = all.iter().flatten().map(|one| one.bar.time).collect();
        prop_assert_eq!(kept.iter().map(|kept| kept.bar.time).collect::<Vec<_>>(), times.into_iter().collect::<Vec<_>>());
        for kept in &kept {
            prop_assert!(all.iter().flatten().any(|one| one.bar == kept.bar && one.origin == kept.origin));
        }
    }

    #[test]
    fn the_revisions_of_a_time_end_with_the_bar_that_counts(all in deliveries()) {
        let observations = fold(&all);
        let kept = resolve(&observations, &precedence());
        for (same, kept) in observations.chunk_by(|a, b| a.bar.time == b.bar.time).zip(&kept) {
            let story = revisions(same, &precedence());
            prop_assert_eq!(story.last().map(|last| last.bar), Some(kept.bar));
            prop_assert_eq!(story.len(), 1 + kept.revision as usize);
        }
    }
}
