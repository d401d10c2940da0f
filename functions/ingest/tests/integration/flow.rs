//! Whole ingests: what is stored and announced after one call, the same call again, two at once, and a call that dies
//! at any of its writes.

use crate::{
    cloud::{Cloud, Memory},
    market::{self, Fault, Market, coinbase_candles, yahoo_chart},
};
use domain::{Bar, Interval, event::IngestRequest, features::WINDOW_BARS, window::Window};
use ingest::{
    error::IngestError,
    ingest::{Ingest, Moment},
    sources::SourceName,
    summary::{Status, Summary},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const NOW: &str = "2023-02-10T00:05:00Z";

struct System {
    cloud: Cloud,
    coinbase: Market,
    yahoo: Market,
    ingest: Ingest,
}

async fn system() -> System {
    let cloud = Cloud::default();
    let (coinbase, yahoo) = (Market::serving(coinbase_candles).await, Market::serving(yahoo_chart).await);
    let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase), (SourceName::Yahoo, &yahoo)]);
    let ingest = Ingest { fetcher, storage: cloud.storage(), locks: cloud.locks(), bus: cloud.bus() };
    System { cloud, coinbase, yahoo, ingest }
}

impl System {
    async fn run_for(&self, from: Option<&str>, now: &str, time_left: Duration) -> Result<Summary, IngestError> {
        let clock: Timestamp = now.parse().unwrap();
        let request = IngestRequest {
            symbol: "ETH-USD".parse().unwrap(),
            interval: Interval::Day,
            from: from.map(|from| from.parse().unwrap()),
            to: None,
            as_of: None,
        };
        self.ingest.run(&request, Moment { clock, started: Instant::now(), time_left }).await
    }

    async fn run(&self, from: Option<&str>, now: &str) -> Result<Summary, IngestError> {
        self.run_for(from, now, Duration::from_secs(600)).await
    }

    fn memory<T>(&self, read: impl FnOnce(&mut Memory) -> T) -> T {
        read(&mut self.cloud.memory.lock().unwrap())
    }

    /// The lake's objects.
    fn lake(&self) -> BTreeMap<String, Vec<u8>> {
        let ours = |key: &String| key.starts_with("bars/");
        self.memory(|memory| {
            memory.objects.iter().filter(|(key, _)| ours(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
        })
    }

    fn bars(&self, year: i16) -> Vec<Bar> {
        lake::from_parquet(&self.lake()[&format!("bars/ETH-USD/1d/{year}.parquet")]).unwrap()
    }

    fn window(&self) -> Window {
        self.memory(|memory| serde_json::from_slice(&memory.objects["window/ETH-USD/1d.json"]).unwrap())
    }
}

#[tokio::test]
async fn a_back_fill_fills_the_lake_by_year_the_window_and_the_bus() {
    let system = system().await;
    let summary = system.run(Some("2021-05-01T00:00:00Z"), NOW).await.unwrap();
    assert_eq!((summary.status, summary.new_bars, summary.fetched), (Status::Ingested, 650, 650));
    assert_eq!(summary.source.as_deref(), Some("coinbase"));
    assert_eq!([2021, 2022, 2023].map(|year| system.bars(year).len()), [245, 365, 40]);
    let window = system.window();
    assert_eq!(window.source, "coinbase");
    assert!((WINDOW_BARS..650).contains(&window.bars.len()), "{} bars", window.bars.len());
    assert_eq!(window.bars.last(), system.bars(2023).last());
    let events = system.memory(|memory| memory.events.clone());
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].new_bars, events[0].source.as_str()), (650, "coinbase"));
    assert_eq!(events[0].first.to_string(), "2021-05-01T00:00:00Z");
    assert_eq!(events[0].last.to_string(), "2023-02-09T00:00:00Z");
    let raw =
        system.memory(|memory| memory.objects.keys().filter(|key| key.starts_with("raw/coinbase/ETH-USD/1d/")).count());
    assert_eq!(raw, 3, "one archive for each year");
}

#[tokio::test]
async fn the_same_event_twice_has_one_effect_and_the_second_says_so() {
    let system = system().await;
    system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    let lake = system.lake();
    for from in [Some("2022-12-01T00:00:00Z"), None] {
        let again = system.run(from, NOW).await.unwrap();
        assert_eq!((again.status, again.new_bars, again.revised), (Status::NothingNew, 0, 0));
    }
    assert_eq!(system.lake(), lake);
    assert_eq!(system.memory(|memory| memory.events.len()), 1);
}

#[tokio::test]
async fn the_next_day_adds_one_bar() {
    let system = system().await;
    system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    let next = system.run(None, "2023-02-11T00:05:00Z").await.unwrap();
    assert_eq!((next.status, next.new_bars, next.fetched), (Status::Ingested, 1, 4));
    let event = system.memory(|memory| memory.events.pop().unwrap());
    assert_eq!(
        (event.first.to_string().as_str(), event.first, event.new_bars),
        ("2023-02-10T00:00:00Z", event.last, 1)
    );
}

