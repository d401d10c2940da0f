//! One request: decode, load, decide, answer.

use crate::{
    command::{Command, HistoryQuery, Incoming, Span},
    contract::OPENAPI,
    dashboard::{self, Pages},
    each::each,
    event::{self, HttpAnswer},
    forecast::answer,
    health::{Health, Version},
    history::History,
    load::{Loader, in_time},
    overview::{Known, Overview, SeriesStatus},
    page,
    problem::{Kind, Problem},
    ready::{Readiness, SeriesReadiness},
    refusal::Refusal,
    reply::{Asked, LONGEST, Reply, SHORTEST, kept_until},
    report::Format,
    route::shown,
    scoring::predictions,
    stores::Stores,
};
use aws::{Clients, ConfigError, failure};
use domain::Series;
use jiff::Timestamp;
use lambda_http::{
    Body, LambdaEvent, Request, RequestExt, Response,
    http::{
        HeaderName, Method,
        header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, IF_NONE_MATCH},
    },
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Instant};
use tracing::Instrument as _;

/// The service: configuration, stores and what is remembered between calls.
#[derive(Debug)]
pub struct App {
    series: Vec<Series>,
    training_schedules: BTreeMap<String, String>,
    loader: Arc<Loader>,
    pages: Arc<Pages>,
    stores: Stores,
}

impl App {
    /// The service for the configured series.
    ///
    /// # Errors
    /// A variable that it needs is not set.
    pub fn new(clients: &Clients) -> Result<Self, ConfigError> {
        let config = clients.config();
        config.default_series()?;
        Ok(Self::over(Stores::of(clients)?, config.series.clone(), config.train_schedules.clone()))
    }

    /// The service for `series`, the first of which is the default, over these stores.
    #[must_use]
    pub fn over(stores: Stores, series: Vec<Series>, training_schedules: BTreeMap<String, String>) -> Self {
        let Stores { registry, storage, forecasts, .. } = stores.clone();
        let loader = Arc::new(Loader::new(registry, storage, forecasts));
        let pages = Arc::new(Pages::new(stores.clone()));
        Self { series, training_schedules, loader, pages, stores }
    }

