//! One request: decode, load, decide, answer.

use crate::{
    command::{Command, HistoryQuery, Incoming},
    forecast::answer,
    history::History,
    load::Loader,
    overview::{Known, Overview, SeriesStatus},
    problem::{Kind, Problem},
    reply,
};
use aws::{Clients, ConfigError, Forecasts, Registry, Storage, failure};
use domain::Series;
use jiff::Timestamp;
use lambda_http::{Body, Request, RequestExt, Response};
use serde_json::json;
use std::{convert::Infallible, sync::Arc};
use tokio::task::JoinSet;

/// The contract, as served.
pub const OPENAPI: &str = include_str!("../openapi.json");

/// Where the service reads.
#[derive(Debug, Clone)]
pub struct Stores {
    /// Model versions, and which of them serves.
    pub registry: Registry,
    /// Models, windows, ledgers and reports.
    pub storage: Storage,
    /// Past forecasts.
    pub forecasts: Forecasts,
}

/// The service: configuration, stores and what is remembered between calls.
#[derive(Debug)]
pub struct App {
    series: Vec<Series>,
    training_schedule: Option<String>,
    loader: Arc<Loader>,
    forecasts: Forecasts,
}

impl App {
    /// The service for the configured series.
    ///
    /// # Errors
    /// A variable that it needs is not set.
    pub fn new(clients: &Clients) -> Result<Self, ConfigError> {
        let config = clients.config();
        config.default_series()?;
        let stores =
            Stores { registry: clients.registry()?, storage: clients.storage()?, forecasts: clients.forecasts()? };
        Ok(Self::over(stores, config.series.clone(), config.train_schedule.clone()))
    }

    /// The service for `series`, the first of which is the default, over these stores.
    #[must_use]
    pub fn over(stores: Stores, series: Vec<Series>, training_schedule: Option<String>) -> Self {
        let Stores { registry, storage, forecasts } = stores;
        Self { series, training_schedule, loader: Arc::new(Loader::new(registry, storage)), forecasts }
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
        let started = Timestamp::now();
        let context = request.lambda_context_ref();
        let request_id = context.map(|context| context.request_id.clone());
        let raw_path = request.raw_http_path();
        let path = if raw_path.is_empty() { request.uri().path() } else { raw_path };
        let query: Vec<(String, String)> = request
            .query_string_parameters_ref()
            .map(|map| map.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
            .unwrap_or_default();
        let incoming = Incoming { method: request.method(), path, query: &query, body: request.body().as_ref() };
        let response = match Command::decode(&incoming, &self.series, started) {
            Ok(command) => self.execute(command, started, request_id.as_deref()).await,
            Err(problem) => reply::problem(&problem, request_id.as_deref()),
        };
        let millis = started.duration_until(Timestamp::now()).as_millis();
        tracing::info!(request_id, method = %request.method(), path, status = response.status().as_u16(), millis, "answered");
        Ok(response)
    }

    async fn execute(&self, command: Command, now: Timestamp, request_id: Option<&str>) -> Response<Body> {
        match command {
            Command::Health => {
                let series: Vec<String> = self.series.iter().map(Series::slug).collect();
                let health = json!({"status": "ok", "version": env!("CARGO_PKG_VERSION"), "series": series});
                reply::json(&health, request_id)
            }
            Command::OpenApi => reply::json_text(OPENAPI, request_id),
            Command::Overview => reply::json(&self.overview(now).await, request_id),
            Command::Forecast { series, bars, detail } => {
                let situation = self.loader.situation(&series, now).await;
                match answer(&series, &situation, bars.as_deref(), detail, now) {
                    Ok(answer) => reply::json(&answer, request_id),
                    Err(problem) => reply::problem(&problem, request_id),
                }
            }
            Command::History(query) => match self.history(&query).await {
                Ok(history) => reply::json(&history, request_id),
                Err(problem) => reply::problem(&problem, request_id),
            },
        }
    }

    async fn overview(&self, now: Timestamp) -> Overview {
        let mut tasks = JoinSet::new();
        for (place, series) in self.series.iter().cloned().enumerate() {
            let (loader, training_schedule) = (Arc::clone(&self.loader), self.training_schedule.clone());
            tasks.spawn(async move {
                let (mut situation, realised, (ledger, about_ledger)) = tokio::join!(
                    loader.situation(&series, now),
                    loader.realised(&series),
                    loader.ledger(&series.symbol, series.interval, now),
                );
                situation.warnings.extend(about_ledger);
                let known = Known { situation, ledger, realised, training_schedule };
                (place, SeriesStatus::of(series, known, now))
            });
        }
        let mut series = tasks.join_all().await;
        series.sort_by_key(|(place, _)| *place);
        Overview { series: series.into_iter().map(|(_, status)| status).collect() }
    }

    async fn history(&self, query: &HistoryQuery) -> Result<History, Problem> {
        let HistoryQuery { series, from, to, limit } = query;
        let records = self.forecasts.range(series, *from, *to, *limit).await.map_err(|error| {
            tracing::error!(series = %series, error = failure::chain(&error), "reading forecasts");
            Problem::new(Kind::Unavailable, "the stored forecasts could not be read")
        })?;
        Ok(History::page(query, records))
    }
}
