//! Table of the versions that forecast.

use super::*;
use contracts::expert::{Expert, ExpertForecast};

/// Experts of a mixture: the champion 3, the challenger 4 and others.
pub(super) fn experts() -> StoredExperts {
    let expert = |expert, weight| ExpertForecast { expert, weight, probability_up: 0.5, quantiles: None };
    StoredExperts {
        decision_time: at("2023-11-05T00:00:00Z"),
        champion: 3,
        forecasts: vec![
            expert(Expert::Climatology, 0.7),
            expert(Expert::LastBar, 0.03),
            expert(Expert::Calendar, 0.02),
            expert(Expert::Version(3), 0.15),
            expert(Expert::Version(4), 0.1),
        ],
    }
}

/// Challenger 4.
pub(super) fn challenger(series: &Series) -> VersionRecord {
    let champion = champion(series, Edge::from_skill(0.008, [-0.003, 0.019], 730)).record;
    VersionRecord { version: 4, status: VersionStatus::Shadow, ..champion }
}

/// Live evidence of challenger 4: its distribution is better.
pub(super) fn evidence() -> Value {
    let part = |e_champion: f64, better: bool| json!({"n": 41, "skill": 0.0123, "e_champion": e_champion, "e_climatology": 650.0, "threshold": 400.0, "better": better});
    json!({"version": 4, "champion": 3, "direction": part(3.13, false), "distribution": part(512.3, true)})
}

#[test]
fn champion_and_challengers_have_weight_and_evidence() {
    let text = text(&rendered(&[page("eth-usd-1d-h1", weak())]));
    for expected in [
        "3, serves 15.0 % +0.012 [-0.004, +0.027] reference reference",
        "4, challenger 10.0 % +0.008 [-0.003, +0.019] skill +0.012, e-value 3.1 of 400 after 41 outcomes \
         skill +0.012, e-value 512.3 of 400 after 41 outcomes; shown to be better",
        "Other weights: base rate 70.0 %, frequencies of up after such bars and at such times 5.0 %.",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
}

#[test]
fn a_challenger_without_an_outcome_is_not_an_unread_one() {
    let whole = page("eth-usd-1d-h1", weak());
    let early = SeriesPage { report: Ok(None), experts: None, ..whole.clone() };
    let early = text(&rendered(&[early]));
    assert!(early.contains("4, challenger none yet +0.008 [-0.003, +0.019] no outcome yet no outcome yet"), "{early}");
    assert!(!early.contains("Other weights"), "{early}");
    let unread = text(&rendered(&[SeriesPage { report: Err(StoreUnavailable), ..whole }]));
    assert!(unread.contains("4, challenger 10.0 % +0.008 [-0.003, +0.019] unknown unknown"), "{unread}");
}
