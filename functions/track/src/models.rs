//! Registered models.

use crate::{
    TrackService,
    access::Caller,
    error::Result,
    experiments::{checked_tags, no_tag},
    ids,
    response::ApiResponse,
    search,
    store::{DocumentKey, now_ms},
};
use aws::tracking::{Document, Expected, Range};
use mlflow_protocol::{
    ApiError, ErrorCode, ModelVersion, RegisteredModel, Schema, limits, names,
    request::{CreateModel, LatestVersions, ModelName, ModelTag, SearchModels, UpdateModel},
};
use serde_json::json;
use std::collections::HashMap;

/// Largest number of models of a page.
const MAX_RESULTS: i64 = 1_000;

impl TrackService {
    pub(crate) async fn create_model(&self, request: CreateModel) -> Result<ApiResponse> {
        names::check_model_name(&request.name)?;
        names::check_length("description", &request.description, limits::MAX_DESCRIPTION_CHARS)?;
        let tags = checked_tags(request.tags, limits::MAX_MODEL_TAG_CHARS)?;
        let taken = || {
            let message = format!("Registered Model (name={}) already exists.", request.name);
            ApiError::new(ErrorCode::ResourceAlreadyExists, message)
        };
        let key = DocumentKey::model(&request.name);
        let before: Option<Document<RegisteredModel>> = self.store.get(&key).await?;
        let expected = match &before {
            None => Expected::Absent,
            Some(found) if found.value.deleted => Expected::Revision(found.revision),
            Some(_) => return Err(taken().into()),
        };
        let now = now_ms();
        let model = RegisteredModel {
            name: request.name.clone(),
            created: now,
            updated: now,
            description: request.description.clone(),
            tags,
            aliases: std::collections::BTreeMap::new(),
            last_version: before.as_ref().map_or(0, |found| found.value.last_version),
            deleted: false,
        };
        if !self.store.table.write(key.write(&model, expected)?).await? {
            return Err(taken().into());
        }
        Ok(ApiResponse::Json(json!({"registered_model": model.to_json(None)})))
    }

    /// A registered model that is not deleted, with its revision.
    pub(crate) async fn model(&self, name: &str) -> Result<Document<RegisteredModel>> {
        names::check_model_name(name)?;
        if let Some(series) = self.own.series(name) {
            return Ok(Document { sk: String::new(), value: self.own.model(series).await?, revision: 0 });
        }
        let found: Option<Document<RegisteredModel>> = self.store.get(&DocumentKey::model(name)).await?;
        Ok(found.filter(|found| !found.value.deleted).ok_or_else(|| no_registered_model(name))?)
    }

    /// Newest version of a model.
    async fn newest_version(&self, model: &RegisteredModel) -> Result<Option<ModelVersion>> {
        Ok(self.versions_of(&model.name).await?.into_iter().max_by_key(|version| version.version))
    }

    pub(crate) async fn get_model(&self, request: ModelName) -> Result<ApiResponse> {
        let model = self.model(&request.name).await?.value;
        let newest = self.newest_version(&model).await?;
        Ok(ApiResponse::Json(json!({"registered_model": model.to_json(newest.as_ref())})))
    }

    pub(crate) async fn search_models(&self, request: SearchModels) -> Result<ApiResponse> {
        let (filter, token) = (request.filter.as_deref(), request.page_token.as_deref());
        let query = search::Query::parse(Schema::Models, filter, &request.order_by, token, &[])?;
        let limit = search::limit(request.max_results, 100, MAX_RESULTS)?;
        let models: Vec<Document<RegisteredModel>> = self.store.table.query("MODELS", Range::Prefix("MODEL/")).await?;
        let models = models.into_iter().map(|document| document.value).filter(|model| !model.deleted);
        let models = models.chain(self.own.models().await?);
        let (page, next) = query.page(models.collect(), limit);
        let mut newest: HashMap<String, ModelVersion> = HashMap::new();
        let versions: Vec<Document<ModelVersion>> = self.store.table.query("MODELS", Range::Prefix("VERSION/")).await?;
        // In the order of their numbers, so the newest comes last.
        let versions = versions.into_iter().map(|document| document.value).filter(|version| !version.deleted);
        for version in versions.chain(self.own.all_versions().await?) {
            newest.insert(version.name.clone(), version);
        }
        let models: Vec<_> = page.iter().map(|model| model.to_json(newest.get(&model.name))).collect();
        Ok(ApiResponse::Json(search::with_next(json!({"registered_models": models}), next)))
    }

    pub(crate) async fn update_model(&self, request: UpdateModel) -> Result<ApiResponse> {
        names::check_length("description", &request.description, limits::MAX_DESCRIPTION_CHARS)?;
        let model = self.change_model(&request.name, |model| {
            model.description.clone_from(&request.description);
            Ok(())
        });
        Ok(ApiResponse::Json(json!({"registered_model": model.await?.to_json(None)})))
    }

    /// Deletes a model with its versions and aliases. Its history stays, and its numbers are not used again.
    pub(crate) async fn delete_model(&self, request: ModelName, caller: &Caller) -> Result<ApiResponse> {
        let model = self.model(&request.name).await?.value;
        for alias in model.aliases.keys() {
            self.move_alias(&request.name, alias, None, caller).await?;
        }
        for version in self.versions_of(&request.name).await? {
            self.remove_version(&version).await?;
        }
        self.change_model(&request.name, |model| {
            if !model.aliases.is_empty() {
                let message = "an alias of the model was set at the same time; try again";
                return Err(ApiError::new(ErrorCode::ResourceConflict, message));
            }
            model.deleted = true;
            Ok(())
        })
        .await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn set_model_tag(&self, request: ModelTag) -> Result<ApiResponse> {
        names::check_tag(&request.key, &request.value, limits::MAX_MODEL_TAG_CHARS)?;
        self.change_model(&request.name, |model| {
            model.tags.insert(request.key.clone(), request.value.clone());
            Ok(())
        })
        .await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn delete_model_tag(&self, request: ModelTag) -> Result<ApiResponse> {
        let remove = |model: &mut RegisteredModel| {
            model.tags.remove(&request.key).map(|_| ()).ok_or_else(|| no_tag(&request.key))
        };
        self.change_model(&request.name, remove).await?;
        Ok(ApiResponse::empty())
    }

    /// Versions without a stage, which all are: the newest one.
    pub(crate) async fn latest_versions(&self, request: LatestVersions) -> Result<ApiResponse> {
        let model = self.model(&request.name).await?.value;
        let has_none =
            request.stages.is_empty() || request.stages.iter().any(|stage| stage.eq_ignore_ascii_case("none"));
        let newest = if has_none { self.newest_version(&model).await? } else { None };
        let versions: Vec<_> = newest.iter().map(|version| version.to_json(&model)).collect();
        Ok(ApiResponse::Json(json!({"model_versions": versions})))
    }

    /// Changes a registered model that is not deleted.
    pub(crate) async fn change_model(
        &self,
        name: &str,
        change: impl Fn(&mut RegisteredModel) -> Result<(), ApiError>,
    ) -> Result<RegisteredModel> {
        names::check_model_name(name)?;
        let change = |model: &mut RegisteredModel| {
            if model.deleted {
                return Err(no_registered_model(name));
            }
            let before = model.clone();
            change(model)?;
            if *model != before {
                model.updated = now_ms();
            }
            Ok(())
        };
        self.store.change(&DocumentKey::model(name), || no_registered_model(name), change).await
    }
}

/// The registered model does not exist.
fn no_registered_model(name: &str) -> ApiError {
    ApiError::missing(format!("Registered Model with name={} not found", ids::shown(name)))
}
