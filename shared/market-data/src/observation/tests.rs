//! Selection of the bar that counts, and its independence of the order of source batches.

use super::*;
use crate::{Interval, fingerprint::dataset_hash};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const DAY: &str = "2023-01-05T00:00:00Z";
const FIRST: &str = "2023-01-06T00:05:00Z";
const LATER: &str = "2023-01-07T00:05:00Z";

fn policy() -> ResolutionPolicy {
    ResolutionPolicy {
        priority: ["coinbase", "bitstamp", "kraken", "binance"].map(str::to_owned).to_vec(),
        proxies: vec!["binance".to_owned()],
        proxy_bars: true,
        tolerance: Tolerance { close: 0.01, extreme: 0.03 },
    }
}

/// Observation of one bar; `label` is its origin, `seen` the time of its batch.
fn observed(label: &str, close: f64, seen: &str) -> Observation {
    let bar = Bar { time: at(DAY), open: 1000.0, high: 2000.0, low: 500.0, close, volume: 7.0 };
    Observation { bar, origin: label.into(), first_seen: at(seen), last_seen: at(seen) }
}

fn resolve_one(observations: &[Observation]) -> ResolvedBar {
    let [resolved] = resolve(&merge_observations(&[], observations), &policy()).try_into().unwrap();
    resolved
}

/// Close, origin and flags of the resolved bar.
fn outcome(observations: &[Observation]) -> (String, String, Vec<QualityRule>) {
    let resolved = resolve_one(observations);
    (resolved.bar.close.to_string(), resolved.origin.to_string(), resolved.flags.iter().collect())
}

fn expected(close: &str, label: &str, flags: &[QualityRule]) -> (String, String, Vec<QualityRule>) {
    (close.to_owned(), label.to_owned(), flags.to_vec())
}

#[test]
fn the_primary_source_counts_while_the_others_agree() {
    let both = [observed("bitstamp", 1201.0, FIRST), observed("coinbase", 1200.0, FIRST)];
    assert_eq!(outcome(&both), expected("1200", "coinbase", &[]));
}

#[test]
fn two_sources_that_differ_are_flagged_and_the_primary_counts() {
    let both = [observed("bitstamp", 1200.0, FIRST), observed("coinbase", 1236.0, FIRST)];
    assert_eq!(outcome(&both), expected("1236", "coinbase", &[QualityRule::Disagreement]));
}

#[test]
fn two_agreeing_cross_checks_outvote_the_primary_source() {
    let three =
        [observed("coinbase", 1236.0, FIRST), observed("kraken", 1201.0, FIRST), observed("bitstamp", 1200.0, FIRST)];
    assert_eq!(outcome(&three), expected("1200", "bitstamp", &[QualityRule::Disagreement, QualityRule::Outvoted]));
    let merged = merge_observations(&[], &three);
    let found = flag_findings(&resolve(&merged, &policy()), &merged);
    assert_eq!(found[0].rule, QualityRule::Disagreement);
    assert_eq!(found[0].detail, "closes: bitstamp 1200, coinbase 1236, kraken 1201");
    assert_eq!(
        found[1].detail,
        "closes, lows and highs: bitstamp 1200, 500 to 2000, coinbase 1236, 500 to 2000, kraken 1201, 500 to 2000"
    );
}

/// Observation of a bar that closes at 1200 and ranges from `low` to `high`.
fn observed_range(label: &str, low: f64, high: f64) -> Observation {
    let mut observation = observed(label, 1200.0, FIRST);
    observation.bar = Bar { open: 1200.0, low, high, ..observation.bar };
    observation
}

/// The closes agree, so only high and low can show which bar is wrong.
#[test]
fn the_cross_check_counts_where_the_primary_reaches_further() {
    let flags = [QualityRule::Outvoted, QualityRule::ExtremesDisagree];
    for (low, high) in [(1190.0, 1800.0), (2.0, 1210.0), (2.0, 1800.0)] {
        let both = [observed_range("coinbase", low, high), observed_range("bitstamp", 1189.0, 1211.0)];
        assert_eq!(outcome(&both), expected("1200", "bitstamp", &flags), "{low} to {high}");
        let merged = merge_observations(&[], &both);
        let found = flag_findings(&resolve(&merged, &policy()), &merged);
        let detail = format!("lows and highs: bitstamp 1189 to 1211, coinbase {low} to {high}");
        assert_eq!((found[1].rule, &found[1].detail), (QualityRule::ExtremesDisagree, &detail));
        let history = revisions(&merged, &policy());
        assert_eq!(history.last().map(|last| last.reason), Some(RevisionReason::Initial));
    }
    let corrected = [observed_range_at("bitstamp", LATER, 1189.0, 1211.0), observed_range("coinbase", 1190.0, 1800.0)];
    let history = revisions(&merge_observations(&[], &corrected), &policy());
    assert_eq!(history.last().map(|last| last.reason), Some(RevisionReason::Outvoted));
}

