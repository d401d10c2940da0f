//! Values of the page's template, with each number formatted.

use super::{
    RecentForecast, Report,
    plots::{Plots, outcome_label},
    rows::{self, ActionBanner, ExpectedRow, FeatureDriftRow, FindingRow},
};
use crate::distribution_text;
use askama::Template;
use aws::{Outcome, keys};
use contracts::{distribution::Distribution, forecast::Forecast};
use evaluation::{Strategy, StrategyReturns, TOO_FEW};
use jiff::Timestamp;
use monitoring::{SequentialTest, StatisticReading, drift::ShareAboveThreshold};
use web::{
    AlertRow, DistributionRow, Gauge, PageHead, PerformanceRow, format_minute, format_percent, format_signed,
    format_skill, humanize_duration,
};

/// Maximum number of forecasts in the list.
const MAX_FORECASTS: usize = 15;

/// Template of the page.
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    head: PageHead,
    report: &'a Report,
    /// Last segment of the page's own path.
    stamp: String,
    banner: ActionBanner,
    firing: Vec<FindingRow<'a>>,
    findings: Vec<FindingRow<'a>>,
    plots: Plots,
    sequential: Vec<(&'static str, &'a SequentialTest)>,
    expected: Vec<ExpectedRow>,
    performance: Vec<PerformanceRow>,
    newest_distribution: Option<&'a Distribution>,
    distribution_sentences: Vec<String>,
    distributions: Vec<DistributionRow>,
    record_sentence: String,
    features: Vec<FeatureDriftRow<'a>>,
    alerts: Vec<AlertRow<'a>>,
    recent: Vec<&'a RecentForecast>,
}

impl<'a> Page<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let findings = || report.decision.findings.iter();
        let tests = &report.sequential;
        let newest = report.forecast.as_ref().and_then(|forecast| Some((forecast.distribution.as_ref()?, forecast)));
        let record = report.performance.summary();
        Self {
            head: PageHead::new(
                format!("Weathervane: {} at {}", report.series, format_minute(report.as_of)),
                format!(
                    "Forecast, track record and monitoring of {} as of {} UTC.",
                    report.series,
                    format_minute(report.as_of)
                ),
            ),
            report,
            stamp: stamp(report),
            banner: ActionBanner::new(report),
            firing: findings().filter(|finding| finding.fires()).map(FindingRow::new).collect(),
            findings: findings().map(FindingRow::new).collect(),
            plots: Plots::new(report),
            sequential: [
                ("worse than climatology", &tests.worse_than_climatology),
                ("worse than the hold-out bound", &tests.worse_than_holdout),
                ("distribution worse than climatology", &tests.distribution_worse_than_climatology),
                ("coverage of the 80 % band", &tests.band_coverage),
            ]
            .into_iter()
            .filter_map(|(name, test)| Some((name, test.as_ref()?)))
            .collect(),
            expected: rows::expected(report),
            performance: PerformanceRow::from_track_record(&record),
            newest_distribution: newest.map(|(distribution, _)| distribution),
            distribution_sentences: newest
                .map(|(distribution, forecast)| distribution_text::sentences(distribution, forecast.target_time))
                .unwrap_or_default(),
            record_sentence: distribution_text::record_sentence(&report.performance.distribution),
            distributions: DistributionRow::from_track_record(&record),
            features: rows::features(report),
            alerts: report.alerts.iter().map(rows::alert_row).collect(),
            recent: report.recent.iter().rev().take(MAX_FORECASTS).collect(),
        }
    }

    fn minute(&self, time: &Timestamp) -> String {
        format_minute(*time)
    }

    fn span(&self, seconds: &i64) -> String {
        humanize_duration(*seconds)
    }

    fn percent(&self, share: &f64) -> String {
        format_percent(*share)
    }

    fn percent_of(&self, level: &f64) -> String {
        format!("{:.0} %", 100.0 * level)
    }

    fn price(&self, price: &f64) -> String {
        web::format::format_price(*price)
    }

    /// Log return as a change of the price in per cent.
    fn move_percent(&self, log_return: &f64) -> String {
        format!("{:+.1} %", 100.0 * log_return.exp_m1())
    }

    fn move_or_none(&self, log_return: &Option<f64>) -> String {
        log_return.as_ref().map_or_else(|| "open".to_owned(), |log_return| self.move_percent(log_return))
    }

    fn band_or_none(&self, band: &Option<[f64; 2]>) -> String {
        let text = |[low, high]: &[f64; 2]| format!("{} to {}", self.move_percent(low), self.move_percent(high));
        band.as_ref().map_or_else(|| "none".to_owned(), text)
    }

    fn skill(&self, skill: &f64, interval: &Option<[f64; 2]>) -> String {
        format_skill(*skill, *interval)
    }

    fn times(&self, ratio: &f64) -> String {
        if *ratio < 1000.0 { format!("{ratio:.2}") } else { "over 1000".to_owned() }
    }

    /// Ratio to a threshold that older references do not have.
    fn times_or_none(&self, ratio: &Option<f64>) -> String {
        ratio.as_ref().map_or_else(|| "none".to_owned(), |ratio| self.times(ratio))
    }

    fn share_or_none(&self, share: &Option<ShareAboveThreshold>) -> String {
        share.as_ref().map_or_else(|| "none".to_owned(), |share| format_percent(share.share))
    }

    /// Two decimals, never `-0.00`.
    fn two_decimals(&self, value: &f64) -> String {
        format!("{:.2}", if value.abs() < 0.005 { 0.0 } else { *value })
    }

    fn signed(&self, value: &f64, interval: &Option<[f64; 2]>) -> String {
        format_signed(*value, *interval)
    }

    fn gauge(&self, forecast: &Forecast) -> Gauge {
        let Forecast { probability_up, interval, baseline_probability, .. } = forecast;
        Gauge::new(forecast.direction.as_str(), *probability_up, *interval, *baseline_probability)
    }

    fn status(&self, forecast: &Forecast) -> &'static str {
        web::wording::status_label(forecast.status)
    }

    fn outcome(&self, outcome: &Option<Outcome>) -> &'static str {
        outcome_label(*outcome)
    }

    fn statistic_name(&self, statistic: &StatisticReading) -> String {
        statistic.statistic.to_string()
    }

    fn strategies<'c>(&self, costs: &'c StrategyReturns) -> [(&'static str, &'c Strategy); 3] {
        [
            ("long on up", &costs.long_flat),
            ("long on up, short on down", &costs.long_short),
            ("always long", &costs.always_long),
        ]
    }

    fn sharpe(&self, strategy: &Strategy) -> String {
        // Without an annual return there are too few bars. With one, the returns are constant.
        let absent = if strategy.annual_return.is_none() { TOO_FEW } else { "none" };
        strategy
            .sharpe
            .zip(strategy.sharpe_interval)
            .map_or_else(|| absent.to_owned(), |(value, [lo, hi])| format!("{value:.2} [{lo:.2}, {hi:.2}]"))
    }
}

fn stamp(report: &Report) -> String {
    let key = keys::report(&report.series, report.as_of, "json");
    let name = key.rsplit('/').next().unwrap_or_default();
    name.trim_end_matches(".json").to_owned()
}
