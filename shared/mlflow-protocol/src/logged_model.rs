//! Logged models of MLflow 3.

use crate::{Searchable, Value, experiment::pairs, filter::Attribute};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Status of a logged model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelStatus {
    /// Its files are not complete.
    #[serde(rename = "LOGGED_MODEL_PENDING")]
    Pending,
    /// Its files are complete.
    #[serde(rename = "LOGGED_MODEL_READY")]
    Ready,
    /// Its upload failed.
    #[serde(rename = "LOGGED_MODEL_UPLOAD_FAILED")]
    UploadFailed,
}

impl ModelStatus {
    /// Name in filters.
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Ready => "READY",
            Self::UploadFailed => "FAILED",
        }
    }
}

/// A logged model as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedModel {
    /// Id, `m-` and 32 hexadecimal digits.
    pub id: String,
    /// Id of its experiment.
    pub experiment_id: String,
    /// Name.
    pub name: String,
    /// Kind of the model; empty without one.
    #[serde(default)]
    pub model_type: String,
    /// Run that made it; empty without one.
    #[serde(default)]
    pub source_run_id: String,
    /// Status.
    pub status: ModelStatus,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Milliseconds since 1970 of the last change.
    pub updated: i64,
    /// Params.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// True if it is deleted.
    #[serde(default)]
    pub deleted: bool,
}

impl LoggedModel {
    /// Root of its files.
    #[must_use]
    pub fn artifact_uri(&self) -> String {
        format!("mlflow-artifacts:/{}/models/{}/artifacts", self.experiment_id, self.id)
    }

    /// Entity of the responses.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "info": {
                "model_id": self.id,
                "experiment_id": self.experiment_id,
                "name": self.name,
                "creation_timestamp_ms": self.created,
                "last_updated_timestamp_ms": self.updated,
                "artifact_uri": self.artifact_uri(),
                "status": self.status,
                "model_type": self.model_type,
                "source_run_id": self.source_run_id,
                "tags": pairs(&self.tags),
            },
            "data": {"params": pairs(&self.params)},
        })
    }
}

impl Searchable for LoggedModel {
    fn attribute(&self, attribute: Attribute) -> Option<Value<'_>> {
        match attribute {
            Attribute::Name => Some(Value::Text(&self.name)),
            Attribute::ModelId => Some(Value::Text(&self.id)),
            Attribute::ModelType => Some(Value::Text(&self.model_type)),
            Attribute::Status => Some(Value::Text(self.status.name())),
            Attribute::SourceRunId => Some(Value::Text(&self.source_run_id)),
            Attribute::CreationTimestamp => Some(Value::Integer(self.created)),
            Attribute::LastUpdatedTimestamp => Some(Value::Integer(self.updated)),
            _ => None,
        }
    }

    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }

    fn param(&self, key: &str) -> Option<&str> {
        self.params.get(key).map(String::as_str)
    }
}
