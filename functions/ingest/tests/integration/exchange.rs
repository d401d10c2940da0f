//! Market servers for whole ingests: two wire formats, and the faults that decide what is stored. What sources can do
//! beyond that is tested where they are asked, in `shared/market`.

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use exchanges::{FetchPolicy, Fetcher, RetryPolicy, Source, SourceName, Timeouts};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How a server fails.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// A web page with status 200.
    Html,
    /// This status and body.
    Status(u16, &'static str),
    /// The right answer, cut in the middle.
    Truncated,
    /// Fails when all that is asked for is older than this, in Unix seconds.
    Before(i64),
    /// The right answer without the row of this time, in Unix seconds.
    Without(i64),
}

impl Fault {
    pub(crate) fn status(status: u16, body: &'static str) -> Self {
        Self::Status(status, body)
    }
}

type Answer = fn(&HashMap<String, String>) -> String;

struct Inner {
    answer: Answer,
    fault: Option<Fault>,
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
        let inner = Arc::new(Mutex::new(Inner { answer, fault: None, requests: Vec::new() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(respond).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, base_url }
    }

    pub(crate) fn set(&self, fault: Fault) {
        self.inner.lock().unwrap().fault = Some(fault);
    }

    pub(crate) fn heal(&self) {
        self.inner.lock().unwrap().fault = None;
    }

    /// When requests came.
    pub(crate) fn requests(&self) -> Vec<Instant> {
        self.inner.lock().unwrap().requests.clone()
    }
}

async fn respond(State(inner): State<Arc<Mutex<Inner>>>, RawQuery(query): RawQuery) -> Response {
    let query: HashMap<String, String> = query
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.replace("%3A", ":")))
        .collect();
    let (body, fault) = {
        let mut inner = inner.lock().unwrap();
        inner.requests.push(Instant::now());
        ((inner.answer)(&query), inner.fault.clone())
    };
    let json = |body: String| ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    match fault {
        None => json(body),
        Some(Fault::Html) => {
            ([(header::CONTENT_TYPE, "text/html")], "<html><title>Before you continue</title></html>").into_response()
        }
        Some(Fault::Status(status, body)) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Some(Fault::Truncated) => json(body[..body.len() / 2].to_owned()),
        Some(Fault::Before(time)) => {
            let end = query["end"].parse().unwrap_or_else(|_| second(&query["end"]));
            if end < time { StatusCode::INTERNAL_SERVER_ERROR.into_response() } else { json(body) }
        }
        Some(Fault::Without(time)) => json(without(&body, time)),
    }
}

/// The body without the row, array or object, that has this time.
fn without(body: &str, time: i64) -> String {
    let mut answer: serde_json::Value = serde_json::from_str(body).unwrap();
    let rows = match &mut answer {
        serde_json::Value::Array(rows) => rows,
        object => object["data"]["ohlc"].as_array_mut().unwrap(),
    };
    let text = time.to_string();
    rows.retain(|row| row[0] != time && row["timestamp"] != text.as_str());
    answer.to_string()
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

/// Bitstamp's answer: oldest first, `limit` rows up to `end`.
pub(crate) fn bitstamp_ohlc(query: &HashMap<String, String>) -> String {
    let number = |name: &str| query[name].parse::<i64>().unwrap();
    let (step, end) = (number("step"), number("end"));
    let last = end - end.rem_euclid(step);
    let rows: Vec<String> = grid(last - (number("limit") - 1) * step, last, step)
        .iter()
        .map(|time| {
            format!(
                r#"{{"timestamp":"{time}","open":"1200.05","high":"1225","low":"1190.5","close":"1214.5","volume":"90.5"}}"#
            )
        })
        .collect();
    format!(r#"{{"data":{{"pair":"ETH/USD","ohlc":[{}]}}}}"#, rows.join(","))
}

/// A fetcher over these servers, in a hurry.
pub(crate) fn fetcher(sources: &[(SourceName, &Market)], witnesses: usize) -> Fetcher {
    let sources = sources.iter().map(|(name, market)| Source::new(*name, Some(market.base_url.clone()))).collect();
    let millis = Duration::from_millis;
    let policy = FetchPolicy {
        timeouts: Timeouts { connect: Duration::from_secs(1), total: millis(300) },
        retry: RetryPolicy { attempts: 3, base: millis(5), cap: millis(10), max_retry_after: Duration::from_secs(2) },
        cross_checks: witnesses,
        ..FetchPolicy::default()
    };
    Fetcher::new(sources, policy).unwrap()
}
