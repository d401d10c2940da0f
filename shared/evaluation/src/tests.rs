use super::{
    testing::{bars, forecast_at, settings},
    *,
};
use crate::selection::TrialStatistics;
use features::{
    baselines::{climatology, persistence},
    labels::labels,
};
use market_data::Series;
use market_data::numbers::as_f64;

const SELECTION: TrialStatistics =
    TrialStatistics { trials: 40, sharpe_deviation: 0.03, overfitting_probability: Some(0.4) };

/// Evaluation of forecasts for every day from day 100. `forecast` maps outcome, day and climatology to a probability.
fn evaluate(slug: &str, forecast: impl Fn(bool, usize, f64) -> f64) -> Evaluation {
    evaluate_from(true, slug, forecast)
}

fn evaluate_from(from_model: bool, slug: &str, forecast: impl Fn(bool, usize, f64) -> f64) -> Evaluation {
    let series: Series = slug.parse().unwrap();
    let bars = bars(700, 3);
    let labels = labels(&bars, series.interval, series.horizon);
    let climatology = climatology(&labels, series.horizon);
    let persistence = persistence(&series, &bars, &labels, &climatology);
    let forecasts: Vec<EvaluatedForecast> = (100..700)
        .map(|bar| {
            let (up, baseline_probability) = (labels[bar], climatology[bar]);
            let forecast = forecast_at(bar, forecast(up.unwrap_or(false), bar, baseline_probability), up);
            EvaluatedForecast { baseline_probability, persistence_probability: persistence[bar], ..forecast }
        })
        .collect();
    let (settings, selection) = (&settings(), Some(&SELECTION));
    let input = EvaluationInput {
        series: &series,
        bars: &bars,
        forecasts: &forecasts,
        last_bar: 699,
        from_model,
        selection,
        settings,
    };
    Evaluation::new(&input).unwrap().unwrap()
}

fn towards(up: bool, by: f64) -> f64 {
    if up { 0.5 + by } else { 0.5 - by }
}

/// Correct on two days of three.
fn good(up: bool, bar: usize, _: f64) -> f64 {
    towards(up, if bar.is_multiple_of(3) { -0.1 } else { 0.1 })
}

#[test]
fn the_record_is_consistent_with_the_metrics() {
    let record = evaluate("eth-usd-1d-h1", good);
    assert_eq!((record.n, record.called.n), (599, 599), "the last bar is not settled");
    let ForecasterScores { scores, brier_skill, intervals, reliability } = &record.forecast;
    let intervals = intervals.unwrap();
    let rows: f64 = reliability.iter().map(|bin| as_f64(bin.n)).sum();
    let error: f64 = reliability.iter().map(|bin| as_f64(bin.n) * (bin.forecast - bin.up).abs()).sum::<f64>() / rows;
    assert!((error - scores.calibration_error).abs() < 1e-12);
    assert!((brier_skill - (1.0 - scores.brier / record.climatology.scores.brier)).abs() < 1e-12);
    let difference = record.log_loss_difference;
    assert!((difference.estimate - (scores.log_loss - record.climatology.scores.log_loss)).abs() < 1e-12);
    assert!((record.called.hit_rate.unwrap() - scores.accuracy).abs() < 1e-12);
    for (value, [lo, hi]) in [
        (scores.log_loss, intervals.log_loss),
        (scores.brier, intervals.brier),
        (*brier_skill, intervals.brier_skill),
        (scores.accuracy, intervals.accuracy),
        (scores.auc.unwrap(), intervals.auc.unwrap()),
        (scores.accuracy, record.called.right_interval.unwrap()),
        (difference.estimate, [difference.lo, difference.hi]),
    ] {
        assert!(lo < value && value < hi, "{value} in {lo} to {hi}");
    }
    assert_eq!(record.deciles.iter().map(|bin| bin.n).sum::<usize>(), 599);
    assert!(record.deciles.windows(2).all(|pair| pair[0].to <= pair[1].from));
}

#[test]
fn the_verdict_states_the_edge() {
    let verdict = |forecast: fn(bool, usize, f64) -> f64| {
        let record = evaluate("eth-usd-1d-h1", forecast);
        (record.edge, record.verdict)
    };
    let (edge, text) = verdict(good);
    assert!(edge == EdgeVerdict::Shown && text.starts_with("There is an edge: the forecasts'"), "{text}");
    let (edge, text) = verdict(|up, bar, base| 1.0 - good(up, bar, base));
    assert!(edge == EdgeVerdict::None && text.starts_with("No edge, and worse than the base rate: "), "{text}");
    let (edge, text) = verdict(|_, bar, _| if bar.is_multiple_of(2) { 0.45 } else { 0.55 });
    assert!(edge != EdgeVerdict::Shown && text.starts_with("No edge"), "{text}");
}

