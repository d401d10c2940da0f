//! Runs: creation, state, tags, inputs and outputs.

use crate::{
    TrackService,
    error::Result,
    experiments::{checked_tags, no_tag},
    ids,
    response::ApiResponse,
    search,
    store::{DocumentKey, now_ms},
};
use mlflow_protocol::{
    ApiError, Run, Schema, limits, names,
    request::{CreateRun, LogInputs, LogModel, LogOutputs, RunId, RunPair, SearchRuns, UpdateRun},
    run::{DatasetInput, RUN_NAME_TAG, RunStatus},
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

/// Largest number of runs of a page.
const MAX_RESULTS: i64 = 50_000;
/// Largest number of models that a run reads or makes.
const MAX_MODELS: usize = 1_000;
/// Tag of a nested run.
const PARENT_TAG: &str = "mlflow.parentRunId";
/// Tag in which old clients keep the models of a run.
const MODEL_HISTORY_TAG: &str = "mlflow.log-model.history";

impl TrackService {
    pub(crate) async fn create_run(&self, request: CreateRun) -> Result<ApiResponse> {
        let experiment = request.experiment_id.filter(|id| !id.is_empty());
        let experiment = experiment.unwrap_or_else(|| ids::DEFAULT_EXPERIMENT.to_owned());
        self.active_experiment(&experiment).await?;
        let mut tags = checked_tags(request.tags, limits::MAX_RUN_TAG_CHARS)?;
        names::check_length("user_id", &request.user_id, limits::MAX_MODEL_NAME_CHARS)?;
        let id = ids::new_run(&experiment)?;
        let named = request.run_name.filter(|name| !name.is_empty()).or_else(|| tags.get(RUN_NAME_TAG).cloned());
        let name = named.unwrap_or_else(|| format!("run-{}", id.get(24..).unwrap_or_default()));
        names::check_length("run_name", &name, limits::MAX_RUN_NAME_CHARS)?;
        tags.insert(RUN_NAME_TAG.to_owned(), name.clone());
        let run = Run {
            id,
            experiment_id: experiment,
            name,
            user_id: request.user_id,
            status: RunStatus::Running,
            start_time: request.start_time.unwrap_or_else(now_ms),
            end_time: None,
            deleted: false,
            metrics: BTreeMap::new(),
            params: BTreeMap::new(),
            tags,
            datasets: Vec::new(),
            model_inputs: Vec::new(),
            model_outputs: Vec::new(),
        };
        self.store.insert(&DocumentKey::run(&run.experiment_id, &run.id), &run).await?;
        Ok(ApiResponse::Json(json!({"run": run.to_json()})))
    }

    /// A run, deleted or not.
    pub(crate) async fn run_by_id(&self, id: &str) -> Result<Run> {
        if self.own.is_run(id) {
            return self.own.run(id).await;
        }
        let key = run_key(id)?;
        let found = self.store.get::<Run>(&key).await?;
        Ok(found.ok_or_else(|| ids::no_run(id))?.value)
    }

    /// Changes a run that is not deleted.
    pub(crate) async fn change_run(&self, id: &str, change: impl Fn(&mut Run) -> Result<(), ApiError>) -> Result<Run> {
        let change = |run: &mut Run| {
            check_active(run)?;
            change(run)
        };
        self.store.change(&run_key(id)?, || ids::no_run(id), change).await
    }

    pub(crate) async fn get_run(&self, request: RunId) -> Result<ApiResponse> {
        Ok(ApiResponse::Json(json!({"run": self.run_by_id(&request.run_id).await?.to_json()})))
    }

    pub(crate) async fn update_run(&self, request: UpdateRun) -> Result<ApiResponse> {
        let name = request.run_name.filter(|name| !name.is_empty());
        names::check_length("run_name", name.as_deref().unwrap_or_default(), limits::MAX_RUN_NAME_CHARS)?;
        let change = |run: &mut Run| {
            run.status = request.status.unwrap_or(run.status);
            run.end_time = request.end_time.or(run.end_time);
            if let Some(name) = &name {
                run.name.clone_from(name);
                run.tags.insert(RUN_NAME_TAG.to_owned(), name.clone());
            }
            Ok(())
        };
        let run = self.change_run(&request.run_id, change).await?;
        Ok(ApiResponse::Json(json!({"run_info": run.info_json()})))
    }

    pub(crate) async fn set_run_stage(&self, request: RunId, deleted: bool) -> Result<ApiResponse> {
        let change = |run: &mut Run| {
            run.deleted = deleted;
            Ok(())
        };
        self.store.change(&run_key(&request.run_id)?, || ids::no_run(&request.run_id), change).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn set_tag(&self, request: RunPair) -> Result<ApiResponse> {
        names::check_tag(&request.key, &request.value, limits::MAX_RUN_TAG_CHARS)?;
        self.change_run(&request.run_id, |run| {
            put_tag(run, &request.key, &request.value);
            Ok(())
        })
        .await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn delete_tag(&self, request: RunPair) -> Result<ApiResponse> {
        let remove = |run: &mut Run| run.tags.remove(&request.key).map(|_| ()).ok_or_else(|| no_tag(&request.key));
        self.change_run(&request.run_id, remove).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn log_inputs(&self, request: LogInputs) -> Result<ApiResponse> {
        if request.datasets.len() > limits::MAX_DATASETS || request.models.len() > MAX_MODELS {
            return Err(ApiError::invalid(format!("A request can have {} datasets", limits::MAX_DATASETS)).into());
        }
        request.datasets.iter().try_for_each(check_dataset)?;
        let change = |run: &mut Run| {
            for input in &request.datasets {
                let is_same = |known: &&mut DatasetInput| {
                    (&known.dataset.name, &known.dataset.digest) == (&input.dataset.name, &input.dataset.digest)
                };
                match run.datasets.iter_mut().find(is_same) {
                    Some(known) => known.clone_from(input),
                    None => run.datasets.push(input.clone()),
                }
            }
            let new =
                request.models.iter().filter(|model| !run.model_inputs.contains(model)).cloned().collect::<Vec<_>>();
            run.model_inputs.extend(new);
            Ok(())
        };
        self.change_run(&request.run_id, change).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn log_outputs(&self, request: LogOutputs) -> Result<ApiResponse> {
        if request.models.len() > MAX_MODELS {
            return Err(ApiError::invalid(format!("A request can have {MAX_MODELS} models")).into());
        }
        for output in &request.models {
            self.logged_model(&output.model_id).await?;
        }
        let change = |run: &mut Run| {
            let new =
                request.models.iter().filter(|model| !run.model_outputs.contains(model)).cloned().collect::<Vec<_>>();
            run.model_outputs.extend(new);
            Ok(())
        };
        self.change_run(&request.run_id, change).await?;
        Ok(ApiResponse::empty())
    }

    /// Models of clients before MLflow 3: a list in a tag.
    pub(crate) async fn log_model(&self, request: LogModel) -> Result<ApiResponse> {
        let model: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&request.model_json)
            .map_err(|_| ApiError::invalid("model_json is not a JSON object"))?;
        let change = |run: &mut Run| {
            let known = run.tags.get(MODEL_HISTORY_TAG).map_or("[]", String::as_str);
            let mut models: Vec<serde_json::Value> = serde_json::from_str(known).unwrap_or_default();
            models.push(serde_json::Value::Object(model.clone()));
            let text = serde_json::Value::Array(models).to_string();
            names::check_length("models of a run", &text, limits::MAX_MODEL_TAG_CHARS)?;
            run.tags.insert(MODEL_HISTORY_TAG.to_owned(), text);
            Ok(())
        };
        self.change_run(&request.run_id, change).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn search_runs(&self, request: SearchRuns) -> Result<ApiResponse> {
        if request.experiment_ids.len() > limits::MAX_EXPERIMENTS_PER_SEARCH {
            let message = format!("A search can have {} experiment_ids", limits::MAX_EXPERIMENTS_PER_SEARCH);
            return Err(ApiError::invalid(message).into());
        }
        let view = format!("{:?}", request.run_view_type);
        let mut scope = vec![view.as_str()];
        scope.extend(request.experiment_ids.iter().map(String::as_str));
        let (filter, token) = (request.filter.as_deref(), request.page_token.as_deref());
        let query = search::Query::parse(Schema::Runs, filter, &request.order_by, token, &scope)?;
        let limit = search::limit(request.max_results, 1_000, MAX_RESULTS)?;
        let mut runs: Vec<Arc<Run>> = Vec::new();
        for (index, id) in request.experiment_ids.iter().enumerate() {
            let is_repeated = request.experiment_ids.iter().take(index).any(|earlier| earlier == id);
            if is_repeated {
                continue;
            }
            if let Some(series) = self.own.series(id) {
                // Trials are shown to those who ask for the nested runs of their training.
                runs.extend(match query.required_tag(PARENT_TAG) {
                    Some(parent) => self.own.trials(parent).await?,
                    None => self.own.trainings(series).await?,
                });
            } else if ids::is_experiment(id) {
                runs.extend(self.cache.runs(&self.store.table, id).await?);
            }
        }
        runs.retain(|run| request.run_view_type.includes(run.deleted));
        let (page, next) = query.page(runs, limit);
        let runs: Vec<_> = page.iter().map(|run| run.to_json()).collect();
        Ok(ApiResponse::Json(search::with_next(json!({"runs": runs}), next)))
    }
}

fn run_key(id: &str) -> Result<DocumentKey, ApiError> {
    let experiment = ids::experiment_of_run(id).ok_or_else(|| ids::no_run(id))?;
    Ok(DocumentKey::run(&experiment, id))
}

/// A deleted run can be restored and not changed.
pub(crate) fn check_active(run: &Run) -> Result<(), ApiError> {
    if run.deleted {
        let message = format!("The run {} must be in the 'active' state. Current state is deleted.", run.id);
        return Err(ApiError::invalid(message));
    }
    Ok(())
}

/// Sets a tag; that of the name also names the run.
pub(crate) fn put_tag(run: &mut Run, key: &str, value: &str) {
    if key == RUN_NAME_TAG {
        value.clone_into(&mut run.name);
    }
    run.tags.insert(key.to_owned(), value.to_owned());
}

fn check_dataset(input: &DatasetInput) -> Result<(), ApiError> {
    let dataset = &input.dataset;
    if dataset.name.is_empty() || dataset.digest.is_empty() {
        return Err(ApiError::invalid("A dataset needs a name and a digest"));
    }
    names::check_length("dataset name", &dataset.name, limits::MAX_DATASET_NAME_CHARS)?;
    names::check_length("dataset digest", &dataset.digest, limits::MAX_DATASET_DIGEST_CHARS)?;
    for text in [Some(&dataset.source), Some(&dataset.source_type), dataset.schema.as_ref(), dataset.profile.as_ref()] {
        names::check_length(
            "dataset source, schema or profile",
            text.map_or("", String::as_str),
            limits::MAX_DATASET_TEXT_CHARS,
        )?;
    }
    input.tags.iter().try_for_each(|tag| names::check_tag(&tag.key, &tag.value, limits::MAX_DATASET_NAME_CHARS))
}
