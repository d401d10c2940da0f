//! One request: decode, load, decide, answer.

use crate::{
    command::{Command, HistoryQuery, Incoming},
    contract::OPENAPI,
    dashboard::{self, Sources},
    forecast::answer,
    health::{Health, Version},
    history::History,
    load::Loader,
    overview::{Known, Overview, SeriesStatus},
    problem::{Kind, Problem},
    ready::{Readiness, SeriesReadiness},
    refusal::Refusal,
    reply::{Asked, LONGEST, Reply, SHORTEST, kept_until},
    report::Format,
    route::shown,
    scoring::predictions,
};
use aws::{AlertLog, Clients, ConfigError, Forecasts, Registry, Runs, Storage, failure};
use domain::Series;
use jiff::Timestamp;
use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{
        HeaderName, Method, StatusCode,
        header::{CONTENT_TYPE, IF_NONE_MATCH},
    },
};
use std::{convert::Infallible, sync::Arc, time::Instant};
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// Where the service reads.
#[derive(Debug, Clone)]
pub struct Stores {
    /// Model versions, and which of them serves.
    pub registry: Registry,
    /// Models, windows, ledgers and reports.
    pub storage: Storage,
    /// Past forecasts.
    pub forecasts: Forecasts,
    /// Trainings.
    pub runs: Runs,
    /// Alerts.
    pub alerts: AlertLog,
}

/// The service: configuration, stores and what is remembered between calls.
#[derive(Debug)]
pub struct App {
    series: Vec<Series>,
    training_schedule: Option<String>,
    loader: Arc<Loader>,
    forecasts: Forecasts,
    sources: Sources,
}

impl App {
    /// The service for the configured series.
    ///
    /// # Errors
    /// A variable that it needs is not set.
    pub fn new(clients: &Clients) -> Result<Self, ConfigError> {
        let config = clients.config();
        config.default_series()?;
        let stores = Stores {
            registry: clients.registry()?,
            storage: clients.storage()?,
            forecasts: clients.forecasts()?,
            runs: clients.runs()?,
            alerts: clients.alert_log()?,
        };
        Ok(Self::over(stores, config.series.clone(), config.train_schedule.clone()))
    }

    /// The service for `series`, the first of which is the default, over these stores.
    #[must_use]
    pub fn over(stores: Stores, series: Vec<Series>, training_schedule: Option<String>) -> Self {
        let Stores { registry, storage, forecasts, runs, alerts } = stores;
        let loader = Arc::new(Loader::new(registry.clone(), storage.clone()));
        Self { series, training_schedule, loader, forecasts, sources: Sources { registry, storage, runs, alerts } }
    }

