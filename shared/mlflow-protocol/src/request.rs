//! Bodies of requests, as they arrive. A query of a GET is read as such a body too.

use crate::{
    Metric, Pair,
    logged_model::ModelStatus,
    number,
    run::{DatasetInput, ModelInput, ModelOutput, RunStatus},
};
use serde::Deserialize;

/// Stage of the entities of a search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ViewType {
    /// Not deleted.
    #[default]
    ActiveOnly,
    /// Deleted.
    DeletedOnly,
    /// Both.
    All,
}

impl ViewType {
    /// True if an entity of this stage is in the view.
    #[must_use]
    pub const fn includes(self, deleted: bool) -> bool {
        match self {
            Self::ActiveOnly => !deleted,
            Self::DeletedOnly => deleted,
            Self::All => true,
        }
    }
}

/// Declares the structs of request bodies, whose fields MLflow's documentation describes.
macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[expect(missing_docs, reason = "the fields have the names and meanings of MLflow's REST API")]
        pub struct $name { $($(#[$attribute])* pub $field: $kind,)* }
    )*};
}

bodies! {
    /// `experiments/create`.
    CreateExperiment {
        name: String,
        #[serde(default)] artifact_location: Option<String>,
        #[serde(default)] tags: Vec<Pair>,
    }
    /// `experiments/get`, `delete` and `restore`.
    ExperimentId { experiment_id: String }
    /// `experiments/get-by-name`.
    ExperimentName { experiment_name: String }
    /// `experiments/update`.
    UpdateExperiment { experiment_id: String, #[serde(default)] new_name: Option<String> }
    /// `experiments/set-experiment-tag` and `delete-experiment-tag`.
    ExperimentTag { experiment_id: String, key: String, #[serde(default)] value: String }
    /// `experiments/search`.
    SearchExperiments {
        #[serde(default)] filter: Option<String>,
        #[serde(default, deserialize_with = "number::optional_int64")] max_results: Option<i64>,
        #[serde(default)] page_token: Option<String>,
        #[serde(default)] order_by: Vec<String>,
        #[serde(default)] view_type: ViewType,
    }
    /// `runs/create`.
    CreateRun {
        #[serde(default)] experiment_id: Option<String>,
        #[serde(default)] user_id: String,
        #[serde(default)] run_name: Option<String>,
        #[serde(default, deserialize_with = "number::optional_int64")] start_time: Option<i64>,
        #[serde(default)] tags: Vec<Pair>,
    }
    /// `runs/update`.
    UpdateRun {
        run_id: String,
        #[serde(default)] status: Option<RunStatus>,
        #[serde(default, deserialize_with = "number::optional_int64")] end_time: Option<i64>,
        #[serde(default)] run_name: Option<String>,
    }
    /// `runs/get`, `delete` and `restore`.
    RunId { run_id: String }
    /// `runs/search`.
    SearchRuns {
        #[serde(default)] experiment_ids: Vec<String>,
        #[serde(default)] filter: Option<String>,
        #[serde(default)] run_view_type: ViewType,
        #[serde(default, deserialize_with = "number::optional_int64")] max_results: Option<i64>,
        #[serde(default)] order_by: Vec<String>,
        #[serde(default)] page_token: Option<String>,
    }
    /// `runs/log-batch`.
    LogBatch {
        run_id: String,
        #[serde(default)] metrics: Vec<Metric>,
        #[serde(default)] params: Vec<Pair>,
        #[serde(default)] tags: Vec<Pair>,
    }
    /// `runs/log-metric`.
    LogMetric {
        run_id: String,
        key: String,
        #[serde(deserialize_with = "number::double")] value: f64,
        #[serde(deserialize_with = "number::int64")] timestamp: i64,
        #[serde(default, deserialize_with = "number::optional_int64")] step: Option<i64>,
    }
    /// `runs/log-parameter`, `set-tag` and `delete-tag`.
    RunPair { run_id: String, key: String, #[serde(default)] value: String }
    /// `runs/log-inputs`.
    LogInputs {
        run_id: String,
        #[serde(default)] datasets: Vec<DatasetInput>,
        #[serde(default)] models: Vec<ModelInput>,
    }
    /// `runs/outputs`.
    LogOutputs { run_id: String, #[serde(default)] models: Vec<ModelOutput> }
    /// `runs/log-model` of old clients.
    LogModel { run_id: String, model_json: String }
    /// `metrics/get-history`.
    MetricHistory {
        run_id: String,
        metric_key: String,
        #[serde(default, deserialize_with = "number::optional_int64")] max_results: Option<i64>,
        #[serde(default)] page_token: Option<String>,
    }
    /// `artifacts/list`.
    ListArtifacts { run_id: String, #[serde(default)] path: String }
    /// `registered-models/create`.
    CreateModel { name: String, #[serde(default)] tags: Vec<Pair>, #[serde(default)] description: String }
    /// `registered-models/get` and `delete`.
    ModelName { name: String }
    /// `registered-models/rename`.
    RenameModel { name: String, new_name: String }
    /// `registered-models/update`.
    UpdateModel { name: String, #[serde(default)] description: String }
    /// Tags of a registered model.
    ModelTag { name: String, key: String, #[serde(default)] value: String }
    /// Aliases of a registered model.
    ModelAlias { name: String, alias: String, #[serde(default)] version: Option<String> }
    /// `registered-models/get-latest-versions`.
    LatestVersions { name: String, #[serde(default)] stages: Vec<String> }
    /// `registered-models/search` and `model-versions/search`.
    SearchModels {
        #[serde(default)] filter: Option<String>,
        #[serde(default, deserialize_with = "number::optional_int64")] max_results: Option<i64>,
        #[serde(default)] order_by: Vec<String>,
        #[serde(default)] page_token: Option<String>,
    }
    /// `model-versions/create`.
    CreateVersion {
        name: String,
        source: String,
        #[serde(default)] run_id: String,
        #[serde(default)] tags: Vec<Pair>,
        #[serde(default)] run_link: String,
        #[serde(default)] description: String,
        #[serde(default)] model_id: String,
    }
    /// Routes that name a version, and what they change of it.
    VersionChange {
        name: String,
        version: String,
        #[serde(default)] description: Option<String>,
        #[serde(default)] key: String,
        #[serde(default)] value: String,
        #[serde(default)] stage: String,
    }
    /// `logged-models`.
    CreateLoggedModel {
        experiment_id: String,
        #[serde(default)] name: Option<String>,
        #[serde(default)] model_type: String,
        #[serde(default)] source_run_id: String,
        #[serde(default)] params: Vec<Pair>,
        #[serde(default)] tags: Vec<Pair>,
    }
    /// `logged-models/{id}`, to end its upload.
    FinalizeLoggedModel { status: ModelStatus }
    /// `logged-models/{id}/tags`.
    LoggedModelTags { #[serde(default)] tags: Vec<Pair> }
    /// `logged-models/{id}/params`.
    LoggedModelParams { #[serde(default)] params: Vec<Pair> }
    /// An order of logged models.
    LoggedModelOrder { field_name: String, #[serde(default)] ascending: Option<bool> }
    /// `logged-models/search`.
    SearchLoggedModels {
        #[serde(default)] experiment_ids: Vec<String>,
        #[serde(default)] filter: Option<String>,
        #[serde(default, deserialize_with = "number::optional_int64")] max_results: Option<i64>,
        #[serde(default)] order_by: Vec<LoggedModelOrder>,
        #[serde(default)] page_token: Option<String>,
    }
    /// `logged-models/{id}/artifacts/directories`.
    LoggedModelDirectory { #[serde(default)] artifact_directory_path: String }
    /// `mlflow-artifacts/artifacts?path=`.
    ArtifactDirectory { #[serde(default)] path: String }
    /// `mlflow-artifacts/mpu/create`, `complete` and `abort`.
    MultipartUpload {
        path: String,
        #[serde(default, deserialize_with = "number::optional_int64")] num_parts: Option<i64>,
        #[serde(default)] upload_id: String,
        #[serde(default)] parts: Vec<UploadedPart>,
    }
    /// One part of a multipart upload.
    UploadedPart { #[serde(deserialize_with = "number::int64")] part_number: i64, etag: String }
}
