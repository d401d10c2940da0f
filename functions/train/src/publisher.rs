//! Publishing of versions: the champion that a challenger is judged against, and the registration of new versions.

use crate::error::TrainFunctionError;
use aws::{
    ModelRegistry, NewVersion, ObjectStore, Promotion, StoredEvaluation, StoredVerdict, VersionRecord, VersionStatus,
    keys,
};
use jiff::Timestamp;
use market_data::{Bar, Series};
use model::{Artifact, FORMAT_VERSION};
use monitoring::MonitoringConfig;
use observability::error_chain;
use serde_json::Value;
use training::TrainingConfig;

/// Run id of the baseline champion, version 1 of every series.
pub(crate) const FIRST_RUN: &str = "climatology";

/// Stores that a version is written to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelPublisher<'a> {
    pub(crate) storage: &'a ObjectStore,
    pub(crate) registry: &'a ModelRegistry,
    /// Time by the clock.
    pub(crate) clock: Timestamp,
}

/// Artifact of a new version with its evaluation.
pub(crate) struct NewModel<'a> {
    pub(crate) artifact: &'a Artifact,
    pub(crate) bytes: Vec<u8>,
    pub(crate) drift_reference: Option<Value>,
    pub(crate) evaluation: StoredEvaluation,
    pub(crate) verdict: Option<StoredVerdict>,
    /// Champion that the verdict compares it with.
    pub(crate) judged_against: Option<u32>,
}

impl ModelPublisher<'_> {
    /// Version that serves. If there is none yet, the baseline champion is made and promoted.
    pub(crate) async fn ensure_champion(
        &self,
        series: &Series,
        bars: &[Bar],
        config: &TrainingConfig,
        drift: &MonitoringConfig,
        as_of: Timestamp,
    ) -> Result<VersionRecord, TrainFunctionError> {
        let find = TrainFunctionError::aws("find the champion");
        if let Some(champion) = self.registry.champion(series).await.map_err(&find)? {
            return Ok(champion);
        }
        let versions = self.registry.versions(series, usize::MAX).await.map_err(&find)?;
        let first = match versions.into_iter().find(|version| version.run == FIRST_RUN) {
            Some(registered) => registered,
            None => self.create_baseline(series, bars, config, drift, as_of).await?,
        };
        let reason = "first champion: climatology, before any model has passed the gate";
        let promotion =
            self.registry.promote(series, first.version, VersionStatus::Candidate, None, reason, as_of).await;
        match promotion.map_err(TrainFunctionError::aws("promote the first champion"))? {
            Promotion::Promoted => Ok(first),
            // Another training promoted one meanwhile.
            Promotion::Conflict { .. } => Ok(self.registry.champion(series).await.map_err(&find)?.unwrap_or(first)),
        }
    }

    /// Makes and registers the baseline champion.
    async fn create_baseline(
        &self,
        series: &Series,
        bars: &[Bar],
        config: &TrainingConfig,
        drift: &MonitoringConfig,
        as_of: Timestamp,
    ) -> Result<VersionRecord, TrainFunctionError> {
        let failed = |source| TrainFunctionError::Train { series: series.clone(), source: Box::new(source) };
        let baseline = training::baseline_champion(series, bars, config, drift, as_of, FIRST_RUN).map_err(failed)?;
        let bytes = baseline.artifact.to_bytes().map_err(|source| failed(source.into()))?;
        let drift_reference = baseline.drift_reference.map(serde_json::to_value).transpose();
        let model = NewModel {
            artifact: &baseline.artifact,
            bytes,
            drift_reference: drift_reference.map_err(TrainFunctionError::json("drift reference"))?,
            evaluation: StoredEvaluation::default(),
            verdict: None,
            judged_against: None,
        };
        self.register(model, as_of).await
    }

    /// Stores the objects of a version, then registers it.
    pub(crate) async fn register(
        &self,
        model: NewModel<'_>,
        at: Timestamp,
    ) -> Result<VersionRecord, TrainFunctionError> {
        let NewModel { artifact, bytes, drift_reference, evaluation, verdict, judged_against } = model;
        let series = &artifact.series;
        let version = self
            .registry
            .allocate_version(series, &artifact.run)
            .await
            .map_err(TrainFunctionError::aws("number the version"))?;
        let artifact_key = keys::model(series, version);
        let sha256 = Artifact::sha256(&bytes);
        let stored = self.storage.put(&artifact_key, bytes, "application/octet-stream").await;
        stored.map_err(TrainFunctionError::aws("store the artifact"))?;
        let mut drift_key = None;
        if let Some(reference) = drift_reference {
            let key = keys::drift_reference(series, version);
            let stored = self.storage.put_json(&key, &reference).await;
            stored.map_err(TrainFunctionError::aws("store the drift reference"))?;
            drift_key = Some(key);
        }
        let new = NewVersion {
            series: series.clone(),
            version,
            run: artifact.run.clone(),
            family: artifact.family().to_string(),
            artifact_key,
            drift_key,
            sha256,
            format: FORMAT_VERSION,
            trained_at: artifact.trained_at,
            registered_at: at,
            edge: artifact.edge,
            base_rate: artifact.base_rate,
            evaluation,
            verdict,
            judged_against,
            stored_at: self.clock,
        };
        self.registry.register(&new).await.map_err(TrainFunctionError::aws("register the version"))
    }

    /// Stores and registers a version whose parts come from two others. It is judged against version `judged_against`.
    pub(crate) async fn register_assembled(
        &self,
        artifact: &Artifact,
        drift_reference: Option<Value>,
        evaluation: StoredEvaluation,
        judged_against: u32,
        at: Timestamp,
    ) -> Result<VersionRecord, TrainFunctionError> {
        let failed = |source: model::ArtifactError| TrainFunctionError::Train {
            series: artifact.series.clone(),
            source: Box::new(source.into()),
        };
        let model = NewModel {
            bytes: artifact.to_bytes().map_err(failed)?,
            artifact,
            drift_reference,
            evaluation,
            verdict: None,
            judged_against: Some(judged_against),
        };
        self.register(model, at).await
    }

    /// Drift reference of a version, as it is stored; `None` without one.
    pub(crate) async fn load_drift_reference(
        &self,
        version: &VersionRecord,
    ) -> Result<Option<Value>, TrainFunctionError> {
        let Some(key) = &version.drift_key else { return Ok(None) };
        self.storage.get_json(key).await.map_err(TrainFunctionError::aws("read the champion's drift reference"))
    }

    /// Artifact of the champion. The inner error is a sentence: a champion that cannot be used, after a change of features or format,
    /// must not block training, because it cannot serve either.
    pub(crate) async fn load_artifact(
        &self,
        champion: &VersionRecord,
    ) -> Result<Result<Artifact, String>, TrainFunctionError> {
        let problem = match self.storage.get(&champion.artifact_key).await {
            Ok(Some(bytes)) => match Artifact::from_bytes(&bytes, &champion.sha256) {
                Ok(artifact) => return Ok(Ok(artifact)),
                Err(error) => error_chain(&error),
            },
            Ok(None) => "its artifact is missing".to_owned(),
            Err(error @ aws::Error::TooLarge { .. }) => error.to_string(),
            Err(error) => return Err(TrainFunctionError::aws("read the champion's artifact")(error)),
        };
        Ok(Err(format!("champion version {} cannot serve and was not compared: {problem}", champion.version)))
    }
}
