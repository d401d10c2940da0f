//! Promotion by live forecasts, and the part that a hold-out still has in it.

use crate::{
    TrainService,
    error::TrainFunctionError,
    live_gate::{LiveGate, MeasuredChallenger},
    plan::TrainingPlan,
    publisher::{FIRST_RUN, ModelPublisher},
    service::RECENT_VERSIONS,
};
use aws::{Promotion, RunRecord, VersionRecord};
use contracts::events::GateDecisionEvent;
use evaluation::gate::GateConfig;
use training::{HoldOutRole, REFIT_SUFFIX};

impl TrainService {
    /// Promotes the challenger whose live forecasts are shown to be better, if any. Returns the version that serves afterwards.
    pub(crate) async fn promote_proven(
        &self,
        gate: &LiveGate<'_>,
        publisher: &ModelPublisher<'_>,
        record: &mut RunRecord,
        champion: VersionRecord,
        measured: &[MeasuredChallenger],
    ) -> Result<VersionRecord, TrainFunctionError> {
        // An earlier attempt promoted it, and may have died before its event.
        let reason = if record.live_promotion == Some(champion.version) {
            "promoted by its live forecasts".to_owned()
        } else {
            let Some(proven) = gate.proven(publisher, &champion, measured).await? else { return Ok(champion) };
            let (series, number, at) = (&record.series, proven.version.version, gate.plan.at);
            record.live_promotion = Some(number);
            self.put(record).await?;
            let promotion =
                self.registry.promote(series, number, proven.status, Some(champion.version), &proven.reason, at).await;
            if promotion.map_err(TrainFunctionError::aws("promote a challenger"))? != Promotion::Promoted {
                record.live_promotion = None;
                return Ok(champion);
            }
            tracing::info!(version = number, reason = proven.reason, "promoted a challenger by its live forecasts");
            proven.reason
        };
        let serving = self.registry.champion(&record.series).await;
        let serving = serving.map_err(TrainFunctionError::aws("find the champion"))?.unwrap_or(champion);
        let event = GateDecisionEvent {
            series: record.series.clone(),
            run: serving.run.clone(),
            version: serving.version,
            champion: serving.version,
            promoted: true,
            admitted: false,
            reasons: vec![reason],
        };
        let published = self.bus.publish(event.detail_type(), &event).await;
        published.map_err(TrainFunctionError::aws("publish the promotion"))?;
        Ok(serving)
    }

    /// Decision that is left to the hold-out of this training, and the settings of its gate. Only the first trainings of a series may promote
    /// on a hold-out, while climatology serves.
    pub(crate) async fn holdout_role(
        &self,
        plan: &TrainingPlan,
        record: &RunRecord,
        champion: &VersionRecord,
    ) -> Result<(HoldOutRole, GateConfig), TrainFunctionError> {
        let gate = plan.config.gate;
        if champion.run != FIRST_RUN {
            return Ok(HoldOutRole::of_training(0, false, gate));
        }
        let versions = self.registry.versions(&record.series, RECENT_VERSIONS).await;
        let versions = versions.map_err(TrainFunctionError::aws("count the earlier trainings"))?;
        // A refit has the verdict of no hold-out.
        let judged = |VersionRecord { run, drift_key, .. }: &&VersionRecord| {
            *run != record.run && run != FIRST_RUN && !run.ends_with(REFIT_SUFFIX) && drift_key.is_some()
        };
        let number = u32::try_from(versions.iter().filter(judged).count()).unwrap_or(u32::MAX).saturating_add(1);
        Ok(HoldOutRole::of_training(number, true, gate))
    }
}
