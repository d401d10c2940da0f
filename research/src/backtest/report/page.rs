//! Page: values of the template, with each number formatted.

mod distribution;

use super::{Report, distribution_plots::DistributionPlots, members::compact, plots::Plots};
use crate::backtest::{forecast::BacktestForecast, refit_record::RefitRecord};
use askama::Template;
use contracts::forecast::{Direction, Edge, EdgeVerdict};
use evaluation::{
    Evaluation, FeatureImportance, ForecasterScores, Strategy, TOO_FEW, distribution::DistributionEvaluation,
};
use features::dataset::Dataset;
use jiff::Timestamp;
use web::{PageHead, format_date, format_minute};

/// Most forecasts that the page lists.
const MAX_FORECASTS: usize = 15;

/// Most importances that the page lists.
const MAX_IMPORTANCES: usize = 10;

/// Values of the template `report.html`.
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    head: PageHead,
    report: &'a Report<'a>,
    /// CSS class of the verdict.
    tone: &'static str,
    plots: Plots,
    distribution_plots: DistributionPlots,
    /// Evaluation of the distributions.
    distribution: Option<&'a DistributionEvaluation>,
    scores: Vec<(&'static str, &'a ForecasterScores)>,
    strategies: Vec<(&'static str, &'a Strategy)>,
    /// Latest forecasts, newest first.
    recent: Vec<&'a BacktestForecast>,
    /// Last refit with importances.
    explained: Option<&'a RefitRecord>,
    /// Number of forecasts that abstained.
    abstained: usize,
    /// Number of missing bars.
    missing: i64,
    /// Settings as JSON.
    config: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(report: &'a Report<'a>, dataset: &Dataset) -> Self {
        let evaluation = report.evaluation.as_ref();
        Self {
            head: PageHead::new(
                format!("Weathervane: backtest of {}", report.series),
                format!(
                    "Forecasts of {} as they would have been made on past bars, and what they were worth.",
                    report.series
                ),
            ),
            report,
            tone: match evaluation.map(|evaluation| evaluation.edge) {
                Some(EdgeVerdict::Shown) => "good",
                Some(EdgeVerdict::Weak | EdgeVerdict::None) | None => "note",
            },
            plots: Plots::new(report, dataset),
            distribution_plots: DistributionPlots::new(report, dataset),
            distribution: evaluation.and_then(|evaluation| evaluation.distribution.as_ref()),
            scores: evaluation.map(scores).unwrap_or_default(),
            strategies: evaluation.map(strategies).unwrap_or_default(),
            recent: report.forecasts.iter().rev().take(MAX_FORECASTS).collect(),
            explained: report.refits.iter().rev().find(|refit| !refit.importances.is_empty()),
            abstained: report.forecasts.iter().filter(|forecast| forecast.abstain).count(),
            missing: report.data.missing(),
            // Numbers and names always serialize.
            config: serde_json::to_string_pretty(report.config).unwrap_or_default(),
        }
    }

    fn date(&self, time: &Timestamp) -> String {
        format_date(*time)
    }

    fn minute(&self, time: &Timestamp) -> String {
        format_minute(*time)
    }

    fn number(&self, version: &Option<u32>) -> String {
        version.map_or_else(String::new, |version| version.to_string())
    }

    fn numbers(&self, versions: &[u32]) -> String {
        versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    fn percent(&self, share: &f64) -> String {
        format!("{:.1} %", 100.0 * share)
    }

    fn with_interval(&self, value: &f64, interval: &Option<[f64; 2]>) -> String {
        interval.map_or_else(|| format!("{value:.4}, {TOO_FEW}"), |[lo, hi]| format!("{value:.4} [{lo:.4}, {hi:.4}]"))
    }

    fn log_loss(&self, forecaster: &ForecasterScores) -> String {
        self.with_interval(&forecaster.scores.log_loss, &forecaster.intervals.map(|intervals| intervals.log_loss))
    }

    fn brier(&self, forecaster: &ForecasterScores) -> String {
        self.with_interval(&forecaster.scores.brier, &forecaster.intervals.map(|intervals| intervals.brier))
    }

    fn skill(&self, forecaster: &ForecasterScores) -> String {
        self.signed(&forecaster.brier_skill, &forecaster.intervals.map(|intervals| intervals.brier_skill))
    }

    fn accuracy(&self, forecaster: &ForecasterScores) -> String {
        self.with_interval(&forecaster.scores.accuracy, &forecaster.intervals.map(|intervals| intervals.accuracy))
    }

    fn calibration_error(&self, forecaster: &ForecasterScores) -> String {
        self.with_interval(
            &forecaster.scores.calibration_error,
            &forecaster.intervals.map(|intervals| intervals.calibration_error),
        )
    }

    fn signed(&self, value: &f64, interval: &Option<[f64; 2]>) -> String {
        interval
            .map_or_else(|| format!("{value:+.4}, {TOO_FEW}"), |[lo, hi]| format!("{value:+.4} [{lo:+.4}, {hi:+.4}]"))
    }

    fn annual(&self, share: &Option<f64>) -> String {
        share.map_or_else(|| TOO_FEW.to_owned(), |share| self.percent(&share))
    }

    fn optional_interval(&self, value: &Option<f64>, interval: &Option<[f64; 2]>) -> String {
        value
            .zip(*interval)
            .map_or_else(|| "none".to_owned(), |(value, [lo, hi])| format!("{value:.2} [{lo:.2}, {hi:.2}]"))
    }

    fn area(&self, forecaster: &ForecasterScores) -> String {
        let interval = forecaster.intervals.and_then(|intervals| intervals.auc);
        forecaster.scores.auc.map_or_else(|| "none".to_owned(), |value| self.with_interval(&value, &interval))
    }

    fn edge(&self, edge: &Option<Edge>) -> String {
        edge.map_or_else(|| "too few".to_owned(), |edge| self.signed(&edge.brier_skill, &edge.brier_skill_ci))
    }

    fn probability(&self, value: &Option<f64>) -> String {
        value.map_or_else(|| "none".to_owned(), |value| format!("{value:.3}"))
    }

    fn members(&self, refit: &RefitRecord) -> String {
        compact(&refit.members)
    }

    fn largest<'r>(&self, refit: &'r RefitRecord) -> &'r [FeatureImportance] {
        &refit.importances[..refit.importances.len().min(MAX_IMPORTANCES)]
    }

    fn trials(&self, refit: &RefitRecord) -> String {
        refit.selection.as_ref().map_or_else(String::new, |selection| selection.trials.to_string())
    }

    fn out_of_fold(&self, refit: &RefitRecord) -> String {
        refit.out_of_fold.map_or_else(|| "too few rows".to_owned(), |score| self.edge(&Some(score.edge)))
    }

    fn direction(&self, forecast: &BacktestForecast) -> &'static str {
        match forecast.direction() {
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::Abstain => "abstain",
        }
    }

    fn outcome(&self, forecast: &BacktestForecast) -> &'static str {
        match forecast.label() {
            None => "open or tie",
            Some(true) => "up",
            Some(false) => "down",
        }
    }
}

fn scores(evaluation: &Evaluation) -> Vec<(&'static str, &ForecasterScores)> {
    vec![
        ("forecast", &evaluation.forecast),
        ("climatology", &evaluation.climatology),
        ("persistence", &evaluation.persistence),
        ("always up", &evaluation.always_up),
    ]
}

fn strategies(evaluation: &Evaluation) -> Vec<(&'static str, &Strategy)> {
    let costs = &evaluation.after_costs;
    vec![
        ("long/flat", &costs.long_flat),
        ("long/short", &costs.long_short),
        ("long/flat, never abstaining", &costs.every_long_flat),
        ("long/short, never abstaining", &costs.unfiltered_long_short),
        ("always long", &costs.always_long),
        ("flat", &costs.flat),
    ]
}
