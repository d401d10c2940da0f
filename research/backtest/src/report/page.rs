//! The page: what the template shows, with every number in its final form.

use super::{Report, members::compact, plots::Plots};
use crate::walk::{BacktestForecast, RefitRecord};
use askama::Template;
use contracts::forecast::{Direction, Edge, EdgeVerdict};
use evaluation::{Evaluation, ForecasterScores, Strategy, TOO_FEW};
use features::dataset::Dataset;
use jiff::Timestamp;
use training::FeatureImportance;
use web::{PageHead, format_date, format_minute};

/// Decisions that the list shows.
const LISTED: usize = 15;

/// Features that the list of importances shows.
const FEATURES: usize = 10;

/// What the template shows.
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    head: PageHead,
    report: &'a Report<'a>,
    /// CSS class of the verdict.
    tone: &'static str,
    plots: Plots,
    scores: Vec<(&'static str, &'a ForecasterScores)>,
    strategies: Vec<(&'static str, &'a Strategy)>,
    recent: Vec<&'a BacktestForecast>,
    /// The last refit that has importances.
    explained: Option<&'a RefitRecord>,
    abstained: usize,
    missing: i64,
    config: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(report: &'a Report<'a>, history: &Dataset) -> Self {
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
                Some(EdgeVerdict::Significant) => "good",
                Some(EdgeVerdict::Weak | EdgeVerdict::None) | None => "note",
            },
            plots: Plots::new(report, history),
            scores: evaluation.map(scores).unwrap_or_default(),
            strategies: evaluation.map(strategies).unwrap_or_default(),
            recent: report.decisions.iter().rev().take(LISTED).collect(),
            explained: report.refits.iter().rev().find(|refit| !refit.importances.is_empty()),
            abstained: report.decisions.iter().filter(|one| one.abstain).count(),
            missing: report.data.gaps.iter().map(|gap| gap.bars).sum(),
            // It is built of numbers and names alone, which always become JSON.
            config: serde_json::to_string_pretty(report.config).unwrap_or_default(),
        }
    }

    fn date(&self, time: &Timestamp) -> String {
        format_date(*time)
    }

    fn minute(&self, time: &Timestamp) -> String {
        format_minute(*time)
    }

    fn percent(&self, share: &f64) -> String {
        format!("{:.1} %", 100.0 * share)
    }

    fn with_interval(&self, value: &f64, interval: &Option<[f64; 2]>) -> String {
        interval.map_or_else(|| format!("{value:.4}, {TOO_FEW}"), |[lo, hi]| format!("{value:.4} [{lo:.4}, {hi:.4}]"))
    }

    fn log_loss(&self, one: &ForecasterScores) -> String {
        self.with_interval(&one.scores.log_loss, &one.intervals.map(|of| of.log_loss))
    }

    fn brier(&self, one: &ForecasterScores) -> String {
        self.with_interval(&one.scores.brier, &one.intervals.map(|of| of.brier))
    }

    fn skill(&self, one: &ForecasterScores) -> String {
        self.signed(&one.brier_skill, &one.intervals.map(|of| of.brier_skill))
    }

    fn accuracy(&self, one: &ForecasterScores) -> String {
        self.with_interval(&one.scores.accuracy, &one.intervals.map(|of| of.accuracy))
    }

    fn calibration_error(&self, one: &ForecasterScores) -> String {
        self.with_interval(&one.scores.calibration_error, &one.intervals.map(|of| of.calibration_error))
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
        &refit.importances[..refit.importances.len().min(FEATURES)]
    }

    fn trials(&self, refit: &RefitRecord) -> String {
        refit.selection.as_ref().map_or_else(String::new, |made| made.trials.to_string())
    }

    fn out_of_fold(&self, refit: &RefitRecord) -> String {
        refit.out_of_fold.map_or_else(|| "too few rows".to_owned(), |found| self.edge(&Some(found.edge)))
    }

    fn direction(&self, one: &BacktestForecast) -> &'static str {
        match one.direction() {
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::Abstain => "abstain",
        }
    }

    fn outcome(&self, one: &BacktestForecast) -> &'static str {
        match one.up() {
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
