//! Registered models and their versions.

use crate::{Searchable, Value, experiment::pairs, filter::Attribute};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// A registered model as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredModel {
    /// Name, unique among all models.
    pub name: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Milliseconds since 1970 of the last change.
    pub updated: i64,
    /// Description; empty without one.
    #[serde(default)]
    pub description: String,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Alias and the number of its version.
    #[serde(default)]
    pub aliases: BTreeMap<String, u32>,
    /// Greatest number that a version ever had. A number is never used again.
    #[serde(default)]
    pub last_version: u32,
    /// True if it is deleted. Its name can be taken again, and numbering continues.
    #[serde(default)]
    pub deleted: bool,
}

impl RegisteredModel {
    /// Entity of the responses; `latest` is its newest version.
    #[must_use]
    pub fn to_json(&self, latest: Option<&ModelVersion>) -> serde_json::Value {
        let aliases: Vec<_> = self
            .aliases
            .iter()
            .map(|(alias, version)| json!({"alias": alias, "version": version.to_string()}))
            .collect();
        let latest: Vec<_> = latest.iter().map(|version| version.to_json(self)).collect();
        json!({
            "name": self.name,
            "creation_timestamp": self.created,
            "last_updated_timestamp": self.updated,
            "description": self.description,
            "tags": pairs(&self.tags),
            "aliases": aliases,
            "latest_versions": latest,
        })
    }

    /// Aliases of a version.
    #[must_use]
    pub fn aliases_of(&self, version: u32) -> Vec<&str> {
        self.aliases.iter().filter(|(_, of)| **of == version).map(|(alias, _)| alias.as_str()).collect()
    }
}

impl Searchable for RegisteredModel {
    fn attribute(&self, attribute: Attribute) -> Option<Value<'_>> {
        match attribute {
            Attribute::Name => Some(Value::Text(&self.name)),
            Attribute::CreationTimestamp => Some(Value::Integer(self.created)),
            Attribute::LastUpdatedTimestamp => Some(Value::Integer(self.updated)),
            _ => None,
        }
    }

    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }
}

/// A version of a registered model as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelVersion {
    /// Name of its model.
    pub name: String,
    /// Number, from 1.
    pub version: u32,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Milliseconds since 1970 of the last change.
    pub updated: i64,
    /// Description; empty without one.
    #[serde(default)]
    pub description: String,
    /// Address that the client named as source.
    pub source: String,
    /// Address of the files.
    pub storage: String,
    /// Id of the run that made it; empty without one.
    #[serde(default)]
    pub run_id: String,
    /// Link to the run; empty without one.
    #[serde(default)]
    pub run_link: String,
    /// Id of its logged model; empty without one.
    #[serde(default)]
    pub model_id: String,
    /// Caller that registered it.
    #[serde(default)]
    pub user_id: String,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// True if it is deleted.
    #[serde(default)]
    pub deleted: bool,
}

impl ModelVersion {
    /// Entity of the responses; aliases are those of its model.
    #[must_use]
    pub fn to_json(&self, model: &RegisteredModel) -> serde_json::Value {
        let mut fields = json!({
            "name": self.name,
            "version": self.version.to_string(),
            "creation_timestamp": self.created,
            "last_updated_timestamp": self.updated,
            "current_stage": "None",
            "description": self.description,
            "source": self.source,
            "run_id": self.run_id,
            "run_link": self.run_link,
            "user_id": self.user_id,
            "status": "READY",
            "tags": pairs(&self.tags),
            "aliases": model.aliases_of(self.version),
        });
        if let Some(fields) = fields.as_object_mut().filter(|_| !self.model_id.is_empty()) {
            fields.insert("model_id".to_owned(), json!(self.model_id));
        }
        fields
    }
}

impl Searchable for ModelVersion {
    fn attribute(&self, attribute: Attribute) -> Option<Value<'_>> {
        match attribute {
            Attribute::Name => Some(Value::Text(&self.name)),
            Attribute::VersionNumber => Some(Value::Integer(i64::from(self.version))),
            Attribute::RunId => Some(Value::Text(&self.run_id)),
            Attribute::SourcePath => Some(Value::Text(&self.source)),
            Attribute::CreationTimestamp => Some(Value::Integer(self.created)),
            Attribute::LastUpdatedTimestamp => Some(Value::Integer(self.updated)),
            _ => None,
        }
    }

    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }
}

/// One move of an alias. Written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasMove {
    /// The alias.
    pub alias: String,
    /// Version before the move; absent if the alias was not set.
    pub from: Option<u32>,
    /// Version after the move; absent if the alias was removed.
    pub to: Option<u32>,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Caller that moved it.
    pub by: String,
}