    /// Opens the connections and loads the default series, so that the first request finds them.
    pub async fn warm_up(&self) {
        if let Some(series) = self.series.first() {
            self.loader.situation(series, Timestamp::now()).await;
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
            tracing::info!(method = shown(method.as_str()), path = shown(path), status, duration_us, "answered");
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
        let incoming =
            Incoming { method, path, query: &query, content_type: header(CONTENT_TYPE), body: request.body().as_ref() };
        let asked = Asked { request_id, if_none_match: header(IF_NONE_MATCH), head_only: *method == Method::HEAD };
        let now = Timestamp::now();
        let reply = match Command::decode(&incoming, &self.series, now) {
            Ok(command) => self.execute(command, now).await,
            Err(refusal) => Err(refusal),
        };
        reply.unwrap_or_else(|refusal| Reply::refusal(&refusal, request_id)).respond(&asked)
    }

    async fn execute(&self, command: Command, now: Timestamp) -> Result<Reply, Refusal> {
        match command {
            Command::Health => {
                let series: Vec<String> = self.series.iter().map(Series::slug).collect();
                Ok(Reply::json(&Health { status: "ok", version: env!("CARGO_PKG_VERSION"), series }))
            }
            Command::Ready => {
                let readiness = self.readiness(now).await;
                let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                Ok(Reply::json(&readiness).with_status(status))
            }
            Command::Version => Ok(Reply::json(&Version::THIS)),
            Command::OpenApi => Ok(Reply::json_text(OPENAPI).fresh_for(LONGEST)),
            Command::Dashboard => self.dashboard(now).await,
            Command::Report { key, format } => self.report(&key, format).await,
            Command::Overview => Ok(Reply::json(&self.overview(now).await).fresh_for(SHORTEST)),
            Command::Forecast { series, bars, detail } => {
                tracing::Span::current().record("series", series.slug());
                let situation = self.loader.situation(&series, now).await;
                let answer = answer(&series, &situation, bars.as_deref(), detail, now)?;
                let reply = Reply::json(&answer);
                // What the caller's own bars give is the caller's.
                Ok(if bars.is_some() { reply } else { reply.fresh_for(kept_until(answer.forecast.expires_at, now)) })
            }
            // As MLflow's server does, with an empty line.
            Command::Ping => Ok(Reply::json_text("\n")),
            Command::Score { series, rows } => {
                tracing::Span::current().record("series", series.slug());
                let situation = self.loader.situation(&series, now).await;
                Ok(Reply::json(&predictions(&series, &situation, &rows)?))
            }
            Command::History(query) => {
                tracing::Span::current().record("series", query.series.slug());
                Ok(Reply::json(&self.history(&query).await?).fresh_for(SHORTEST))
            }
        }
    }

    async fn dashboard(&self, now: Timestamp) -> Result<Reply, Refusal> {
        let schedule = self.training_schedule.as_deref();
        let pages = dashboard::load(&self.loader, &self.sources, &self.series, schedule, now).await;
        let page = dashboard::html(&pages, now, env!("CARGO_PKG_VERSION")).map_err(|error| {
            tracing::error!(error = failure::chain(&error), "writing the dashboard");
            Problem::new(Kind::Internal, "the page could not be written")
        })?;
        Ok(Reply::html(page).fresh_for(SHORTEST))
    }

    async fn report(&self, key: &str, format: Format) -> Result<Reply, Refusal> {
        let content = self.sources.storage.get(key).await.map_err(|error| {
            tracing::error!(key, error = failure::chain(&error), "reading a report");
            Problem::new(Kind::Unavailable, "the report could not be read")
        })?;
        let content = content.ok_or_else(|| Problem::new(Kind::UnknownReport, format!("there is no {key} yet")))?;
        let reply = match format {
            Format::Html => Reply::html(content),
            Format::Json => Reply::json_text(content),
        };
        Ok(reply.fresh_for(LONGEST))
    }

    async fn readiness(&self, now: Timestamp) -> Readiness {
        let series = self.each(|loader, series| async move {
            let situation = loader.situation(&series, now).await;
            SeriesReadiness::of(series, &situation, now)
        });
        Readiness::of(series.await)
    }

    async fn overview(&self, now: Timestamp) -> Overview {
        let series = self.each(|loader, series| {
            let training_schedule = self.training_schedule.clone();
            async move {
                let (mut situation, realised, (ledger, about_ledger)) = tokio::join!(
                    loader.situation(&series, now),
                    loader.realised(&series),
                    loader.ledger(&series.symbol, series.interval, now),
                );
                situation.warnings.extend(about_ledger);
                let known = Known { situation, ledger, realised, training_schedule };
                SeriesStatus::of(series, known, now)
            }
        });
        Overview { series: series.await }
    }

    /// What `ask` says of each series, in their order; all are asked at once.
    async fn each<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        ask: impl Fn(Arc<Loader>, Series) -> F,
    ) -> Vec<T> {
        let mut tasks = JoinSet::new();
        for (place, series) in self.series.iter().cloned().enumerate() {
            // A task has no span unless it is given one, and its lines no request.
            let span = tracing::info_span!("series", %series);
            let asking = ask(Arc::clone(&self.loader), series);
            tasks.spawn(async move { (place, asking.await) }.instrument(span));
        }
        let mut answers = tasks.join_all().await;
        answers.sort_by_key(|(place, _)| *place);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    async fn history(&self, query: &HistoryQuery) -> Result<History, Problem> {
        let HistoryQuery { series, from, to, limit } = query;
        let records = self.forecasts.range(series, *from, *to, usize::from(*limit)).await.map_err(|error| {
            tracing::error!(series = %series, error = failure::chain(&error), "reading forecasts");
            Problem::new(Kind::Unavailable, "the stored forecasts could not be read")
        })?;
        Ok(History::page(query, records))
    }
}
