//! `GET /ready`.

use crate::support::{bars, champion, now, record, series, situation, window};
use contracts::{Warning, WarningCode};
use features::WINDOW_BARS;
use predict::{
    champion::ServingModel,
    forecast::ServingContext,
    readiness::{Readiness, SeriesReadiness},
};

fn readiness(situation: &ServingContext) -> Readiness {
    Readiness::of(vec![SeriesReadiness::of(series()[0].clone(), situation, now())])
}

#[test]
fn a_series_with_its_champion_and_fresh_bars_is_ready() {
    let readiness = readiness(&situation());
    assert!(readiness.ready, "{readiness:?}");
    assert_eq!((readiness.series[0].champion, readiness.series[0].reasons.len()), (Some(3), 0));
}

#[test]
fn each_thing_that_is_missing_is_named_and_the_series_is_not_ready() {
    let mut old = (*window(WINDOW_BARS, "coinbase")).clone();
    old.bars = bars(WINDOW_BARS + 3)[..WINDOW_BARS].to_vec();
    let degraded = ServingModel::base_rate_of(record(4, &champion().artifact), "model version 4 was refused");
    let unread = Warning::new(WarningCode::ModelUnavailable, "the registry did not answer");
    for (case, named) in [
        (ServingContext { champion: None, ..situation() }, "no model serves"),
        (ServingContext { champion: Some(degraded), ..situation() }, "model version 4 was refused"),
        (ServingContext { window: None, ..situation() }, "there are no bars"),
        (ServingContext { window: Some(old.into()), ..situation() }, "the last bar closed at 2023-11-02T00:00:00Z"),
        (ServingContext { warnings: vec![unread.clone()], ..situation() }, "the registry"),
    ] {
        let readiness = readiness(&case);
        assert!(
            !readiness.ready && readiness.series[0].reasons.iter().any(|reason| reason.message.contains(named)),
            "{named}: {readiness:?}"
        );
    }
}
