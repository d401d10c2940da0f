//! Versions of registered models.

use crate::{
    TrackService,
    access::Caller,
    error::{Result, TrackError},
    experiments::{checked_tags, no_tag},
    ids,
    response::ApiResponse,
    search,
    store::{DocumentKey, Pauses, now_ms},
};
use aws::tracking::{Document, Expected, Range};
use mlflow_protocol::{
    ApiError, ArtifactPath, ModelVersion, RegisteredModel, Schema,
    filter::Attribute,
    limits, names,
    request::{CreateVersion, SearchModels, VersionChange},
};
use serde_json::json;
use std::collections::HashMap;

/// Largest number of versions of a page.
const MAX_RESULTS: i64 = 200_000;

impl TrackService {
    pub(crate) async fn create_version(&self, request: CreateVersion, caller: &Caller) -> Result<ApiResponse> {
        names::check_length("description", &request.description, limits::MAX_DESCRIPTION_CHARS)?;
        names::check_length("run_link", &request.run_link, limits::MAX_DESCRIPTION_CHARS)?;
        let tags = checked_tags(request.tags.clone(), limits::MAX_MODEL_TAG_CHARS)?;
        let storage = self.resolve_source(&request.source).await?;
        if !request.run_id.is_empty() {
            self.run_by_id(&request.run_id).await?;
        }
        let mut run_id = request.run_id.clone();
        if !request.model_id.is_empty() {
            let model = self.logged_model(&request.model_id).await?;
            if run_id.is_empty() {
                run_id = model.source_run_id;
            }
        }
        let mut pauses = Pauses::start();
        loop {
            let found = self.model(&request.name).await?;
            let now = now_ms();
            let number = found.value.last_version + 1;
            let model = RegisteredModel { last_version: number, updated: now, ..found.value };
            let version = ModelVersion {
                name: request.name.clone(),
                version: number,
                created: now,
                updated: now,
                description: request.description.clone(),
                source: request.source.clone(),
                storage: storage.clone(),
                run_id: run_id.clone(),
                run_link: request.run_link.clone(),
                model_id: request.model_id.clone(),
                user_id: caller.name.clone(),
                tags: tags.clone(),
                deleted: false,
            };
            let writes = vec![
                DocumentKey::model(&model.name).write(&model, Expected::Revision(found.revision))?,
                DocumentKey::version(&version.name, number).write(&version, Expected::Absent)?,
            ];
            if self.store.table.write_all(writes).await? {
                return Ok(ApiResponse::Json(json!({"model_version": version.to_json(&model)})));
            }
            pauses.wait().await?;
        }
    }

    /// Address of the files that a source names. Only files of runs, logged models and versions of this server are sources.
    async fn resolve_source(&self, source: &str) -> Result<String> {
        if let Some(model) = source.strip_prefix("models:/") {
            if model.starts_with("m-") {
                return Ok(self.logged_model(model).await?.artifact_uri());
            }
            let (name, version) = model.rsplit_once('/').ok_or_else(|| bad_source(source))?;
            return Ok(self.version(name, version).await?.storage);
        }
        let (run, path) = if let Some(path) = source.strip_prefix("runs:/") {
            let (run, path) = path.split_once('/').unwrap_or((path, ""));
            (run.to_owned(), ArtifactPath::new(path)?)
        } else {
            let path = source.strip_prefix("mlflow-artifacts:/").ok_or_else(|| bad_source(source))?;
            let path = ArtifactPath::from_address(path.trim_end_matches('/'))?;
            let parts: Vec<&str> = path.parts().collect();
            match parts.as_slice() {
                [experiment, "models", model, "artifacts", ..] => {
                    let model = self.logged_model(model).await?;
                    return if model.experiment_id == *experiment {
                        Ok(format!("mlflow-artifacts:/{path}"))
                    } else {
                        Err(bad_source(source).into())
                    };
                }
                [experiment, run, "artifacts", rest @ ..]
                    if ids::experiment_of_run(run).as_deref() == Some(experiment) =>
                {
                    ((*run).to_owned(), ArtifactPath::new(&rest.join("/"))?)
                }
                _ => return Err(bad_source(source).into()),
            }
        };
        let root = self.run_by_id(&run).await?.artifact_uri();
        Ok(if path.is_root() { root } else { format!("{root}/{path}") })
    }

    /// A version that is not deleted; its number is a text.
    pub(crate) async fn version(&self, name: &str, version: &str) -> Result<ModelVersion> {
        let missing = || no_version(name, version);
        names::check_model_name(name)?;
        let number = parse_version(version)?;
        if let Some(series) = self.own.series(name) {
            let versions = self.own.versions(series).await?;
            return Ok(versions.into_iter().find(|version| version.version == number).ok_or_else(missing)?);
        }
        let found: Option<Document<ModelVersion>> = self.store.get(&DocumentKey::version(name, number)).await?;
        Ok(found.map(|found| found.value).filter(|version| !version.deleted).ok_or_else(missing)?)
    }

    /// Versions of a model that are not deleted, in the order of their numbers.
    pub(crate) async fn versions_of(&self, name: &str) -> Result<Vec<ModelVersion>> {
        if let Some(series) = self.own.series(name) {
            return self.own.versions(series).await;
        }
        let prefix = format!("VERSION/{name}/");
        let found: Vec<Document<ModelVersion>> = self.store.table.query("MODELS", Range::Prefix(&prefix)).await?;
        Ok(found.into_iter().map(|document| document.value).filter(|version| !version.deleted).collect())
    }

    pub(crate) async fn get_version(&self, request: VersionChange) -> Result<ApiResponse> {
        let version = self.version(&request.name, &request.version).await?;
        self.version_response(&version).await
    }

