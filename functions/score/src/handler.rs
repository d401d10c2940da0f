//! One event: decode, load, decide, store, announce.

use crate::{
    alert::ReportLocation,
    assessment::SeriesAssessment,
    bars::ScoredBars,
    clock::Clock,
    drift,
    error::ScoreError,
    forecast::{self, MAX_CATCH_UP_BARS},
    load, measure,
    notifier::{Notifier, SeriesContext},
    report::Report,
    request::{self, Request},
    response::{AlertStatus, DriftStatus, LatestForecast, ScoreResponse, SeriesSummary, Status},
    settle, store, track_record,
};
use aws::{AwsClients, Config, ConfigError, ForecastStore, ModelRegistry, ObjectStore};
use jiff::Timestamp;
use lambda_shell::HandlerError;
use market_data::Series;
use monitoring::{MonitoringConfig, MonitoringDecision};
use observability::{Metrics, error_chain};
use serde_json::Value;
use tracing::Instrument as _;

/// Alerts that a report shows.
const SHOWN_ALERTS: usize = 20;

/// The function with its clients and configuration.
#[derive(Debug)]
pub(crate) struct ScoreService {
    storage: ObjectStore,
    registry: ModelRegistry,
    forecasts: ForecastStore,
    town: Notifier,
    api_url: Option<String>,
    series: Vec<Series>,
    drift: Option<Value>,
}

impl ScoreService {
    /// Makes the clients.
    pub(crate) fn new(config: &Config, clients: &AwsClients) -> Result<Self, ConfigError> {
        config.default_series()?;
        Ok(Self {
            storage: clients.storage()?,
            registry: clients.registry()?,
            forecasts: clients.forecasts()?,
            town: Notifier { locks: clients.locks()?, alerts: clients.alerts()?, log: clients.alert_log()? },
            api_url: config.api_url.clone(),
            series: config.series.clone(),
            drift: config.drift.clone(),
        })
    }

    /// Scores every configured series of the event's bars. One that fails does not keep the others from being scored;
    /// the invocation then fails, and is tried again, unless it is the champion itself that is refused.
    pub(crate) async fn handle(&self, event: &Value, clock: Timestamp) -> Result<ScoreResponse, HandlerError> {
        self.score(event, Clock::reading(clock)).await.map_err(|error| HandlerError::logged("scoring", &error))
    }

    async fn score(&self, event: &Value, clock: Clock) -> Result<ScoreResponse, ScoreError> {
        let Request { symbol, interval, as_of } = request::decode(event, clock.now())?;
        let config = MonitoringConfig::with_overrides(interval, self.drift.as_ref())?;
        let (source, doubtful) = load::load_window(&self.storage, &symbol, interval).await?;
        let bars = load::bars_until(&self.storage, &symbol, interval, as_of).await?;
        let recent = MAX_CATCH_UP_BARS.max(drift::bars_needed(&config));
        let market = ScoredBars::new(interval, source, as_of, bars, recent).warning_of(doubtful);

        let mut summaries = Vec::new();
        let mut failures = Vec::new();
        for series in self.series.iter().filter(|one| one.symbol == symbol && one.interval == interval) {
            let span = tracing::info_span!("scoring", %series);
            match self.score_series(series, &market, &config, clock).instrument(span).await {
                Ok(summary) => summaries.push(summary),
                Err(error) => {
                    let (summary, error) = self.handle_failure(series, as_of, &config, clock, error).await;
                    summaries.push(summary);
                    failures.extend(error.map(|error| (series.clone(), error)));
                }
            }
        }
        let (failed, all) = (failures.len(), summaries.len());
        match failures.into_iter().next() {
            Some((series, source)) => Err(ScoreError::SeriesFailed { failed, all, series, source: Box::new(source) }),
            None => Ok(ScoreResponse { symbol, interval, as_of, series: summaries }),
        }
    }

