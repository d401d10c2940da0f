//! Experiments.

use crate::{
    TrackService,
    error::Result,
    ids,
    own::OwnTrainings,
    response::ApiResponse,
    search,
    store::{DocumentKey, now_ms},
};
use aws::tracking::{Document, Expected, Range};
use mlflow_protocol::{
    ApiError, ErrorCode, Experiment, Pair, Schema, limits, names,
    request::{CreateExperiment, ExperimentId, ExperimentName, ExperimentTag, SearchExperiments, UpdateExperiment},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Largest number of experiments of a page.
const MAX_RESULTS: i64 = 50_000;

/// Owner of an experiment's name. One whose experiment has another name by now owns nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct NameOwner {
    id: String,
}

impl TrackService {
    pub(crate) async fn create_experiment(&self, request: CreateExperiment) -> Result<ApiResponse> {
        names::check_experiment_name(&request.name)?;
        if request.artifact_location.is_some_and(|location| !location.is_empty()) {
            return Err(ApiError::invalid(
                "artifact_location cannot be chosen: files are kept in the bucket of this server, below mlflow-artifacts:/",
            )
            .into());
        }
        let now = now_ms();
        let tags = checked_tags(request.tags, limits::MAX_EXPERIMENT_TAG_CHARS)?;
        let experiment = Experiment {
            id: ids::new_experiment()?,
            name: request.name,
            created: now,
            updated: now,
            deleted: false,
            tags,
        };
        self.insert_experiment(&experiment).await?;
        Ok(ApiResponse::Json(json!({"experiment_id": experiment.id})))
    }

    /// Stores an experiment together with the ownership of its name.
    async fn insert_experiment(&self, experiment: &Experiment) -> Result<()> {
        let owner = self.free_name(&experiment.name).await?;
        let id = NameOwner { id: experiment.id.clone() };
        let writes = vec![
            DocumentKey::experiment(&experiment.id).write(experiment, Expected::Absent)?,
            DocumentKey::experiment_name(&experiment.name).write(&id, owner)?,
        ];
        if self.store.table.write_all(writes).await? { Ok(()) } else { Err(name_taken(&experiment.name, false).into()) }
    }

    /// Condition under which a name can be taken.
    async fn free_name(&self, name: &str) -> Result<Expected> {
        let Some(owner) = self.store.get::<NameOwner>(&DocumentKey::experiment_name(name)).await? else {
            return Ok(Expected::Absent);
        };
        match self.experiment_document(&owner.value.id).await? {
            Some(found) if found.value.name == name => Err(name_taken(name, found.value.deleted).into()),
            _ => Ok(Expected::Revision(owner.revision)),
        }
    }

    async fn experiment_document(&self, id: &str) -> Result<Option<Document<Experiment>>> {
        if !ids::is_experiment(id) {
            return Ok(None);
        }
        self.store.get(&DocumentKey::experiment(id)).await
    }

    /// An experiment, deleted or not. The experiment `Default` comes into being when it is first asked for.
    pub(crate) async fn experiment(&self, id: &str) -> Result<Experiment> {
        if let Some(series) = self.own.series(id) {
            return Ok(OwnTrainings::experiment(series));
        }
        if let Some(found) = self.experiment_document(id).await? {
            return Ok(found.value);
        }
        if id != ids::DEFAULT_EXPERIMENT {
            return Err(ids::no_experiment(id).into());
        }
        let now = now_ms();
        let (id, name) = (id.to_owned(), "Default".to_owned());
        let default = Experiment { id, name, created: now, updated: now, deleted: false, tags: BTreeMap::new() };
        // A request that comes first, or an experiment that took the name, changes nothing for this caller.
        self.store.insert(&DocumentKey::experiment(&default.id), &default).await?;
        self.store.insert(&DocumentKey::experiment_name(&default.name), &NameOwner { id: default.id.clone() }).await?;
        Ok(default)
    }

    /// An experiment that is not deleted.
    pub(crate) async fn active_experiment(&self, id: &str) -> Result<Experiment> {
        let experiment = self.experiment(id).await?;
        if experiment.deleted {
            let message =
                format!("The experiment {} must be in the 'active' state. Current state is deleted.", experiment.id);
            return Err(ApiError::invalid(message).into());
        }
        Ok(experiment)
    }

    pub(crate) async fn get_experiment(&self, request: ExperimentId) -> Result<ApiResponse> {
        let experiment = self.experiment(&request.experiment_id).await?;
        Ok(ApiResponse::Json(json!({"experiment": experiment.to_json()})))
    }

    pub(crate) async fn get_experiment_by_name(&self, request: ExperimentName) -> Result<ApiResponse> {
        let name = request.experiment_name;
        let missing = || ApiError::missing(format!("Could not find experiment with name '{}'", ids::shown(&name)));
        names::check_experiment_name(&name)?;
        if let Some(series) = self.own.series(&name) {
            return Ok(ApiResponse::Json(json!({"experiment": OwnTrainings::experiment(series).to_json()})));
        }
        if name == "Default" {
            self.experiment(ids::DEFAULT_EXPERIMENT).await?;
        }
        let owner = self.store.get::<NameOwner>(&DocumentKey::experiment_name(&name)).await?.ok_or_else(missing)?;
        let found = self.experiment_document(&owner.value.id).await?.filter(|found| found.value.name == name);
        Ok(ApiResponse::Json(json!({"experiment": found.ok_or_else(missing)?.value.to_json()})))
    }

