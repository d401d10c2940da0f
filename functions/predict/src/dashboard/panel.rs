//! One series on the page.

use super::{
    Record, SeriesPage, SettledCounts, Unread,
    rows::{AlertRow, Move, Run, StretchRow},
    words,
};
use crate::{
    overview::{ChampionStatus, DataStatus},
    quality::Quality,
};
use chart::{Chart, Drawing, Gauge, Unit, date, minute, span};
use domain::{
    Warning,
    forecast::{Edge, EdgeVerdict, Forecast},
    origin::Origin,
    quality::Finding,
};
use jiff::Timestamp;

/// How many doubtful bars are shown.
const FLAGS: usize = 3;
/// How many forecasts the chart shows.
const CHARTED: usize = 90;

/// A part whose lines are there, are none yet, or could not be read.
type Part<T> = Result<Vec<T>, Unread>;

/// One series, ready to be shown.
#[derive(Debug)]
pub(super) struct Panel<'a> {
    pub(super) page: &'a SeriesPage,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) ahead: String,
    pub(super) simulated: bool,
    pub(super) forecast: Result<Says, &'a str>,
    /// Headline and sentence of the evidence; none without a champion.
    pub(super) edge: Option<Evidence>,
    pub(super) reported: Result<Option<String>, Unread>,
    pub(super) stretches: Vec<StretchRow>,
    pub(super) settled: Option<SettledCounts>,
    pub(super) chart: Option<Chart>,
    pub(super) moves: Part<Move<'a>>,
    pub(super) runs: Part<Run>,
    pub(super) alerts: Part<AlertRow<'a>>,
    now: Timestamp,
}

/// The forecast in words.
#[derive(Debug)]
pub(super) struct Says {
    pub(super) headline: &'static str,
    pub(super) class: &'static str,
    pub(super) because: &'static str,
    pub(super) gauge: Gauge,
    pub(super) probability: String,
    pub(super) interval: String,
    pub(super) base: String,
    pub(super) decided: String,
    pub(super) known: String,
    pub(super) expires: String,
    /// Whether a newer bar should be there by now.
    pub(super) expired: bool,
}

/// What supports the champion.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) headline: &'static str,
    pub(super) sentence: &'static str,
    pub(super) tone: &'static str,
    pub(super) skill: String,
    pub(super) labels: usize,
}

impl<'a> Panel<'a> {
    pub(super) fn new(page: &'a SeriesPage) -> Self {
        let SeriesPage { now, status, forecast, record, history, runs, alerts } = page;
        let series = &status.series;
        let record = record.as_ref();
        let stretches = |record: &Record| {
            let of = &record.performance;
            let all = if of.whole { "since the start" } else { "all looked back on" };
            let named = [("recent", &of.rolling), ("since promotion", &of.since_promotion), (all, &of.since_start)];
            named.into_iter().filter_map(|(name, one)| Some(StretchRow::new(name, one.as_ref()?))).collect()
        };
        let recorded = || record.ok().and_then(Option::as_ref);
        let edge = match forecast {
            Ok(forecast) => Some(forecast.edge),
            Err(_) => status.champion.as_ref().map(|champion| champion.edge),
        };
        Self {
            page,
            slug: series.slug(),
            title: status.symbol.to_string(),
            ahead: words::ahead(status.interval, status.horizon),
            simulated: status
                .data
                .as_ref()
                .is_some_and(|data| Origin::from(data.latest.source.as_str()).is_simulated()),
            forecast: forecast.as_ref().map(|forecast| Says::new(forecast, *now)).map_err(String::as_str),
            edge: edge.as_ref().map(Evidence::new),
            reported: record.map(|one| Some(minute(one.as_ref()?.as_of?))).map_err(|unread| *unread),
            stretches: recorded().map_or_else(Vec::new, stretches),
            settled: recorded().and_then(|record| record.performance.settled),
            chart: recorded().and_then(chart),
            moves: part(history, Move::new),
            runs: part(runs, Run::new),
            alerts: part(alerts, |record| AlertRow::new(series, record)),
            now: *now,
        }
    }

    /// The warnings of the forecast, and those of the series that it does not have.
    pub(super) fn warnings(&self) -> Vec<&Warning> {
        let of_forecast = self.page.forecast.as_ref().map_or(&[][..], |forecast| &forecast.warnings);
        let of_series = self.page.status.warnings.iter().filter(|warning| !of_forecast.contains(warning));
        of_forecast.iter().chain(of_series).collect()
    }

