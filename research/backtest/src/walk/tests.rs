use super::*;
use crate::testing::{bars, day, history, settings};
use features::WARM_UP_BARS;

fn walked(history: &Dataset) -> BacktestResult {
    run_backtest(history, &settings(&history.series), &mut |_| {}).unwrap()
}

/// What a reader of the decision could have acted on at its time, to the bit.
fn known(decision: &BacktestForecast) -> (Timestamp, u64, u64, bool) {
    let bits = |p: f64| p.to_bits();
    (decision.decision_time, bits(decision.probability_up), bits(decision.baseline_probability), decision.abstain)
}

#[test]
fn the_future_changes_no_decision_by_a_single_bit() {
    for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7"] {
        let (original, other) = (bars(900, 1, 0.8), bars(900, 2, 0.0));
        let full = walked(&history(slug, original.clone()));
        // Before, at and after a refit, which are at bars 499, 559, 619 and so on.
        for t in [558, 559, 560, 700] {
            let known_then =
                |walk: &BacktestResult| walk.decisions.iter().filter(|one| one.bar <= t).map(known).collect::<Vec<_>>();
            let cut = walked(&history(slug, original[..=t].to_vec()));
            assert_eq!(known_then(&cut), known_then(&full), "{slug}, nothing after bar {t}");
            let changed = walked(&history(slug, [&original[..=t], &other[t + 1..]].concat()));
            assert_eq!(known_then(&changed), known_then(&full), "{slug}, another future after bar {t}");
            assert_ne!(changed.decisions.last().map(known), full.decisions.last().map(known), "the change shows");
            let fitted = |walk: &BacktestResult| {
                walk.refits.iter().filter(|one| one.fitted_at <= day(t + 1)).cloned().collect::<Vec<_>>()
            };
            assert_eq!(fitted(&changed), fitted(&full));
        }
    }
}

#[test]
fn every_bar_from_the_first_on_has_a_decision_and_refits_know_settled_labels_only() {
    let history = history("eth-usd-1d-h7", bars(700, 3, 0.0));
    let walk = walked(&history);
    let times: Vec<Timestamp> = walk.decisions.iter().map(|one| one.decision_time).collect();
    assert_eq!(times, (500..=700).map(day).collect::<Vec<_>>());
    assert_eq!(walk.refits.iter().map(|one| one.fitted_at).collect::<Vec<_>>(), [500, 560, 620, 680].map(day));
    for refit in &walk.refits {
        assert_eq!(history.series.target_time(refit.trained_through.unwrap()), refit.fitted_at);
    }
    let searched: Vec<bool> = walk.refits.iter().map(|refit| refit.selection.is_some()).collect();
    assert_eq!(searched, [true, false, false, true]);
    assert!(walk.decisions.iter().rev().take(7).all(|one| one.outcome.is_none()), "not settled");
    assert!(walk.decisions.iter().rev().skip(7).all(|one| one.up() == history.labels[one.bar]));
}

#[test]
fn a_gap_has_no_decisions_until_features_are_warm_again() {
    let mut gapped = bars(700 + WARM_UP_BARS, 3, 0.0);
    gapped.remove(600);
    let walk = walked(&history("eth-usd-1d-h1", gapped));
    // The day after bar 599 is missing, and a row needs all of its warm-up without a gap.
    let warm = day(600 + WARM_UP_BARS);
    assert!(walk.decisions.iter().all(|one| one.decision_time <= day(600) || one.decision_time > warm));
    let before_and_after = (600 - 499) + (700 - 601);
    assert_eq!(walk.decisions.len(), before_and_after);
    assert_eq!(walk.decisions.iter().find(|one| one.decision_time == day(600)).unwrap().outcome, None);
}

#[test]
fn without_evidence_it_forecasts_the_base_rate_or_abstains() {
    let short = history("eth-usd-1d-h1", bars(600, 4, 0.8));
    let mut cautious = settings(&short.series);
    cautious.training.min_train = 5_000;
    let walk = run_backtest(&short, &cautious, &mut |_| {}).unwrap();
    assert!(walk.refits.iter().all(|one| one.family == Family::Climatology && one.abstains && one.note.is_some()));
    for one in &walk.decisions {
        assert!(one.abstain && !one.by_model);
        assert_eq!(one.probability_up.to_bits(), one.baseline_probability.to_bits());
    }
    for seed in 20..24 {
        let walk = walked(&history("eth-usd-1d-h1", bars(1_000, seed, 0.0)));
        let shrunk = |time| walk.refits.iter().rfind(|one| one.fitted_at <= time).unwrap().shrinkage == 0.0;
        for one in walk.decisions.iter().filter(|one| shrunk(one.decision_time)) {
            assert_eq!(one.probability_up.to_bits(), one.baseline_probability.to_bits());
        }
    }
}

#[test]
fn a_strong_signal_is_called() {
    let walk = walked(&history("eth-usd-1d-h1", bars(1_100, 1, 1.0)));
    let called: Vec<&BacktestForecast> = walk.decisions.iter().filter(|one| !one.abstain).collect();
    assert!(called.len() > walk.decisions.len() / 2, "{} of {}", called.len(), walk.decisions.len());
    let right = called.iter().filter(|one| one.up() == Some(one.direction() == Direction::Up)).count();
    assert!(right * 100 > called.len() * 56, "{right} of {}", called.len());
}
