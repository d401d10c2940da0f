//! Entry into the shadow: the version of a training, and its refit on all settled rows.
//!
//! The evaluated version was fitted before the hold-out and is as old as that is long. Its refit has the same candidates, fitted on
//! every row that is settled. Nobody has evaluated it, so its live forecasts decide between the two.

use crate::{
    error::TrainFunctionError,
    live_gate::MeasuredChallenger,
    plan::TrainingPlan,
    publisher::{ModelPublisher, NewModel},
    record,
};
use aws::{MAX_SHADOW_VERSIONS, ModelRegistry, RunRecord, StoredVerdict, VersionRecord};
use evaluation::gate::live_alpha;
use market_data::interval::utc_year;
use monitoring::challenger::weakest;
use training::{REFIT_SUFFIX, RefitInput, refit, with_evidence_of};

/// Largest number of attempts to change the list of challengers.
const ATTEMPTS: usize = 4;

/// Entry of versions into the shadow of a series.
pub(crate) struct ShadowEntry<'a> {
    pub(crate) plan: &'a TrainingPlan,
    pub(crate) registry: &'a ModelRegistry,
    /// Challengers with their evidence, as measured before the training.
    pub(crate) evidence: &'a [MeasuredChallenger],
}

impl ShadowEntry<'_> {
    /// Admits a version. With a full shadow, the [weakest] challenger leaves. `kept` stays: the version that the same training
    /// admitted.
    pub(crate) async fn admit(&self, version: &VersionRecord, kept: Option<u32>) -> Result<(), TrainFunctionError> {
        let series = &version.series;
        let failed = TrainFunctionError::aws("admit the version to the shadow");
        for _ in 0..ATTEMPTS {
            let seen = self.registry.shadow(series).await.map_err(&failed)?;
            if seen.versions.contains(&version.version) {
                return Ok(());
            }
            let challengers = self.registry.shadow_versions(series).await.map_err(&failed)?;
            let challengers: Vec<u32> = challengers.iter().map(|record| record.version).collect();
            let is_promoted = |version: &u32| !challengers.contains(version);
            let mut leaving: Vec<u32> = seen.versions.iter().copied().filter(is_promoted).collect();
            if challengers.len() >= MAX_SHADOW_VERSIONS {
                leaving.extend(self.weakest(challengers.iter().copied().filter(|version| Some(*version) != kept)));
            }
            let year = utc_year(self.plan.at);
            if self.registry.admit(series, &seen, version.version, &leaving, year, live_alpha).await.map_err(&failed)? {
                for version in leaving {
                    tracing::info!(version, "a challenger left the shadow");
                }
                return Ok(());
            }
        }
        let target = format!("the shadow of {series}");
        let attempts = u32::try_from(ATTEMPTS).unwrap_or(u32::MAX);
        Err(failed(aws::Error::Contention { target, attempts }))
    }

    fn weakest(&self, versions: impl IntoIterator<Item = u32>) -> Option<u32> {
        let evidence =
            |version: u32| self.evidence.iter().find(|measured| measured.record.version == version)?.evidence.as_ref();
        weakest(versions, evidence)
    }
}

/// Fits the candidates of a run on all settled rows, registers the result and admits it to the shadow. Without time, or without the
/// candidates, nothing is done. An error of the fit is logged: the evaluated version stands.
pub(crate) async fn add_refit(
    plan: &TrainingPlan,
    record: &RunRecord,
    version: &VersionRecord,
    publisher: &ModelPublisher<'_>,
    entry: &ShadowEntry<'_>,
) -> Result<(), TrainFunctionError> {
    let series = &plan.request.series;
    let Some(candidates) = record::restore_candidates(&record.search) else { return Ok(()) };
    if plan.invocation.time_left() < plan.invocation.elapsed() / 2 {
        tracing::warn!("no time is left for a refit on all rows");
        return Ok(());
    }
    let twin = match publisher.load_artifact(version).await? {
        Ok(artifact) => artifact,
        Err(problem) => {
            tracing::warn!(error = problem, "no refit of an artifact that cannot be read");
            return Ok(());
        }
    };
    let run = format!("{}{REFIT_SUFFIX}", record.run);
    let (fitted_series, bars, config, as_of) = (series.clone(), plan.bars.clone(), plan.config.clone(), plan.as_of);
    let work = tokio::task::spawn_blocking(move || {
        let candidates = Some(&candidates[..]);
        let input = RefitInput { series: &fitted_series, bars: &bars, config: &config, as_of, run: &run, candidates };
        refit(&input)
    });
    let outcome = work.await.map_err(|source| TrainFunctionError::Stopped { what: "refit", source })?;
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(error = observability::error_chain(&error), "failed to refit on all rows");
            return Ok(());
        }
    };
    let artifact = with_evidence_of(outcome.artifact, &twin);
    let reason = format!("refit of version {} on all settled rows: its live forecasts will decide", version.version);
    let failed = |source: model::ArtifactError| TrainFunctionError::Train {
        series: series.clone(),
        source: Box::new(source.into()),
    };
    let model = NewModel {
        bytes: artifact.to_bytes().map_err(failed)?,
        artifact: &artifact,
        drift_reference: publisher.load_drift_reference(version).await?,
        evaluation: version.evaluation.clone(),
        verdict: Some(StoredVerdict::admitted(vec![reason])),
        judged_against: version.judged_against,
    };
    let registered = publisher.register(model, plan.at).await?;
    entry.admit(&registered, Some(version.version)).await
}
