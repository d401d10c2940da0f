//! One event: decode, load, decide, store, announce.

use crate::{
    alert::Place,
    clock::Clock,
    drift,
    error::ScoreError,
    findings::Findings,
    forecast::{self, CATCH_UP},
    load,
    market::Market,
    measure, realised,
    report::Report,
    request::{self, Request},
    settle, store,
    summary::{AlertStatus, DriftSummary, Latest, SeriesSummary, Status, Summary},
    told::{Moment, Town},
};
use aws::{Clients, Config, ConfigError, Failure, Forecasts, Metrics, Registry, Storage, failure::chain};
use domain::{Series, drift::DriftConfig, monitor::Decision};
use jiff::Timestamp;
use serde_json::Value;
use tracing::Instrument as _;

/// Alerts that a report shows.
const SHOWN_ALERTS: usize = 20;

/// The function with its clients and configuration.
#[derive(Debug)]
pub(crate) struct Scorer {
    storage: Storage,
    registry: Registry,
    forecasts: Forecasts,
    town: Town,
    api_url: Option<String>,
    series: Vec<Series>,
    drift: Option<Value>,
}

impl Scorer {
    /// Makes the clients.
    pub(crate) fn new(config: &Config, clients: &Clients) -> Result<Self, ConfigError> {
        config.default_series()?;
        Ok(Self {
            storage: clients.storage()?,
            registry: clients.registry()?,
            forecasts: clients.forecasts()?,
            town: Town { locks: clients.locks()?, alerts: clients.alerts()?, log: clients.alert_log()? },
            api_url: config.api_url.clone(),
            series: config.series.clone(),
            drift: config.drift.clone(),
        })
    }

    /// Scores every configured series of the event's bars. One that fails does not keep the others from being scored;
    /// the invocation then fails, and is tried again, unless it is the champion itself that is refused.
    pub(crate) async fn handle(&self, event: &Value, clock: Timestamp) -> Result<Summary, Failure> {
        self.score(event, Clock::reading(clock)).await.map_err(|error| Failure::logged("scoring", &error))
    }

    async fn score(&self, event: &Value, clock: Clock) -> Result<Summary, ScoreError> {
        let Request { symbol, interval, as_of } = request::decode(event, clock.now())?;
        let config = DriftConfig::overridden(interval, self.drift.as_ref())?;
        let (source, doubtful) = load::window(&self.storage, &symbol, interval).await?;
        let bars = load::bars(&self.storage, &symbol, interval, as_of).await?;
        let recent = CATCH_UP.max(drift::bars_needed(&config));
        let market = Market::new(interval, source, as_of, bars, recent).warning_of(doubtful);

        let mut summaries = Vec::new();
        let mut failures = Vec::new();
        for series in self.series.iter().filter(|one| one.symbol == symbol && one.interval == interval) {
            let span = tracing::info_span!("scoring", %series);
            match self.one(series, &market, &config, clock).instrument(span).await {
                Ok(summary) => summaries.push(summary),
                Err(error) => {
                    let (summary, error) = self.unscored(series, as_of, &config, clock, error).await;
                    summaries.push(summary);
                    failures.extend(error.map(|error| (series.clone(), error)));
                }
            }
        }
        let (failed, all) = (failures.len(), summaries.len());
        match failures.into_iter().next() {
            Some((series, source)) => Err(ScoreError::Some { failed, all, series, source: Box::new(source) }),
            None => Ok(Summary { symbol, interval, as_of, series: summaries }),
        }
    }

