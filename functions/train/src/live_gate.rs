//! Promotion by live forecasts: a challenger in the shadow that is shown to be better replaces the champion, before anything new is
//! trained.

use crate::{error::TrainFunctionError, plan::TrainingPlan, publisher::ModelPublisher};
use aws::{ForecastStore, ModelRegistry, VersionRecord, VersionStatus};
use contracts::expert::PairedForecast;
use evaluation::gate::PromotedParts;
use model::Artifact;
use monitoring::{ChallengerEvidence, challenger::strongest};

/// Challenger with its evidence, if any forecast of it is settled.
#[derive(Debug)]
pub(crate) struct MeasuredChallenger {
    pub(crate) record: VersionRecord,
    pub(crate) evidence: Option<ChallengerEvidence>,
}

/// Gate of a series on live forecasts.
pub(crate) struct LiveGate<'a> {
    pub(crate) registry: &'a ModelRegistry,
    pub(crate) forecasts: &'a ForecastStore,
    pub(crate) plan: &'a TrainingPlan,
}

/// Version that is to replace the champion, and why.
pub(crate) struct ProvenVersion {
    pub(crate) version: VersionRecord,
    /// Status that the version has until it is promoted.
    pub(crate) status: VersionStatus,
    pub(crate) reason: String,
}

impl LiveGate<'_> {
    /// Challengers with their evidence against the champion, oldest first.
    pub(crate) async fn evidence(
        &self,
        champion: &VersionRecord,
    ) -> Result<Vec<MeasuredChallenger>, TrainFunctionError> {
        let series = &self.plan.request.series;
        let challengers = self.registry.shadow_versions(series).await;
        let challengers = challengers.map_err(TrainFunctionError::aws("list the challengers"))?;
        let Some(first) = challengers.iter().map(|record| record.registered_at).min() else { return Ok(Vec::new()) };
        let records = self.forecasts.range(series, first, self.plan.at, usize::MAX).await;
        let records = records.map_err(TrainFunctionError::aws("read the forecasts of the challengers"))?;
        let count_replays = self.plan.drift.count_replays;
        let records: Vec<_> =
            records.into_iter().map(|record| record.known_at(self.plan.at).counted(count_replays)).collect();
        let measure = |record: VersionRecord| {
            let version = record.version;
            let paired: Vec<PairedForecast> =
                records.iter().filter_map(|forecast| forecast.paired_with(version)).collect();
            let evidence = record
                .live_alpha
                .and_then(|alpha| ChallengerEvidence::measure(series, version, champion.version, &paired, alpha));
            MeasuredChallenger { record, evidence }
        };
        Ok(challengers.into_iter().map(measure).collect())
    }

    /// Version with the parts that are shown to be better, of the challenger with the strongest evidence; `None` if no part is.
    /// With one part alone a new version is registered, which keeps the other part of the champion.
    pub(crate) async fn proven(
        &self,
        publisher: &ModelPublisher<'_>,
        champion: &VersionRecord,
        measured: &[MeasuredChallenger],
    ) -> Result<Option<ProvenVersion>, TrainFunctionError> {
        let Some(evidence) = strongest(measured.iter().filter_map(|measured| measured.evidence.as_ref())) else {
            return Ok(None);
        };
        let of_version = |measured: &&MeasuredChallenger| measured.record.version == evidence.version;
        let Some(MeasuredChallenger { record, .. }) = measured.iter().find(of_version) else { return Ok(None) };
        let reason = evidence.reason();
        match evidence.proven_parts() {
            PromotedParts::None => Ok(None),
            PromotedParts::Both => {
                Ok(Some(ProvenVersion { version: record.clone(), status: VersionStatus::Shadow, reason }))
            }
            part @ (PromotedParts::Direction | PromotedParts::Distribution) => {
                match self.assemble(publisher, record, champion, part).await? {
                    Ok(version) => Ok(Some(ProvenVersion { version, status: VersionStatus::Candidate, reason })),
                    Err(problem) => {
                        tracing::error!(version = record.version, error = problem, "cannot assemble a proven version");
                        Ok(None)
                    }
                }
            }
        }
    }

    /// Registers a version that has one part of the challenger and the other of the champion. The inner error says why an artifact
    /// cannot be used.
    async fn assemble(
        &self,
        publisher: &ModelPublisher<'_>,
        challenger: &VersionRecord,
        champion: &VersionRecord,
        part: PromotedParts,
    ) -> Result<Result<VersionRecord, String>, TrainFunctionError> {
        let own = match publisher.load_artifact(challenger).await? {
            Ok(artifact) => artifact,
            Err(problem) => return Ok(Err(problem)),
        };
        let serving = match publisher.load_artifact(champion).await? {
            Ok(artifact) => artifact,
            Err(problem) => return Ok(Err(problem)),
        };
        let (name, kept) = match part {
            PromotedParts::Direction => ("direction", challenger),
            _ => ("distribution", champion),
        };
        let run = format!("{}-{name}-for-version-{}", challenger.run, champion.version);
        let artifact = Artifact { run, ..training::assemble(own, Some(&serving), part) };
        let drift_reference = publisher.load_drift_reference(kept).await?;
        let evaluation = match part {
            PromotedParts::Direction => challenger.evaluation.clone(),
            _ => challenger.evaluation.clone().keeping_direction_of(&champion.evaluation),
        };
        publisher
            .register_assembled(&artifact, drift_reference, evaluation, champion.version, self.plan.at)
            .await
            .map(Ok)
    }
}
