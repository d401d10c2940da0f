use super::*;
use crate::testing::{bars, decision, history, settings};

/// Forecasts for every day from 100 on: `forecast` of the outcome and the day.
fn evaluated(slug: &str, forecast: impl Fn(bool, usize) -> f64) -> Evaluation {
    let history = history(slug, bars(700, 3, 0.0));
    let decisions: Vec<Decision> = (100..700)
        .map(|bar| {
            let up = history.labels[bar];
            let baseline_probability = history.climatology[bar];
            let decision_time = history.decision_time(bar);
            Decision { baseline_probability, decision_time, ..decision(bar, forecast(up.unwrap_or(false), bar), up) }
        })
        .collect();
    Evaluation::new(&history, &decisions, &settings(&history.series)).unwrap().unwrap()
}

fn leaning(up: bool, by: f64) -> f64 {
    if up { 0.5 + by } else { 0.5 - by }
}

#[test]
fn the_record_agrees_with_itself_and_with_the_metrics() {
    let record = evaluated("eth-usd-1d-h1", |up, bar| leaning(up, if bar % 3 == 0 { -0.1 } else { 0.1 }));
    assert_eq!((record.n, record.called.n), (599, 599), "the last bar is not settled");
    let Forecaster { scores, brier_skill, intervals, reliability } = &record.forecast;
    let rows: f64 = reliability.iter().map(|bin| bin.n as f64).sum();
    let error: f64 = reliability.iter().map(|bin| bin.n as f64 * (bin.forecast - bin.up).abs()).sum::<f64>() / rows;
    assert!((error - scores.calibration_error).abs() < 1e-12);
    assert!((brier_skill - (1.0 - scores.brier / record.climatology.scores.brier)).abs() < 1e-12);
    let difference = record.log_loss_difference;
    assert!((difference.mean - (scores.log_loss - record.climatology.scores.log_loss)).abs() < 1e-12);
    assert!((record.called.right.unwrap() - scores.accuracy).abs() < 1e-12);
    for (value, [lo, hi]) in [
        (scores.log_loss, intervals.log_loss),
        (scores.brier, intervals.brier),
        (*brier_skill, intervals.brier_skill),
        (scores.accuracy, intervals.accuracy),
        (scores.auc.unwrap(), intervals.auc.unwrap()),
        (scores.accuracy, record.called.right_interval.unwrap()),
        (difference.mean, [difference.lo, difference.hi]),
    ] {
        assert!(lo < value && value < hi, "{value} in {lo} to {hi}");
    }
    assert_eq!(record.deciles.iter().map(|bin| bin.n).sum::<usize>(), 599);
    assert!(record.deciles.windows(2).all(|pair| pair[0].to <= pair[1].from));
}

#[test]
fn the_verdict_says_plainly_whether_there_is_an_edge() {
    let verdict = |forecast: fn(bool, usize) -> f64| {
        let record = evaluated("eth-usd-1d-h1", forecast);
        (record.edge, record.verdict)
    };
    let (edge, text) = verdict(|up, bar| leaning(up, if bar % 3 == 0 { -0.1 } else { 0.1 }));
    assert!(edge == EdgeVerdict::Significant && text.starts_with("There is an edge: "), "{text}");
    let (edge, text) = verdict(|up, bar| leaning(up, if bar % 3 == 0 { 0.1 } else { -0.1 }));
    assert!(edge == EdgeVerdict::None && text.starts_with("No edge, and worse than the base rate: "), "{text}");
    let (edge, text) = verdict(|_, bar| if bar % 2 == 0 { 0.45 } else { 0.55 });
    assert!(edge != EdgeVerdict::Significant && text.starts_with("No edge"), "{text}");
}

#[test]
fn labels_that_overlap_count_once_and_the_base_rate_has_no_edge() {
    let history = history("eth-usd-1d-h7", bars(700, 3, 0.0));
    let base = history.climatology;
    let record = evaluated("eth-usd-1d-h7", |_, bar| base[bar]);
    assert!((record.n_effective - 593.0 / 7.0).abs() < 1e-9 && record.n == 593);
    assert!(record.verdict.contains("every forecast was the base rate"), "{}", record.verdict);
    assert_eq!(record.edge, EdgeVerdict::None);
    let right = evaluated("eth-usd-1d-h7", |up, _| leaning(up, 0.1));
    assert!(right.verdict.contains("too few labels"), "85 independent ones: {}", right.verdict);
}
