//! Experiments.

use crate::{Searchable, Value, filter::Attribute};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// An experiment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experiment {
    /// Id: a decimal number, or the slug of a series.
    pub id: String,
    /// Name, unique among all experiments.
    pub name: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Milliseconds since 1970 of the last change of name, tags or stage.
    pub updated: i64,
    /// True if it is deleted; it can be restored.
    #[serde(default)]
    pub deleted: bool,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl Experiment {
    /// Root of its artifacts.
    #[must_use]
    pub fn artifact_location(&self) -> String {
        format!("mlflow-artifacts:/{}", self.id)
    }

    /// Entity of the responses.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "experiment_id": self.id,
            "name": self.name,
            "artifact_location": self.artifact_location(),
            "lifecycle_stage": lifecycle_stage(self.deleted),
            "creation_time": self.created,
            "last_update_time": self.updated,
            "tags": pairs(&self.tags),
        })
    }
}

impl Searchable for Experiment {
    fn attribute(&self, attribute: Attribute) -> Option<Value<'_>> {
        match attribute {
            Attribute::Name => Some(Value::Text(&self.name)),
            Attribute::ExperimentId => Some(Value::Text(&self.id)),
            Attribute::CreationTime => Some(Value::Integer(self.created)),
            Attribute::LastUpdateTime => Some(Value::Integer(self.updated)),
            _ => None,
        }
    }

    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }
}

/// Stage of an experiment or run on the wire.
#[must_use]
pub const fn lifecycle_stage(deleted: bool) -> &'static str {
    if deleted { "deleted" } else { "active" }
}

/// A map as a list of `{"key", "value"}`.
#[must_use]
pub fn pairs(map: &BTreeMap<String, String>) -> Vec<serde_json::Value> {
    map.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}