    async fn one(
        &self,
        series: &Series,
        market: &Market,
        config: &DriftConfig,
        clock: Clock,
    ) -> Result<SeriesSummary, ScoreError> {
        if market.bars().is_empty() {
            return Ok(SeriesSummary::idle(series.clone(), Status::NoBars, None));
        }
        let as_of = market.as_of;
        let Some((champion, reference)) = load::champion(&self.registry, &self.storage, series, as_of).await? else {
            return Ok(SeriesSummary::idle(series.clone(), Status::NoChampion, None));
        };
        let look_back = realised::look_back(series, champion.artifact.trained_at, as_of, config);
        let from = forecast::bars_before(series, as_of, look_back);
        let at = ScoreError::at("reading stored forecasts");
        let records = self.forecasts.range(series, from, as_of, look_back + 1).await.map_err(at)?;
        let then = |record| forecast::as_counted(forecast::as_of(record, as_of), config);
        let mut records: Vec<_> = records.into_iter().map(then).collect();

        let mut made = forecast::due(series, market, &champion, &records)?;
        forecast::stamp(&mut made, clock.now());
        let forecasts_made = store::forecasts(&self.forecasts, &made).await?;
        records.extend(made.into_iter().map(|record| forecast::as_counted(record, config)));
        let known: Vec<_> = (records.iter().enumerate())
            .filter(|(_, record)| !record.is_settled())
            .filter_map(|(index, record)| Some((index, settle::settlement(series, market, record)?)))
            .collect();
        let settled = store::settlements(&self.forecasts, series, &mut records, &known).await?;
        measure::stored(series, forecasts_made, settled).emit();

        let findings = Findings::new(series, market, &champion, reference.as_ref(), &records, config)?;
        let moment = Moment { series, as_of, clock, version: champion.version, config };
        let mut report = Report::new(&findings)?;
        report.alerts = self.town.before(moment, SHOWN_ALERTS).await?;
        let report_key = store::report(&self.storage, &report).await?;
        let place = Place::of_report(series, as_of, self.api_url.as_deref(), self.storage.bucket());
        let told = self.town.tell(moment, &findings.decision, Some(&findings), &place).await?;

        let mut summary = SeriesSummary {
            series: series.clone(),
            status: Status::Scored,
            error: None,
            champion: Some(champion.version),
            forecasts_made,
            settled,
            latest: records.last().map(|record| Latest {
                decision_time: record.forecast.decision_time,
                probability_up: record.forecast.probability_up,
                direction: record.forecast.direction,
            }),
            performance: findings.realised.clone(),
            drift: findings.drift.as_ref().map(|drift| DriftSummary {
                share: drift.windows.last().map_or(0.0, |window| window.share_drifted),
                confirmed: drift.decision.confirmed,
                reasons: drift.decision.reasons.clone(),
            }),
            action: findings.decision.action,
            alert: AlertStatus::None,
            sent: vec![],
            report: Some(report_key),
        };
        summary.tell(&told);
        measure::told(&summary).emit();
        measure::found(&summary, &findings).emit();
        Ok(summary)
    }

    /// What is said of a series that could not be scored, and the error unless trying again cannot help: of a champion that
    /// is refused people are told.
    async fn unscored(
        &self,
        series: &Series,
        as_of: Timestamp,
        config: &DriftConfig,
        clock: Clock,
        error: ScoreError,
    ) -> (SeriesSummary, Option<ScoreError>) {
        let cause = chain(&error);
        tracing::error!(%series, error = cause, "series not scored");
        let idle = |status| SeriesSummary::idle(series.clone(), status, Some(cause.clone()));
        let Some(version) = error.refused_version() else { return (idle(Status::Failed), Some(error)) };
        Metrics::of_series(series).count("ModelRefused", 1).emit();
        let mut summary = idle(Status::ModelRefused);
        let moment = Moment { series, as_of, clock, version, config };
        let decision = Decision::refused(&cause, config);
        summary.action = decision.action;
        let place = Place::of_latest(series, self.api_url.as_deref(), self.storage.bucket());
        // Unless that is known.
        match self.town.tell(moment, &decision, None, &place).await {
            Ok(told) => {
                summary.tell(&told);
                measure::told(&summary).emit();
                (summary, None)
            }
            Err(error) => (summary, Some(error)),
        }
    }
}