    pub(crate) async fn search_experiments(&self, request: SearchExperiments) -> Result<ApiResponse> {
        let query = search::Query::parse(
            Schema::Experiments,
            request.filter.as_deref(),
            &request.order_by,
            request.page_token.as_deref(),
            &[&format!("{:?}", request.view_type)],
        )?;
        let limit = search::limit(request.max_results, 1_000, MAX_RESULTS)?;
        self.experiment(ids::DEFAULT_EXPERIMENT).await?;
        let all: Vec<Document<Experiment>> = self.store.table.query("EXPERIMENTS", Range::Prefix("ID/")).await?;
        let all = all.into_iter().map(|document| document.value).chain(self.own.experiments());
        let found = all.filter(|experiment| request.view_type.includes(experiment.deleted));
        let (page, next) = query.page(found.collect(), limit);
        let experiments: Vec<_> = page.iter().map(Experiment::to_json).collect();
        Ok(ApiResponse::Json(search::with_next(json!({"experiments": experiments}), next)))
    }

    pub(crate) async fn update_experiment(&self, request: UpdateExperiment) -> Result<ApiResponse> {
        let Some(name) = request.new_name else { return Ok(ApiResponse::empty()) };
        names::check_experiment_name(&name)?;
        self.active_experiment(&request.experiment_id).await?;
        let missing = || ids::no_experiment(&request.experiment_id);
        let found = self.experiment_document(&request.experiment_id).await?.ok_or_else(missing)?;
        if found.value.name == name {
            return Ok(ApiResponse::empty());
        }
        let owner = self.free_name(&name).await?;
        let changed = Experiment { name: name.clone(), updated: now_ms(), ..found.value };
        let writes = vec![
            DocumentKey::experiment(&changed.id).write(&changed, Expected::Revision(found.revision))?,
            DocumentKey::experiment_name(&name).write(&NameOwner { id: changed.id.clone() }, owner)?,
        ];
        if self.store.table.write_all(writes).await? {
            return Ok(ApiResponse::empty());
        }
        let message =
            format!("the experiment or the name '{}' was changed at the same time; try again", ids::shown(&name));
        Err(ApiError::new(ErrorCode::ResourceConflict, message).into())
    }

    pub(crate) async fn set_experiment_stage(&self, request: ExperimentId, deleted: bool) -> Result<ApiResponse> {
        if deleted && request.experiment_id == ids::DEFAULT_EXPERIMENT {
            return Err(ApiError::invalid("The experiment Default cannot be deleted").into());
        }
        self.change_experiment(&request.experiment_id, |experiment| {
            experiment.deleted = deleted;
            Ok(())
        })
        .await
    }

    pub(crate) async fn set_experiment_tag(&self, request: ExperimentTag) -> Result<ApiResponse> {
        names::check_tag(&request.key, &request.value, limits::MAX_EXPERIMENT_TAG_CHARS)?;
        self.active_experiment(&request.experiment_id).await?;
        self.change_experiment(&request.experiment_id, |experiment| {
            experiment.tags.insert(request.key.clone(), request.value.clone());
            Ok(())
        })
        .await
    }

    pub(crate) async fn delete_experiment_tag(&self, request: ExperimentTag) -> Result<ApiResponse> {
        self.active_experiment(&request.experiment_id).await?;
        self.change_experiment(&request.experiment_id, |experiment| {
            let removed = experiment.tags.remove(&request.key);
            removed.map(|_| ()).ok_or_else(|| no_tag(&request.key))
        })
        .await
    }

    async fn change_experiment(
        &self,
        id: &str,
        change: impl Fn(&mut Experiment) -> Result<(), ApiError>,
    ) -> Result<ApiResponse> {
        self.experiment(id).await?;
        let change = |experiment: &mut Experiment| {
            let before = experiment.clone();
            change(experiment)?;
            if *experiment != before {
                experiment.updated = now_ms();
            }
            Ok(())
        };
        self.store.change(&DocumentKey::experiment(id), || ids::no_experiment(id), change).await?;
        Ok(ApiResponse::empty())
    }
}

fn name_taken(name: &str, deleted: bool) -> ApiError {
    let state = if deleted { "exists in deleted state. Restore it, or use another name" } else { "already exists" };
    ApiError::new(ErrorCode::ResourceAlreadyExists, format!("Experiment '{}' {state}.", ids::shown(name)))
}

/// The tag does not exist.
pub(crate) fn no_tag(key: &str) -> ApiError {
    ApiError::missing(format!("No tag with name: {}", ids::shown(key)))
}

/// Tags of a request as a map; `limit` is that of a value.
pub(crate) fn checked_tags(tags: Vec<Pair>, limit: usize) -> Result<BTreeMap<String, String>, ApiError> {
    tags.iter().try_for_each(|tag| names::check_tag(&tag.key, &tag.value, limit))?;
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}