/// Same as [`observed_range`], seen at another time.
fn observed_range_at(label: &str, seen: &str, low: f64, high: f64) -> Observation {
    Observation { first_seen: at(seen), last_seen: at(seen), ..observed_range(label, low, high) }
}

#[test]
fn a_cross_check_that_reaches_further_is_only_flagged() {
    let both = [observed_range("coinbase", 1190.0, 1210.0), observed_range("bitstamp", 1190.0, 1800.0)];
    assert_eq!(outcome(&both), expected("1200", "coinbase", &[QualityRule::ExtremesDisagree]));
    let within = [observed_range("coinbase", 1190.0, 1240.0), observed_range("bitstamp", 1189.0, 1210.0)];
    assert_eq!(outcome(&within), expected("1200", "coinbase", &[]));
}

#[test]
fn a_wick_that_most_sources_have_is_kept() {
    let three = [
        observed_range("coinbase", 1000.0, 1210.0),
        observed_range("bitstamp", 1190.0, 1211.0),
        observed_range("kraken", 1010.0, 1212.0),
    ];
    assert_eq!(outcome(&three), expected("1200", "coinbase", &[QualityRule::ExtremesDisagree]));
    let alone = [three[0].clone(), three[1].clone(), observed_range("kraken", 1188.0, 1212.0)];
    assert_eq!(outcome(&alone), expected("1200", "bitstamp", &[QualityRule::Outvoted, QualityRule::ExtremesDisagree]));
}

#[test]
fn the_primary_counts_if_each_source_reaches_further_once() {
    let both = [observed_range("coinbase", 1190.0, 1800.0), observed_range("bitstamp", 600.0, 1210.0)];
    assert_eq!(outcome(&both), expected("1200", "coinbase", &[QualityRule::ExtremesDisagree]));
}

#[test]
fn the_primary_counts_if_all_three_sources_differ() {
    let three =
        [observed("coinbase", 1236.0, FIRST), observed("kraken", 1100.0, FIRST), observed("bitstamp", 1200.0, FIRST)];
    assert_eq!(outcome(&three), expected("1236", "coinbase", &[QualityRule::Disagreement]));
}

#[test]
fn the_primary_source_replaces_a_fallback_when_it_delivers() {
    let early = observed("bitstamp", 1201.0, FIRST);
    assert_eq!(outcome(std::slice::from_ref(&early)), expected("1201", "bitstamp", &[QualityRule::Fallback]));
    let both = [early, observed("coinbase", 1200.0, LATER)];
    assert_eq!(outcome(&both), expected("1200", "coinbase", &[]));
    let history = revisions(&merge_observations(&[], &both), &policy());
    assert_eq!(
        history.iter().map(|revision| (revision.known_since, revision.bar.close, revision.reason)).collect::<Vec<_>>(),
        [(at(FIRST), 1201.0, RevisionReason::Initial), (at(LATER), 1200.0, RevisionReason::HigherPriority)]
    );
    assert_eq!(resolve_one(&both).revision, 1);
}

#[test]
fn a_proxy_beside_other_sources_neither_counts_nor_votes() {
    let proxy = observed("binance", 1300.0, FIRST);
    assert_eq!(
        outcome(std::slice::from_ref(&proxy)),
        expected("1300", "binance", &[QualityRule::Fallback, QualityRule::Proxy])
    );
    let with = [proxy, observed("kraken", 1301.0, FIRST), observed("coinbase", 1200.0, FIRST)];
    assert_eq!(outcome(&with).0, "1200", "kraken and the proxy agree against coinbase, but the proxy has no vote");
}

#[test]
fn a_proxy_only_bar_is_dropped_if_proxies_are_refused() {
    let strict = ResolutionPolicy { proxy_bars: false, ..policy() };
    let proxy = observed("binance", 1300.0, FIRST);
    let alone = merge_observations(&[], std::slice::from_ref(&proxy));
    assert_eq!(resolve(&alone, &strict), []);
    assert_eq!(revisions(&alone, &strict), []);
    let both = merge_observations(&alone, &[observed("kraken", 1301.0, LATER)]);
    let [resolved] = resolve(&both, &strict).try_into().unwrap();
    assert_eq!((&*resolved.origin.source, resolved.revision), ("kraken", 0));
}