    async fn score_series(
        &self,
        series: &Series,
        market: &ScoredBars,
        config: &MonitoringConfig,
        clock: Clock,
    ) -> Result<SeriesSummary, ScoreError> {
        if market.bars().is_empty() {
            return Ok(SeriesSummary::skipped(series.clone(), Status::NoBars, None));
        }
        let Some((champion, reference)) = load::load_champion(&self.registry, &self.storage, series).await? else {
            return Ok(SeriesSummary::skipped(series.clone(), Status::NoChampion, None));
        };
        let as_of = market.as_of;
        let look_back = track_record::lookback_bars(series, champion.artifact.trained_at, as_of, config);
        let from = forecast::bars_before(series, as_of, look_back);
        let at = ScoreError::store_error("reading stored forecasts");
        let records = self.forecasts.range(series, from, as_of, look_back + 1).await.map_err(at)?;
        let then = |record| forecast::as_counted(forecast::as_known_at(record, as_of), config);
        let mut records: Vec<_> = records.into_iter().map(then).collect();

        let mut made = forecast::due_forecasts(series, market, &champion, &records)?;
        forecast::stamp_stored_at(&mut made, clock.now());
        let forecasts_made = store::forecasts(&self.forecasts, &made).await?;
        records.extend(made.into_iter().map(|record| forecast::as_counted(record, config)));
        let known: Vec<_> = (records.iter().enumerate())
            .filter(|(_, record)| !record.is_settled())
            .filter_map(|(index, record)| Some((index, settle::settlement(series, market, record)?)))
            .collect();
        let settled = store::settlements(&self.forecasts, series, &mut records, &known).await?;
        measure::storage_metrics(series, forecasts_made, settled).emit();

        let findings = SeriesAssessment::new(series, market, &champion, reference.as_ref(), &records, config)?;
        let moment = SeriesContext { series, as_of, clock, version: champion.version, config };
        let mut report = Report::new(&findings)?;
        report.alerts = self.town.alerts_before(moment, SHOWN_ALERTS).await?;
        let report_key = store::report(&self.storage, &report).await?;
        let place = ReportLocation::for_report(series, as_of, self.api_url.as_deref(), self.storage.bucket());
        let told = self.town.notify(moment, &findings.decision, Some(&findings), &place).await?;

        let mut summary = SeriesSummary {
            series: series.clone(),
            status: Status::Scored,
            error: None,
            champion: Some(champion.version),
            forecasts_made,
            settled,
            latest: records.last().map(|record| LatestForecast {
                decision_time: record.forecast.decision_time,
                probability_up: record.forecast.probability_up,
                direction: record.forecast.direction,
            }),
            performance: findings.realised.clone(),
            drift: findings.drift.as_ref().map(|drift| DriftStatus {
                share: drift.windows.last().map_or(0.0, |window| window.share_drifted),
                confirmed: drift.decision.confirmed,
                reasons: drift.decision.reasons.clone(),
            }),
            action: findings.decision.action,
            alert: AlertStatus::None,
            sent: vec![],
            report: Some(report_key),
        };
        summary.set_notifications(&told);
        measure::notification_metrics(&summary).emit();
        measure::assessment_metrics(&summary, &findings).emit();
        Ok(summary)
    }

    /// What is said of a series that could not be scored, and the error unless trying again cannot help: of a champion that
    /// is refused people are told.
    async fn handle_failure(
        &self,
        series: &Series,
        as_of: Timestamp,
        config: &MonitoringConfig,
        clock: Clock,
        error: ScoreError,
    ) -> (SeriesSummary, Option<ScoreError>) {
        let cause = error_chain(&error);
        tracing::error!(%series, error = cause, "series not scored");
        let idle = |status| SeriesSummary::skipped(series.clone(), status, Some(cause.clone()));
        let Some(version) = error.refused_version() else { return (idle(Status::Failed), Some(error)) };
        Metrics::for_series(series.slug()).count("ModelRefused", 1).emit();
        let mut summary = idle(Status::ModelRefused);
        let moment = SeriesContext { series, as_of, clock, version, config };
        let decision = MonitoringDecision::model_rejected(&cause, config);
        summary.action = decision.action;
        let place = ReportLocation::of_latest(series, self.api_url.as_deref(), self.storage.bucket());
        // Unless that is known.
        match self.town.notify(moment, &decision, None, &place).await {
            Ok(told) => {
                summary.set_notifications(&told);
                measure::notification_metrics(&summary).emit();
                (summary, None)
            }
            Err(error) => (summary, Some(error)),
        }
    }
}