#[test]
fn overlapping_labels_count_once_and_base_rates_have_no_edge() {
    let record = evaluate_from(false, "eth-usd-1d-h7", |_, _, base| base);
    assert!((record.n_effective - 593.0 / 7.0).abs() < 1e-9 && record.n == 593);
    assert!(record.verdict.contains("all forecasts were the base rate"), "{}", record.verdict);
    assert_eq!(record.edge, EdgeVerdict::None);
    assert_eq!(record.selection.unwrap().deflated_sharpe, None, "a constant side has the market's Sharpe ratio");
    // Base rates that are correct by chance are no edge either.
    let lucky = evaluate_from(false, "eth-usd-1d-h1", good);
    assert!(lucky.edge == EdgeVerdict::None && lucky.verdict.starts_with("No edge: the folds"), "{}", lucky.verdict);
    let correct = evaluate("eth-usd-1d-h7", |up, _, _| towards(up, 0.1));
    assert!(correct.verdict.contains("too few labels"), "85 independent ones: {}", correct.verdict);
    assert_eq!(correct.edge, EdgeVerdict::Weak);
}

#[test]
fn the_selection_adjustment_uses_the_unfiltered_strategy() {
    let record = evaluate("eth-usd-1d-h1", good);
    let adjustment = record.selection.unwrap();
    assert_eq!((adjustment.trials, adjustment.overfitting_probability), (40, Some(0.4)));
    let strategy = &record.after_costs.unfiltered_long_short;
    assert!((adjustment.expected_max_sharpe - selection::expected_max_sharpe(0.03, 40)).abs() < 1e-15);
    // The equity has the same returns, except for rounding.
    let returns: Vec<f64> = strategy.equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    let per_bar = selection::sharpe(&returns).unwrap();
    assert!((per_bar * 365.0_f64.sqrt() / strategy.sharpe.unwrap() - 1.0).abs() < 0.01);
    let deflated = selection::probabilistic_sharpe(&returns, adjustment.expected_max_sharpe).unwrap();
    assert!((adjustment.deflated_sharpe.unwrap() - deflated).abs() < 1e-9);
    assert!(deflated > 0.99, "two correct of three is not luck: {deflated}");
    let chance = evaluate("eth-usd-1d-h1", |_, bar, _| if bar.is_multiple_of(2) { 0.45 } else { 0.55 });
    assert!(chance.selection.unwrap().deflated_sharpe.unwrap() < 0.5, "{:?}", chance.selection);
}

#[test]
fn a_stored_record_round_trips_without_its_equity() {
    let record = evaluate("eth-usd-1d-h7", good);
    let stored = serde_json::to_value(&record).unwrap();
    for field in ["log_loss", "brier", "auc", "brier_skill", "intervals"] {
        assert!(!stored["forecast"][field].is_null(), "{field}");
    }
    assert!((stored["after_costs"]["fee"].as_f64().unwrap() - 0.001).abs() < 1e-15);
    assert!((stored["band"]["nominal"].as_f64().unwrap() - 0.95).abs() < 1e-15);
    let read: Evaluation = serde_json::from_str(&stored.to_string()).unwrap();
    assert!(read.after_costs.long_flat.equity.is_empty() && record.after_costs.long_flat.equity.len() == 600);
    assert_eq!(serde_json::to_value(&read).unwrap(), stored);
    assert_eq!((read.forecast, read.band, read.selection), (record.forecast, record.band, record.selection));
}

#[test]
fn only_settled_forecasts_are_scored_and_none_has_no_record() {
    let (series, bars, settings): (Series, _, _) = ("eth-usd-1d-h7".parse().unwrap(), bars(200, 1), settings());
    let forecasts = [forecast_at(150, 0.6, Some(true)), forecast_at(195, 0.6, None)];
    let record = |forecasts: &[EvaluatedForecast]| {
        let settings = &settings;
        let input = EvaluationInput {
            series: &series,
            bars: &bars,
            forecasts,
            last_bar: 199,
            from_model: true,
            selection: None,
            settings,
        };
        Evaluation::new(&input).unwrap()
    };
    assert!(record(&forecasts[1..]).is_none() && record(&[]).is_none());
    let settled = record(&forecasts).unwrap();
    assert_eq!((settled.n, settled.band.groups, settled.selection), (1, 1, None));
    assert_eq!((settled.from, settled.through), (forecasts[0].decision_time, forecasts[0].decision_time));
    assert!((settled.after_costs.long_flat.turnover - 3.0 / 7.0).abs() < 1e-12, "bought and sold, then bought again");
}
