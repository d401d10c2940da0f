//! The walk's forecasts as the evaluation takes them.

use crate::{
    settings::Settings,
    walk::{BacktestForecast, BacktestResult, RefitRecord},
};
use evaluation::{
    EvaluatedForecast, Evaluation, EvaluationInput, EvaluationSettings, bootstrap::BootstrapError,
    selection::TrialStatistics,
};
use features::{baselines::persistence, dataset::Dataset};

/// Scores what is settled, with strategies that hold to the last bar; `None` when nothing is settled.
pub(crate) fn evaluate(
    history: &Dataset,
    walk: &BacktestResult,
    settings: &Settings,
) -> Result<Option<Evaluation>, BootstrapError> {
    let Dataset { series, bars, labels, climatology, .. } = history;
    let persistence = persistence(series, bars, labels, climatology);
    let judged: Vec<EvaluatedForecast> = walk.decisions.iter().map(|one| judged(one, &persistence)).collect();
    let selection = selection(&walk.refits);
    Evaluation::new(&EvaluationInput {
        series,
        bars,
        forecasts: &judged,
        last_bar: bars.len() - 1,
        from_model: walk.decisions.iter().any(|one| one.by_model),
        selection: selection.as_ref(),
        settings: &EvaluationSettings {
            resamples: settings.training.resamples,
            seed: settings.training.gate.seed,
            min_effective: settings.training.gate.min_effective,
            costs: settings.costs,
        },
    })
}

fn judged(decision: &BacktestForecast, persistence: &[f64]) -> EvaluatedForecast {
    let BacktestForecast { decision_time, probability_up, baseline_probability, bar, band, .. } = *decision;
    EvaluatedForecast {
        bar,
        decision_time,
        probability_up,
        baseline_probability,
        persistence_probability: persistence[bar],
        band,
        direction: decision.direction(),
        up: decision.up(),
    }
}

/// What was chosen among in the whole walk: all trials of all searches, the deviation of the last search, which had the
/// most rows, and the mean probability of overfitting of the searches that have one.
fn selection(refits: &[RefitRecord]) -> Option<TrialStatistics> {
    let searches: Vec<&TrialStatistics> = refits.iter().filter_map(|refit| refit.selection.as_ref()).collect();
    let overfitting = searches.iter().filter_map(|made| made.overfitting_probability);
    let (sum, all) = overfitting.fold((0.0, 0.0), |(sum, all), probability| (sum + probability, all + 1.0));
    Some(TrialStatistics {
        trials: searches.iter().map(|made| made.trials).sum(),
        sharpe_deviation: searches.last()?.sharpe_deviation,
        overfitting_probability: (all > 0.0).then(|| sum / all),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bars, day, decision, history, settings};
    use contracts::forecast::EdgeVerdict;

    #[test]
    fn every_search_counts_with_its_trials() {
        let nothing = || RefitRecord::nothing(day(0));
        let made = |trials, sharpe_deviation, overfitting_probability| {
            let selection = TrialStatistics { trials, sharpe_deviation, overfitting_probability };
            RefitRecord { selection: Some(selection), ..nothing() }
        };
        assert_eq!(selection(&[nothing()]), None, "nothing was searched");
        let refits = [made(40, 0.5, None), nothing(), made(30, 0.1, Some(0.25)), made(20, 0.2, Some(0.75)), nothing()];
        let all = TrialStatistics { trials: 90, sharpe_deviation: 0.2, overfitting_probability: Some(0.5) };
        assert_eq!(selection(&refits), Some(all));
        assert_eq!(selection(&refits[..2]).unwrap().overfitting_probability, None);
    }

    #[test]
    fn forecasts_meet_the_baselines_and_bands_of_their_bar() {
        let history = history("eth-usd-1d-h1", bars(700, 3, 0.0));
        let decisions = (100..700)
            .map(|bar| {
                let (up, decision_time) = (history.labels[bar], history.decision_time(bar));
                let probability_up = if up == Some(true) { 0.6 } else { 0.4 };
                let band = [probability_up - 0.4, probability_up + 0.4];
                BacktestForecast { decision_time, band, abstain: bar % 2 == 0, ..decision(bar, probability_up, up) }
            })
            .collect();
        let walk = BacktestResult { refits: vec![], decisions };
        let record = evaluate(&history, &walk, &settings(&history.series)).unwrap().unwrap();
        assert_eq!((record.n, record.called.n, record.after_costs.bars), (599, 299, 599));
        assert_eq!((record.edge, record.selection), (EdgeVerdict::Significant, None));
        assert!((record.called.hit_rate.unwrap() - 1.0).abs() < 1e-12);
        assert!((record.band.half_width - 0.4).abs() < 1e-12 && (record.band.covered - 1.0).abs() < 1e-12);
        assert!((record.climatology.scores.brier - 0.25).abs() < 1e-12, "decisions of tests have one half");
        assert!((record.persistence.scores.brier - 0.25).abs() > 1e-6, "and persistence is that of the history");
    }
}
