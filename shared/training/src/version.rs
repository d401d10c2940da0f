//! Version of a training: which parts of the challenger replace those of the champion.

use crate::{
    TrainError, TrainingConfig,
    distribution::holdout::{HoldOutMoves, crps, evaluate},
    holdout_role::HoldOutRole,
    training_set::TrainingSet,
};
use contracts::distribution::DistributionEvidence;
use evaluation::{
    Evaluation,
    gate::{
        DistributionGateDecision, DistributionGateInput, GateDecision, PromotedParts, VersionDecision,
        evaluate_distribution_gate,
    },
};
use model::{Artifact, DistributionPart};

/// Hold-out with the champion.
pub(crate) struct HoldOutParts<'a> {
    pub(crate) training_set: &'a TrainingSet,
    pub(crate) moves: &'a HoldOutMoves<'a>,
    pub(crate) champion: Option<&'a Artifact>,
    pub(crate) config: &'a TrainingConfig,
    pub(crate) holdout_role: HoldOutRole,
}

/// Judges the distribution of a challenger, adds its evaluation and evidence, and assembles the version.
pub(crate) fn judge(
    parts: &HoldOutParts<'_>,
    mut challenger: Artifact,
    mut direction: GateDecision,
    evaluation: &mut Evaluation,
) -> Result<(Artifact, VersionDecision), TrainError> {
    let is_better = challenger.shrinkage > 0.0 && direction.log_loss_challenger < direction.log_loss_climatology;
    parts.holdout_role.apply(&mut direction.promoted, &mut direction.reasons);
    let serving = if direction.promoted { Some(&challenger) } else { parts.champion };
    let probabilities = parts.probabilities(serving)?;
    let settled = parts.moves.settled(Some(&challenger), &|bar| probabilities[bar]);
    let from_model = challenger.distribution_model().is_some();
    let (resamples, seed) = (parts.config.resamples, parts.config.gate.seed);
    evaluation.distribution = evaluate(&challenger.series, &settled, from_model, resamples, seed)?;
    if let (Some(part), Some(evaluation)) = (&mut challenger.distribution, &evaluation.distribution) {
        part.evidence = evaluation.evidence();
    }
    let mut distribution = parts.judge_distribution(&challenger, crps(&settled), &probabilities)?;
    let mut admitted = is_better;
    if let Some(decision) = &mut distribution {
        admitted |= from_model && decision.crps_challenger < decision.crps_climatology;
        parts.holdout_role.apply(&mut decision.promoted, &mut decision.reasons);
    }
    let verdict = VersionDecision::new(direction, distribution, admitted);
    Ok((assemble(challenger, parts.champion, verdict.parts), verdict))
}

impl HoldOutParts<'_> {
    /// Probability of up at each bar with features: the forecast of an artifact; without one, climatology.
    fn probabilities(&self, artifact: Option<&Artifact>) -> Result<Vec<f64>, TrainError> {
        let set = self.training_set;
        let labelled = set.bar_indices.iter().zip(&set.rows).zip(&set.climatology);
        let labelled = labelled.map(|((bar, row), climatology)| (*bar, row, *climatology));
        let unlabelled = set.unlabelled.iter().map(|bar| (bar.bar, &bar.row, bar.climatology));
        let mut probabilities = vec![0.5; self.moves.bars()];
        for (bar, row, climatology) in labelled.chain(unlabelled).filter(|(bar, ..)| *bar >= self.moves.first()) {
            let forecast = artifact.map(|artifact| artifact.predict(&row.values)).transpose()?;
            probabilities[bar] = forecast.unwrap_or(climatology);
        }
        Ok(probabilities)
    }

    /// Applies the gate on the moves on which neither distribution was fitted. `own` is the CRPS of the challenger. All are adjusted to
    /// the direction that will serve.
    fn judge_distribution(
        &self,
        challenger: &Artifact,
        own: Vec<f64>,
        probabilities: &[f64],
    ) -> Result<Option<DistributionGateDecision>, TrainError> {
        let probability_up = |bar: usize| probabilities[bar];
        let first = self.champion.and_then(|champion| champion.distribution.as_ref()).map_or(0, |part| {
            let last_known = challenger.series.target_time(part.trained_through);
            self.moves.count_before(last_known)
        });
        if own.len() <= first {
            return Ok(None);
        }
        let climatology = crps(&self.moves.settled(None, &probability_up));
        let champion = self.champion.map(|champion| crps(&self.moves.settled(Some(champion), &probability_up)));
        let input = DistributionGateInput {
            challenger: &own[first..],
            champion: &champion.as_ref().unwrap_or(&climatology)[first..],
            climatology: &climatology[first..],
            horizon: challenger.series.horizon,
        };
        let mut decision = evaluate_distribution_gate(&input, &self.config.gate)?;
        if challenger.distribution_model().is_none() {
            decision.promoted = false;
            decision.reasons.push(
                "the challenger forecasts climatology: its model was worse in the folds, or they had too few moves"
                    .to_owned(),
            );
        }
        Ok(Some(decision))
    }
}

/// The challenger with the parts of the champion that are kept. A challenger that is not promoted keeps its own.
#[must_use]
pub fn assemble(challenger: Artifact, champion: Option<&Artifact>, promoted: PromotedParts) -> Artifact {
    match (promoted, champion) {
        (PromotedParts::None | PromotedParts::Both, _) => challenger,
        (PromotedParts::Direction, champion) => {
            let kept = champion.and_then(|champion| champion.distribution.clone());
            let climatology =
                |own: DistributionPart| DistributionPart { model: None, evidence: DistributionEvidence::NONE, ..own };
            Artifact { distribution: kept.or_else(|| challenger.distribution.map(climatology)), ..challenger }
        }
        (PromotedParts::Distribution, Some(champion)) => Artifact {
            run: challenger.run,
            trained_at: challenger.trained_at,
            distribution: challenger.distribution,
            ..champion.clone()
        },
        (PromotedParts::Distribution, None) => {
            let Artifact { series, base_rate, band_half_width, trained_at, trained_through, run, .. } = challenger;
            let direction = Artifact::climatology(series, base_rate, trained_at, trained_through, &run);
            Artifact { band_half_width, distribution: challenger.distribution, ..direction }
        }
    }
}
