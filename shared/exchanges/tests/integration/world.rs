//! Exchange simulator, and a fetcher over its sources.

use exchange_simulator::{
    ExchangeServer, Fault, FaultKind, Listing, RecordedRequest, SimulatedMarket, Source as Exchange,
};
use exchanges::{
    AllSourcesFailed, BarRequest, FetchPolicy, FetchResult, Fetcher, RetryPolicy, Source, SourceBatch, SourceName,
    Timeouts,
};
use jiff::Timestamp;
use market_data::{Bar, Interval, origin::Provenance};
use std::{collections::BTreeMap, time::Duration};

/// Bars of the market before and after a requested range.
const BARS_AROUND: i64 = 800;

/// Bar of the market at `time`; all bars are equal but for their time.
fn bar(time: Timestamp) -> Bar {
    Bar { time, open: 1200.05, high: 1225.0, low: 1190.5, close: 1214.25, volume: 1000.0 }
}

/// Request for the first `bars` bars of 2023, at the close of the last one.
pub(crate) fn request(interval: Interval, bars: i64) -> BarRequest {
    let from = "2023-01-01T00:00:00Z".parse().unwrap();
    let to = interval.step(from, bars);
    BarRequest { symbol: "ETH-USD".parse().unwrap(), interval, from, to, as_of: to, wall_clock: to }
}

/// The correct bars of a request.
pub(crate) fn truth(request: &BarRequest) -> Vec<Bar> {
    let step = usize::try_from(request.interval.seconds()).unwrap();
    let seconds = (request.from.as_second()..request.to.as_second()).step_by(step);
    seconds.map(|second| bar(Timestamp::from_second(second).unwrap())).collect()
}

/// Policy with short time-outs and delays.
pub(crate) fn policy(cross_checks: usize) -> FetchPolicy {
    let millis = Duration::from_millis;
    FetchPolicy {
        timeouts: Timeouts { connect: Duration::from_secs(1), total: millis(300) },
        retry: RetryPolicy { attempts: 3, base: millis(5), cap: millis(10), max_retry_after: Duration::from_secs(2) },
        cross_checks,
        ..FetchPolicy::default()
    }
}

/// Market with constant bars around the range of `request`. Its clock shows the time of the request.
fn market(request: &BarRequest, provenance: Provenance) -> SimulatedMarket {
    let interval = request.interval;
    let (from, to) = (interval.step(request.from, -BARS_AROUND), interval.step(request.to, BARS_AROUND));
    let bars = truth(&BarRequest { from, to, ..request.clone() });
    let listings =
        ["ETH-USD", "ETH-USDT"].map(|symbol| Listing { symbol: symbol.parse().unwrap(), interval, bars: bars.clone() });
    SimulatedMarket::from_bars(listings, provenance, request.wall_clock.max(request.as_of))
}

fn exchange(name: SourceName) -> Exchange {
    match name {
        SourceName::Coinbase => Exchange::Coinbase,
        SourceName::Kraken => Exchange::Kraken,
        SourceName::Bitstamp => Exchange::Bitstamp,
        SourceName::Binance => Exchange::Binance,
        SourceName::Yahoo => Exchange::Yahoo,
    }
}

/// Server of all sources, and a fetcher that has some of them in this order.
pub(crate) struct World {
    names: Vec<SourceName>,
    server: ExchangeServer,
    pub(crate) fetcher: Fetcher,
}

impl World {
    /// Live market, with the clock of `request`.
    pub(crate) async fn new(names: &[SourceName], request: &BarRequest, policy: FetchPolicy) -> Self {
        Self::with_provenance(names, request, policy, Provenance::Live).await
    }

    pub(crate) async fn with_provenance(
        names: &[SourceName],
        request: &BarRequest,
        policy: FetchPolicy,
        provenance: Provenance,
    ) -> Self {
        let server = ExchangeServer::start(market(request, provenance), []).await.unwrap();
        let sources = names.iter().map(|name| Source::new(*name, Some(server.url().to_owned()))).collect();
        Self { names: names.to_vec(), fetcher: Fetcher::new(sources, policy).unwrap(), server }
    }

    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    /// Replaces the faults of a source by one that stays.
    pub(crate) fn set_fault(&self, name: SourceName, kind: FaultKind) {
        self.set_faults(name, [kind]);
    }

    /// Replaces the faults of a source by several that stay.
    pub(crate) fn set_faults(&self, name: SourceName, kinds: impl IntoIterator<Item = FaultKind>) {
        self.clear_faults(name);
        for kind in kinds {
            self.server.add_fault(Fault::new(exchange(name), kind));
        }
    }

    /// Replaces the faults of a source by one of its next `count` responses.
    pub(crate) fn fail_times(&self, name: SourceName, count: u32, kind: FaultKind) {
        self.clear_faults(name);
        self.server.add_fault(Fault { count: Some(count), ..Fault::new(exchange(name), kind) });
    }

    pub(crate) fn clear_faults(&self, name: SourceName) {
        self.server.clear_faults(exchange(name));
    }

    pub(crate) fn delay_responses(&self, name: SourceName, delays: impl IntoIterator<Item = Duration>) {
        self.server.delay_responses(exchange(name), delays);
    }

    pub(crate) fn requests(&self, name: SourceName) -> Vec<RecordedRequest> {
        self.server.requests(exchange(name))
    }

    /// Number of requests to each source of the fetcher, in its order.
    pub(crate) fn request_counts(&self) -> Vec<usize> {
        self.names.iter().map(|name| self.requests(*name).len()).collect()
    }

    pub(crate) async fn fetch(&self, request: &BarRequest) -> Result<FetchResult, AllSourcesFailed> {
        self.fetcher.fetch(request, &[]).await
    }
}

/// Number of bars of each source.
pub(crate) fn counts(result: &FetchResult) -> Vec<(&'static str, usize)> {
    result.batches.iter().map(|batch| (batch.name.as_str(), batch.bars.len())).collect()
}

/// Bars of all batches; of several bars at a time, that of the first batch.
pub(crate) fn union(batches: &[SourceBatch]) -> Vec<Bar> {
    let mut all = BTreeMap::new();
    for bar in batches.iter().rev().flat_map(|batch| &batch.bars) {
        all.insert(bar.time, *bar);
    }
    all.into_values().collect()
}
