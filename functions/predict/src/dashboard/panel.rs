//! Section of one series on the page.

use super::{
    SeriesPage, StoreUnavailable,
    rows::{ChampionChangeRow, RunRow, alert_row},
    versions::{VersionRow, other_weights},
};
use crate::{
    overview::{ChampionStatus, DataStatus},
    quality::DataQuality,
};
use contracts::{
    TOO_FEW, Warning,
    distribution::{Band, Coverage, Distribution, Odds},
    forecast::{Edge, EdgeVerdict, Forecast, ForecastStatus},
    report::{RecentForecast, ReportSummary, SettledCounts},
};
use jiff::Timestamp;
use market_data::{numbers::counted, origin::Origin, quality::QualityFinding};
use web::{
    AlertRow, Chart, ChartSpec, DOTS, Dotplot, Gauge, PerformanceRow, ValueUnit,
    format::{format_price, horizon_label, relative_time},
    format_date, format_minute, format_percent, format_signed, humanize_duration, wording,
};

/// Maximum number of quality findings on the page.
const MAX_FLAGS: usize = 3;
/// Maximum number of forecasts in the chart.
const MAX_CHART_FORECASTS: usize = 90;

/// Rows of a table, or the error of its store.
type Section<T> = Result<Vec<T>, StoreUnavailable>;

/// One series with its texts in their final form.
#[derive(Debug)]
pub(super) struct Panel<'a> {
    pub(super) page: &'a SeriesPage,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) horizon: String,
    pub(super) simulated: bool,
    pub(super) forecast: Result<ForecastPanel, &'a str>,
    /// Evidence for the champion; absent without one.
    pub(super) edge: Option<EdgePanel>,
    /// Time of the newest report; absent before the first.
    pub(super) reported: Result<Option<String>, StoreUnavailable>,
    pub(super) performance: Vec<PerformanceRow>,
    pub(super) settled: Option<SettledCounts>,
    pub(super) chart: Option<Chart>,
    /// Champion and challengers.
    pub(super) versions: Section<VersionRow>,
    /// Weights of the experts that are no versions, in words; absent where no mixture is stored.
    pub(super) other_weights: Option<String>,
    pub(super) changes: Section<ChampionChangeRow<'a>>,
    pub(super) runs: Section<RunRow>,
    pub(super) alerts: Section<AlertRow<'a>>,
    now: Timestamp,
}

/// Forecast in words.
#[derive(Debug)]
pub(super) struct ForecastPanel {
    pub(super) headline: &'static str,
    pub(super) class: &'static str,
    pub(super) status: &'static str,
    /// True if the status is `ok`.
    pub(super) is_ok: bool,
    pub(super) rationale: &'static str,
    pub(super) gauge: Gauge,
    pub(super) probability: String,
    pub(super) interval: String,
    pub(super) base: String,
    pub(super) decided: String,
    pub(super) known: String,
    pub(super) expires: String,
    /// True if the next bar should have arrived.
    pub(super) expired: bool,
    /// Distribution of the move; absent without one.
    pub(super) range: Option<DistributionPanel>,
}

/// Distribution of the move in words and as dots.
#[derive(Debug)]
pub(super) struct DistributionPanel {
    pub(super) sentence: String,
    pub(super) plot: Option<Dotplot>,
    /// Level and prices of each band.
    pub(super) bands: Vec<(String, String)>,
    pub(super) expected: String,
    pub(super) volatility: String,
    /// Size with the probabilities of a larger move up and down.
    pub(super) odds: Vec<(String, String)>,
    pub(super) evidence: &'static str,
    /// Skill and coverage; absent where they were not measured.
    pub(super) measured: Option<(String, String)>,
}

/// Evidence for the champion.
#[derive(Debug)]
pub(super) struct EdgePanel {
    pub(super) headline: &'static str,
    pub(super) sentence: &'static str,
    /// Returns of following the calls; absent where they were not measured.
    pub(super) after_costs: Option<String>,
    pub(super) tone: &'static str,
    pub(super) skill: String,
    pub(super) labels: usize,
}