#[test]
fn a_stored_bar_counts_before_a_simulated_one() {
    let mixed = [observed("coinbase (simulated)", 1.5, LATER), observed("kraken (stored)", 1200.0, FIRST)];
    assert_eq!(outcome(&mixed), expected("1200", "kraken (stored)", &[QualityRule::Fallback]));
}

#[test]
fn a_source_that_returns_to_earlier_values_counts_again() {
    let history = [
        observed("coinbase", 1200.0, FIRST),
        observed("coinbase", 1250.0, LATER),
        observed("coinbase", 1200.0, "2023-01-08T00:05:00Z"),
    ];
    assert_eq!(outcome(&history[..2]).0, "1250");
    let latest = resolve_one(&history);
    assert_eq!((latest.bar.close, latest.revision), (1200.0, 2));
    let reasons: Vec<RevisionReason> =
        revisions(&merge_observations(&[], &history), &policy()).iter().map(|revision| revision.reason).collect();
    assert_eq!(reasons, [RevisionReason::Initial, RevisionReason::Corrected, RevisionReason::Corrected]);
}

#[test]
fn bars_as_of_a_training_are_unchanged_by_later_corrections() {
    let hash = |observations: &[Observation]| {
        let bars: Vec<Bar> = resolve(observations, &policy()).iter().map(|resolved| resolved.bar).collect();
        dataset_hash(&bars)
    };
    let before = merge_observations(&[], &[observed("coinbase", 1200.0, FIRST)]);
    let after = merge_observations(&before, &[observed("coinbase", 1250.0, LATER)]);
    assert_ne!(hash(&after), hash(&before));
    assert_eq!(hash(&observations_as_of(&after, at(FIRST))), hash(&before));
}

/// Source batches. Each has an origin, a time, and bars of few times and values, so repeats and conflicts are common.
fn batches() -> impl Strategy<Value = Vec<Vec<Observation>>> {
    let labels = ["coinbase", "bitstamp", "kraken (stored)", "binance", "unlisted"];
    let batch = (0..labels.len(), 0..6_i64, prop::collection::btree_map(0..20_i64, 1..5_u8, 0..12)).prop_map(
        move |(label, hours, bars)| {
            let seen = Interval::Hour.step(at(FIRST), hours);
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
    prop::collection::vec(batch, 0..12)
}

fn fold(batches: &[Vec<Observation>]) -> Vec<Observation> {
    batches.iter().fold(Vec::new(), |all, batch| merge_observations(&all, batch))
}

proptest! {
    #[test]
    fn order_repetition_and_splitting_of_batches_do_not_matter(
        (straight, shuffled) in batches().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        cut in 0..12_usize,
    ) {
        let expected = fold(&straight);
        prop_assert_eq!(&fold(&shuffled), &expected);
        let twice = [straight.clone(), shuffled].concat();
        prop_assert_eq!(&fold(&twice), &expected);
        let split: Vec<Vec<Observation>> =
            straight.iter().flat_map(|batch| {
                let (a, b) = batch.split_at(cut.min(batch.len()));
                [b.to_vec(), a.to_vec()]
            }).collect();
        prop_assert_eq!(&fold(&split), &expected);
        let halves = straight.split_at(cut.min(straight.len()));
        prop_assert_eq!(&merge_observations(&fold(halves.0), &fold(halves.1)), &expected);
    }

    #[test]
    fn each_observed_open_time_has_exactly_one_resolved_bar(all in batches()) {
        let observations = fold(&all);
        let resolved = resolve(&observations, &policy());
        let times: std::collections::BTreeSet<_> = all.iter().flatten().map(|observation| observation.bar.time).collect();
        prop_assert_eq!(
            resolved.iter().map(|resolved| resolved.bar.time).collect::<Vec<_>>(),
            times.into_iter().collect::<Vec<_>>()
        );
        for resolved in &resolved {
            let is_resolved = |seen: &Observation| seen.bar == resolved.bar && seen.origin == resolved.origin;
            prop_assert!(all.iter().flatten().any(is_resolved));
        }
    }

    #[test]
    fn the_revisions_of_a_time_end_with_its_resolved_bar(all in batches()) {
        let observations = fold(&all);
        let resolved = resolve(&observations, &policy());
        for (at_time, resolved) in observations.chunk_by(|a, b| a.bar.time == b.bar.time).zip(&resolved) {
            let history = revisions(at_time, &policy());
            prop_assert_eq!(history.last().map(|last| last.bar), Some(resolved.bar));
            prop_assert_eq!(history.len(), 1 + resolved.revision as usize);
        }
    }
}
