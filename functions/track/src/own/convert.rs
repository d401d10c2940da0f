//! Records of trainings as MLflow's entities.

use aws::{RunRecord, RunStatus, TrialRecord, VersionRecord};
use mlflow_protocol::{
    MetricPoint, ModelVersion, Pair, Run, limits, names,
    run::{self, Dataset, DatasetInput, RUN_NAME_TAG},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Characters of the digest of the bars that MLflow has room for.
const DIGEST_CHARS: usize = limits::MAX_DATASET_DIGEST_CHARS;

/// Id of a training.
fn run_id(record: &RunRecord) -> String {
    format!("{}_{}", record.series.slug(), record.run)
}

/// A training; `family` is that of its version.
pub(super) fn training(record: &RunRecord, family: Option<&str>) -> Run {
    let ended = record.finished_at.unwrap_or(record.started_at).as_millisecond();
    let mut params = BTreeMap::new();
    texts("", &record.config, &mut params);
    put(&mut params, "seed", &record.seed.to_string());
    put(&mut params, "feature_set", &record.feature_set);
    put(&mut params, "family", family.unwrap_or_default());
    let mut metrics = BTreeMap::new();
    let point = |value| MetricPoint { value, timestamp: ended, step: 0 };
    let mut add =
        |values: &mut Vec<(String, f64)>| metrics.extend(values.drain(..).map(|(key, value)| (key, point(value))));
    let mut values = Vec::new();
    numbers("", &json(&record.evaluation), &mut values);
    add(&mut values);
    values.extend(record.holdout_log_loss.map(|value| ("log_loss".to_owned(), value)));
    values.extend(record.evaluation.brier_skill().map(|value| ("brier_skill".to_owned(), value)));
    values.extend(record.peak_memory_mb.map(|value| ("peak_memory_mb".to_owned(), value)));
    for (key, number) in [("rows", record.rows), ("trials", record.trials)] {
        values.extend(u32::try_from(number).ok().map(|number| (key.to_owned(), f64::from(number))));
    }
    add(&mut values);
    let mut tags = tags_of(record);
    if let Some(verdict) = &record.verdict {
        put(&mut tags, "weathervane.promoted", &verdict.is_promoted().to_string());
        put(&mut tags, "weathervane.verdict", &verdict.reasons.join("; "));
        put(&mut tags, "weathervane.error", verdict.error.as_deref().unwrap_or_default());
    }
    let version = record.version.map(|version| version.to_string());
    put(&mut tags, "weathervane.version", version.as_deref().unwrap_or_default());
    let dataset = Dataset {
        name: format!("{}-{}", record.series.symbol, record.series.interval),
        digest: record.dataset_hash.chars().take(DIGEST_CHARS).collect(),
        source_type: "weathervane".to_owned(),
        source: format!("bars/{}/{}/", record.series.symbol, record.series.interval),
        schema: None,
        profile: None,
    };
    let context = Pair { key: "mlflow.data.context".to_owned(), value: "train".to_owned() };
    Run {
        id: run_id(record),
        experiment_id: record.series.slug(),
        name: record.run.clone(),
        user_id: "weathervane".to_owned(),
        status: match record.status {
            RunStatus::Running => run::RunStatus::Running,
            RunStatus::Finished => run::RunStatus::Finished,
            RunStatus::Failed => run::RunStatus::Failed,
        },
        start_time: record.started_at.as_millisecond(),
        end_time: record.finished_at.map(jiff::Timestamp::as_millisecond),
        deleted: false,
        metrics,
        params,
        tags,
        datasets: if record.dataset_hash.is_empty() {
            Vec::new()
        } else {
            vec![DatasetInput { tags: vec![context], dataset }]
        },
        model_inputs: Vec::new(),
        model_outputs: Vec::new(),
    }
}

/// A trial of a training.
pub(super) fn trial(record: &RunRecord, trial: &TrialRecord) -> Run {
    let parent = run_id(record);
    let mut params = BTreeMap::new();
    texts("", &trial.params, &mut params);
    put(&mut params, "family", &trial.family);
    let mut values = Vec::new();
    numbers("", &trial.metrics, &mut values);
    values.extend(trial.log_loss.map(|value| ("log_loss".to_owned(), value)));
    let timestamp = record.started_at.as_millisecond();
    let mut tags = tags_of(record);
    put(&mut tags, "mlflow.parentRunId", &parent);
    let name = format!("{} trial {}", record.run, trial.index);
    put(&mut tags, RUN_NAME_TAG, &name);
    Run {
        id: format!("{parent}_t{:04}", trial.index),
        experiment_id: record.series.slug(),
        name,
        user_id: "weathervane".to_owned(),
        status: if trial.log_loss.is_some() { run::RunStatus::Finished } else { run::RunStatus::Failed },
        start_time: timestamp,
        end_time: Some(timestamp),
        deleted: false,
        metrics: values.into_iter().map(|(key, value)| (key, MetricPoint { value, timestamp, step: 0 })).collect(),
        params,
        tags,
        datasets: Vec::new(),
        model_inputs: Vec::new(),
        model_outputs: Vec::new(),
    }
}

/// A version; `bucket` has its artifact.
pub(super) fn version(record: &VersionRecord, bucket: &str) -> ModelVersion {
    let address = format!("s3://{bucket}/{}", record.artifact_key);
    let mut tags = BTreeMap::new();
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    put(&mut tags, "weathervane.status", &text(json(&record.status)));
    put(&mut tags, "weathervane.family", &record.family);
    put(&mut tags, "weathervane.sha256", &record.sha256);
    put(&mut tags, "weathervane.edge", &text(json(&record.edge.verdict)));
    if let Some(verdict) = &record.verdict {
        put(&mut tags, "weathervane.promoted", &verdict.is_promoted().to_string());
        put(&mut tags, "weathervane.verdict", &verdict.reasons.join("; "));
    }
    ModelVersion {
        name: record.series.slug(),
        version: record.version,
        created: record.registered_at.as_millisecond(),
        updated: record.registered_at.as_millisecond(),
        description: String::new(),
        source: address.clone(),
        storage: address,
        run_id: format!("{}_{}", record.series.slug(), record.run),
        run_link: String::new(),
        model_id: String::new(),
        user_id: "weathervane".to_owned(),
        tags,
        deleted: false,
    }
}

/// Tags of a training and its trials.
fn tags_of(record: &RunRecord) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    put(&mut tags, RUN_NAME_TAG, &record.run);
    put(&mut tags, "weathervane.code_version", &record.code_version);
    let commit = record.code_version.split_once('+').map_or("", |(_, commit)| commit);
    put(&mut tags, "mlflow.source.git.commit", commit);
    put(&mut tags, "weathervane.data_hash", &record.dataset_hash);
    put(&mut tags, "weathervane.feature_set", &record.feature_set);
    put(&mut tags, "weathervane.reason", json(&record.reason).as_str().unwrap_or_default());
    let alert = record.alert.as_ref().map(|alert| json(alert).to_string());
    put(&mut tags, "weathervane.alert", alert.as_deref().unwrap_or_default());
    tags
}

