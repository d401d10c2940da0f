//! One event: decode, load, decide, store, announce.

use crate::{
    alert, drift,
    error::ScoreError,
    findings::Findings,
    forecast::{self, CATCH_UP},
    load,
    market::Market,
    realised,
    report::Report,
    request::{self, Request},
    settle, store,
    summary::{AlertStatus, DriftSummary, Latest, SeriesSummary, Status, Summary},
};
use aws::{
    Alerts, Clients, Config, ConfigError, Failure, Forecasts, Locks, Metrics, Registry, Storage, failure::chain,
    metrics::Unit,
};
use domain::{Series, drift::DriftConfig};
use jiff::Timestamp;
use serde_json::Value;

/// The function with its clients and configuration.
#[derive(Debug)]
pub(crate) struct Scorer {
    storage: Storage,
    registry: Registry,
    forecasts: Forecasts,
    locks: Locks,
    alerts: Alerts,
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
            locks: clients.locks()?,
            alerts: clients.alerts()?,
            series: config.series.clone(),
            drift: config.drift.clone(),
        })
    }

    /// Scores every configured series of the event's bars. One that fails does not keep the others from being scored;
    /// the invocation then fails, and is tried again, unless it is the champion itself that is refused.
    pub(crate) async fn handle(&self, event: &Value, now: Timestamp) -> Result<Summary, Failure> {
        self.score(event, now).await.map_err(|error| {
            let failure = Failure::new(error);
            tracing::error!(error = %failure, "scoring failed");
            failure
        })
    }

    async fn score(&self, event: &Value, now: Timestamp) -> Result<Summary, ScoreError> {
        let Request { symbol, interval, as_of } = request::decode(event, now)?;
        let config = DriftConfig::overridden(interval, self.drift.as_ref())?;
        let source = load::source(&self.storage, &symbol, interval).await?;
        let bars = load::bars(&self.storage, &symbol, interval, as_of).await?;
        let recent = CATCH_UP.max(drift::bars_needed(&config));
        let market = Market::new(interval, source, as_of, bars, recent);

        let mut summaries = Vec::new();
        let mut failures = Vec::new();
        for series in self.series.iter().filter(|one| one.symbol == symbol && one.interval == interval) {
            match self.one(series, &market, &config).await {
                Ok(summary) => summaries.push(summary),
                Err(error) => {
                    let cause = chain(&error);
                    tracing::error!(%series, error = cause, "series not scored");
                    let status = if error.is_refusal() { Status::ModelRefused } else { Status::Failed };
                    summaries.push(SeriesSummary::idle(series.clone(), status, Some(cause)));
                    if error.is_refusal() {
                        Metrics::of_series(series).count("ModelRefused", 1).emit();
                    } else {
                        failures.push((series.clone(), error));
                    }
                }
            }
        }
        let (failed, all) = (failures.len(), summaries.len());
        match failures.into_iter().next() {
            Some((series, source)) => Err(ScoreError::Some { failed, all, series, source: Box::new(source) }),
            None => Ok(Summary { symbol, interval, as_of, series: summaries }),
        }
    }

    async fn one(&self, series: &Series, market: &Market, config: &DriftConfig) -> Result<SeriesSummary, ScoreError> {
        if market.bars().is_empty() {
            return Ok(SeriesSummary::idle(series.clone(), Status::NoBars, None));
        }
        let Some((champion, reference)) = load::champion(&self.registry, &self.storage, series).await? else {
            return Ok(SeriesSummary::idle(series.clone(), Status::NoChampion, None));
        };
        let as_of = market.as_of;
        let look_back = realised::look_back(series, config);
        let from = forecast::bars_before(series, as_of, look_back);
        let at = ScoreError::at("reading stored forecasts");
        let mut records = self.forecasts.range(series, from, as_of, look_back + 1).await.map_err(at)?;

        let made = forecast::due(series, market, &champion, &records)?;
        let forecasts_made = store::forecasts(&self.forecasts, &made).await?;
        records.extend(made);
        let known: Vec<_> = (records.iter().enumerate())
            .filter(|(_, record)| !record.is_settled())
            .filter_map(|(index, record)| Some((index, settle::settlement(series, market, record)?)))
            .collect();
        let settled = store::settlements(&self.forecasts, series, &mut records, &known).await?;

        let findings = Findings::new(series, market, &champion, reference.as_ref(), &records, config)?;
        let report_key = store::report(&self.storage, &Report::new(&findings)).await?;
        let alert = self.announce(&findings, &report_key).await?;

        let summary = SeriesSummary {
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
            alert,
            report: Some(report_key),
        };
        metrics(&summary).emit();
        Ok(summary)
    }

    /// Sends the alert of a confirmed drift, unless one went out a short while ago.
    async fn announce(&self, findings: &Findings<'_>, report_key: &str) -> Result<AlertStatus, ScoreError> {
        let Some(drift) = findings.confirmed() else { return Ok(AlertStatus::None) };
        let (series, as_of) = (findings.series, findings.market.as_of);
        let name = format!("drift#{series}");
        let until = series.interval.step(as_of, i64::from(findings.config.cooldown_bars));
        let at = ScoreError::at("starting the cool-down");
        if !self.locks.cooldown(&name, until, as_of).await.map_err(at)? {
            return Ok(AlertStatus::CoolingDown);
        }
        let alert = alert::alert(findings, drift, self.storage.bucket(), report_key);
        if let Err(error) = self.alerts.publish(&alert::subject(series), &alert).await {
            // Nobody was alerted: the retry of this invocation must not find a cool-down.
            self.locks.clear_cooldown(&name).await.map_err(ScoreError::at("ending the cool-down"))?;
            return Err(ScoreError::at("sending the alert")(error));
        }
        tracing::warn!(%series, version = alert.version, reasons = ?alert.reasons, "drift confirmed, alert sent");
        Ok(AlertStatus::Sent)
    }
}

fn metrics(summary: &SeriesSummary) -> Metrics {
    let mut metrics = Metrics::of_series(&summary.series)
        .count("ForecastsMade", summary.forecasts_made)
        .count("ForecastsSettled", summary.settled)
        .count("AlertSent", usize::from(summary.alert == AlertStatus::Sent))
        .count("ModelRefused", 0);
    if let Some(rolling) = &summary.performance.rolling {
        metrics = metrics.value("RollingLogLoss", rolling.log_loss, Unit::None).value(
            "BrierSkill",
            rolling.brier_skill,
            Unit::None,
        );
    }
    match &summary.drift {
        Some(drift) => metrics.value("DriftShare", drift.share, Unit::None),
        None => metrics,
    }
}
