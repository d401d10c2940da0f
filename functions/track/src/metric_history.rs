//! History of a metric.

use crate::{TrackService, batch::Points, error::Result, response::ApiResponse, search, store::metrics_partition};
use aws::tracking::{Document, Range};
use mlflow_protocol::{Metric, MetricPoint, PageToken, names, request::MetricHistory};
use serde_json::json;

/// Largest number of points of a page, as in MLflow.
const MAX_RESULTS: i64 = 25_000;

impl TrackService {
    pub(crate) async fn metric_history(&self, request: MetricHistory) -> Result<ApiResponse> {
        names::check_metric_or_param_key("metric", &request.metric_key)?;
        let limit = search::limit(request.max_results, 25_000, MAX_RESULTS)?;
        let identity = ["history", &request.run_id, &request.metric_key];
        let start = PageToken::resume(&identity, request.page_token.as_deref())?;
        let run = self.run_by_id(&request.run_id).await?;
        let points = if self.own.is_run(&run.id) {
            // A training has one value of each.
            run.metrics.get(&request.metric_key).copied().into_iter().collect()
        } else {
            let partition = metrics_partition(&run.id);
            let batches: Vec<Document<Points>> = self.store.table.query(&partition, Range::Prefix("METRICS/")).await?;
            batches.into_iter().filter_map(|mut batch| batch.value.remove(&request.metric_key)).flatten().collect()
        };
        let (page, next) = start.page(history(points), limit);
        let metrics: Vec<Metric> = page.into_iter().map(|point| Metric::new(&request.metric_key, point)).collect();
        Ok(ApiResponse::Json(search::with_next(json!({"metrics": metrics}), next)))
    }
}

/// Points in the order of time, each once.
fn history(mut points: Vec<MetricPoint>) -> Vec<MetricPoint> {
    points.sort_by(MetricPoint::cmp_history);
    points.dedup_by(|a, b| a.cmp_history(b).is_eq());
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_of_two_batches_counts_once() {
        let point = |timestamp, value| MetricPoint { value, timestamp, step: 0 };
        let found = history(vec![point(2, 1.0), point(1, f64::NAN), point(2, 1.0), point(1, f64::NAN), point(2, 0.5)]);
        let times: Vec<i64> = found.iter().map(|point| point.timestamp).collect();
        assert_eq!(times, [1, 2, 2]);
        assert!(found[0].value.is_nan() && found[1].value < found[2].value);
    }
}
