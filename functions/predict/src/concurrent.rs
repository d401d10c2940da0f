//! The same question about every series, asked at once.

use market_data::Series;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// What `ask` says of each of `series`, in their order.
pub(crate) async fn for_each_series<T, F>(series: &[Series], ask: impl Fn(Series) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (place, series) in series.iter().enumerate() {
        // A task has no span unless it is given one, and its lines no request.
        let span = tracing::info_span!("series", %series);
        let asking = ask(series.clone());
        tasks.spawn(async move { (place, asking.await) }.instrument(span));
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