#[tokio::test]
async fn a_call_beside_another_says_so_and_does_nothing() {
    let system = system().await;
    let end = NOW.parse::<Timestamp>().unwrap().as_second() + 60;
    system.memory(|memory| memory.locks.insert("LOCK#ingest#ETH-USD#1d".to_owned(), end));
    let summary = system.run(None, NOW).await.unwrap();
    assert_eq!(summary.status, Status::AlreadyRunning);
    assert!(system.coinbase.requests().is_empty());
    assert_eq!(system.memory(|memory| memory.writes), 0);
}

#[tokio::test]
async fn when_all_sources_fail_nothing_is_stored_and_the_same_call_later_succeeds() {
    let system = system().await;
    system.coinbase.set(Fault::Truncated);
    system.yahoo.set(Fault::Html);
    let error = system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap_err();
    assert_eq!(error.kind(), "NoSource");
    assert_eq!(system.memory(|memory| memory.writes), 0);
    system.coinbase.heal();
    let summary = system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    assert_eq!((summary.status, summary.new_bars), (Status::Ingested, 71));
}

#[tokio::test]
async fn a_stand_in_adds_bars_but_corrects_none_of_another_source() {
    let system = system().await;
    system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    let before = system.bars(2023);
    system.coinbase.set(Fault::status(451, "blocked"));
    let summary = system.run(None, "2023-02-11T00:05:00Z").await.unwrap();
    assert_eq!((summary.source.as_deref(), summary.new_bars, summary.revised), (Some("yahoo"), 1, 0));
    assert_eq!(system.bars(2023)[..before.len()], before);
    assert_eq!(system.window().source, "yahoo");
    assert!(
        summary.warnings[0].contains("coinbase answered HTTP 451: blocked; yahoo answered"),
        "{:?}",
        summary.warnings
    );
}

#[tokio::test]
async fn a_correction_of_the_same_source_is_taken_and_not_announced() {
    let system = system().await;
    system.run(Some("2023-02-01T00:00:00Z"), NOW).await.unwrap();
    system.coinbase.set(Fault::status(200, "[[1675900800,1190.5,1225,1200.05,1201.5,1000.25]]"));
    let summary = system.run(None, NOW).await.unwrap();
    assert_eq!((summary.status, summary.revised), (Status::Revised, 1));
    let corrected = system.window().bars.last().unwrap().close;
    assert!((corrected - 1201.5).abs() < 1e-9);
    assert_eq!(system.memory(|memory| memory.events.len()), 1);
}

#[tokio::test]
async fn a_back_fill_that_runs_out_of_time_goes_on_where_it_stopped() {
    let system = system().await;
    let from = "2020-06-01T00:00:00Z";
    let first = system.run_for(Some(from), NOW, Duration::from_secs(1)).await.unwrap();
    assert_eq!(first.status, Status::Partial);
    assert_eq!(first.resume_from.unwrap().to_string(), "2021-01-01T00:00:00Z");
    let rest = system.run(None, NOW).await.unwrap();
    assert_eq!((rest.status, rest.last.unwrap().to_string().as_str()), (Status::Ingested, "2023-02-09T00:00:00Z"));
    assert_eq!(first.new_bars + rest.new_bars, 984, "2020-06-01 to 2023-02-09");
}

/// The heart of it: whatever write an ingest dies at, the next one leaves the same lake, the same window and one
/// announcement of all bars.
#[tokio::test]
async fn killed_at_any_write_and_run_again_it_ends_the_same() {
    let from = Some("2022-12-01T00:00:00Z");
    let whole = system().await;
    whole.run(from, NOW).await.unwrap();
    let writes = whole.memory(|memory| memory.writes);
    assert!(writes >= 8, "two archives, two notes, two years, a window, an event, a note: {writes}");
    for dies_after in 0..writes {
        let system = system().await;
        system.memory(|memory| memory.dies_after = Some(dies_after));
        let error = system.run(from, NOW).await.unwrap_err();
        assert_eq!(error.kind(), "AwsFailed", "after {dies_after} writes");
        system.memory(|memory| memory.dies_after = None);

        // Its lock ends by itself soon after the invocation would have.
        let at_once = system.run(from, NOW).await.unwrap();
        assert_eq!(at_once.status, Status::AlreadyRunning);
        let later = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(11);
        system.run(from, &later.to_string()).await.unwrap();

        assert_eq!(system.lake(), whole.lake(), "after {dies_after} writes");
        assert_eq!(system.window().bars, whole.window().bars);
        let events = system.memory(|memory| memory.events.clone());
        // Dying between the event and the note that it was sent repeats it: at least once, never silence.
        assert_eq!(events.len(), if dies_after == writes - 1 { 2 } else { 1 }, "after {dies_after} writes");
        assert_eq!(events.last().unwrap().new_bars, 71);
        assert_eq!(events.last().unwrap().first.to_string(), "2022-12-01T00:00:00Z");
        let quiet = system.run(None, &later.to_string()).await.unwrap();
        assert_eq!(quiet.status, Status::NothingNew);
    }
}
