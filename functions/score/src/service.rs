//! Use case of the function: load, decide, store and publish, for each series of a symbol and interval.

use crate::{
    ScoreError, ScoreRequest, ScoreResponse,
    alert::ReportLocation,
    assessment::SeriesAssessment,
    bar_window,
    bars::ScoredBars,
    champion::{self, Champion},
    drift,
    experts::{self, Challenger},
    forecast::{self, MAX_CATCH_UP_BARS},
    forecast_store, metrics,
    notifier::{Notifier, SeriesContext},
    report::Report,
    report_store,
    response::{SeriesStatus, SeriesSummary},
    settlement, track_record,
};
use aws::{AwsClients, Config, ConfigError, ForecastRecord, ForecastStore, ModelRegistry, ObjectStore};
use bar_store::BarStore;
use contracts::{costs::Costs, distribution::OddsConfig};
use jiff::Timestamp;
use lambda_shell::Invocation;
use market_data::{Interval, Series, Symbol};
use monitoring::{MonitoringConfig, MonitoringDecision};
use observability::{Metrics, error_chain};
use serde_json::Value;
use tracing::Instrument as _;

/// Maximum number of earlier alerts in a report.
const MAX_REPORT_ALERTS: usize = 20;

/// Stores and configuration of the function, made once per process.
#[derive(Debug)]
pub struct ScoreService {
    /// The bucket.
    pub storage: ObjectStore,
    /// The model registry.
    pub registry: ModelRegistry,
    /// Store of the forecasts.
    pub forecasts: ForecastStore,
    /// Sender of the notifications.
    pub notifier: Notifier,
    /// URL of the API, for links to reports. Without it they are `s3://` links.
    pub api_url: Option<String>,
    /// Configured series.
    pub series: Vec<Series>,
    /// Sizes of moves in the odds.
    pub odds: OddsConfig,
    /// Overrides of the monitoring configuration, if any.
    pub monitoring_overrides: Option<Value>,
    /// Costs of trading in the track record.
    pub costs: Costs,
}

impl ScoreService {
    /// Creates the stores and reads the configuration.
    ///
    /// # Errors
    /// An environment variable is missing, or no series is configured.
    pub fn new(config: &Config, clients: &AwsClients) -> Result<Self, ConfigError> {
        config.default_series()?;
        Ok(Self {
            storage: clients.storage()?,
            registry: clients.registry()?,
            forecasts: clients.forecasts()?,
            notifier: Notifier { locks: clients.locks()?, alerts: clients.alerts()?, log: clients.alert_log()? },
            api_url: config.api_url.clone(),
            series: config.series.clone(),
            odds: config.odds.clone(),
            monitoring_overrides: config.drift.clone(),
            costs: config.costs,
        })
    }

    /// Scores each configured series of the requested symbol and interval. The failure of one series does not stop the
    /// others.
    ///
    /// # Errors
    /// A series failed, so that the invocation is retried. A rejected champion is not an error: a retry cannot help.
    pub async fn run(&self, request: &ScoreRequest, invocation: &Invocation) -> Result<ScoreResponse, ScoreError> {
        let ScoreRequest { symbol, interval, as_of } = request;
        let mut config = MonitoringConfig::with_overrides(*interval, self.monitoring_overrides.as_ref())?;
        config.costs = self.costs;
        let bars = self.load_bars(symbol, *interval, *as_of, &config).await?;

        let mut summaries = Vec::new();
        let mut failures = Vec::new();
        for series in self.series.iter().filter(|series| series.symbol == *symbol && series.interval == *interval) {
            let span = tracing::info_span!("scoring", %series);
            match self.score_series(series, &bars, &config, invocation).instrument(span).await {
                Ok(summary) => summaries.push(summary),
                Err(error) => {
                    let (summary, error) = self.handle_failure(series, *as_of, &config, invocation, error).await;
                    summaries.push(summary);
                    failures.extend(error.map(|error| (series.clone(), error)));
                }
            }
        }
        let (failed, total) = (failures.len(), summaries.len());
        match failures.into_iter().next() {
            Some((series, source)) => Err(ScoreError::SeriesFailed { failed, total, series, source: Box::new(source) }),
            None => Ok(ScoreResponse { symbol: symbol.clone(), interval: *interval, as_of: *as_of, series: summaries }),
        }
    }

    async fn load_bars(
        &self,
        symbol: &Symbol,
        interval: Interval,
        as_of: Timestamp,
        config: &MonitoringConfig,
    ) -> Result<ScoredBars, ScoreError> {
        let (source, doubtful) = bar_window::load_source(&self.storage, symbol, interval).await?;
        let bars = BarStore::new(&self.storage).bars_until(symbol, interval, as_of).await?;
        let feature_bars = MAX_CATCH_UP_BARS.max(drift::bars_needed(config));
        Ok(ScoredBars::new(interval, source, as_of, bars, feature_bars).with_doubtful(doubtful))
    }

