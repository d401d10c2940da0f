//! The page: what the template shows, with every number in its final form.

use super::{Report, members::compact, plots::Plots};
use crate::walk::{Decision, Refitted};
use askama::Template;
use chart::{Head, date, minute};
use domain::{
    evaluation::{Evaluation, Forecaster, Strategy, TOO_FEW},
    forecast::{Direction, Edge, EdgeVerdict},
    history::History,
};
use jiff::Timestamp;
use learn::Importance;

/// Decisions that the list shows.
const LISTED: usize = 15;

/// Features that the list of importances shows.
const FEATURES: usize = 10;

/// What the template shows.
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    head: Head,
    report: &'a Report<'a>,
    /// CSS class of the verdict.
    tone: &'static str,
    plots: Plots,
    scores: Vec<(&'static str, &'a Forecaster)>,
    strategies: Vec<(&'static str, &'a Strategy)>,
    recent: Vec<&'a Decision>,
    /// The last refit that has importances.
    explained: Option<&'a Refitted>,
    abstained: usize,
    missing: i64,
    config: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(report: &'a Report<'a>, history: &History) -> Self {
        let evaluation = report.evaluation.as_ref();
        Self {
            head: Head::new(
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
        date(*time)
    }

    fn minute(&self, time: &Timestamp) -> String {
        minute(*time)
    }

    fn percent(&self, share: &f64) -> String {
        format!("{:.1} %", 100.0 * share)
    }

    fn with_interval(&self, value: &f64, interval: &Option<[f64; 2]>) -> String {
        interval.map_or_else(|| format!("{value:.4}, {TOO_FEW}"), |[lo, hi]| format!("{value:.4} [{lo:.4}, {hi:.4}]"))
    }

    fn log_loss(&self, one: &Forecaster) -> String {
        self.with_interval(&one.scores.log_loss, &one.intervals.map(|of| of.log_loss))
    }

    fn brier(&self, one: &Forecaster) -> String {
        self.with_interval(&one.scores.brier, &one.intervals.map(|of| of.brier))
    }

    fn skill(&self, one: &Forecaster) -> String {
        self.signed(&one.brier_skill, &one.intervals.map(|of| of.brier_skill))
    }

    fn accuracy(&self, one: &Forecaster) -> String {
        self.with_interval(&one.scores.accuracy, &one.intervals.map(|of| of.accuracy))
    }

    fn calibration_error(&self, one: &Forecaster) -> String {
        self.with_interval(&one.scores.calibration_error, &one.intervals.map(|of| of.calibration_error))
    }

    fn signed(&self, value: &f64, interval: &Option<[f64; 2]>) -> String {
        interval
            .map_or_else(|| format!("{value:+.4}, {TOO_FEW}"), |[lo, hi]| format!("{value:+.4} [{lo:+.4}, {hi:+.4}]"))
    }

    fn annual(&self, share: &Option<f64>) -> String {
        share.map_or_else(|| TOO_FEW.to_owned(), |share| self.percent(&share))
    }

    fn perhaps(&self, value: &Option<f64>, interval: &Option<[f64; 2]>) -> String {
        value
            .zip(*interval)
            .map_or_else(|| "none".to_owned(), |(value, [lo, hi])| format!("{value:.2} [{lo:.2}, {hi:.2}]"))
    }

    fn area(&self, forecaster: &Forecaster) -> String {
        let interval = forecaster.intervals.and_then(|intervals| intervals.auc);
        forecaster.scores.auc.map_or_else(|| "none".to_owned(), |value| self.with_interval(&value, &interval))
    }

    fn edge(&self, edge: &Option<Edge>) -> String {
        edge.map_or_else(|| "too few".to_owned(), |edge| self.signed(&edge.brier_skill, &edge.brier_skill_ci))
    }

    fn probability(&self, value: &Option<f64>) -> String {
        value.map_or_else(|| "none".to_owned(), |value| format!("{value:.3}"))
    }

    fn members(&self, refit: &Refitted) -> String {
        compact(&refit.members)
    }

    fn largest<'r>(&self, refit: &'r Refitted) -> &'r [Importance] {
        &refit.importances[..refit.importances.len().min(FEATURES)]
    }

    fn trials(&self, refit: &Refitted) -> String {
        refit.selection.as_ref().map_or_else(String::new, |made| made.trials.to_string())
    }

    fn out_of_fold(&self, refit: &Refitted) -> String {
        refit.out_of_fold.map_or_else(|| "too few rows".to_owned(), |found| self.edge(&Some(found.edge)))
    }

    fn direction(&self, one: &Decision) -> &'static str {
        match one.direction() {
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::Abstain => "abstain",
        }
    }

    fn outcome(&self, one: &Decision) -> &'static str {
        match one.up() {
            None => "open or tie",
            Some(true) => "up",
            Some(false) => "down",
        }
    }
}

fn scores(evaluation: &Evaluation) -> Vec<(&'static str, &Forecaster)> {
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
        ("long/short, never abstaining", &costs.every_long_short),
        ("always long", &costs.always_long),
        ("flat", &costs.flat),
    ]
}
