//! Market servers that can be told to misbehave, and a fetcher over them.

use crate::wire::{self, Candle};
use axum::{
    Router,
    body::Body,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use exchanges::{
    AllSourcesFailed, BarRequest, FetchPolicy, FetchResult, Fetcher, RetryPolicy, Source, SourceBatch, SourceName,
    Timeouts,
};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How a server fails.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// A consent page with status 200.
    Html,
    /// This status and body.
    Status(u16, &'static str),
    /// This status, with `Retry-After` in seconds.
    RetryAfter(u16, u64),
    /// This status, with `Location`.
    Redirect(u16, &'static str),
    /// These bytes with status 200, as JSON.
    Bytes(&'static [u8]),
    /// The right answer, cut in the middle.
    Truncated,
    /// An answer that takes too long.
    Slow,
    /// A connection that closes before the announced length.
    BrokenOff,
    /// The right answer with other rows; they are given in ascending order.
    Rows(fn(&mut Vec<Candle>)),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) at: Instant,
    pub(crate) query: HashMap<String, String>,
}

struct Inner {
    name: SourceName,
    /// The clock of the server, in seconds.
    now: i64,
    /// What goes wrong, and how often still.
    fault: Option<(Fault, usize)>,
    history: Option<&'static str>,
    /// How long the next answers take.
    delays: VecDeque<Duration>,
    requests: Vec<Request>,
}

/// A running server; it ends with the test's runtime.
pub(crate) struct Market {
    inner: Arc<Mutex<Inner>>,
    base_url: String,
}

impl Market {
    /// A server in good order.
    pub(crate) async fn serving(name: SourceName, now: Timestamp) -> Self {
        let now = now.as_second();
        let inner = Inner { name, now, fault: None, history: None, delays: VecDeque::new(), requests: Vec::new() };
        let inner = Arc::new(Mutex::new(inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(respond).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, base_url }
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

    pub(crate) fn delay(&self, delays: impl IntoIterator<Item = Duration>) {
        self.inner.lock().unwrap().delays.extend(delays);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
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
    let (name, now, fault, history, delay) = {
        let mut inner = inner.lock().unwrap();
        inner.requests.push(Request { at: Instant::now(), query: query.clone() });
        let fault = inner.fault.take().filter(|(_, times)| *times > 0);
        inner.fault = fault.clone().map(|(fault, times)| (fault, times - 1));
        (inner.name, inner.now, fault.map(|(fault, _)| fault), inner.history, inner.delays.pop_front())
    };
    tokio::time::sleep(delay.unwrap_or_default()).await;
    let times = match wire::asked(name, &query, now) {
        Ok(times) => times,
        Err(refusal) => return (StatusCode::BAD_REQUEST, refusal).into_response(),
    };
    let mut candles: Vec<Candle> = times.into_iter().map(wire::truth).collect();
    if let Some(Fault::Rows(spoil)) = fault {
        spoil(&mut candles);
    }
    let body = wire::encode(name, &candles);
    let json = |body: String| ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    match fault {
        None | Some(Fault::Rows(_)) => {
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
        Some(Fault::RetryAfter(status, seconds)) => {
            (StatusCode::from_u16(status).unwrap(), [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Some(Fault::Redirect(status, location)) => {
            (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, location)]).into_response()
        }
        Some(Fault::Bytes(bytes)) => ([(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
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

/// The first `bars` bars of 2023, asked for just when the last one has closed.
pub(crate) fn wanted(interval: Interval, bars: i64) -> BarRequest {
    let from = "2023-01-01T00:00:00Z".parse().unwrap();
    let to = interval.step(from, bars);
    BarRequest { symbol: "ETH-USD".parse().unwrap(), interval, from, to, as_of: to, wall_clock: to }
}

/// The right bars of what is wanted.
pub(crate) fn truth(wanted: &BarRequest) -> Vec<Bar> {
    let step = usize::try_from(wanted.interval.seconds()).unwrap();
    (wanted.from.as_second()..wanted.to.as_second()).step_by(step).map(|time| wire::truth(time).bar()).collect()
}

/// In a hurry.
pub(crate) fn policy(witnesses: usize) -> FetchPolicy {
    let millis = Duration::from_millis;
    FetchPolicy {
        timeouts: Timeouts { connect: Duration::from_secs(1), total: millis(300) },
        retry: RetryPolicy { attempts: 3, base: millis(5), cap: millis(10), max_retry_after: Duration::from_secs(2) },
        cross_checks: witnesses,
        ..FetchPolicy::default()
    }
}

/// A server for each source, and a fetcher that asks them in this order.
pub(crate) struct World {
    markets: Vec<(SourceName, Market)>,
    pub(crate) fetcher: Fetcher,
}

impl World {
    /// Servers whose clock is the one of `wanted`.
    pub(crate) async fn new(names: &[SourceName], wanted: &BarRequest, policy: FetchPolicy) -> Self {
        let mut markets = Vec::new();
        for name in names {
            markets.push((*name, Market::serving(*name, wanted.wall_clock).await));
        }
        let sources = markets.iter().map(|(name, market)| Source::new(*name, Some(market.base_url.clone()))).collect();
        Self { fetcher: Fetcher::new(sources, policy).unwrap(), markets }
    }

    /// The address of a source's server.
    pub(crate) fn base_url(&self, name: SourceName) -> &str {
        &self.market(name).base_url
    }

    pub(crate) fn market(&self, name: SourceName) -> &Market {
        self.markets.iter().find(|(one, _)| *one == name).map(|(_, market)| market).unwrap()
    }

    /// How often each source was asked, in order.
    pub(crate) fn asked(&self) -> Vec<usize> {
        self.markets.iter().map(|(_, market)| market.requests().len()).collect()
    }

    pub(crate) async fn gather(&self, wanted: &BarRequest) -> Result<FetchResult, AllSourcesFailed> {
        self.fetcher.fetch(wanted, &[]).await
    }
}

/// How many bars each source delivered.
pub(crate) fn counts(gathered: &FetchResult) -> Vec<(&'static str, usize)> {
    gathered.deliveries.iter().map(|delivery| (delivery.name.as_str(), delivery.bars.len())).collect()
}

/// The bars of all deliveries; where several have a bar, the first one's.
pub(crate) fn union(deliveries: &[SourceBatch]) -> Vec<Bar> {
    let mut all = BTreeMap::new();
    for bar in deliveries.iter().rev().flat_map(|delivery| &delivery.bars) {
        all.insert(bar.time, *bar);
    }
    all.into_values().collect()
}