    async fn score_series(
        &self,
        series: &Series,
        bars: &ScoredBars,
        config: &MonitoringConfig,
        invocation: &Invocation,
    ) -> Result<SeriesSummary, ScoreError> {
        if bars.as_slice().is_empty() {
            return Ok(SeriesSummary::skipped(series.clone(), SeriesStatus::NoBars, None));
        }
        let as_of = bars.as_of;
        let champion = champion::load_champion(&self.registry, &self.storage, series, as_of).await?;
        let Some((champion, reference)) = champion else {
            return Ok(SeriesSummary::skipped(series.clone(), SeriesStatus::NoChampion, None));
        };
        let challengers = experts::load_challengers(&self.registry, &self.storage, series, as_of).await?;
        let lookback_bars = track_record::lookback_bars(series, champion.artifact.trained_at, as_of, config);
        let records = forecast_store::load_as_of(&self.forecasts, series, as_of, lookback_bars).await?;
        let mut records: Vec<_> = records.into_iter().map(|record| record.counted(config.count_replays)).collect();

        let forecasts_made =
            self.make_forecasts(bars, (&champion, &challengers), &mut records, config, invocation).await?;
        let due = settlement::due_settlements(series, bars, &records);
        let settled = forecast_store::settle_all(&self.forecasts, series, &mut records, &due).await?;
        metrics::storage_metrics(series, forecasts_made, settled).emit();

        let sizes = self.odds.sizes(series);
        let assessment = SeriesAssessment::new(
            series,
            bars,
            (&champion, reference.as_ref()),
            &challengers,
            &records,
            &sizes,
            config,
        )?;
        let context = SeriesContext { series, as_of, invocation, version: champion.version, config };
        let mut report = Report::new(&assessment)?;
        report.alerts = self.notifier.alerts_before(context, MAX_REPORT_ALERTS).await?;
        let report_key = report_store::store(&self.storage, &report).await?;

        let location = ReportLocation::for_report(series, as_of, self.api_url.as_deref(), self.storage.bucket());
        let outcome = self.notifier.notify(context, &assessment.decision, Some(&assessment), &location).await?;
        let mut summary = SeriesSummary::scored(&assessment, forecasts_made, settled, report_key);
        summary.set_notifications(&outcome);
        metrics::notification_metrics(&summary).emit();
        metrics::assessment_metrics(&summary, &assessment).emit();
        Ok(summary)
    }

    /// Stores the forecasts that are due and appends them to `records`; returns the number of new ones.
    async fn make_forecasts(
        &self,
        bars: &ScoredBars,
        (champion, challengers): (&Champion, &[Challenger]),
        records: &mut Vec<ForecastRecord>,
        config: &MonitoringConfig,
        invocation: &Invocation,
    ) -> Result<usize, ScoreError> {
        let mut due = forecast::due_forecasts(&champion.artifact.series, bars, champion, challengers, records)?;
        forecast::stamp_stored_at(&mut due, invocation.now());
        let stored = forecast_store::store_new(&self.forecasts, &due).await?;
        records.extend(due.into_iter().map(|record| record.counted(config.count_replays)));
        Ok(stored)
    }

    /// Summary of a series that could not be scored, and the error if a retry can help. A rejected champion sends a
    /// notification instead.
    async fn handle_failure(
        &self,
        series: &Series,
        as_of: Timestamp,
        config: &MonitoringConfig,
        invocation: &Invocation,
        error: ScoreError,
    ) -> (SeriesSummary, Option<ScoreError>) {
        let cause = error_chain(&error);
        tracing::error!(%series, error = cause, "failed to score series");
        let skipped = |status| SeriesSummary::skipped(series.clone(), status, Some(cause.clone()));
        let Some(version) = error.rejected_version() else { return (skipped(SeriesStatus::Failed), Some(error)) };
        Metrics::for_series(series.slug()).count("ModelRefused", 1).emit();
        let mut summary = skipped(SeriesStatus::ModelRejected);
        let context = SeriesContext { series, as_of, invocation, version, config };
        let decision = MonitoringDecision::model_rejected(&cause, config);
        summary.action = decision.action;
        let location = ReportLocation::latest(series, self.api_url.as_deref(), self.storage.bucket());
        match self.notifier.notify(context, &decision, None, &location).await {
            Ok(outcome) => {
                summary.set_notifications(&outcome);
                metrics::notification_metrics(&summary).emit();
                (summary, None)
            }
            Err(error) => (summary, Some(error)),
        }
    }
}
