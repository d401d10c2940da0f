//! Training at one bar, as train makes it: promotion by live forecasts, training, verdict, refit, admission to the shadow.

use super::{
    Deployment, FIRST_VERSION,
    version::{Challenger, Version},
};
use crate::error::ResearchError;
use contracts::expert::MAX_SHADOW_VERSIONS;
use evaluation::gate::{PromotedParts, live_alpha};
use jiff::Timestamp;
use market_data::interval::utc_year;
use model::Artifact;
use monitoring::{
    ChallengerEvidence,
    challenger::{strongest, weakest},
};
use serde::Serialize;
use training::{
    HoldOutRole, REFIT_SUFFIX, RefitInput, SearchProgress, TrainingConfig, TrainingInput, TrainingOutcome, assemble,
    refit, train, with_evidence_of,
};

/// Training with its decisions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TrainingRecord {
    pub(crate) as_of: Timestamp,
    /// Confidence of the gate on the hold-out; `None` if the hold-out could only admit to the shadow.
    pub(crate) holdout_confidence: Option<f64>,
    /// Version of the training; `None` with too few bars.
    pub(crate) version: Option<u32>,
    /// Version of its refit on all settled rows.
    pub(crate) refit: Option<u32>,
    /// True if the version was admitted to the shadow.
    pub(crate) admitted: bool,
    /// Reasons of the verdict.
    pub(crate) reasons: Vec<String>,
    /// Promotions: by live forecasts before the training, then on its hold-out.
    pub(crate) promotions: Vec<PromotionRecord>,
    /// Version that serves afterwards.
    pub(crate) champion: u32,
    /// Versions in the shadow afterwards, oldest first.
    pub(crate) shadow: Vec<u32>,
}

/// Promotion of a version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PromotionRecord {
    pub(crate) as_of: Timestamp,
    pub(crate) version: u32,
    pub(crate) parts: PromotedParts,
    pub(crate) basis: PromotionBasis,
    pub(crate) reason: String,
}

/// Forecasts that a promotion rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PromotionBasis {
    /// Forecasts of the hold-out.
    HoldOut,
    /// Live forecasts from the shadow.
    Live,
}

