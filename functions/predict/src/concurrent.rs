//! Concurrent work for several series.

use market_data::Series;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// Runs `task` for all `series` at the same time. Results have the order of `series`.
pub(crate) async fn for_each_series<T, F>(series: &[Series], task: impl Fn(Series) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (index, series) in series.iter().enumerate() {
        // A spawned task inherits no span; without one its log lines have no request id.
        let span = tracing::info_span!("series", %series);
        let running = task(series.clone());
        tasks.spawn(async move { (index, running.await) }.instrument(span));
    }
    let mut results = tasks.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