    pub(crate) async fn version_response(&self, version: &ModelVersion) -> Result<ApiResponse> {
        let model = self.model(&version.name).await?.value;
        Ok(ApiResponse::Json(json!({"model_version": version.to_json(&model)})))
    }

    pub(crate) async fn search_versions(&self, request: SearchModels) -> Result<ApiResponse> {
        let (filter, token) = (request.filter.as_deref(), request.page_token.as_deref());
        let query = search::Query::parse(Schema::Versions, filter, &request.order_by, token, &[])?;
        let limit = search::limit(request.max_results, 10_000, MAX_RESULTS)?;
        let (versions, models) = match query.required(Attribute::Name) {
            Some(name) => match self.model(name).await {
                Ok(model) => (self.versions_of(name).await?, vec![model.value]),
                // A search for a model that does not exist finds nothing.
                Err(TrackError::Refused(_)) => (Vec::new(), Vec::new()),
                Err(error) => return Err(error),
            },
            None => self.everything().await?,
        };
        let (page, next) = query.page(versions, limit);
        let models: HashMap<&str, &RegisteredModel> = models.iter().map(|model| (model.name.as_str(), model)).collect();
        let versions: Vec<_> = page
            .iter()
            .filter_map(|version| models.get(version.name.as_str()).map(|model| version.to_json(model)))
            .collect();
        Ok(ApiResponse::Json(search::with_next(json!({"model_versions": versions}), next)))
    }

    /// Versions and models of people and of all series.
    async fn everything(&self) -> Result<(Vec<ModelVersion>, Vec<RegisteredModel>)> {
        let versions: Vec<Document<ModelVersion>> = self.store.table.query("MODELS", Range::Prefix("VERSION/")).await?;
        let models: Vec<Document<RegisteredModel>> = self.store.table.query("MODELS", Range::Prefix("MODEL/")).await?;
        let versions = versions.into_iter().map(|document| document.value).filter(|version| !version.deleted);
        let models = models.into_iter().map(|document| document.value);
        let versions = versions.chain(self.own.all_versions().await?).collect();
        Ok((versions, models.chain(self.own.models().await?).collect()))
    }

    pub(crate) async fn update_version(&self, request: VersionChange) -> Result<ApiResponse> {
        let description = request.description.clone().unwrap_or_default();
        names::check_length("description", &description, limits::MAX_DESCRIPTION_CHARS)?;
        let version = self.change_version(&request, |version| {
            version.description.clone_from(&description);
            Ok(())
        });
        let version = version.await?;
        self.version_response(&version).await
    }

    pub(crate) async fn set_version_tag(&self, request: VersionChange) -> Result<ApiResponse> {
        names::check_tag(&request.key, &request.value, limits::MAX_MODEL_TAG_CHARS)?;
        self.change_version(&request, |version| {
            version.tags.insert(request.key.clone(), request.value.clone());
            Ok(())
        })
        .await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn delete_version_tag(&self, request: VersionChange) -> Result<ApiResponse> {
        let remove = |version: &mut ModelVersion| {
            version.tags.remove(&request.key).map(|_| ()).ok_or_else(|| no_tag(&request.key))
        };
        self.change_version(&request, remove).await?;
        Ok(ApiResponse::empty())
    }

    /// Deletes a version; its aliases are removed, with an entry in their history.
    pub(crate) async fn delete_version(&self, request: VersionChange, caller: &Caller) -> Result<ApiResponse> {
        let version = self.version(&request.name, &request.version).await?;
        let model = self.model(&request.name).await?.value;
        for alias in model.aliases_of(version.version) {
            self.move_alias(&request.name, alias, None, caller).await?;
        }
        self.remove_version(&version).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn remove_version(&self, version: &ModelVersion) -> Result<()> {
        let missing = || no_version(&version.name, &version.version.to_string());
        let change = |version: &mut ModelVersion| {
            version.deleted = true;
            Ok(())
        };
        self.store.change(&DocumentKey::version(&version.name, version.version), missing, change).await?;
        Ok(())
    }

    async fn change_version(
        &self,
        request: &VersionChange,
        change: impl Fn(&mut ModelVersion) -> Result<(), ApiError>,
    ) -> Result<ModelVersion> {
        names::check_model_name(&request.name)?;
        let missing = || no_version(&request.name, &request.version);
        let change = |version: &mut ModelVersion| {
            if version.deleted {
                return Err(missing());
            }
            let before = version.clone();
            change(version)?;
            if *version != before {
                version.updated = now_ms();
            }
            Ok(())
        };
        let key = DocumentKey::version(&request.name, parse_version(&request.version)?);
        self.store.change(&key, missing, change).await
    }

    pub(crate) async fn download_uri(&self, request: VersionChange) -> Result<ApiResponse> {
        let version = self.version(&request.name, &request.version).await?;
        Ok(ApiResponse::Json(json!({"artifact_uri": version.storage})))
    }
}

fn parse_version(text: &str) -> Result<u32, ApiError> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| ApiError::invalid(format!("Model version must be an integer, got '{}'", ids::shown(text))))
}

/// The version does not exist.
fn no_version(name: &str, version: &str) -> ApiError {
    ApiError::missing(format!("Model Version (name={}, version={}) not found", ids::shown(name), ids::shown(version)))
}

fn bad_source(source: &str) -> ApiError {
    ApiError::invalid(format!(
        "Invalid model version source: '{}'. It must be a run, a logged model or a version of this server: runs:/RUN/PATH, \
         models:/MODEL_ID, models:/NAME/VERSION or mlflow-artifacts:/...",
        ids::shown(source)
    ))
}