impl Deployment<'_> {
    /// Trains at the close of `bar`. The outcome is `None` with too few bars.
    pub(crate) fn train(&mut self, bar: usize) -> Result<(TrainingRecord, Option<TrainingOutcome>), ResearchError> {
        let as_of = self.dataset.decision_time(bar);
        let evidence = self.evidence(bar);
        let mut record = TrainingRecord {
            as_of,
            holdout_confidence: None,
            version: None,
            refit: None,
            admitted: false,
            reasons: Vec::new(),
            promotions: strongest(&evidence)
                .and_then(|evidence| self.promote_proven(evidence, as_of))
                .into_iter()
                .collect(),
            champion: self.champion.number,
            shadow: Vec::new(),
        };
        let outcome = self.train_challenger(bar, &mut record)?;
        if let Some(outcome) = &outcome {
            self.decide(bar, outcome, &evidence, &mut record)?;
        }
        record.champion = self.champion.number;
        record.shadow = self.shadow.iter().map(|challenger| challenger.version.number).collect();
        Ok((record, outcome))
    }

    /// Promotes the parts that live forecasts show to be better. With one part alone a new version has the other of the champion.
    fn promote_proven(&mut self, evidence: &ChallengerEvidence, as_of: Timestamp) -> Option<PromotionRecord> {
        let position = self.shadow.iter().position(|challenger| challenger.version.number == evidence.version)?;
        let parts = evidence.proven_parts();
        self.champion = if parts == PromotedParts::Both {
            self.shadow.remove(position).version
        } else {
            let own = self.shadow[position].version.artifact.clone();
            let run = format!("{}-for-version-{}", own.run, self.champion.number);
            let artifact = Artifact { run, ..assemble(own, Some(&self.champion.artifact), parts) };
            Version::new(self.next_number(), artifact)
        };
        let (version, basis) = (self.champion.number, PromotionBasis::Live);
        Some(PromotionRecord { as_of, version, parts, basis, reason: evidence.reason() })
    }

    fn train_challenger(
        &mut self,
        bar: usize,
        record: &mut TrainingRecord,
    ) -> Result<Option<TrainingOutcome>, ResearchError> {
        let (as_of, plan) = (record.as_of, self.plan);
        let climatology_serves = self.champion.number == FIRST_VERSION;
        let (holdout_role, gate) = HoldOutRole::of_training(self.judged + 1, climatology_serves, plan.training.gate);
        record.holdout_confidence = (holdout_role == HoldOutRole::Promotes).then_some(gate.confidence);
        let outcome = train(&TrainingInput {
            series: &self.dataset.series,
            bars: &self.dataset.bars[..=bar],
            config: &TrainingConfig { gate, ..plan.training.clone() },
            drift: &plan.drift,
            champion: Some(&self.champion.artifact),
            costs: plan.costs,
            as_of,
            run: &run(bar),
            holdout_role,
            progress: SearchProgress::NONE,
        });
        match outcome {
            Ok(outcome) => Ok(Some(outcome)),
            Err(error) if error.needs_more_bars() => {
                record.reasons.push(error.to_string());
                Ok(None)
            }
            Err(source) => Err(ResearchError::Train { as_of, source: Box::new(source) }),
        }
    }

    /// Registers the version of a training and its refit, and lets the verdict have its effect.
    fn decide(
        &mut self,
        bar: usize,
        outcome: &TrainingOutcome,
        evidence: &[ChallengerEvidence],
        record: &mut TrainingRecord,
    ) -> Result<(), ResearchError> {
        self.judged += 1;
        let (verdict, as_of) = (&outcome.verdict, record.as_of);
        let version = Version::new(self.next_number(), outcome.artifact.clone());
        record.version = Some(version.number);
        record.reasons.clone_from(&verdict.reasons);
        if verdict.promoted {
            let reason = verdict.reasons.first().cloned().unwrap_or_default();
            let (version, parts, basis) = (version.number, verdict.parts, PromotionBasis::HoldOut);
            record.promotions.push(PromotionRecord { as_of, version, parts, basis, reason });
            self.champion = Version::new(version, outcome.artifact.clone());
        } else if verdict.admitted {
            record.admitted = true;
            self.admit(version, None, evidence, as_of);
        } else {
            return Ok(());
        }
        if outcome.candidates.is_empty() {
            return Ok(());
        }
        let run = format!("{}{REFIT_SUFFIX}", run(bar));
        let fitted = refit(&RefitInput {
            series: &self.dataset.series,
            bars: &self.dataset.bars[..=bar],
            config: &self.plan.training,
            as_of,
            run: &run,
            candidates: Some(&outcome.candidates),
        });
        let fitted = fitted.map_err(|source| ResearchError::Train { as_of, source: Box::new(source) })?;
        let version = Version::new(self.next_number(), with_evidence_of(fitted.artifact, &outcome.artifact));
        record.refit = Some(version.number);
        // The version of the same training is not pushed out by its own refit.
        self.admit(version, record.version, evidence, as_of);
        Ok(())
    }

    /// Admits a version to the shadow. From a full one, the [weakest] challenger leaves, but not `kept`.
    fn admit(&mut self, version: Version, kept: Option<u32>, evidence: &[ChallengerEvidence], as_of: Timestamp) {
        let year = utc_year(as_of);
        let (latest, admitted) = self.admissions;
        self.admissions = (year, if latest == year { admitted + 1 } else { 1 });
        if self.shadow.len() >= MAX_SHADOW_VERSIONS {
            let of_version = |number| evidence.iter().find(|evidence| evidence.version == number);
            let numbers = self.shadow.iter().map(|challenger| challenger.version.number);
            let leaving = weakest(numbers.filter(|number| Some(*number) != kept), of_version);
            self.shadow.retain(|challenger| Some(challenger.version.number) != leaving);
        }
        self.shadow.push(Challenger { version, live_alpha: live_alpha(self.admissions.1) });
    }

    fn next_number(&mut self) -> u32 {
        self.versions += 1;
        self.versions
    }
}

/// Run id of the training at a bar.
fn run(bar: usize) -> String {
    format!("training-{bar}")
}