impl<'a> Panel<'a> {
    pub(super) fn new(page: &'a SeriesPage) -> Self {
        let SeriesPage { now, status, forecast, report, history, runs, alerts, experts, challengers } = page;
        let series = &status.series;
        let report = report.as_ref();
        let newest = report.ok().and_then(Option::as_ref);
        let edge = match forecast {
            Ok(forecast) => Some(forecast.edge),
            Err(_) => status.champion.as_ref().map(|champion| champion.edge),
        };
        Self {
            page,
            slug: series.slug(),
            title: status.symbol.to_string(),
            horizon: horizon_label(status.interval, status.horizon),
            simulated: status
                .data
                .as_ref()
                .is_some_and(|data| Origin::from(data.latest.source.as_str()).is_simulated()),
            forecast: forecast.as_ref().map(|forecast| ForecastPanel::new(forecast, *now)).map_err(String::as_str),
            edge: edge.as_ref().map(EdgePanel::new),
            reported: report.map(|report| Some(format_minute(report.as_ref()?.as_of?))).map_err(|error| *error),
            performance: newest.map_or_else(Vec::new, |report| PerformanceRow::from_track_record(&report.performance)),
            settled: newest.and_then(|report| report.performance.settled),
            chart: newest.and_then(chart),
            versions: challengers
                .as_ref()
                .map(|challengers| {
                    VersionRow::all(status.champion.as_ref(), challengers, experts.as_deref(), report.ok())
                })
                .map_err(|error| *error),
            other_weights: experts.as_deref().and_then(other_weights),
            changes: section(history, ChampionChangeRow::new),
            runs: section(runs, RunRow::new),
            alerts: section(alerts, |record| alert_row(series, record)),
            now: *now,
        }
    }

    /// Warnings of the forecast, and further ones of the series.
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

    /// Numbers of missing bars in gaps and outages.
    pub(super) fn missing(&self, quality: &DataQuality) -> String {
        let bars = |missing: i64| counted(usize::try_from(missing).unwrap_or_default(), "bar");
        let DataQuality { open_gaps, open_gap_bars, outages, outage_bars, .. } = quality;
        match (open_gaps, outages) {
            (0, 0) => "none".to_owned(),
            (0, _) => format!("{} in {}", bars(*outage_bars), counted(*outages, "outage")),
            (_, 0) => format!("{} still searched for, in {}", bars(*open_gap_bars), counted(*open_gaps, "gap")),
            _ => format!(
                "{} still searched for, in {}; {outage_bars} in {}",
                bars(*open_gap_bars),
                counted(*open_gaps, "gap"),
                counted(*outages, "outage")
            ),
        }
    }

    pub(super) fn flags<'q>(&self, quality: &'q DataQuality) -> &'q [QualityFinding] {
        &quality.flags[..quality.flags.len().min(MAX_FLAGS)]
    }

    /// False before the first score report: a link to it would lead nowhere.
    pub(super) fn has_report(&self) -> bool {
        !matches!(self.reported, Ok(None))
    }

    pub(super) fn minute(&self, time: &Timestamp) -> String {
        format_minute(*time)
    }

    pub(super) fn span(&self, seconds: &i64) -> String {
        humanize_duration(*seconds)
    }

    /// Distance of a time from now: `3 days ago`, `in 5 hours`.
    pub(super) fn relative_time(&self, time: &Timestamp) -> String {
        relative_time(*time, self.now)
    }
}