/// Puts a text that is not empty.
fn put(map: &mut BTreeMap<String, String>, key: &str, value: &str) {
    if !value.is_empty() {
        map.insert(key.to_owned(), value.to_owned());
    }
}

/// Value in JSON; null if it has none.
fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Numbers of nested objects by their dotted paths. Lists are left out.
fn numbers(path: &str, value: &Value, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| numbers(&join(path, key), value, found)),
        Value::Number(number) if names::check_metric_or_param_key("metric", path).is_ok() => {
            found.extend(number.as_f64().map(|number| (path.to_owned(), number)));
        }
        _ => {}
    }
}

/// Leaves of nested objects as texts by their dotted paths.
fn texts(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| texts(&join(path, key), value, found)),
        Value::Null => {}
        _ if names::check_metric_or_param_key("param", path).is_err() => {}
        Value::String(text) => put(found, path, text),
        other => put(found, path, &other.to_string()),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record() -> RunRecord {
        serde_json::from_value(json!({
            "series": "eth-usd-1d-h1", "run": "20231105T000000Z-1", "reason": "drift",
            "alert": {"as_of": "2023-11-04T00:05:00Z", "version": 1, "rules": ["age"], "report_key": "reports/x"}, "started_at": "2023-11-05T00:00:00Z",
            "finished_at": "2023-11-05T00:01:00Z", "status": "finished", "dataset_hash": "ab".repeat(32),
            "feature_set": "v3", "config": {"trials": 40, "gate": {"alpha": 0.05}, "none": null}, "seed": 7,
            "code_version": "0.1.0+0123456789ab", "rows": 900, "trials": 40, "holdout_log_loss": 0.6912,
            "evaluation": {"forecast": {"log_loss": 0.6912, "brier_skill": 0.01, "curve": [1, 2]}},
            "verdict": {"promoted": false, "reasons": ["no gain", "too few rows"]}, "version": 2,
        }))
        .unwrap()
    }

    #[test]
    fn a_training_has_its_settings_numbers_and_origin() {
        let run = training(&record(), Some("forest"));
        assert_eq!(
            (run.id.as_str(), run.experiment_id.as_str()),
            ("eth-usd-1d-h1_20231105T000000Z-1", "eth-usd-1d-h1")
        );
        let params =
            [("trials", "40"), ("gate.alpha", "0.05"), ("seed", "7"), ("family", "forest"), ("feature_set", "v3")];
        for (key, value) in params {
            assert_eq!(run.params.get(key).map(String::as_str), Some(value), "{key}");
        }
        for (key, value) in [("log_loss", 0.6912), ("forecast.brier_skill", 0.01), ("rows", 900.0)] {
            assert!(run.metrics.get(key).is_some_and(|point| (point.value - value).abs() < 1e-12), "{key}");
        }
        assert!(!run.metrics.contains_key("forecast.curve"));
        assert_eq!(run.tags["mlflow.source.git.commit"], "0123456789ab");
        assert_eq!((run.tags["weathervane.reason"].as_str(), run.tags["weathervane.version"].as_str()), ("drift", "2"));
        assert_eq!(run.tags["weathervane.verdict"], "no gain; too few rows");
        assert_eq!(run.datasets[0].dataset.name, "ETH-USD-1d");
    }

    #[test]
    fn a_trial_is_nested_in_its_training() {
        let stored = json!({"index": 3, "family": "logistic", "params": {"l2": 0.5}, "log_loss": 0.69, "metrics": {"pruned": 1}});
        let run = trial(&record(), &serde_json::from_value(stored).unwrap());
        assert_eq!(run.id, "eth-usd-1d-h1_20231105T000000Z-1_t0003");
        assert_eq!(run.tags["mlflow.parentRunId"], "eth-usd-1d-h1_20231105T000000Z-1");
        assert_eq!((run.params["l2"].as_str(), run.params["family"].as_str()), ("0.5", "logistic"));
        assert!((run.metrics["log_loss"].value - 0.69).abs() < 1e-12);
    }
}
