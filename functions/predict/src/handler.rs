//! One request: decode, load, decide, answer.

use crate::{
    command::{Command, HistoryQuery, RequestParts, Span},
    concurrent::for_each_series,
    dashboard::{self, Pages},
    error_response::ErrorResponse,
    event::{self, HttpAnswer},
    forecast::forecast,
    health::{Health, Version},
    history::ForecastHistory,
    load::{Loader, with_timeout},
    openapi::OPENAPI,
    overview::{Overview, SeriesInputs, SeriesStatus},
    page,
    problem::{Problem, ProblemKind},
    readiness::{Readiness, SeriesReadiness},
    reply::{ApiResponse, MAX_CACHE_AGE, MIN_CACHE_AGE, ResponseContext, cache_duration},
    report::ReportFormat,
    route::truncate,
    scoring::predictions,
    stores::Stores,
};
use aws::{AwsClients, ConfigError};
use jiff::Timestamp;
use lambda_http::{
    Body, LambdaEvent, Request, RequestExt, Response,
    http::{
        HeaderName, Method,
        header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, IF_NONE_MATCH},
    },
};
use market_data::Series;
use observability::error_chain;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Instant};
use tracing::Instrument as _;

/// The service: configuration, stores and what is remembered between calls.
#[derive(Debug)]
pub struct PredictService {
    series: Vec<Series>,
    training_schedules: BTreeMap<String, String>,
    loader: Arc<Loader>,
    pages: Arc<Pages>,
    stores: Stores,
}

impl PredictService {
    /// The service for the configured series.
    ///
    /// # Errors
    /// A variable that it needs is not set.
    pub fn new(clients: &AwsClients) -> Result<Self, ConfigError> {
        let config = clients.config();
        config.default_series()?;
        Ok(Self::with_stores(Stores::of(clients)?, config.series.clone(), config.train_schedules.clone()))
    }

    /// The service for `series`, the first of which is the default, over these stores.
    #[must_use]
    pub fn with_stores(stores: Stores, series: Vec<Series>, training_schedules: BTreeMap<String, String>) -> Self {
        let Stores { registry, storage, forecasts, .. } = stores.clone();
        let loader = Arc::new(Loader::new(registry, storage, forecasts));
        let pages = Arc::new(Pages::new(stores.clone()));
        Self { series, training_schedules, loader, pages, stores }
    }

    /// Opens the connections and loads the default series, so that the first request finds them.
    pub async fn warm_up(&self) {
        if let Some(series) = self.series.first() {
            self.loader.serving_context(series, Timestamp::now()).await;
        }
    }

    /// Answers one event, whatever it is.
    pub async fn invoke(&self, event: LambdaEvent<Box<RawValue>>) -> HttpAnswer {
        let LambdaEvent { payload, context } = event;
        let request_id = context.request_id.clone();
        match event::request(&payload, context) {
            Ok(request) => {
                let Ok(response) = self.handle(request).await;
                response.into()
            }
            Err(problem) => {
                tracing::warn!(detail = problem.detail, "refused an event");
                let asked = ResponseContext { request_id: Some(&request_id), ..ResponseContext::default() };
                ApiResponse::problem(&problem, asked.request_id).respond(&asked).into()
            }
        }
    }

