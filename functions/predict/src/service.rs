//! Use cases of the HTTP API: load, decide, answer.

use crate::{
    concurrent::for_each_series,
    dashboard::{self, Pages},
    error::ErrorResponse,
    forecast::forecast,
    health::{Health, Version},
    history::ForecastHistory,
    load::{Loader, with_timeout},
    openapi::OPENAPI,
    overview::{Overview, SeriesInputs, SeriesStatus},
    problem::{Problem, ProblemKind},
    readiness::{Readiness, SeriesReadiness},
    report::ReportFormat,
    request::{HistoryQuery, PredictRequest, Span},
    response::{ApiResponse, MAX_CACHE_AGE, MIN_CACHE_AGE, cache_duration},
    scoring::predictions,
    stores::Stores,
    versions::VersionList,
};
use aws::{AwsClients, ConfigError};
use contracts::distribution::OddsConfig;
use jiff::Timestamp;
use market_data::Series;
use observability::error_chain;
use std::{collections::BTreeMap, sync::Arc};

/// Configuration, stores and caches of the function.
#[derive(Debug)]
pub struct PredictService {
    series: Vec<Series>,
    training_schedules: BTreeMap<String, String>,
    loader: Arc<Loader>,
    pages: Arc<Pages>,
    stores: Stores,
}

impl PredictService {
    /// Service for the configured series.
    ///
    /// # Errors
    /// A required environment variable is not set.
    pub fn new(clients: &AwsClients) -> Result<Self, ConfigError> {
        let config = clients.config();
        config.default_series()?;
        let (series, schedules) = (config.series.clone(), config.train_schedules.clone());
        Ok(Self::with_stores(Stores::new(clients)?, series, schedules, config.odds.clone()))
    }

    /// Service for `series`, the first of which is the default, with these stores and sizes of moves in the odds.
    #[must_use]
    pub fn with_stores(
        stores: Stores,
        series: Vec<Series>,
        training_schedules: BTreeMap<String, String>,
        odds: OddsConfig,
    ) -> Self {
        let Stores { registry, storage, forecasts, .. } = stores.clone();
        let loader = Arc::new(Loader::new(registry, storage, forecasts).with_odds(odds));
        let pages = Arc::new(Pages::new(stores.clone()));
        Self { series, training_schedules, loader, pages, stores }
    }

    /// Configured series; the first is the default.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// Opens the connections and loads the default series, so that the first request need not wait for them.
    pub async fn warm_up(&self) {
        if let Some(series) = self.series.first() {
            self.loader.serving_context(series, Timestamp::now()).await;
        }
    }

    /// Answers a request at `now`.
    ///
    /// # Errors
    /// There is no data to answer with, a store could not be read, or the response could not be written.
    pub async fn run(&self, request: PredictRequest, now: Timestamp) -> Result<ApiResponse, ErrorResponse> {
        match request {
            PredictRequest::Health => {
                let series: Vec<String> = self.series.iter().map(Series::slug).collect();
                Ok(ApiResponse::json(&Health { status: "ok", version: env!("CARGO_PKG_VERSION"), series })?)
            }
            PredictRequest::Ready => {
                let readiness = self.readiness(now).await;
                let response = ApiResponse::json(&readiness)?;
                Ok(if readiness.ready { response } else { response.unavailable() })
            }
            PredictRequest::Version => Ok(ApiResponse::json(&Version::THIS)?),
            PredictRequest::OpenApi => Ok(ApiResponse::json_text(OPENAPI).fresh_for(MAX_CACHE_AGE)),
            PredictRequest::Dashboard => self.dashboard(now).await,
            PredictRequest::Report { key, format } => self.report(&key, format).await,
            PredictRequest::Overview => Ok(ApiResponse::json(&self.overview(now).await)?.fresh_for(MIN_CACHE_AGE)),
            PredictRequest::Forecast { series, bars, detail } => {
                tracing::Span::current().record("series", series.slug());
                let context = self.loader.serving_context(&series, now).await;
                let answer = forecast(&series, &context, bars.as_ref(), detail, now)?;
                // A fallback may be replaced at any moment.
                let cache_age =
                    if context.is_healthy() { cache_duration(answer.forecast.expires_at, now) } else { MIN_CACHE_AGE };
                Ok(ApiResponse::json(&answer)?.fresh_for(cache_age))
            }
            PredictRequest::Ping => Ok(ApiResponse::json_text("")),
            PredictRequest::Score { series, input } => {
                tracing::Span::current().record("series", series.slug());
                let context = self.loader.serving_context(&series, now).await;
                Ok(ApiResponse::json(&predictions(&series, &context, &input, now)?)?)
            }
            PredictRequest::History(query) => {
                tracing::Span::current().record("series", query.series.slug());
                Ok(ApiResponse::json(&self.history(&query).await?)?.fresh_for(MIN_CACHE_AGE))
            }
            PredictRequest::Versions { series, limit } => {
                tracing::Span::current().record("series", series.slug());
                Ok(ApiResponse::json(&Box::pin(self.versions(series, limit, now)).await?)?.fresh_for(MIN_CACHE_AGE))
            }
        }
    }

