//! Wrong rows, over real HTTP: correct bars of the source are kept, the others come from the next source.

use crate::world::{World, counts, policy, request, truth, union};
use exchange_simulator::{FaultKind, RowField};
use exchanges::{
    BarRequest,
    SourceName::{Binance, Bitstamp, Coinbase, Kraken, Yahoo},
};
use jiff::Timestamp;
use market_data::{
    Interval,
    quality::{QualityFinding, QualityRule},
};

/// Open time of the day with that index, which `request` counts from 0.
fn day(index: i64) -> Timestamp {
    Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), index)
}

fn has_rule(findings: &[QualityFinding], rule: QualityRule) -> bool {
    findings.iter().any(|finding| finding.rule == rule)
}

#[tokio::test]
async fn wrong_rows_are_repaired_from_the_next_source() {
    let null = |index, field| FaultKind::Nulls { at: Some(day(index)), field: Some(field) };
    // Fault, rule that finds it, and number of bars that the next source has to repair.
    let cases = [
        (FaultKind::WrongOrder, None, 0),
        (FaultKind::Duplicates, Some(QualityRule::Duplicate), 0),
        (FaultKind::Conflict { at: Some(day(7)) }, Some(QualityRule::Conflict), 1),
        (FaultKind::Missing { at: Some(day(12)), bars: 1 }, None, 1),
        (FaultKind::Missing { at: Some(day(12)), bars: 3 }, None, 3),
        (FaultKind::Stale { bars: 2 }, Some(QualityRule::Stale), 2),
        (null(5, RowField::Low), Some(QualityRule::Missing), 1),
        (null(5, RowField::Volume), Some(QualityRule::Missing), 1),
        (FaultKind::HighBelowLow { at: Some(day(5)) }, Some(QualityRule::HighBelowLow), 1),
        (
            FaultKind::OffBy { share: 0.07, at: Some(day(5)), field: Some(RowField::Close) },
            Some(QualityRule::OutsideRange),
            1,
        ),
        (FaultKind::SwappedVolume { at: Some(day(35)) }, Some(QualityRule::SwappedVolume), 1),
    ];
    let request = request(Interval::Day, 40);
    for (fault, rule, repaired) in cases {
        let world = World::new(&[Coinbase, Bitstamp, Kraken], &request, policy(0)).await;
        world.set_fault(Coinbase, fault.clone());
        let result = world.fetch(&request).await.unwrap();
        assert_eq!(union(&result.batches), truth(&request), "{fault:?}");
        let mut expected = vec![("coinbase", 40 - repaired)];
        expected.extend((repaired > 0).then_some(("bitstamp", repaired)));
        assert_eq!(counts(&result), expected, "{fault:?}");
        assert_eq!(world.request_counts(), [1, usize::from(repaired > 0), 0], "{fault:?}");
        let findings = &result.batches[0].findings;
        assert!(rule.is_none_or(|rule| has_rule(findings, rule)), "{fault:?}: {findings:?}");
        assert!(rule.is_some() || findings.is_empty(), "{fault:?}: {findings:?}");
        assert!(result.complete);
    }
}

#[tokio::test]
async fn wrong_rows_are_repaired_in_every_format() {
    for name in [Coinbase, Kraken, Bitstamp, Binance, Yahoo] {
        // In USDT, Binance is no proxy.
        let request = BarRequest { symbol: "ETH-USDT".parse().unwrap(), ..request(Interval::Day, 40) };
        let other = if name == Coinbase { Bitstamp } else { Coinbase };
        let world = World::new(&[name, other], &request, policy(0)).await;
        world.set_faults(
            name,
            [
                FaultKind::Nulls { at: Some(day(5)), field: Some(RowField::Open) },
                FaultKind::OffBy { share: -0.999, at: Some(day(6)), field: Some(RowField::High) },
                FaultKind::Missing { at: Some(day(8)), bars: 1 },
                FaultKind::Duplicates,
                FaultKind::WrongOrder,
            ],
        );
        let result = world.fetch(&request).await.unwrap();
        assert_eq!(union(&result.batches), truth(&request), "{name}");
        assert_eq!(counts(&result), [(name.as_str(), 37), (other.as_str(), 3)]);
    }
}

#[tokio::test]
async fn swapped_volumes_are_corrected_if_a_source_has_both() {
    let request = BarRequest { symbol: "ETH-USDT".parse().unwrap(), ..request(Interval::Day, 5) };
    let world = World::new(&[Binance, Coinbase], &request, policy(0)).await;
    world.set_fault(Binance, FaultKind::SwappedVolume { at: None });
    let result = world.fetch(&request).await.unwrap();
    assert_eq!((union(&result.batches), world.request_counts()), (truth(&request), vec![1, 0]));
    assert!(has_rule(&result.batches[0].findings, QualityRule::SwappedVolume));
}

#[tokio::test]
async fn missing_hours_come_from_the_next_source() {
    let request = request(Interval::Hour, 700);
    let world = World::new(&[Coinbase, Bitstamp], &request, policy(0)).await;
    world.set_fault(Coinbase, FaultKind::Missing { at: None, bars: 1 });
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(union(&result.batches), truth(&request));
    assert_eq!(counts(&result), [("coinbase", 697), ("bitstamp", 3)], "one on each of three pages");
    assert_eq!(world.request_counts(), [3, 1], "one page of Bitstamp contains all three");
}

#[tokio::test]
async fn a_bar_is_used_once_request_and_clock_are_past_its_close() {
    let full = request(Interval::Day, 5);
    let world = World::new(&[Coinbase], &full, policy(0)).await;
    let early = BarRequest { as_of: "2023-01-05T23:59:59Z".parse().unwrap(), ..full.clone() };
    let behind = BarRequest { wall_clock: "2023-01-05T12:00:00Z".parse().unwrap(), ..full.clone() };
    for request in [early, behind] {
        let result = world.fetch(&request).await.unwrap();
        assert_eq!(result.batches[0].bars, truth(&full)[..4]);
        assert!(has_rule(&result.batches[0].findings, QualityRule::Unfinished));
        assert!(result.complete, "an open bar is no gap");
    }
}

#[tokio::test]
async fn a_live_quote_as_the_last_row_is_no_bar() {
    let request = request(Interval::Day, 5);
    for name in [Coinbase, Yahoo] {
        let world = World::new(&[name], &request, policy(0)).await;
        world.set_fault(name, FaultKind::Shifted { at: Some(day(4)), seconds: 5 });
        let result = world.fetch(&request).await.unwrap();
        assert_eq!(result.batches[0].bars, truth(&request)[..4], "{name}");
        assert!(has_rule(&result.batches[0].findings, QualityRule::LiveQuote), "{name}");
    }
}
