//! Logged models.

use crate::{
    TrackService,
    error::Result,
    experiments::{checked_tags, no_tag},
    ids,
    response::ApiResponse,
    search,
    store::{DocumentKey, experiment_partition, now_ms},
};
use aws::tracking::{Document, Range};
use mlflow_protocol::{
    ApiError, ArtifactPath, LoggedModel, Pair, Schema, limits,
    logged_model::ModelStatus,
    names,
    request::{
        CreateLoggedModel, FinalizeLoggedModel, LoggedModelDirectory, LoggedModelParams, LoggedModelTags,
        SearchLoggedModels,
    },
};
use serde_json::json;

/// Largest number of logged models of a page.
const MAX_RESULTS: i64 = 100;

impl TrackService {
    pub(crate) async fn create_logged_model(&self, request: CreateLoggedModel) -> Result<ApiResponse> {
        self.active_experiment(&request.experiment_id).await?;
        if !request.source_run_id.is_empty() {
            self.run_by_id(&request.source_run_id).await?;
        }
        let id = ids::new_model(&request.experiment_id)?;
        let name = request.name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone());
        names::check_logged_model_name(&name)?;
        names::check_length("model_type", &request.model_type, limits::MAX_DATASET_NAME_CHARS)?;
        let tags = checked_tags(request.tags, limits::MAX_RUN_TAG_CHARS)?;
        let now = now_ms();
        let mut model = LoggedModel {
            id,
            experiment_id: request.experiment_id,
            name,
            model_type: request.model_type,
            source_run_id: request.source_run_id,
            status: ModelStatus::Pending,
            created: now,
            updated: now,
            params: std::collections::BTreeMap::new(),
            tags,
            deleted: false,
        };
        put_params(&mut model, &request.params)?;
        self.store.insert(&DocumentKey::logged_model(&model.experiment_id, &model.id), &model).await?;
        Ok(ApiResponse::Json(json!({"model": model.to_json()})))
    }

    /// A logged model that is not deleted.
    pub(crate) async fn logged_model(&self, id: &str) -> Result<LoggedModel> {
        let found: Option<Document<LoggedModel>> = self.store.get(&model_key(id)?).await?;
        let model = found.map(|document| document.value).filter(|model| !model.deleted);
        Ok(model.ok_or_else(|| ids::no_model(id))?)
    }

    async fn change_logged_model(
        &self,
        id: &str,
        change: impl Fn(&mut LoggedModel) -> Result<(), ApiError>,
    ) -> Result<LoggedModel> {
        let change = |model: &mut LoggedModel| {
            if model.deleted {
                return Err(ids::no_model(id));
            }
            let before = model.clone();
            change(model)?;
            if *model != before {
                model.updated = now_ms();
            }
            Ok(())
        };
        self.store.change(&model_key(id)?, || ids::no_model(id), change).await
    }

    pub(crate) async fn get_logged_model(&self, id: &str) -> Result<ApiResponse> {
        Ok(response(&self.logged_model(id).await?))
    }

    pub(crate) async fn finalize_logged_model(&self, id: &str, request: FinalizeLoggedModel) -> Result<ApiResponse> {
        let model = self.change_logged_model(id, |model| {
            model.status = request.status;
            Ok(())
        });
        Ok(response(&model.await?))
    }

    pub(crate) async fn delete_logged_model(&self, id: &str) -> Result<ApiResponse> {
        self.change_logged_model(id, |model| {
            model.deleted = true;
            Ok(())
        })
        .await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn set_logged_model_tags(&self, id: &str, request: LoggedModelTags) -> Result<ApiResponse> {
        let tags = checked_tags(request.tags, limits::MAX_RUN_TAG_CHARS)?;
        let model = self.change_logged_model(id, |model| {
            model.tags.extend(tags.clone());
            Ok(())
        });
        Ok(response(&model.await?))
    }

    pub(crate) async fn delete_logged_model_tag(&self, id: &str, key: &str) -> Result<ApiResponse> {
        let remove = |model: &mut LoggedModel| model.tags.remove(key).map(|_| ()).ok_or_else(|| no_tag(key));
        self.change_logged_model(id, remove).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn log_model_params(&self, id: &str, request: LoggedModelParams) -> Result<ApiResponse> {
        self.change_logged_model(id, |model| put_params(model, &request.params)).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn list_model_files(&self, id: &str, request: LoggedModelDirectory) -> Result<ApiResponse> {
        let model = self.logged_model(id).await?;
        let directory = ArtifactPath::new(&request.artifact_directory_path)?;
        self.list_below(&model.artifact_uri(), &directory).await
    }

    pub(crate) async fn search_logged_models(&self, request: SearchLoggedModels) -> Result<ApiResponse> {
        if request.experiment_ids.len() > limits::MAX_EXPERIMENTS_PER_SEARCH {
            let message = format!("A search can have {} experiment_ids", limits::MAX_EXPERIMENTS_PER_SEARCH);
            return Err(ApiError::invalid(message).into());
        }
        let order: Vec<String> = request
            .order_by
            .iter()
            .map(|order| {
                format!("{} {}", order.field_name, if order.ascending == Some(false) { "DESC" } else { "ASC" })
            })
            .collect();
        let scope: Vec<&str> = request.experiment_ids.iter().map(String::as_str).collect();
        let (filter, token) = (request.filter.as_deref(), request.page_token.as_deref());
        let query = search::Query::parse(Schema::LoggedModels, filter, &order, token, &scope)?;
        let limit = search::limit(request.max_results, 50, MAX_RESULTS)?;
        let mut models = Vec::new();
        for id in &request.experiment_ids {
            let partition = experiment_partition(id);
            let found: Vec<Document<LoggedModel>> = self.store.table.query(&partition, Range::Prefix("MODEL/")).await?;
            models.extend(found.into_iter().map(|document| document.value).filter(|model| !model.deleted));
        }
        let (page, next) = query.page(models, limit);
        let models: Vec<_> = page.iter().map(LoggedModel::to_json).collect();
        Ok(ApiResponse::Json(search::with_next(json!({"models": models}), next)))
    }
}

fn model_key(id: &str) -> Result<DocumentKey, ApiError> {
    let experiment = ids::experiment_of_model(id).ok_or_else(|| ids::no_model(id))?;
    Ok(DocumentKey::logged_model(&experiment, id))
}

fn response(model: &LoggedModel) -> ApiResponse {
    ApiResponse::Json(json!({"model": model.to_json()}))
}

/// Adds params, which never change.
fn put_params(model: &mut LoggedModel, params: &[Pair]) -> Result<(), ApiError> {
    for Pair { key, value } in params {
        names::check_metric_or_param_key("param", key)?;
        names::check_length("param value", value, limits::MAX_PARAM_VALUE_CHARS)?;
        if model.params.get(key).is_some_and(|known| known != value) {
            return Err(ApiError::invalid(format!(
                "Changing param values is not allowed: '{key}' of model {}",
                model.id
            )));
        }
        model.params.insert(key.clone(), value.clone());
    }
    Ok(())
}