impl ForecastPanel {
    fn new(forecast: &Forecast, now: Timestamp) -> Self {
        let Forecast { probability_up, direction, interval, baseline_probability, .. } = forecast;
        let class = direction.as_str();
        let expired = forecast.expires_at <= now;
        Self {
            headline: wording::direction_label(forecast),
            class,
            status: wording::status_label(forecast.status),
            is_ok: forecast.status == ForecastStatus::Ok,
            rationale: wording::forecast_rationale(forecast),
            gauge: Gauge::new(class, *probability_up, *interval, *baseline_probability),
            probability: format_percent(*probability_up),
            interval: format!("{} to {}", format_percent(interval[0]), format_percent(interval[1])),
            base: format_percent(*baseline_probability),
            decided: format_minute(forecast.decision_time),
            known: format_minute(forecast.target_time),
            range: DistributionPanel::new(forecast),
            expires: format!("{} ({})", format_minute(forecast.expires_at), relative_time(forecast.expires_at, now)),
            expired,
        }
    }
}

impl DistributionPanel {
    fn new(forecast: &Forecast) -> Option<Self> {
        let distribution = forecast.distribution.as_ref()?;
        let Distribution { bands, evidence, .. } = distribution;
        let band = |band: &Band| {
            let [low, high] = band.prices.map(format_price);
            (format!("{:.0} % band", 100.0 * band.level), format!("{low} to {high}"))
        };
        let odds = |odds: &Odds| {
            let text = format!("{} up, {} down", format_percent(odds.up), format_percent(odds.down));
            (format!("More than {}", wording::format_size(odds.size)), text)
        };
        let coverage = |Coverage { share, n }| format!("80 % band held {} of {n} outcomes", format_percent(share));
        let measured = (evidence.n > 0).then(|| {
            let coverage = evidence.coverage_80.map_or_else(|| TOO_FEW.to_owned(), coverage);
            (format_signed(evidence.crps_skill, evidence.crps_skill_ci), coverage)
        });
        let symbol = &forecast.series.symbol;
        let known = format_minute(forecast.target_time);
        Some(Self {
            sentence: wording::move_summary(forecast)?,
            plot: Dotplot::new(format!("{DOTS} equally likely prices of {symbol} at {known}"), distribution),
            bands: bands.iter().map(band).collect(),
            expected: format_percent(distribution.expected_move),
            volatility: format_percent(distribution.annualised_volatility),
            odds: distribution.odds.iter().map(odds).collect(),
            evidence: wording::distribution_summary(distribution),
            measured,
        })
    }
}

impl EdgePanel {
    fn new(edge: &Edge) -> Self {
        Self {
            headline: wording::edge_label(edge),
            sentence: wording::edge_summary(edge),
            after_costs: wording::after_costs_summary(&edge.after_costs),
            tone: if edge.verdict == EdgeVerdict::Shown { "good" } else { "" },
            skill: format_signed(edge.brier_skill, edge.brier_skill_ci),
            labels: edge.n,
        }
    }
}

fn section<'a, T, R>(records: &'a Result<Vec<T>, StoreUnavailable>, row: impl FnMut(&'a T) -> R) -> Section<R> {
    records.as_ref().map(|records| records.iter().map(row).collect()).map_err(|error| *error)
}

/// Chart of the latest forecasts with their outcomes.
fn chart(report: &ReportSummary) -> Option<Chart> {
    let recent = &report.recent[report.recent.len().saturating_sub(MAX_CHART_FORECASTS)..];
    let line = |value: fn(&RecentForecast) -> f64| {
        recent.iter().map(|forecast| (forecast.decision_time, value(forecast))).collect()
    };
    let marks = recent.iter().filter_map(|forecast| {
        let class = if forecast.outcome?.label()? { "up" } else { "down" };
        let title = format!(
            "{}: {} up, went {class}",
            format_date(forecast.decision_time),
            format_percent(forecast.probability_up)
        );
        Some((class, forecast.decision_time, forecast.probability_up, title))
    });
    ChartSpec {
        label: "Forecast probability of up against the base rate, with outcomes",
        lines: vec![
            ("baseline", line(|forecast| forecast.baseline_probability)),
            ("forecast", line(|forecast| forecast.probability_up)),
        ],
        marks: marks.collect(),
        reference_line: Some(0.5),
        unit: ValueUnit::Percent,
        ..ChartSpec::default()
    }
    .chart()
}
