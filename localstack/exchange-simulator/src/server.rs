//! Server that runs in a test's process and records its requests.

use crate::{fault::Fault, market::SimulatedMarket, source::Source, sources, state::SharedState};
use axum::{
    Router,
    extract::{Query, Request, State},
    middleware::{self, Next},
    response::Response,
};
use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Request that a source received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// Time of its arrival.
    pub received_at: Instant,
    /// Query parameters by name, decoded.
    pub query: BTreeMap<String, String>,
}

/// Requests of one source, and the delays of its next responses.
#[derive(Debug, Default)]
struct Traffic {
    requests: Vec<RecordedRequest>,
    delays: VecDeque<Duration>,
}

/// Traffic of all sources.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<BTreeMap<Source, Traffic>>>);

impl Recorder {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Source, Traffic>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Server of all sources on a free port of this machine; it ends when it is dropped.
pub struct ExchangeServer {
    state: SharedState,
    recorder: Recorder,
    url: String,
    task: JoinHandle<io::Result<()>>,
}

impl ExchangeServer {
    /// Starts a server of `market` with these faults.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(market: SimulatedMarket, faults: impl IntoIterator<Item = Fault>) -> io::Result<Self> {
        let (state, recorder) = (SharedState::new(market), Recorder::default());
        faults.into_iter().for_each(|fault| state.lock().faults.add(fault));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut router = Router::new();
        for source in Source::ALL {
            let layer = middleware::from_fn_with_state((recorder.clone(), source), record);
            router = router.merge(sources::routes(source).layer(layer));
        }
        let router = router.with_state(state.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { state, recorder, url, task })
    }

    /// Base URL of all sources, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds a fault, or replaces the active one of its source, kind and bar.
    pub fn add_fault(&self, fault: Fault) {
        self.state.lock().faults.add(fault);
    }

    /// Removes all faults of a source.
    pub fn clear_faults(&self, source: Source) {
        self.state.lock().faults.clear_source(source);
    }

    /// Delays the next responses of a source, each by one of these durations.
    pub fn delay_responses(&self, source: Source, delays: impl IntoIterator<Item = Duration>) {
        self.recorder.lock().entry(source).or_default().delays.extend(delays);
    }

    /// Requests that a source received so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self, source: Source) -> Vec<RecordedRequest> {
        self.recorder.lock().get(&source).map(|traffic| traffic.requests.clone()).unwrap_or_default()
    }
}

impl Drop for ExchangeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Records the request, waits for the delay of its response, and passes it on.
async fn record(State((recorder, source)): State<(Recorder, Source)>, request: Request, next: Next) -> Response {
    let query = Query::try_from_uri(request.uri()).map(|Query(query)| query).unwrap_or_default();
    let delay = {
        let mut traffic = recorder.lock();
        let traffic = traffic.entry(source).or_default();
        traffic.requests.push(RecordedRequest { received_at: Instant::now(), query });
        traffic.delays.pop_front()
    };
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    next.run(request).await
}
