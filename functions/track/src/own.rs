//! Weathervane's own trainings, as MLflow shows them: a series is an experiment and a registered model, a training is a run.
//!
//! Nothing is copied: runs, trials, versions and aliases are read where train stores them. Clients cannot change them.

mod convert;

use crate::{
    error::Result,
    ids,
    request::Parameters,
    route::{Plain, Route},
};
use aws::{AwsClients, ConfigError, ModelRegistry, RunStore};
use market_data::Series;
use mlflow_protocol::{ApiError, Experiment, ModelVersion, RegisteredModel, Run, registry::AliasMove};
use std::{collections::BTreeMap, sync::Arc};

/// Largest number of runs or versions of a series that are read.
const MAX_RECORDS: usize = 5_000;
/// Largest number of trials of a run.
const MAX_TRIALS: usize = 1_000;
/// Alias of the version that serves.
const CHAMPION: &str = "champion";
/// Alias of the newest version in the shadow.
const CHALLENGER: &str = "challenger";

/// Reader of the own trainings.
#[derive(Debug)]
pub(crate) struct OwnTrainings {
    series: Vec<Series>,
    runs: RunStore,
    registry: ModelRegistry,
    bucket: String,
}

/// Run that an id names: `{series}_{run}` is a training, `{series}_{run}_t{0003}` one of its trials.
#[derive(Debug, PartialEq, Eq)]
struct RunRef<'a> {
    series: &'a Series,
    run: String,
    trial: Option<u32>,
}

impl OwnTrainings {
    pub(crate) fn new(clients: &AwsClients) -> Result<Self, ConfigError> {
        Ok(Self {
            series: clients.config().series.clone(),
            runs: clients.runs()?,
            registry: clients.registry()?,
            bucket: clients.storage()?.bucket().to_owned(),
        })
    }

