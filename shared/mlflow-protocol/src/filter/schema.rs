//! Subjects that each kind of search accepts.

use super::{Attribute, DatasetField, Subject};
use crate::{ApiError, Result, names};

/// Kind of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// `runs/search`.
    Runs,
    /// `experiments/search`.
    Experiments,
    /// `registered-models/search`.
    Models,
    /// `model-versions/search`.
    Versions,
    /// `logged-models/search`.
    LoggedModels,
}

impl Schema {
    /// Attributes by name; the flags are for filters, for orders, and for lists (`IN`).
    const fn attributes(self) -> &'static [(&'static str, Attribute, bool, bool, bool)] {
        use Attribute as A;
        match self {
            Self::Runs => &[
                ("run_id", A::RunId, true, true, true),
                ("run_name", A::RunName, true, true, false),
                ("run name", A::RunName, true, true, false),
                ("Run name", A::RunName, true, true, false),
                ("Run Name", A::RunName, true, true, false),
                ("user_id", A::UserId, true, true, false),
                ("status", A::Status, true, true, false),
                ("artifact_uri", A::ArtifactUri, true, true, false),
                ("start_time", A::StartTime, true, true, false),
                ("created", A::StartTime, true, true, false),
                ("Created", A::StartTime, true, true, false),
                ("end_time", A::EndTime, true, true, false),
            ],
            Self::Experiments => &[
                ("name", A::Name, true, true, false),
                ("experiment_id", A::ExperimentId, true, true, true),
                ("creation_time", A::CreationTime, true, true, false),
                ("last_update_time", A::LastUpdateTime, true, true, false),
            ],
            Self::Models => &[
                ("name", A::Name, true, true, true),
                ("creation_timestamp", A::CreationTimestamp, false, true, false),
                ("timestamp", A::LastUpdatedTimestamp, false, true, false),
                ("last_updated_timestamp", A::LastUpdatedTimestamp, false, true, false),
            ],
            Self::Versions => &[
                ("name", A::Name, true, true, true),
                ("version_number", A::VersionNumber, true, true, false),
                ("run_id", A::RunId, true, false, true),
                ("source_path", A::SourcePath, true, false, false),
                ("creation_timestamp", A::CreationTimestamp, false, true, false),
                ("last_updated_timestamp", A::LastUpdatedTimestamp, false, true, false),
            ],
            Self::LoggedModels => &[
                ("name", A::Name, true, true, false),
                ("model_id", A::ModelId, true, true, true),
                ("model_type", A::ModelType, true, true, false),
                ("status", A::Status, true, true, false),
                ("source_run_id", A::SourceRunId, true, true, true),
                ("creation_timestamp", A::CreationTimestamp, true, true, false),
                ("creation_time", A::CreationTimestamp, true, true, false),
                ("last_updated_timestamp", A::LastUpdatedTimestamp, true, true, false),
                ("last_updated_time", A::LastUpdatedTimestamp, true, true, false),
            ],
        }
    }

    /// Subject of a filter or an order by entity and key; the entity is absent for attributes.
    pub(super) fn subject(self, entity: Option<&str>, key: &str, is_order: bool) -> Result<Subject> {
        let has_params = matches!(self, Self::Runs | Self::LoggedModels);
        match entity {
            None | Some("attribute" | "attributes" | "attr" | "run") => {
                let mut allowed = self.attributes().iter().filter(|entry| if is_order { entry.3 } else { entry.2 });
                let found = allowed.clone().find(|entry| entry.0 == key);
                found.map(|entry| Subject::Attribute(entry.1)).ok_or_else(|| {
                    let valid: Vec<&str> = allowed.by_ref().map(|entry| entry.0).collect();
                    invalid(format!("Invalid attribute key '{}' specified. Valid keys are {valid:?}", shown(key)))
                })
            }
            Some("metric" | "metrics") if self == Self::Runs => {
                names::check_metric_or_param_key("metric", key).map(|()| Subject::Metric(key.to_owned()))
            }
            Some("param" | "params" | "parameter" | "parameters") if has_params => {
                names::check_metric_or_param_key("param", key).map(|()| Subject::Param(key.to_owned()))
            }
            Some("tag" | "tags") => names::check_tag(key, "", 0).map(|()| Subject::Tag(key.to_owned())),
            Some("dataset" | "datasets") if self == Self::Runs && !is_order => match key {
                "name" => Ok(Subject::Dataset(DatasetField::Name)),
                "digest" => Ok(Subject::Dataset(DatasetField::Digest)),
                "context" => Ok(Subject::Dataset(DatasetField::Context)),
                _ => Err(invalid(format!(
                    "Invalid dataset key '{}' specified. Valid keys are name, digest and context",
                    shown(key)
                ))),
            },
            Some(other) => Err(invalid(format!("Invalid entity type '{}'", shown(other)))),
        }
    }

    /// True if the subject can be compared with a list.
    pub(super) fn accepts_list(self, subject: &Subject) -> bool {
        match subject {
            Subject::Dataset(_) => true,
            Subject::Attribute(attribute) => self.attributes().iter().any(|entry| entry.1 == *attribute && entry.4),
            _ => false,
        }
    }

    /// True if the subject can be compared with NULL.
    pub(super) const fn accepts_null(self, subject: &Subject) -> bool {
        matches!(
            (self, subject),
            (Self::Runs, Subject::Tag(_) | Subject::Param(_)) | (Self::Experiments, Subject::Tag(_))
        )
    }
}

/// Start of a caller's text for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(100).collect::<String>().escape_debug().to_string()
}

pub(super) fn invalid(message: String) -> ApiError {
    ApiError::invalid(message)
}
