//! `GET /ready`.

use crate::support::{bars, champion, healthy_context, now, record, series, window};
use contracts::{Warning, WarningCode};
use features::WINDOW_BARS;
use predict::{
    champion::ServingModel,
    readiness::{Readiness, SeriesReadiness},
    serving_context::ServingContext,
};

fn readiness(context: &ServingContext) -> Readiness {
    Readiness::new(vec![SeriesReadiness::new(series()[0].clone(), context, now())])
}

#[test]
fn a_series_with_champion_and_fresh_bars_is_ready() {
    let readiness = readiness(&healthy_context());
    assert!(readiness.ready, "{readiness:?}");
    assert_eq!((readiness.series[0].champion, readiness.series[0].reasons.len()), (Some(3), 0));
}

#[test]
fn a_series_with_a_missing_part_is_not_ready() {
    let mut old = (*window(WINDOW_BARS, "coinbase")).clone();
    old.bars = bars(WINDOW_BARS + 3)[..WINDOW_BARS].to_vec();
    let degraded = ServingModel::base_rate_of(record(4, &champion().artifact), "model version 4 was refused");
    let unread = Warning::new(WarningCode::ModelUnavailable, "the registry did not answer");
    for (case, named) in [
        (ServingContext { champion: None, ..healthy_context() }, "no model serves"),
        (ServingContext { champion: Some(degraded), ..healthy_context() }, "model version 4 was refused"),
        (ServingContext { window: None, ..healthy_context() }, "there are no bars"),
        (
            ServingContext { window: Some(old.into()), ..healthy_context() },
            "the last bar closed at 2023-11-02T00:00:00Z",
        ),
        (ServingContext { warnings: vec![unread.clone()], ..healthy_context() }, "the registry"),
    ] {
        let readiness = readiness(&case);
        assert!(
            !readiness.ready && readiness.series[0].reasons.iter().any(|reason| reason.message.contains(named)),
            "{named}: {readiness:?}"
        );
    }
}