    async fn dashboard(&self, now: Timestamp) -> Result<ApiResponse, ErrorResponse> {
        let pages = self.pages.load(&self.loader, &self.series, &self.training_schedules, now).await;
        let page = dashboard::html(&pages, now, env!("CARGO_PKG_VERSION")).map_err(|error| {
            tracing::error!(error = error_chain(&error), "failed to write the dashboard");
            ErrorResponse::internal("the page could not be written")
        })?;
        Ok(ApiResponse::html(page).fresh_for(MIN_CACHE_AGE))
    }

    async fn report(&self, key: &str, format: ReportFormat) -> Result<ApiResponse, ErrorResponse> {
        let content = with_timeout(self.stores.storage.get(key)).await.map_err(|error| {
            tracing::error!(key, error, "failed to read a report");
            Problem::new(ProblemKind::Unavailable, "the report could not be read")
        })?;
        let content =
            content.ok_or_else(|| Problem::new(ProblemKind::UnknownReport, format!("there is no {key} yet")))?;
        let response = match format {
            ReportFormat::Html => ApiResponse::html(content),
            ReportFormat::Json => ApiResponse::json_text(content),
        };
        Ok(response.fresh_for(MAX_CACHE_AGE))
    }

    async fn readiness(&self, now: Timestamp) -> Readiness {
        let series = for_each_series(&self.series, |series| {
            let loader = Arc::clone(&self.loader);
            async move {
                let context = loader.serving_context(&series, now).await;
                SeriesReadiness::new(series, &context, now)
            }
        });
        Readiness::new(series.await)
    }

    async fn overview(&self, now: Timestamp) -> Overview {
        let series = for_each_series(&self.series, |series| {
            let loader = Arc::clone(&self.loader);
            let training_schedule = self.training_schedules.get(&series.slug()).cloned();
            async move {
                // Boxed: futures of the AWS clients are large, and without optimisation three of them overflow the stack.
                let (mut context, (track_record, record_warning), (quality_report, quality_warning)) = tokio::join!(
                    Box::pin(loader.serving_context(&series, now)),
                    Box::pin(loader.track_record(&series, now)),
                    Box::pin(loader.quality_report(&series.symbol, series.interval, now)),
                );
                context.warnings.extend(record_warning.into_iter().chain(quality_warning));
                let inputs = SeriesInputs { context, quality_report, track_record, training_schedule };
                SeriesStatus::new(series, inputs, now)
            }
        });
        Overview { series: series.await }
    }

    async fn history(&self, query: &HistoryQuery) -> Result<ForecastHistory, Problem> {
        let HistoryQuery { series, span, limit } = query;
        let (forecasts, limit) = (&self.stores.forecasts, usize::from(*limit));
        let records = match *span {
            Span::Newest => with_timeout(forecasts.latest(series, limit)).await.map(|mut newest_first| {
                newest_first.reverse();
                newest_first
            }),
            Span::Between { from, to } => with_timeout(forecasts.range(series, from, to, limit)).await,
        };
        let records = records.map_err(|error| {
            tracing::error!(series = %series, error, "failed to read forecasts");
            Problem::new(ProblemKind::Unavailable, "the stored forecasts could not be read")
        })?;
        Ok(ForecastHistory::page(query, records, &self.loader.odds_sizes(series)))
    }

    async fn versions(&self, series: Series, limit: u16, now: Timestamp) -> Result<VersionList, Problem> {
        let (records, experts, (challengers, warning)) = tokio::join!(
            Box::pin(with_timeout(self.stores.registry.versions(&series, usize::from(limit)))),
            Box::pin(self.loader.experts(&series, now)),
            Box::pin(self.loader.challengers(&series, now)),
        );
        let records = records.map_err(|error| {
            tracing::error!(series = %series, error, "failed to read versions");
            Problem::new(ProblemKind::Unavailable, "the versions could not be read")
        })?;
        let warnings = warning.into_iter().collect();
        Ok(VersionList { warnings, ..VersionList::new(series, records, experts?.as_deref(), &challengers) })
    }
}