    /// Answers one request, whatever it is.
    ///
    /// # Errors
    /// None.
    pub async fn handle(&self, request: Request) -> Result<Response<Body>, Infallible> {
        let started = Instant::now();
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone());
        let span = tracing::info_span!("request", request_id, series = tracing::field::Empty);
        let raw_path = request.raw_http_path();
        let path = if raw_path.is_empty() { request.uri().path() } else { raw_path };
        let method = request.method();
        let response = self.answer(&request, path, request_id.as_deref()).instrument(span.clone()).await;
        let status = response.status().as_u16();
        let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        span.in_scope(|| {
            tracing::info!(method = truncate(method.as_str()), path = truncate(path), status, duration_us, "answered");
        });
        Ok(response)
    }

    async fn answer(&self, request: &Request, path: &str, request_id: Option<&str>) -> Response<Body> {
        let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
        let query: Vec<(String, String)> = request
            .query_string_parameters_ref()
            .map(|map| map.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
            .unwrap_or_default();
        let method = request.method();
        let incoming = RequestParts {
            method,
            path,
            query: &query,
            content_type: header(CONTENT_TYPE),
            content_encoding: header(CONTENT_ENCODING),
            body: request.body().as_ref(),
        };
        // RFC 9110: 304 is for GET and HEAD.
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let if_none_match = header(IF_NONE_MATCH).filter(|_| reads);
        let accept_encoding = header(ACCEPT_ENCODING);
        let asked = ResponseContext { request_id, if_none_match, accept_encoding, head_only: *method == Method::HEAD };
        let now = Timestamp::now();
        let reply = match Command::decode(&incoming, &self.series, now) {
            Ok(command) => self.run(command, now).await.map(|reply| if reads { reply } else { reply.no_store() }),
            Err(refusal) => Err(refusal),
        };
        // The contract has a page in place of a problem for reports only, which browsers follow links to.
        let is_page =
            reads && path.starts_with("/reports/") && !path.ends_with(".json") && page::is_wanted(header(ACCEPT));
        reply.unwrap_or_else(|refusal| refused(&refusal, request_id, is_page)).respond(&asked)
    }

    async fn run(&self, command: Command, now: Timestamp) -> Result<ApiResponse, ErrorResponse> {
        match command {
            Command::Health => {
                let series: Vec<String> = self.series.iter().map(Series::slug).collect();
                Ok(ApiResponse::json(&Health { status: "ok", version: env!("CARGO_PKG_VERSION"), series })?)
            }
            Command::Ready => {
                let readiness = self.readiness(now).await;
                let reply = ApiResponse::json(&readiness)?;
                Ok(if readiness.ready { reply } else { reply.unavailable() })
            }
            Command::Version => Ok(ApiResponse::json(&Version::THIS)?),
            Command::OpenApi => Ok(ApiResponse::json_text(OPENAPI).fresh_for(MAX_CACHE_AGE)),
            Command::Dashboard => self.dashboard(now).await,
            Command::Report { key, format } => self.report(&key, format).await,
            Command::Overview => Ok(ApiResponse::json(&self.overview(now).await)?.fresh_for(MIN_CACHE_AGE)),
            Command::Forecast { series, bars, detail } => {
                tracing::Span::current().record("series", series.slug());
                let situation = self.loader.serving_context(&series, now).await;
                let answer = forecast(&series, &situation, bars.as_ref(), detail, now)?;
                // What stands in for something missing may be over at any moment.
                let kept = if situation.is_healthy() {
                    cache_duration(answer.forecast.expires_at, now)
                } else {
                    MIN_CACHE_AGE
                };
                Ok(ApiResponse::json(&answer)?.fresh_for(kept))
            }
            Command::Ping => Ok(ApiResponse::json_text("")),
            Command::Score { series, rows } => {
                tracing::Span::current().record("series", series.slug());
                let situation = self.loader.serving_context(&series, now).await;
                Ok(ApiResponse::json(&predictions(&series, &situation, &rows, now)?)?)
            }
            Command::History(query) => {
                tracing::Span::current().record("series", query.series.slug());
                Ok(ApiResponse::json(&self.history(&query).await?)?.fresh_for(MIN_CACHE_AGE))
            }
        }
    }

    async fn dashboard(&self, now: Timestamp) -> Result<ApiResponse, ErrorResponse> {
        let pages = self.pages.load(&self.loader, &self.series, &self.training_schedules, now).await;
        let page = dashboard::html(&pages, now, env!("CARGO_PKG_VERSION")).map_err(|error| {
            tracing::error!(error = error_chain(&error), "writing the dashboard");
            Problem::new(ProblemKind::Internal, "the page could not be written")
        })?;
        Ok(ApiResponse::html(page).fresh_for(MIN_CACHE_AGE))
    }

    async fn report(&self, key: &str, format: ReportFormat) -> Result<ApiResponse, ErrorResponse> {
        let content = with_timeout(self.stores.storage.get(key)).await.map_err(|error| {
            tracing::error!(key, error, "reading a report");
            Problem::new(ProblemKind::Unavailable, "the report could not be read")
        })?;
        let content =
            content.ok_or_else(|| Problem::new(ProblemKind::UnknownReport, format!("there is no {key} yet")))?;
        let reply = match format {
            ReportFormat::Html => ApiResponse::html(content),
            ReportFormat::Json => ApiResponse::json_text(content),
        };
        Ok(reply.fresh_for(MAX_CACHE_AGE))
    }

    async fn readiness(&self, now: Timestamp) -> Readiness {
        let series = for_each_series(&self.series, |series| {
            let loader = Arc::clone(&self.loader);
            async move {
                let situation = loader.serving_context(&series, now).await;
                SeriesReadiness::of(series, &situation, now)
            }
        });
        Readiness::of(series.await)
    }

    async fn overview(&self, now: Timestamp) -> Overview {
        let series = for_each_series(&self.series, |series| {
            let loader = Arc::clone(&self.loader);
            let training_schedule = self.training_schedules.get(&series.slug()).cloned();
            async move {
                let (mut situation, (realised, about_record), (ledger, about_ledger)) = tokio::join!(
                    loader.serving_context(&series, now),
                    loader.realised(&series, now),
                    loader.quality_report(&series.symbol, series.interval, now),
                );
                situation.warnings.extend(about_record.into_iter().chain(about_ledger));
                let known = SeriesInputs { situation, ledger, realised, training_schedule };
                SeriesStatus::of(series, known, now)
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
            tracing::error!(series = %series, error, "reading forecasts");
            Problem::new(ProblemKind::Unavailable, "the stored forecasts could not be read")
        })?;
        Ok(ForecastHistory::page(query, records))
    }
}

/// The reply to a refused request: a page for who reads pages, else what its protocol has.
fn refused(refusal: &ErrorResponse, request_id: Option<&str>, is_page: bool) -> ApiResponse {
    match refusal {
        ErrorResponse::Problem(problem) if is_page => match page::html(problem) {
            Ok(page) => ApiResponse::problem(problem, request_id).as_page(page),
            Err(error) => {
                tracing::error!(error = error_chain(&error), "writing the page of a problem");
                ApiResponse::problem(problem, request_id)
            }
        },
        refusal => ApiResponse::refusal(refusal, request_id),
    }
}