    pub(super) fn champion(&self) -> Option<&ChampionStatus> {
        self.page.status.champion.as_ref()
    }

    pub(super) fn data(&self) -> Option<&DataStatus> {
        self.page.status.data.as_ref()
    }

    /// What is missing, in words.
    pub(super) fn missing(&self, quality: &Quality) -> String {
        let count = |n: usize, one| words::count(i64::try_from(n).unwrap_or(i64::MAX), one);
        let Quality { open_gaps, open_gap_bars, outages, outage_bars, .. } = quality;
        match (open_gaps, outages) {
            (0, 0) => "none".to_owned(),
            (0, _) => format!("{} in {}", words::count(*outage_bars, "bar"), count(*outages, "outage")),
            (_, 0) => {
                format!("{} still looked for, in {}", words::count(*open_gap_bars, "bar"), count(*open_gaps, "gap"))
            }
            _ => format!(
                "{} still looked for, in {}; {outage_bars} in {}",
                words::count(*open_gap_bars, "bar"),
                count(*open_gaps, "gap"),
                count(*outages, "outage")
            ),
        }
    }

    pub(super) fn flags<'q>(&self, quality: &'q Quality) -> &'q [Finding] {
        &quality.flags[..quality.flags.len().min(FLAGS)]
    }

    /// False while score has written no report: a link to it would lead nowhere.
    pub(super) fn has_report(&self) -> bool {
        !matches!(self.reported, Ok(None))
    }

    pub(super) fn minute(&self, time: &Timestamp) -> String {
        minute(*time)
    }

    pub(super) fn span(&self, seconds: &i64) -> String {
        span(*seconds)
    }

    /// `3 days ago`, or `in 5 hours`.
    pub(super) fn away(&self, time: &Timestamp) -> String {
        away(*time, self.now)
    }
}

impl Says {
    fn new(forecast: &Forecast, now: Timestamp) -> Self {
        let Forecast { probability_up, direction, interval, baseline_probability, .. } = forecast;
        let class = direction.as_str();
        let expired = forecast.expires_at <= now;
        Self {
            headline: direction.headline(),
            class,
            because: forecast.because(),
            gauge: Gauge::new(class, *probability_up, *interval, *baseline_probability),
            probability: words::percent(*probability_up),
            interval: format!("{} to {}", words::percent(interval[0]), words::percent(interval[1])),
            base: words::percent(*baseline_probability),
            decided: minute(forecast.decision_time),
            known: minute(forecast.target_time),
            expires: format!("{} ({})", minute(forecast.expires_at), away(forecast.expires_at, now)),
            expired,
        }
    }
}

impl Evidence {
    fn new(edge: &Edge) -> Self {
        Self {
            headline: edge.headline(),
            sentence: edge.sentence(),
            tone: if edge.verdict == EdgeVerdict::Significant { "good" } else { "" },
            skill: words::skill(edge.brier_skill, edge.brier_skill_ci),
            labels: edge.n,
        }
    }
}

fn part<'a, T, R>(read: &'a Result<Vec<T>, Unread>, row: impl FnMut(&'a T) -> R) -> Part<R> {
    read.as_ref().map(|records| records.iter().map(row).collect()).map_err(|unread| *unread)
}

fn away(time: Timestamp, now: Timestamp) -> String {
    let seconds = time.as_second() - now.as_second();
    if seconds > 0 { format!("in {}", span(seconds)) } else { format!("{} ago", span(seconds)) }
}

/// The last forecasts with what came of them.
fn chart(record: &Record) -> Option<Chart> {
    let shown = &record.recent[record.recent.len().saturating_sub(CHARTED)..];
    let line = |value: fn(&super::Past) -> f64| shown.iter().map(|one| (one.decision_time, value(one))).collect();
    let marks = shown.iter().filter_map(|one| {
        let class = if one.outcome?.label()? { "up" } else { "down" };
        let title = format!("{}: {} up, went {class}", date(one.decision_time), words::percent(one.probability_up));
        Some((class, one.decision_time, one.probability_up, title))
    });
    Drawing {
        label: "Forecast probability of up against the base rate, with outcomes",
        lines: vec![("baseline", line(|one| one.baseline_probability)), ("forecast", line(|one| one.probability_up))],
        marks: marks.collect(),
        rule: Some(0.5),
        unit: Unit::Percent,
        ..Drawing::default()
    }
    .chart()
}
