//! Use cases: each route to its part of the service.

use crate::{
    access::{Access, Caller},
    error::Result,
    event::HttpRequest,
    own::OwnTrainings,
    request::Parameters,
    response::ApiResponse,
    route::{Plain, Route},
    run_cache::RunCache,
    store::Store,
};
use aws::{ArtifactStore, AwsClients, ConfigError};
use serde_json::json;

/// Everything that a request needs, made once per process.
#[derive(Debug)]
pub struct TrackService {
    pub(crate) access: Access,
    pub(crate) store: Store,
    pub(crate) files: ArtifactStore,
    pub(crate) cache: RunCache,
    pub(crate) own: OwnTrainings,
}

impl TrackService {
    /// Service with the stores that the configuration of the clients names.
    ///
    /// # Errors
    /// The environment variable of a table or the bucket is not set.
    pub fn new(clients: &AwsClients) -> Result<Self, ConfigError> {
        Ok(Self {
            access: Access::new(clients.tracking_tokens()),
            store: Store { table: clients.tracking()? },
            files: clients.artifacts()?,
            cache: RunCache::default(),
            own: OwnTrainings::new(clients)?,
        })
    }

    /// Answers a request of a known caller.
    pub(crate) async fn run(&self, route: Route, request: HttpRequest, caller: &Caller) -> Result<ApiResponse> {
        // The body of an upload is the file, whatever it looks like.
        let is_upload = matches!(route, Route::PutFile(_));
        let parameters = if is_upload { Parameters::from_query(&[]) } else { Parameters::read(&request)? };
        self.own.check_writable(&route, &parameters)?;
        match route {
            Route::Plain(plain) => self.run_plain(plain, parameters, caller).await,
            Route::GetLoggedModel(id) => self.get_logged_model(&id).await,
            Route::FinalizeLoggedModel(id) => self.finalize_logged_model(&id, parameters.decode()?).await,
            Route::DeleteLoggedModel(id) => self.delete_logged_model(&id).await,
            Route::SetLoggedModelTags(id) => self.set_logged_model_tags(&id, parameters.decode()?).await,
            Route::DeleteLoggedModelTag(id, key) => self.delete_logged_model_tag(&id, &key).await,
            Route::LogModelParams(id) => self.log_model_params(&id, parameters.decode()?).await,
            Route::ListModelFiles(id) => self.list_model_files(&id, parameters.decode()?).await,
            Route::ListFiles => self.list_files(parameters.decode()?).await,
            Route::GetFile(path) => self.get_file(&path).await,
            Route::PutFile(path) => {
                let content_type = request.headers.get("content-type").cloned();
                self.put_file(&path, request.body, content_type).await
            }
            Route::DeleteFile(path) => self.delete_file(&path).await,
            Route::Upload(step, path) => self.upload(step, &path, parameters.decode()?).await,
            Route::PresignedDownload(path) => self.presigned_download(&path).await,
            Route::ServerInfo => Ok(ApiResponse::Json(json!({
                "store_type": "RestStore",
                "workspaces_enabled": false,
                "multipart_uploads_enabled": true,
                "multipart_downloads_enabled": true,
            }))),
        }
    }

    async fn run_plain(&self, route: Plain, parameters: Parameters, caller: &Caller) -> Result<ApiResponse> {
        match route {
            Plain::CreateExperiment => self.create_experiment(parameters.decode()?).await,
            Plain::GetExperiment => self.get_experiment(parameters.decode()?).await,
            Plain::GetExperimentByName => self.get_experiment_by_name(parameters.decode()?).await,
            Plain::SearchExperiments => self.search_experiments(parameters.decode()?).await,
            Plain::UpdateExperiment => self.update_experiment(parameters.decode()?).await,
            Plain::DeleteExperiment => self.set_experiment_stage(parameters.decode()?, true).await,
            Plain::RestoreExperiment => self.set_experiment_stage(parameters.decode()?, false).await,
            Plain::SetExperimentTag => self.set_experiment_tag(parameters.decode()?).await,
            Plain::DeleteExperimentTag => self.delete_experiment_tag(parameters.decode()?).await,
            Plain::CreateRun => self.create_run(parameters.decode()?).await,
            Plain::UpdateRun => self.update_run(parameters.decode()?).await,
            Plain::GetRun => self.get_run(parameters.decode()?).await,
            Plain::DeleteRun => self.set_run_stage(parameters.decode()?, true).await,
            Plain::RestoreRun => self.set_run_stage(parameters.decode()?, false).await,
            Plain::SearchRuns => self.search_runs(parameters.decode()?).await,
            Plain::LogBatch => self.log_batch(parameters.decode()?).await,
            Plain::LogMetric => self.log_metric(parameters.decode()?).await,
            Plain::LogParameter => self.log_parameter(parameters.decode()?).await,
            Plain::SetTag => self.set_tag(parameters.decode()?).await,
            Plain::DeleteTag => self.delete_tag(parameters.decode()?).await,
            Plain::LogInputs => self.log_inputs(parameters.decode()?).await,
            Plain::LogOutputs => self.log_outputs(parameters.decode()?).await,
            Plain::LogModel => self.log_model(parameters.decode()?).await,
            Plain::MetricHistory => self.metric_history(parameters.decode()?).await,
            Plain::ListArtifacts => self.list_artifacts(parameters.decode()?).await,
            Plain::CreateModel => self.create_model(parameters.decode()?).await,
            Plain::GetModel => self.get_model(parameters.decode()?).await,
            Plain::SearchModels => self.search_models(parameters.decode()?).await,
            Plain::UpdateModel => self.update_model(parameters.decode()?).await,
            Plain::DeleteModel => self.delete_model(parameters.decode()?, caller).await,
            Plain::SetModelTag => self.set_model_tag(parameters.decode()?).await,
            Plain::DeleteModelTag => self.delete_model_tag(parameters.decode()?).await,
            Plain::LatestVersions => self.latest_versions(parameters.decode()?).await,
            Plain::SetAlias => self.set_alias(parameters.decode()?, caller).await,
            Plain::DeleteAlias => self.delete_alias(parameters.decode()?, caller).await,
            Plain::GetAlias => self.get_alias(parameters.decode()?).await,
            Plain::AliasHistory => self.alias_history(parameters.decode()?).await,
            Plain::CreateVersion => self.create_version(parameters.decode()?, caller).await,
            Plain::GetVersion => self.get_version(parameters.decode()?).await,
            Plain::SearchVersions => self.search_versions(parameters.decode()?).await,
            Plain::UpdateVersion => self.update_version(parameters.decode()?).await,
            Plain::DeleteVersion => self.delete_version(parameters.decode()?, caller).await,
            Plain::SetVersionTag => self.set_version_tag(parameters.decode()?).await,
            Plain::DeleteVersionTag => self.delete_version_tag(parameters.decode()?).await,
            Plain::DownloadUri => self.download_uri(parameters.decode()?).await,
            Plain::CreateLoggedModel => self.create_logged_model(parameters.decode()?).await,
            Plain::SearchLoggedModels => self.search_logged_models(parameters.decode()?).await,
        }
    }
}
