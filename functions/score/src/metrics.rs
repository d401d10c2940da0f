//! Metrics of a series. Each set is emitted as soon as its values are known: a later failure must not hide them, and a
//! retry does not repeat the work that they count.

use crate::{assessment::SeriesAssessment, response::SeriesSummary};
use contracts::action::AlertKind;
use market_data::Series;
use monitoring::SequentialTest;
use observability::{MetricUnit, Metrics};

/// Metrics of the stored and settled forecasts.
pub(crate) fn storage_metrics(series: &Series, forecasts_made: usize, settled: usize) -> Metrics {
    Metrics::for_series(series.slug()).count("ForecastsMade", forecasts_made).count("ForecastsSettled", settled)
}

/// Metrics of the action and its notifications, also for a rejected champion.
pub(crate) fn notification_metrics(summary: &SeriesSummary) -> Metrics {
    let sent = |kind| summary.sent.iter().filter(|sent| **sent == kind).count();
    Metrics::for_series(summary.series.slug())
        .count("AlertSent", sent(AlertKind::Drift) + sent(AlertKind::Notice))
        .count("RetrainRequested", sent(AlertKind::Drift))
        .count("RecoverySent", sent(AlertKind::Recovery))
        // From 0, none, to 4, retrain and page.
        .value("AlertAction", f64::from(summary.action as u8), MetricUnit::None)
}

/// Metrics of the assessment. An unknown value is left out.
pub(crate) fn assessment_metrics(summary: &SeriesSummary, assessment: &SeriesAssessment<'_>) -> Metrics {
    let metrics = Metrics::for_series(summary.series.slug())
        .count("BarsLate", assessment.health.bars_late)
        .count("ModelRefused", 0);
    let rolling = assessment.track_record.rolling.as_ref();
    let distribution = assessment.track_record.distribution.rolling.as_ref();
    let sequential = &assessment.sequential;
    let e_value = |test: &Option<SequentialTest>| test.as_ref().map(|test| test.e_value);
    [
        ("RollingLogLoss", rolling.map(|rolling| rolling.log_loss)),
        ("BrierSkill", rolling.map(|rolling| rolling.brier_skill)),
        ("ExpectedLogLoss", assessment.expected.rolling.map(|expected| expected.log_loss)),
        ("EValueClimatology", e_value(&sequential.worse_than_climatology)),
        ("EValueHoldout", e_value(&sequential.worse_than_holdout)),
        ("CrpsSkill", distribution.map(|distribution| distribution.crps_skill)),
        ("CrpsSkillRecent", distribution.and_then(|distribution| distribution.crps_skill_recent)),
        ("Coverage50", distribution.map(|distribution| distribution.coverage[0])),
        ("Coverage80", distribution.map(|distribution| distribution.coverage[1])),
        ("Coverage95", distribution.map(|distribution| distribution.coverage[2])),
        ("EValueDistribution", e_value(&sequential.distribution_worse_than_climatology)),
        ("EValueCoverage", e_value(&sequential.band_coverage)),
        ("DriftShare", summary.drift.as_ref().map(|drift| drift.share)),
        ("DriftSeverity", assessment.regime_shift.as_ref().map(|shift| shift.ratio)),
    ]
    .into_iter()
    .fold(metrics, |metrics, (name, value)| match value {
        Some(value) => metrics.value(name, value, MetricUnit::None),
        None => metrics,
    })
}
