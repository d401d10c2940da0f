//! The page: what the template shows, with every number in its final form.

use super::{Recent, Report, plots::{self, told}};
use crate::alert::most_moved;
use askama::Template;
use aws::Outcome;
use chart::{Bar, Chart, Gauge, Head, minute};
use domain::{
    drift::Performance,
    forecast::{Direction, EdgeVerdict},
};

/// Features and forecasts that the lists show.
const LISTED: usize = 15;

/// What the template shows.
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    report: &'a Report,
    title: String,
    verdict: (&'static str, String),
    price: Option<Chart>,
    probability: Option<Chart>,
    skill: Option<Chart>,
    performance: Vec<PerformanceRow>,
    features: Vec<FeatureRow<'a>>,
    recent: Vec<&'a Recent>,
}

/// One stretch of the track record.
#[derive(Debug)]
struct PerformanceRow {
    name: &'static str,
    n: usize,
    log_loss: String,
    climatology: String,
    skill: String,
    hits: String,
}

/// One feature's bar.
#[derive(Debug)]
struct FeatureRow<'a> {
    name: &'a str,
    ratio: f64,
    /// Per cent of the bar's track; a third of it is the threshold.
    width: f64,
    class: &'static str,
}

impl<'a> Page<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let shown = |name, performance: &Option<Performance>| performance.as_ref().map(|p| row(name, p));
        Self {
            report,
            title: format!("{} at {}", report.series, minute(report.as_of)),
            verdict: verdict(report),
            price: price(report),
            probability: probability(report),
            skill: skill(report),
            performance: [
                shown("recent", &report.performance.rolling),
                shown("this champion", &report.performance.champion),
                shown("since start", &report.performance.since_start),
            ]
            .into_iter()
            .flatten()
            .collect(),
            features: features(report),
            recent: report.recent.iter().rev().take(LISTED).collect(),
        }
    }

    fn minute(&self, time: &jiff::Timestamp) -> String {
        minute(*time)
    }

    fn percent(&self, share: &f64) -> String {
        percent(*share)
    }

    fn times(&self, ratio: &f64) -> String {
        if *ratio < 100.0 { format!("{ratio:.2}") } else { "over 100".to_owned() }
    }

    fn direction(&self, direction: &Direction) -> &'static str {
        match direction {
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::Abstain => "abstain",
        }
    }

    fn outcome(&self, outcome: &Option<Outcome>) -> &'static str {
        told(*outcome)
    }

    fn edge(&self, verdict: &EdgeVerdict) -> &'static str {
        match verdict {
            EdgeVerdict::None => "no edge over climatology was found",
            EdgeVerdict::Weak => "an edge over climatology that chance explains",
            EdgeVerdict::Significant => "a significant edge over climatology",
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// What a reader should take away about drift, with its CSS class.
fn verdict(report: &Report) -> (&'static str, String) {
    match &report.drift {
        None => ("quiet", "Drift is not measured: this champion has no reference that fits the features.".to_owned()),
        Some(drift) if drift.decision.confirmed => (
            "alarm",
            "Drift is confirmed. An alert goes out and a training starts, unless one did recently.".to_owned(),
        ),
        Some(drift) if drift.decision.persistent => {
            ("note", "Features have shifted, which alone is no reason to retrain.".to_owned())
        }
        Some(_) => ("quiet", "No drift.".to_owned()),
    }
}

fn row(name: &'static str, p: &Performance) -> PerformanceRow {
    PerformanceRow {
        name,
        n: p.n,
        log_loss: format!("{:.4}", p.log_loss),
        climatology: format!("{:.4}", p.log_loss_climatology),
        skill: format!("{:+.3} [{:+.3}, {:+.3}]", p.brier_skill, p.brier_skill_ci[0], p.brier_skill_ci[1]),
        hits: p.hit_rate.map_or_else(|| "none called".to_owned(), |rate| format!("{} of {}", percent(rate), p.called)),
    }
}

fn features(report: &Report) -> Vec<FeatureRow<'_>> {
    let Some(window) = report.drift.as_ref().and_then(|drift| drift.windows.last()) else { return Vec::new() };
    most_moved(window)
        .into_iter()
        .take(LISTED)
        .map(|feature| {
            let ratio = feature.ratio;
            FeatureRow {
                name: &feature.name,
                ratio,
                width: (100.0 / 3.0 * ratio).min(100.0),
                class: match ratio {
                    _ if !feature.drifted => "fine",
                    ratio if ratio > window.severity_threshold => "severe",
                    _ => "beyond",
                },
            }
        })
        .collect()
}

