//! Ingests beside each other: one at a time, and where that fails the later write loses nothing.

use crate::{
    cloud::Lease,
    system::{NOW, system},
};
use ingest::IngestStatus;
use jiff::Timestamp;
use lambda_shell::FunctionError as _;
use std::task::Poll;

const LOCK: &str = "LOCK#ingest#ETH-USD#1d";

/// An answer of success would be the end of it: nobody would ask again.
#[tokio::test]
async fn an_ingest_beside_a_live_one_fails_and_writes_nothing() {
    let system = system().await;
    let end = NOW.parse::<Timestamp>().unwrap().as_second() + 60;
    let lease = Lease { token: "another".to_owned(), end };
    system.memory(|memory| memory.locks.insert(LOCK.to_owned(), lease));
    for from in [None, Some("2022-12-01T00:00:00Z")] {
        assert_eq!(system.run_short(from, NOW).await.unwrap_err().kind(), "Busy");
    }
    assert!(system.coinbase.requests().is_empty());
    assert_eq!(system.memory(|memory| memory.writes), 0);
}

#[tokio::test]
async fn two_concurrent_ingests_run_one_after_the_other() {
    let system = system().await;
    let from = Some("2022-12-01T00:00:00Z");
    let (first, second) = tokio::join!(system.run(from, NOW), system.run(from, NOW));
    let mut statuses = [first.unwrap(), second.unwrap()].map(|summary| (summary.new_bars, summary.status));
    statuses.sort_by_key(|(new, _)| *new);
    assert_eq!(statuses, [(0, IngestStatus::UpToDate), (71, IngestStatus::Ingested)]);
    assert_eq!(system.memory(|memory| memory.events.len()), 1);
}

/// An ingest that was held up for longer than its lease goes on beside the one that took its place.
#[tokio::test]
async fn a_late_write_never_undoes_another_ingest() {
    let whole = system().await;
    whole.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
    let mut refused = 0;
    for overtaken_at in 0..16 {
        let system = system().await;
        let free = || system.memory(|memory| memory.locks.clear());
        let slow = system.run(Some("2022-12-01T00:00:00Z"), NOW);
        let mut slow = std::pin::pin!(slow);
        // So many writes, then the other one from the start to its end.
        let ended = std::future::poll_fn(|context| match slow.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if system.memory(|memory| memory.writes >= overtaken_at) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let ended = ended.await;
        free();
        system.run(Some("2022-12-01T00:00:00Z"), NOW).await.unwrap();
        free();
        let ended = match ended {
            Some(result) => result,
            None => slow.await,
        };
        if let Err(error) = ended {
            assert_eq!(error.kind(), "Changed", "{error:?}");
            refused += 1;
        }
        assert_eq!(system.bars(2022).len() + system.bars(2023).len(), 71, "overtaken at write {overtaken_at}");
        assert_eq!(system.quality_report().gaps, whole.quality_report().gaps, "overtaken at write {overtaken_at}");
    }
    assert!(refused >= 1, "no write was refused");
}
