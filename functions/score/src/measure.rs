//! The metrics of a series that was scored. Each is emitted as soon as it is known: what fails afterwards must not hide what
//! was done, and the retry does it no more.

use crate::{assessment::SeriesAssessment, response::SeriesSummary};
use contracts::action::AlertKind;
use market_data::Series;
use monitoring::SequentialTest;
use observability::{MetricUnit, Metrics};

/// What was stored.
pub(crate) fn storage_metrics(series: &Series, made: usize, settled: usize) -> Metrics {
    Metrics::for_series(series.slug()).count("ForecastsMade", made).count("ForecastsSettled", settled)
}

/// What was concluded and told, of a champion that is refused, too.
pub(crate) fn notification_metrics(summary: &SeriesSummary) -> Metrics {
    let sent = |kind| summary.sent.iter().filter(|sent| **sent == kind).count();
    Metrics::for_series(summary.series.slug())
        .count("AlertSent", sent(AlertKind::Drift) + sent(AlertKind::Notice))
        .count("RetrainAsked", sent(AlertKind::Drift))
        .count("RecoverySent", sent(AlertKind::Recovery))
        // From 0, none, to 4, retrain and page.
        .value("AlertAction", f64::from(summary.action as u8), MetricUnit::None)
}

/// What was found. A value that is not known is left out.
pub(crate) fn assessment_metrics(summary: &SeriesSummary, findings: &SeriesAssessment<'_>) -> Metrics {
    let metrics = Metrics::for_series(summary.series.slug())
        .count("BarsLate", findings.health.bars_late)
        .count("ModelRefused", 0);
    let rolling = summary.performance.rolling.as_ref();
    let sequential = &findings.sequential;
    let e_value = |test: &Option<SequentialTest>| test.as_ref().map(|test| test.e_value);
    [
        ("RollingLogLoss", rolling.map(|rolling| rolling.log_loss)),
        ("BrierSkill", rolling.map(|rolling| rolling.brier_skill)),
        ("ExpectedLogLoss", findings.expected.rolling.map(|expected| expected.log_loss)),
        ("EValueClimatology", e_value(&sequential.worse_than_climatology)),
        ("EValuePromise", e_value(&sequential.worse_than_promised)),
        ("DriftShare", summary.drift.as_ref().map(|drift| drift.share)),
        ("DriftSeverity", findings.upheaval.as_ref().map(|upheaval| upheaval.ratio)),
    ]
    .into_iter()
    .fold(metrics, |metrics, (name, value)| match value {
        Some(value) => metrics.value(name, value, MetricUnit::None),
        None => metrics,
    })
}
