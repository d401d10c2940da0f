//! Batches of metrics, params and tags.
//!
//! Points are stored first, in a document that is named by the hash of its content: a batch that comes twice is stored once.
//! Then the run takes the latest values, which does not depend on the order of batches. Params never change.

use crate::{TrackService, error::Result, ids, response::ApiResponse, runs, store::DocumentKey};
use mlflow_protocol::{
    ApiError, Metric, MetricPoint, Pair, Run, limits, names,
    request::{LogBatch, LogMetric, RunPair},
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Bytes of keys and points of one document of metrics, which leaves room to the 390 KB of a document.
const MAX_POINTS_BYTES: usize = 300_000;
/// Bytes of a point in JSON, at most.
const POINT_BYTES: usize = 110;

/// Points of one batch by key.
pub(crate) type Points = BTreeMap<String, Vec<MetricPoint>>;

impl TrackService {
    pub(crate) async fn log_batch(&self, batch: LogBatch) -> Result<ApiResponse> {
        check(&batch)?;
        let run = self.run_by_id(&batch.run_id).await?;
        // Refused before anything is written.
        runs::check_active(&run)?;
        let mut merged = run.clone();
        merge(&mut merged, &batch)?;
        for points in documents(&batch.metrics) {
            let text = serde_json::to_vec(&points).map_err(|_| ApiError::invalid("The metrics have no JSON"))?;
            let hash: String = Sha256::digest(&text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            // There already, if the batch was sent before.
            self.store.insert(&DocumentKey::metrics(&batch.run_id, &hash), &points).await?;
        }
        if merged != run {
            self.change_run(&batch.run_id, |run| merge(run, &batch)).await?;
        }
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn log_metric(&self, request: LogMetric) -> Result<ApiResponse> {
        let LogMetric { run_id, key, value, timestamp, step } = request;
        let metric = Metric { key, value, timestamp, step: step.unwrap_or_default() };
        self.log_batch(LogBatch { run_id, metrics: vec![metric], params: Vec::new(), tags: Vec::new() }).await
    }

    pub(crate) async fn log_parameter(&self, request: RunPair) -> Result<ApiResponse> {
        let RunPair { run_id, key, value } = request;
        let params = vec![Pair { key, value }];
        self.log_batch(LogBatch { run_id, metrics: Vec::new(), params, tags: Vec::new() }).await
    }
}

/// Checks everything of a batch that does not depend on the run.
fn check(batch: &LogBatch) -> Result<(), ApiError> {
    let counts = [
        ("metrics", batch.metrics.len(), limits::MAX_METRICS_PER_BATCH),
        ("params", batch.params.len(), limits::MAX_PARAMS_OR_TAGS_PER_BATCH),
        ("tags", batch.tags.len(), limits::MAX_PARAMS_OR_TAGS_PER_BATCH),
        (
            "metrics, params and tags",
            batch.metrics.len() + batch.params.len() + batch.tags.len(),
            limits::MAX_ENTITIES_PER_BATCH,
        ),
    ];
    for (kind, count, limit) in counts {
        if count > limit {
            let message = format!("A batch logging request can contain at most {limit} {kind}. Got {count} {kind}.");
            return Err(ApiError::invalid(message));
        }
    }
    for metric in &batch.metrics {
        names::check_metric_or_param_key("metric", &metric.key)?;
    }
    for param in &batch.params {
        names::check_metric_or_param_key("param", &param.key)?;
        names::check_length("param value", &param.value, limits::MAX_PARAM_VALUE_CHARS)?;
    }
    batch.tags.iter().try_for_each(|tag| names::check_tag(&tag.key, &tag.value, limits::MAX_RUN_TAG_CHARS))
}

/// Takes a batch into a run.
fn merge(run: &mut Run, batch: &LogBatch) -> Result<(), ApiError> {
    for Pair { key, value } in &batch.params {
        match run.params.get(key) {
            Some(known) if known != value => {
                return Err(ApiError::invalid(format!(
                    "Changing param values is not allowed. Param with key='{key}' was already logged with value='{}' for \
                     run ID='{}'. Attempted logging new value '{}'.",
                    ids::shown(known),
                    run.id,
                    ids::shown(value),
                )));
            }
            Some(_) => {}
            None => {
                run.params.insert(key.clone(), value.clone());
            }
        }
    }
    for metric in &batch.metrics {
        run.merge_metric(&metric.key, metric.point());
    }
    for tag in &batch.tags {
        runs::put_tag(run, &tag.key, &tag.value);
    }
    Ok(())
}

/// Points of a batch as documents, each small enough for an item. Most batches are one.
fn documents(metrics: &[Metric]) -> Vec<Points> {
    let mut documents = Vec::new();
    let (mut points, mut bytes) = (Points::new(), 0);
    for metric in metrics {
        // A new key costs its text; characters in quotes may be escaped.
        let size = POINT_BYTES + if points.contains_key(&metric.key) { 0 } else { metric.key.len() + 8 };
        if bytes + size > MAX_POINTS_BYTES {
            documents.push(std::mem::take(&mut points));
            bytes = 0;
        }
        bytes += size;
        points.entry(metric.key.clone()).or_default().push(metric.point());
    }
    documents.extend((!points.is_empty()).then_some(points));
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(key: String, step: i64) -> Metric {
        Metric { key, value: 0.123_456_789_012_345_6, timestamp: 1_700_000_000_000, step }
    }

    fn batch(metrics: usize, params: usize, tags: usize) -> LogBatch {
        let pairs = |count: usize| (0..count).map(|i| Pair { key: format!("k{i}"), value: "v".to_owned() }).collect();
        let metrics = (0..metrics).map(|i| metric("loss".to_owned(), i64::try_from(i).unwrap())).collect();
        LogBatch { run_id: "r".to_owned(), metrics, params: pairs(params), tags: pairs(tags) }
    }

    #[test]
    fn batches_have_the_limits_of_mlflow() {
        for (metrics, params, tags, accepted) in [
            (1_000, 0, 0, true),
            (800, 100, 100, true),
            (1_001, 0, 0, false),
            (0, 101, 0, false),
            (0, 0, 101, false),
            (900, 100, 1, false),
        ] {
            assert_eq!(check(&batch(metrics, params, tags)).is_ok(), accepted, "{metrics} {params} {tags}");
        }
    }

    #[test]
    fn a_param_keeps_its_value() {
        let stored = r#"{"id":"r","experiment_id":"1","name":"n","status":"RUNNING","start_time":5}"#;
        let mut run: Run = serde_json::from_str(stored).unwrap();
        let mut batch = batch(3, 2, 1);
        merge(&mut run, &batch).unwrap();
        let first = run.clone();
        merge(&mut run, &batch).unwrap();
        assert_eq!((&run, run.metrics["loss"].step), (&first, 2));
        batch.params[1].value = "other".to_owned();
        assert!(merge(&mut run, &batch).is_err_and(|error| error.message.contains("Changing param values")));
        let twice = vec![
            Pair { key: "a".to_owned(), value: "1".to_owned() },
            Pair { key: "a".to_owned(), value: "2".to_owned() },
        ];
        assert!(merge(&mut run, &LogBatch { params: twice, ..batch }).is_err());
    }

    #[test]
    fn the_longest_keys_fit_in_documents() {
        let metrics: Vec<Metric> = (0..1_000).map(|i| metric(format!("{i:04}{}", "é".repeat(246)), 7)).collect();
        let documents = documents(&metrics);
        assert!(documents.iter().all(|points| serde_json::to_vec(points).unwrap().len() < MAX_POINTS_BYTES));
        assert_eq!(documents.iter().map(BTreeMap::len).sum::<usize>(), 1_000);
    }
}
