//! Runs.

use crate::{
    Metric, MetricPoint, Pair, Searchable, Value,
    experiment::{lifecycle_stage, pairs},
    filter::{Attribute, DatasetField},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Tag that names a run.
pub const RUN_NAME_TAG: &str = "mlflow.runName";
/// Tag of a dataset input that names its use, such as `train`.
const DATASET_CONTEXT_TAG: &str = "mlflow.data.context";

/// Status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RunStatus {
    /// Started, not ended.
    Running,
    /// Waits for its start.
    Scheduled,
    /// Ended well.
    Finished,
    /// Ended with an error.
    Failed,
    /// Was ended.
    Killed,
}

impl RunStatus {
    /// Name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Scheduled => "SCHEDULED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
        }
    }
}

/// A dataset that a run reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetInput {
    /// Tags of its use.
    #[serde(default)]
    pub tags: Vec<Pair>,
    /// The dataset.
    pub dataset: Dataset,
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// Name.
    pub name: String,
    /// Digest of its content.
    pub digest: String,
    /// Kind of its source.
    #[serde(default)]
    pub source_type: String,
    /// Source.
    #[serde(default)]
    pub source: String,
    /// Schema, JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Profile, JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// A logged model that a run made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelOutput {
    /// Id of the model.
    pub model_id: String,
    /// Step of the training at which it was made.
    #[serde(default, deserialize_with = "crate::number::int64")]
    pub step: i64,
}

/// A logged model that a run reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInput {
    /// Id of the model.
    pub model_id: String,
}

/// A run as it is stored, with the latest value of each metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Id.
    pub id: String,
    /// Id of its experiment.
    pub experiment_id: String,
    /// Name.
    pub name: String,
    /// Name of the user by the client's word.
    #[serde(default)]
    pub user_id: String,
    /// Status.
    pub status: RunStatus,
    /// Milliseconds since 1970.
    pub start_time: i64,
    /// Milliseconds since 1970; absent while it is running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
    /// True if it is deleted; it can be restored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Latest values.
    #[serde(default)]
    pub metrics: BTreeMap<String, MetricPoint>,
    /// Params; a value never changes.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Datasets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<DatasetInput>,
    /// Logged models that it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub model_inputs: Vec<ModelInput>,
    /// Logged models that it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub model_outputs: Vec<ModelOutput>,
}

impl Run {
    /// Root of its artifacts.
    #[must_use]
    pub fn artifact_uri(&self) -> String {
        format!("mlflow-artifacts:/{}/{}/artifacts", self.experiment_id, self.id)
    }

    /// Takes a value of a metric; the latest one stays.
    pub fn merge_metric(&mut self, key: &str, point: MetricPoint) {
        match self.metrics.get_mut(key) {
            Some(latest) if latest.cmp_latest(&point).is_lt() => *latest = point,
            Some(_) => {}
            None => {
                self.metrics.insert(key.to_owned(), point);
            }
        }
    }

    /// The part `info` of the responses.
    #[must_use]
    pub fn info_json(&self) -> serde_json::Value {
        let mut info = json!({
            "run_id": self.id,
            "run_uuid": self.id,
            "run_name": self.name,
            "experiment_id": self.experiment_id,
            "user_id": self.user_id,
            "status": self.status.name(),
            "start_time": self.start_time,
            "artifact_uri": self.artifact_uri(),
            "lifecycle_stage": lifecycle_stage(self.deleted),
        });
        if let (Some(end), Some(fields)) = (self.end_time, info.as_object_mut()) {
            fields.insert("end_time".to_owned(), json!(end));
        }
        info
    }

    /// Entity of the responses.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let metrics: Vec<Metric> = self.metrics.iter().map(|(key, point)| Metric::new(key, *point)).collect();
        json!({
            "info": self.info_json(),
            "data": {"metrics": metrics, "params": pairs(&self.params), "tags": pairs(&self.tags)},
            "inputs": {"dataset_inputs": self.datasets, "model_inputs": self.model_inputs},
            "outputs": {"model_outputs": self.model_outputs},
        })
    }
}

impl Searchable for Run {
    fn attribute(&self, attribute: Attribute) -> Option<Value<'_>> {
        match attribute {
            Attribute::RunId => Some(Value::Text(&self.id)),
            Attribute::RunName => Some(Value::Text(&self.name)),
            Attribute::UserId => Some(Value::Text(&self.user_id)),
            Attribute::Status => Some(Value::Text(self.status.name())),
            Attribute::ArtifactUri => Some(Value::Owned(self.artifact_uri())),
            Attribute::StartTime => Some(Value::Integer(self.start_time)),
            Attribute::EndTime => self.end_time.map(Value::Integer),
            _ => None,
        }
    }

    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }

    fn param(&self, key: &str) -> Option<&str> {
        self.params.get(key).map(String::as_str)
    }

    fn metric(&self, key: &str) -> Option<f64> {
        self.metrics.get(key).map(|point| point.value)
    }

    fn dataset_values(&self, field: DatasetField) -> Vec<&str> {
        let datasets = self.datasets.iter();
        match field {
            DatasetField::Name => datasets.map(|input| input.dataset.name.as_str()).collect(),
            DatasetField::Digest => datasets.map(|input| input.dataset.digest.as_str()).collect(),
            DatasetField::Context => datasets
                .flat_map(|input| &input.tags)
                .filter(|tag| tag.key == DATASET_CONTEXT_TAG)
                .map(|tag| tag.value.as_str())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_the_latest_value_in_any_order_of_arrival() {
        let stored = r#"{"id":"r","experiment_id":"1","name":"n","status":"RUNNING","start_time":5}"#;
        let run: Run = serde_json::from_str(stored).unwrap();
        let point = |step, value| MetricPoint { value, timestamp: 1, step };
        let points = [point(0, 9.0), point(2, f64::NAN), point(1, 5.0)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 1, 0]] {
            let mut run = run.clone();
            order.iter().for_each(|index: &usize| run.merge_metric("loss", points[*index]));
            assert!(run.metrics["loss"].value.is_nan());
            let json = run.to_json();
            assert_eq!(json["data"]["metrics"][0]["value"], "NaN");
            assert_eq!(json["info"]["artifact_uri"], "mlflow-artifacts:/1/r/artifacts");
            assert!(json["info"].get("end_time").is_none());
            let read: Run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
            assert!(read.metrics["loss"].value.is_nan());
        }
    }
}
