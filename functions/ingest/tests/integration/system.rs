//! A whole ingest in a test: its clients and its sources.

use crate::{
    cloud::{Cloud, Memory},
    exchange::{self, Exchange},
};
use contracts::events::IngestRequest;
use exchanges::SourceName;
use ingest::{IngestError, IngestResponse, IngestService};
use jiff::Timestamp;
use lambda_shell::Invocation;
use market_data::{
    Bar, Interval,
    gaps::QualityReport,
    observation::{Observation, ResolvedBar, Tolerance},
    window::BarWindow,
};
use std::{collections::BTreeMap, time::Duration};

pub(crate) const NOW: &str = "2023-02-10T00:05:00Z";

pub(crate) struct System {
    pub(crate) cloud: Cloud,
    pub(crate) coinbase: Exchange,
    pub(crate) bitstamp: Exchange,
    pub(crate) ingest: IngestService,
}

/// A primary source and a fallback source.
pub(crate) async fn system() -> System {
    system_with(0).await
}

pub(crate) async fn system_with(cross_checks: usize) -> System {
    let cloud = Cloud::default();
    let (coinbase, bitstamp) = (Exchange::coinbase().await, Exchange::bitstamp().await);
    let sources = [(SourceName::Coinbase, &coinbase), (SourceName::Bitstamp, &bitstamp)];
    let fetcher = exchange::fetcher(&sources, cross_checks);
    let order = sources.iter().map(|(name, _)| *name).collect();
    let (storage, locks, bus) = (cloud.storage(), cloud.locks(), cloud.bus());
    let ingest =
        IngestService { fetcher, order, tolerance: Tolerance::default(), proxy_bars: true, storage, locks, bus };
    System { cloud, coinbase, bitstamp, ingest }
}

impl System {
    pub(crate) async fn call(
        &self,
        from: Option<&str>,
        as_of: Option<&str>,
        clock: &str,
        time_left: Duration,
    ) -> Result<IngestResponse, IngestError> {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let request = IngestRequest {
            symbol: "ETH-USD".parse().unwrap(),
            interval: Interval::Day,
            from: from.map(time),
            to: None,
            as_of: as_of.map(time),
        };
        let invocation = Invocation::new("id-1", time(clock), time_left);
        self.ingest.run(&request, &invocation).await
    }

    pub(crate) async fn run(&self, from: Option<&str>, now: &str) -> Result<IngestResponse, IngestError> {
        self.call(from, None, now, Duration::from_secs(600)).await
    }

    /// A call that has time for one part only.
    pub(crate) async fn run_short(&self, from: Option<&str>, now: &str) -> Result<IngestResponse, IngestError> {
        self.call(from, None, now, Duration::from_secs(1)).await
    }

    pub(crate) fn memory<T>(&self, read: impl FnOnce(&mut Memory) -> T) -> T {
        read(&mut self.cloud.memory.lock().unwrap())
    }

    /// The lake's objects.
    pub(crate) fn lake(&self) -> BTreeMap<String, Vec<u8>> {
        let ours = |key: &String| key.starts_with("bars/") || key.starts_with("observations/");
        self.memory(|memory| {
            memory.objects.iter().filter(|(key, _)| ours(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
        })
    }

    pub(crate) fn kept(&self, year: i16) -> Vec<ResolvedBar> {
        lake::read_resolved_bars(&self.lake()[&format!("bars/ETH-USD/1d/{year}.parquet")]).unwrap()
    }

    pub(crate) fn bars(&self, year: i16) -> Vec<Bar> {
        self.kept(year).iter().map(|kept| kept.bar).collect()
    }

    pub(crate) fn observations(&self, year: i16) -> Vec<Observation> {
        lake::read_observations(&self.lake()[&format!("observations/ETH-USD/1d/{year}.parquet")]).unwrap()
    }

    pub(crate) fn quality_report(&self) -> QualityReport {
        self.memory(|memory| serde_json::from_slice(&memory.objects["quality/ETH-USD/1d.json"]).unwrap())
    }

    pub(crate) fn window(&self) -> BarWindow {
        self.memory(|memory| serde_json::from_slice(&memory.objects["window/ETH-USD/1d.json"]).unwrap())
    }
}
