//! A market server that can be told to misbehave.

use axum::{
    Router,
    body::Body,
    extract::{RawQuery, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use domain::Interval;
use ingest::{
    fetch::{Fetcher, Source},
    http::Timeouts,
    retry::RetryPolicy,
    sources::SourceName,
    wanted::Wanted,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How the server fails.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// A consent page with status 200.
    Html,
    /// This status and body.
    Status(u16, &'static str),
    /// 429 with `Retry-After` in seconds.
    RetryAfter(u64),
    /// The right answer, cut in the middle.
    Truncated,
    /// A body that never ends.
    Slow,
    /// A connection that closes before the announced length.
    BrokenOff,
}

impl Fault {
    pub(crate) fn status(status: u16, body: &'static str) -> Self {
        Self::Status(status, body)
    }
}

type Answer = fn(&HashMap<String, String>) -> String;

struct Inner {
    answer: Answer,
    /// What goes wrong, and how often still.
    fault: Option<(Fault, usize)>,
    history: Option<&'static str>,
    requests: Vec<Instant>,
}

/// A running server; it ends with the test's runtime.
pub(crate) struct Market {
    inner: Arc<Mutex<Inner>>,
    base_url: String,
}

impl Market {
    /// A server in good order.
    pub(crate) async fn serving(answer: Answer) -> Self {
        let inner = Inner { answer, fault: None, history: None, requests: Vec::new() };
        let inner = Arc::new(Mutex::new(inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(respond).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, base_url }
    }

    /// A server that always fails so.
    pub(crate) async fn answering(fault: Fault) -> Self {
        let either = |query: &HashMap<String, String>| {
            if query.contains_key("granularity") { coinbase_candles(query) } else { yahoo_chart(query) }
        };
        let market = Self::serving(either).await;
        market.set(fault);
        market
    }

    pub(crate) fn set(&self, fault: Fault) {
        self.fail_times(usize::MAX, fault);
    }

    pub(crate) fn fail_times(&self, times: usize, fault: Fault) {
        self.inner.lock().unwrap().fault = Some((fault, times));
    }

    pub(crate) fn heal(&self) {
        self.inner.lock().unwrap().fault = None;
    }

    pub(crate) fn call_history(&self, name: &'static str) {
        self.inner.lock().unwrap().history = Some(name);
    }

    /// When requests came.
    pub(crate) fn requests(&self) -> Vec<Instant> {
        self.inner.lock().unwrap().requests.clone()
    }
}

async fn respond(State(inner): State<Arc<Mutex<Inner>>>, _uri: Uri, RawQuery(query): RawQuery) -> Response {
    let query: HashMap<String, String> = query
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.replace("%3A", ":")))
        .collect();
    let (body, fault, history) = {
        let mut inner = inner.lock().unwrap();
        inner.requests.push(Instant::now());
        let fault = inner.fault.take().filter(|(_, times)| *times > 0);
        inner.fault = fault.clone().map(|(fault, times)| (fault, times - 1));
        ((inner.answer)(&query), fault.map(|(fault, _)| fault), inner.history)
    };
    let json = |body: String| ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    match fault {
        None => {
            let mut response = json(body);
            if let Some(name) = history {
                response.headers_mut().insert("x-market-history", name.parse().unwrap());
            }
            response
        }
        Some(Fault::Html) => {
            let page = include_str!("../../testdata/consent.html");
            ([(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        Some(Fault::Status(status, body)) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Some(Fault::RetryAfter(seconds)) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Some(Fault::Truncated) => json(body[..body.len() / 2].to_owned()),
        Some(Fault::Slow) => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            json(body)
        }
        Some(Fault::BrokenOff) => Response::builder()
            .header(header::CONTENT_LENGTH, body.len() + 10)
            .body(Body::from(body))
            .unwrap_or_default(),
    }
}

/// Open times from `from` to `to`, inclusive.
fn grid(from: i64, to: i64, step: i64) -> Vec<i64> {
    (from..=to).step_by(usize::try_from(step).unwrap()).collect()
}

fn second(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// Coinbase's answer: newest first, at most 300 rows, otherwise refused.
pub(crate) fn coinbase_candles(query: &HashMap<String, String>) -> String {
    let step: i64 = query["granularity"].parse().unwrap();
    let mut times = grid(second(&query["start"]), second(&query["end"]), step);
    if times.len() > 300 {
        return r#"{"message":"granularity too small for the requested time range"}"#.to_owned();
    }
    times.reverse();
    let rows: Vec<String> = times.iter().map(|time| format!("[{time},1190.5,1225,1200.05,1214.2,1000.25]")).collect();
    format!("[{}]", rows.join(","))
}

/// Yahoo's answer, with a live row at the end.
pub(crate) fn yahoo_chart(query: &HashMap<String, String>) -> String {
    let step = if query["interval"] == "1h" { 3600 } else { 86_400 };
    let end: i64 = query["period2"].parse().unwrap();
    let mut times = grid(query["period1"].parse().unwrap(), end - 1, step);
    times.push(end - 17);
    let column = |value: &str| vec![value; times.len()].join(",");
    let times = times.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"chart":{{"result":[{{"meta":{{}},"timestamp":[{times}],"indicators":{{"quote":[{{"open":[{}],"high":[{}],
        "low":[{}],"close":[{}],"volume":[{}]}}]}}}}],"error":null}}}}"#,
        column("1200.05"),
        column("1225.0"),
        column("1190.5"),
        column("1214.2"),
        column("1214200"),
    )
}

/// The first `bars` bars of 2023, asked for just when the last one has closed.
pub(crate) fn wanted(interval: Interval, bars: i64) -> Wanted {
    let from = "2023-01-01T00:00:00Z".parse().unwrap();
    let to = interval.step(from, bars);
    Wanted { symbol: "ETH-USD".parse().unwrap(), interval, from, to, as_of: to, clock: to }
}

/// A fetcher over these servers, in a hurry.
pub(crate) fn fetcher(sources: &[(SourceName, &Market)]) -> Fetcher {
    let sources = sources.iter().map(|(name, market)| Source::new(*name, Some(market.base_url.clone()))).collect();
    let timeouts = Timeouts { connect: Duration::from_secs(1), total: Duration::from_millis(300) };
    let millis = Duration::from_millis;
    let retry = RetryPolicy { attempts: 3, base: millis(5), cap: millis(10), patience: Duration::from_secs(2) };
    Fetcher::new(sources, &timeouts, retry).unwrap()
}