    /// Opens the connections and loads the default series, so that the first request finds them.
    pub async fn warm_up(&self) {
        if let Some(series) = self.series.first() {
            self.loader.situation(series, Timestamp::now()).await;
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
                let asked = Asked { request_id: Some(&request_id), ..Asked::default() };
                Reply::problem(&problem, asked.request_id).respond(&asked).into()
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
        let incoming = Incoming {
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
        let asked = Asked { request_id, if_none_match, accept_encoding, head_only: *method == Method::HEAD };
        let now = Timestamp::now();
        let reply = match Command::decode(&incoming, &self.series, now) {
            Ok(command) => self.execute(command, now).await.map(|reply| if reads { reply } else { reply.once() }),
            Err(refusal) => Err(refusal),
        };
        // The contract has a page in place of a problem for reports only, which browsers follow links to.
        let is_page =
            reads && path.starts_with("/reports/") && !path.ends_with(".json") && page::is_wanted(header(ACCEPT));
        reply.unwrap_or_else(|refusal| refused(&refusal, request_id, is_page)).respond(&asked)
    }

    async fn execute(&self, command: Command, now: Timestamp) -> Result<Reply, Refusal> {
        match command {
            Command::Health => {
                let series: Vec<String> = self.series.iter().map(Series::slug).collect();
                Ok(Reply::json(&Health { status: "ok", version: env!("CARGO_PKG_VERSION"), series })?)
            }
            Command::Ready => {
                let readiness = self.readiness(now).await;
                let reply = Reply::json(&readiness)?;
                Ok(if readiness.ready { reply } else { reply.unavailable() })
            }
            Command::Version => Ok(Reply::json(&Version::THIS)?),
            Command::OpenApi => Ok(Reply::json_text(OPENAPI).fresh_for(LONGEST)),
            Command::Dashboard => self.dashboard(now).await,
            Command::Report { key, format } => self.report(&key, format).await,
            Command::Overview => Ok(Reply::json(&self.overview(now).await)?.fresh_for(SHORTEST)),
            Command::Forecast { series, bars, detail } => {
                tracing::Span::current().record("series", series.slug());
                let situation = self.loader.situation(&series, now).await;
                let answer = answer(&series, &situation, bars.as_ref(), detail, now)?;
                // What stands in for something missing may be over at any moment.
                let kept = if situation.is_sound() { kept_until(answer.forecast.expires_at, now) } else { SHORTEST };
                Ok(Reply::json(&answer)?.fresh_for(kept))
            }
            Command::Ping => Ok(Reply::json_text("")),
            Command::Score { series, rows } => {
                tracing::Span::current().record("series", series.slug());
                let situation = self.loader.situation(&series, now).await;
                Ok(Reply::json(&predictions(&series, &situation, &rows, now)?)?)
            }
            Command::History(query) => {
                tracing::Span::current().record("series", query.series.slug());
                Ok(Reply::json(&self.history(&query).await?)?.fresh_for(SHORTEST))
            }
        }
    }

    async fn dashboard(&self, now: Timestamp) -> Result<Reply, Refusal> {
        let pages = self.pages.load(&self.loader, &self.series, &self.training_schedules, now).await;
        let page = dashboard::html(&pages, now, env!("CARGO_PKG_VERSION")).map_err(|error| {
            tracing::error!(error = failure::chain(&error), "writing the dashboard");
            Problem::new(Kind::Internal, "the page could not be written")
        })?;
        Ok(Reply::html(page).fresh_for(SHORTEST))
    }

    async fn report(&self, key: &str, format: Format) -> Result<Reply, Refusal> {
        let content = in_time(self.stores.storage.get(key)).await.map_err(|error| {
            tracing::error!(key, error, "reading a report");
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
        let series = each(&self.series, |series| {
            let loader = Arc::clone(&self.loader);
            async move {
                let situation = loader.situation(&series, now).await;
                SeriesReadiness::of(series, &situation, now)
            }
        });
        Readiness::of(series.await)
    }

    async fn overview(&self, now: Timestamp) -> Overview {
        let series = each(&self.series, |series| {
            let loader = Arc::clone(&self.loader);
            let training_schedule = self.training_schedules.get(&series.slug()).cloned();
            async move {
                let (mut situation, (realised, about_record), (ledger, about_ledger)) = tokio::join!(
                    loader.situation(&series, now),
                    loader.realised(&series, now),
                    loader.ledger(&series.symbol, series.interval, now),
                );
                situation.warnings.extend(about_record.into_iter().chain(about_ledger));
                let known = Known { situation, ledger, realised, training_schedule };
                SeriesStatus::of(series, known, now)
            }
        });
        Overview { series: series.await }
    }

    async fn history(&self, query: &HistoryQuery) -> Result<History, Problem> {
        let HistoryQuery { series, span, limit } = query;
        let (forecasts, limit) = (&self.stores.forecasts, usize::from(*limit));
        let records = match *span {
            Span::Newest => in_time(forecasts.latest(series, limit)).await.map(|mut newest_first| {
                newest_first.reverse();
                newest_first
            }),
            Span::Between { from, to } => in_time(forecasts.range(series, from, to, limit)).await,
        };
        let records = records.map_err(|error| {
            tracing::error!(series = %series, error, "reading forecasts");
            Problem::new(Kind::Unavailable, "the stored forecasts could not be read")
        })?;
        Ok(History::page(query, records))
    }
}

/// The reply to a refused request: a page for who reads pages, else what its protocol has.
fn refused(refusal: &Refusal, request_id: Option<&str>, is_page: bool) -> Reply {
    match refusal {
        Refusal::Problem(problem) if is_page => match page::html(problem) {
            Ok(page) => Reply::problem(problem, request_id).as_page(page),
            Err(error) => {
                tracing::error!(error = failure::chain(&error), "writing the page of a problem");
                Reply::problem(problem, request_id)
            }
        },
        refusal => Reply::refusal(refusal, request_id),
    }
}
