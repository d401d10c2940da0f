//! Whole ingests: stored and published results of one invocation, of a repeated one, and of one that dies at any write.

use crate::system::{NOW, System, system, system_with};
use exchange_simulator::FaultKind;
use features::WINDOW_BARS;
use ingest::IngestStatus;
use jiff::{SignedDuration, Timestamp};
use lambda_shell::FunctionError as _;
use market_data::{
    Bar,
    gaps::GapState,
    quality::{Flags, QualityRule},
};
use std::{collections::BTreeMap, time::Duration};

/// As a person reads it.
fn close(bar: &Bar) -> String {
    bar.close.to_string()
}

#[tokio::test]
async fn a_backfill_writes_lake_window_and_event() {
    let system = system().await;
    let summary = system.run(Some("2021-05-01T00:00:00Z"), NOW).await.unwrap();
    assert_eq!((summary.status, summary.new_bars, summary.fetched), (IngestStatus::Ingested, 650, 650));
    assert_eq!(summary.source.as_deref(), Some("coinbase"));
    assert_eq!([2021, 2022, 2023].map(|year| system.bars(year).len()), [245, 365, 40]);
    let window = system.window();
    assert_eq!(window.source, "coinbase");
    assert!((WINDOW_BARS..800).contains(&window.bars.len()), "{} bars", window.bars.len());
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
async fn a_window_of_a_replayed_day_is_marked() {
    for (clock, replayed) in [(NOW, false), ("2026-11-30T12:00:00Z", true)] {
        let system = system().await;
        system.call(Some("2022-12-01T00:00:00Z"), Some(NOW), clock, Duration::from_secs(600)).await.unwrap();
        let window = system.window();
        assert_eq!((window.replayed, window.updated_at.to_string().as_str()), (replayed, NOW), "{clock}");
    }
}

/// predict takes the time of a replayed window for now.
#[tokio::test]
async fn the_clock_of_a_replay_never_goes_back() {
    let system = system().await;
    let clock = "2026-11-30T12:00:00Z";
    let replay = async |as_of: &str| {
        system.call(Some("2022-12-01T00:00:00Z"), Some(as_of), clock, Duration::from_secs(600)).await.unwrap();
        system.window().updated_at.to_string()
    };
    assert_eq!(replay(NOW).await, NOW);
    let later = "2023-02-10T18:00:00Z";
    assert_eq!(replay(later).await, later, "without a new bar");
    assert_eq!(replay(NOW).await, later);
}

#[tokio::test]
async fn a_repeated_event_has_one_effect() {
    let system = system().await;
    system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    let lake = system.lake();
    for from in [Some("2022-12-01T00:00:00Z"), None] {
        let again = system.run(from, NOW).await.unwrap();
        assert_eq!((again.status, again.new_bars, again.revised), (IngestStatus::UpToDate, 0, 0));
    }
    assert_eq!(system.lake(), lake);
    assert_eq!(system.memory(|memory| memory.events.len()), 1);
}

#[tokio::test]
async fn the_next_day_adds_one_bar() {
    let system = system().await;
    system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    let next = system.run(None, "2023-02-11T00:05:00Z").await.unwrap();
    assert_eq!((next.status, next.new_bars, next.fetched), (IngestStatus::Ingested, 1, 4));
    let event = system.memory(|memory| memory.events.pop().unwrap());
    assert_eq!(
        (event.first.to_string().as_str(), event.first, event.new_bars),
        ("2023-02-10T00:00:00Z", event.last, 1)
    );
}

#[tokio::test]
async fn nothing_is_stored_when_all_sources_fail() {
    let system = system().await;
    system.coinbase.set_fault(FaultKind::Truncated);
    system.bitstamp.set_fault(FaultKind::Html);
    let error = system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap_err();
    assert_eq!(error.kind(), "NoSource");
    assert_eq!(system.memory(|memory| memory.writes), 0);
    system.coinbase.clear_faults();
    let summary = system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    assert_eq!((summary.status, summary.new_bars), (IngestStatus::Ingested, 71));
}

#[tokio::test]
async fn a_fallback_source_adds_bars_until_the_primary_recovers() {
    let system = system().await;
    system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    let before = system.kept(2023);
    system.coinbase.set_fault(FaultKind::response(451, "blocked"));
    let summary = system.run(None, "2023-02-11T00:05:00Z").await.unwrap();
    assert_eq!((summary.source.as_deref(), summary.new_bars, summary.revised), (Some("bitstamp"), 1, 0));
    assert_eq!(system.kept(2023)[..before.len()], before);
    assert_eq!(system.kept(2023).last().unwrap().flags, Flags::NONE.with(QualityRule::Fallback));
    assert_eq!(system.window().source, "bitstamp");
    assert_eq!(summary.warnings, ["coinbase answered HTTP 451: blocked; bitstamp answered"]);

    system.coinbase.clear_faults();
    let summary = system.run(None, "2023-02-11T01:05:00Z").await.unwrap();
    assert_eq!((summary.status, summary.revised), (IngestStatus::Revised, 1));
    let last = system.kept(2023).pop().unwrap();
    assert_eq!((last.origin.to_string().as_str(), last.revision, last.flags), ("coinbase", 1, Flags::NONE));
    assert_eq!(system.window().source, "coinbase");
}

#[tokio::test]
async fn a_correction_is_a_revision_and_keeps_earlier_observations() {
    let system = system().await;
    system.run(Some("2023-02-01T00:00:00Z"), NOW).await.unwrap();
    system.coinbase.set_fault(FaultKind::response(200, "[[1675900800,1190.5,1225,1200.05,1201.5,1000.25]]"));
    let later = "2023-02-10T06:05:00Z";
    let summary = system.run(None, later).await.unwrap();
    assert_eq!((summary.status, summary.revised), (IngestStatus::Revised, 1));
    assert_eq!(close(system.window().bars.last().unwrap()), "1201.5");
    assert_eq!(system.memory(|memory| memory.events.len()), 1, "a correction is not published");
    let said = system.observations(2023);
    let of_that_day: Vec<(f64, String)> = said
        .iter()
        .filter(|one| one.bar.time.to_string() == "2023-02-09T00:00:00Z" && &*one.origin.source == "coinbase")
        .map(|one| (one.bar.close, one.last_seen.to_string()))
        .collect();
    assert_eq!(of_that_day, [(1201.5, later.to_owned()), (1214.2, NOW.to_owned())]);
}

#[tokio::test]
async fn a_disagreeing_cross_check_is_recorded_and_changes_nothing() {
    let system = system_with(1).await;
    system.coinbase.set_fault(FaultKind::response(200, "[[1675900800,1190.5,1251,1200.05,1250,1000.25]]"));
    let summary = system.run(Some("2023-02-09T00:00:00Z"), NOW).await.unwrap();
    assert_eq!(summary.rules, BTreeMap::from([(QualityRule::Disagreement, 1)]));
    let [finding] = system.quality_report().findings.try_into().unwrap();
    assert_eq!(
        (finding.rule, finding.detail.as_str()),
        (QualityRule::Disagreement, "closes: bitstamp 1214.5, coinbase 1250")
    );
    assert_eq!(close(&system.bars(2023)[0]), "1250");
    assert_eq!(system.observations(2023).len(), 2);
}

#[tokio::test]
async fn a_false_high_is_replaced_and_marked_doubtful() {
    let system = system_with(1).await;
    system.coinbase.set_fault(FaultKind::response(200, "[[1675900800,1190.5,1900,1200.05,1214.2,1000.25]]"));
    let summary = system.run(Some("2023-02-09T00:00:00Z"), NOW).await.unwrap();
    assert_eq!(summary.rules, BTreeMap::from([(QualityRule::Outvoted, 1), (QualityRule::ExtremesDisagree, 1)]));
    let [kept] = system.kept(2023).try_into().unwrap();
    assert_eq!((kept.origin.to_string().as_str(), kept.bar.high.to_string()), ("bitstamp", "1225".to_owned()));
    assert_eq!(system.window().doubtful, [kept.doubtful().unwrap()]);
}

#[tokio::test]
async fn a_gap_is_tracked_and_filled_later() {
    let system = system().await;
    let missing = "2023-01-15T00:00:00Z".parse::<Timestamp>().unwrap();
    for source in [&system.coinbase, &system.bitstamp] {
        source.set_fault(FaultKind::Missing { at: Some(missing), bars: 1 });
    }
    let first = system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    assert_eq!(first.gaps.iter().map(|gap| (gap.from, gap.bars)).collect::<Vec<_>>(), [(missing, 1)]);
    let [known] = system.quality_report().gaps.try_into().unwrap();
    assert_eq!((known.from, known.state, known.tries), (missing, GapState::Open, 1));

    system.bitstamp.clear_faults();
    let soon = system.run(None, "2023-02-10T00:35:00Z").await.unwrap();
    assert_eq!(soon.new_bars, 0, "half an hour later it is not looked for yet");
    let later = system.run(None, "2023-02-10T01:35:00Z").await.unwrap();
    assert_eq!((later.status, later.new_bars), (IngestStatus::Ingested, 1));
    assert_eq!(system.quality_report().gaps, []);
    let filled = system.kept(2023).into_iter().find(|kept| kept.bar.time == missing).unwrap();
    assert_eq!(filled.origin.to_string(), "bitstamp");
    let event = system.memory(|memory| memory.events.pop().unwrap());
    assert_eq!((event.first, event.last.to_string().as_str()), (missing, "2023-02-09T00:00:00Z"));
}

#[tokio::test]
async fn a_backfill_that_runs_out_of_time_resumes() {
    let system = system().await;
    let from = "2020-06-01T00:00:00Z";
    let first = system.run_short(Some(from), NOW).await.unwrap();
    assert_eq!(first.status, IngestStatus::Partial);
    assert_eq!(first.resume_from.unwrap().to_string(), "2021-01-01T00:00:00Z");
    let [rest] = system.memory(|memory| std::mem::take(&mut memory.requests)).try_into().unwrap();
    assert_eq!((rest.from, rest.to), (None, None));
    let rest = system.run(None, NOW).await.unwrap();
    assert_eq!(
        (rest.status, rest.last.unwrap().to_string().as_str()),
        (IngestStatus::Ingested, "2023-02-09T00:00:00Z")
    );
    assert_eq!(first.new_bars + rest.new_bars, 984, "2020-06-01 to 2023-02-09");
    assert_eq!(system.run(None, NOW).await.unwrap().status, IngestStatus::UpToDate);
    assert_eq!(system.memory(|memory| memory.requests.len()), 0);
}

#[tokio::test]
async fn a_failing_backfill_does_not_delay_the_newest_bars() {
    let system = system().await;
    system.run(Some("2023-02-01T00:00:00Z"), NOW).await.unwrap();
    let begun = system.run_short(Some("2020-06-01T00:00:00Z"), NOW).await.unwrap();
    assert_eq!(begun.status, IngestStatus::Partial);

    let this_year = "2023-01-01T00:00:00Z".parse::<Timestamp>().unwrap();
    for source in [&system.coinbase, &system.bitstamp] {
        source.set_fault(FaultKind::OldRange { time: this_year });
    }
    let next = system.run(None, "2023-02-11T00:05:00Z").await.unwrap();
    assert_eq!((next.status, next.new_bars, next.resume_from), (IngestStatus::Partial, 1, begun.resume_from));
    assert!(next.warnings.iter().any(|warning| warning.contains("has to wait")), "{:?}", next.warnings);
    assert_eq!(system.window().bars.last().unwrap().time.to_string(), "2023-02-10T00:00:00Z");

    for source in [&system.coinbase, &system.bitstamp] {
        source.clear_faults();
    }
    let rest = system.run(None, "2023-02-11T01:05:00Z").await.unwrap();
    assert_eq!((rest.status, rest.resume_from, rest.gaps), (IngestStatus::Ingested, None, vec![]));
    assert_eq!([2020, 2021, 2022, 2023].map(|year| system.bars(year).len()), [214, 365, 365, 41]);
}

/// A back-fill that was killed after it stored its pending work resumes without a further request.
#[tokio::test]
async fn a_killed_backfill_is_finished_by_the_next_ingest() {
    let fill = async |system: &System, from: Option<&str>, clock: &str| {
        system.call(from, Some(NOW), clock, Duration::from_secs(600)).await
    };
    let (recent, old) = (Some("2023-02-01T00:00:00Z"), Some("2021-06-01T00:00:00Z"));
    let later = "2023-02-10T01:05:00Z";
    let whole = system().await;
    for from in [recent, old, None] {
        fill(&whole, from, NOW).await.unwrap();
    }
    let mut finished = 0;
    for survives in 0..14 {
        let system = system().await;
        fill(&system, recent, NOW).await.unwrap();
        system.memory(|memory| memory.dies_after = Some(memory.writes + survives));
        fill(&system, old, NOW).await.unwrap_err();
        system.memory(|memory| memory.dies_after = None);
        let owed = system.memory(|memory| {
            let pending = memory.objects.get("pending/ETH-USD/1d.json");
            pending.is_some_and(|pending| String::from_utf8_lossy(pending).contains(r#""backfill":{"#))
        });
        fill(&system, None, later).await.unwrap();
        if owed {
            assert_eq!(system.lake(), whole.lake(), "after {survives} writes");
            assert_eq!(system.quality_report().gaps, whole.quality_report().gaps, "after {survives} writes");
            finished += 1;
        }
    }
    assert!(finished >= 8, "{finished}");
}

/// At whatever write an ingest dies, the next one leaves the same lake and window, and one event with all bars.
#[tokio::test]
async fn an_ingest_killed_at_any_write_is_completed_by_the_next() {
    let from = Some("2022-12-01T00:00:00Z");
    let whole = system_with(1).await;
    let run = async |system: &System, clock: &str| system.call(from, Some(NOW), clock, Duration::from_secs(600)).await;
    run(&whole, NOW).await.unwrap();
    let writes = whole.memory(|memory| memory.writes);
    assert!(
        writes >= 14,
        "four archives, pending work three times, two years twice, a window, a quality report, an event: {writes}"
    );
    for dies_after in 0..writes {
        let system = system_with(1).await;
        system.memory(|memory| memory.dies_after = Some(dies_after));
        let error = run(&system, NOW).await.unwrap_err();
        assert_eq!(error.kind(), "AwsFailed", "after {dies_after} writes");
        system.memory(|memory| memory.dies_after = None);

        // Its lease ends by itself, before Lambda tries again.
        let later = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(1);
        run(&system, &later.to_string()).await.unwrap();

        assert_eq!(system.lake(), whole.lake(), "after {dies_after} writes");
        assert_eq!(system.window().bars, whole.window().bars);
        assert_eq!(system.quality_report(), whole.quality_report(), "after {dies_after} writes");
        let events = system.memory(|memory| memory.events.clone());
        // Dying between the event and its removal from the pending work repeats the event: it is published at least once.
        assert_eq!(events.len(), if dies_after == writes - 1 { 2 } else { 1 }, "after {dies_after} writes");
        assert_eq!(events.last().unwrap().new_bars, 71);
        assert_eq!(events.last().unwrap().first.to_string(), "2022-12-01T00:00:00Z");
        let quiet = system.run(None, &later.to_string()).await.unwrap();
        assert_eq!(quiet.status, IngestStatus::UpToDate);
    }
}
