//! Exchange simulators of whole ingests, one for each source, because their bars differ. Faults of the sources in detail
//! are tested in `shared/exchanges`.

use exchange_simulator::{ExchangeServer, Fault, FaultKind, Listing, RecordedRequest, SimulatedMarket};
use exchanges::{FetchPolicy, Fetcher, RetryPolicy, Source, SourceName, Timeouts};
use jiff::Timestamp;
use market_data::{Bar, Interval, origin::Provenance};
use std::time::Duration;

/// Server of one source.
pub(crate) struct Exchange {
    source: exchange_simulator::Source,
    server: ExchangeServer,
}

impl Exchange {
    /// Coinbase, with daily bars of ETH-USD from 2019 to March 2023 that are equal but for their time.
    pub(crate) async fn coinbase() -> Self {
        Self::start(exchange_simulator::Source::Coinbase, 1214.2, 1000.25).await
    }

    /// Bitstamp, with the same bars but for close and volume.
    pub(crate) async fn bitstamp() -> Self {
        Self::start(exchange_simulator::Source::Bitstamp, 1214.5, 90.5).await
    }

    async fn start(source: exchange_simulator::Source, close: f64, volume: f64) -> Self {
        let [start, end]: [Timestamp; 2] =
            ["2019-01-01T00:00:00Z", "2023-04-01T00:00:00Z"].map(|time| time.parse().unwrap());
        let times = (0..).map(|day| Interval::Day.step(start, day)).take_while(|time| *time < end);
        let bars = times.map(|time| Bar { time, open: 1200.05, high: 1225.0, low: 1190.5, close, volume }).collect();
        let listing = Listing { symbol: "ETH-USD".parse().unwrap(), interval: Interval::Day, bars };
        let market = SimulatedMarket::from_bars([listing], Provenance::Live, end);
        Self { source, server: ExchangeServer::start(market, []).await.unwrap() }
    }

    /// Replaces the faults by one that stays.
    pub(crate) fn set_fault(&self, kind: FaultKind) {
        self.clear_faults();
        self.server.add_fault(Fault::new(self.source, kind));
    }

    pub(crate) fn clear_faults(&self) {
        self.server.clear_faults(self.source);
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.server.requests(self.source)
    }
}

/// Fetcher of these servers with short time-outs and delays.
pub(crate) fn fetcher(sources: &[(SourceName, &Exchange)], cross_checks: usize) -> Fetcher {
    let sources =
        sources.iter().map(|(name, exchange)| Source::new(*name, Some(exchange.server.url().to_owned()))).collect();
    let millis = Duration::from_millis;
    let policy = FetchPolicy {
        timeouts: Timeouts { connect: Duration::from_secs(1), total: millis(300) },
        retry: RetryPolicy { attempts: 3, base: millis(5), cap: millis(10), max_retry_after: Duration::from_secs(2) },
        cross_checks,
        ..FetchPolicy::default()
    };
    Fetcher::new(sources, policy).unwrap()
}