    /// Series whose experiment or registered model has this id or name.
    pub(crate) fn series(&self, name: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.slug() == name)
    }

    /// True if the id is of a run or trial of a series.
    pub(crate) fn is_run(&self, id: &str) -> bool {
        self.run_ref(id).is_some()
    }

    fn run_ref(&self, id: &str) -> Option<RunRef<'_>> {
        let (series, run) = id.split_once('_')?;
        let series = self.series(series)?;
        let trial = run.rsplit_once("_t").and_then(|(run, index)| Some((run, index.parse().ok()?)));
        let (run, trial) = trial.map_or((run, None), |(run, index)| (run, Some(index)));
        (!run.is_empty()).then(|| RunRef { series, run: run.to_owned(), trial })
    }

    /// Refuses a request that would change an own training.
    pub(crate) fn check_writable(&self, route: &Route, parameters: &Parameters) -> Result<(), ApiError> {
        if !route.writes() {
            return Ok(());
        }
        // A version of another model may have been made by an own run.
        let names_run = *route != Route::Plain(Plain::CreateVersion);
        let is_own = ["experiment_id", "name", "new_name"]
            .iter()
            .filter_map(|field| parameters.text(field))
            .any(|name| self.series(name).is_some())
            || parameters.text("run_id").is_some_and(|id| names_run && self.is_run(id));
        if is_own {
            return Err(ApiError::denied(
                "the trainings, models and aliases of Weathervane's own series are read-only: train writes them, and the gate alone \
                 moves `champion`; use another name for your own",
            ));
        }
        Ok(())
    }

    /// Experiments of all series.
    pub(crate) fn experiments(&self) -> Vec<Experiment> {
        self.series.iter().map(Self::experiment).collect()
    }

    pub(crate) fn experiment(series: &Series) -> Experiment {
        let tags = [
            ("weathervane.symbol", series.symbol.to_string()),
            ("weathervane.interval", series.interval.to_string()),
            ("weathervane.horizon", series.horizon.to_string()),
        ];
        Experiment {
            id: series.slug(),
            name: series.slug(),
            created: 0,
            updated: 0,
            deleted: false,
            tags: tags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        }
    }

    /// Trainings of a series.
    pub(crate) async fn trainings(&self, series: &Series) -> Result<Vec<Arc<Run>>> {
        let families = self.registry.versions(series, MAX_RECORDS).await?.into_iter();
        let families: BTreeMap<String, String> = families.map(|version| (version.run, version.family)).collect();
        let records = self.runs.latest(series, MAX_RECORDS).await?;
        Ok(records
            .iter()
            .map(|run| Arc::new(convert::training(run, families.get(&run.run).map(String::as_str))))
            .collect())
    }

    /// Trials of a training, as nested runs.
    pub(crate) async fn trials(&self, parent: &str) -> Result<Vec<Arc<Run>>> {
        let Some(RunRef { series, run, trial: None }) = self.run_ref(parent) else { return Ok(Vec::new()) };
        let Some(record) = self.runs.get(series, &run).await? else { return Ok(Vec::new()) };
        let trials = self.runs.trials(&run, MAX_TRIALS).await?;
        Ok(trials.iter().map(|trial| Arc::new(convert::trial(&record, trial))).collect())
    }

    /// One training or trial.
    pub(crate) async fn run(&self, id: &str) -> Result<Run> {
        let missing = || ids::no_run(id);
        let RunRef { series, run, trial } = self.run_ref(id).ok_or_else(missing)?;
        let record = self.runs.get(series, &run).await?.ok_or_else(missing)?;
        if let Some(index) = trial {
            let trials = self.runs.trials(&run, MAX_TRIALS).await?;
            let found = trials.iter().find(|trial| trial.index == index);
            return Ok(convert::trial(&record, found.ok_or_else(missing)?));
        }
        let version = match record.version {
            Some(number) => self.registry.version(series, number).await?,
            None => None,
        };
        Ok(convert::training(&record, version.as_ref().map(|version| version.family.as_str())))
    }

    /// Registered model of a series, with the aliases `champion` and `challenger`.
    pub(crate) async fn model(&self, series: &Series) -> Result<RegisteredModel> {
        let newest = self.registry.versions(series, 1).await?;
        let mut aliases = BTreeMap::new();
        let champion = self.registry.alias(series).await?;
        aliases.extend(champion.iter().map(|alias| (CHAMPION.to_owned(), alias.version)));
        let shadow = self.registry.shadow(series).await?;
        aliases.extend(shadow.versions.last().map(|version| (CHALLENGER.to_owned(), *version)));
        Ok(RegisteredModel {
            name: series.slug(),
            created: 0,
            updated: champion.map_or(0, |alias| alias.since.as_millisecond()),
            description: format!("Forecasts of {series} by Weathervane. Read-only."),
            tags: Self::experiment(series).tags,
            aliases,
            last_version: newest.first().map_or(0, |version| version.version),
            deleted: false,
        })
    }

    /// Registered models of all series.
    pub(crate) async fn models(&self) -> Result<Vec<RegisteredModel>> {
        let mut models = Vec::new();
        for series in &self.series {
            models.push(self.model(series).await?);
        }
        Ok(models)
    }

    /// Versions of a series in the order of their numbers.
    pub(crate) async fn versions(&self, series: &Series) -> Result<Vec<ModelVersion>> {
        let records = self.registry.versions(series, MAX_RECORDS).await?;
        Ok(records.iter().rev().map(|record| convert::version(record, &self.bucket)).collect())
    }

    /// Versions of all series.
    pub(crate) async fn all_versions(&self) -> Result<Vec<ModelVersion>> {
        let mut versions = Vec::new();
        for series in &self.series {
            versions.extend(self.versions(series).await?);
        }
        Ok(versions)
    }

    /// Moves of `champion`, the newest first.
    pub(crate) async fn history(&self, series: &Series) -> Result<Vec<AliasMove>> {
        let moves = self.registry.history(series, MAX_RECORDS).await?;
        Ok(moves
            .into_iter()
            .map(|change| AliasMove {
                alias: CHAMPION.to_owned(),
                from: change.previous,
                to: Some(change.version),
                at: change.at.as_millisecond(),
                by: format!("weathervane: {}", change.reason),
            })
            .collect())
    }
}
