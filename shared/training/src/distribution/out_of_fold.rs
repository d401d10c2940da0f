//! Out-of-fold quantiles of every member and their combination, and the choice among them.
//!
//! Candidates are EWMA, GARCH and range regression alone, and the combination of all members. The range regression is the default:
//! another candidate is chosen only if its CRPS is lower by one standard error. So the choice does not follow noise.

use super::{
    CandidateScore, DistributionSearch,
    combine::{OnlineWeights, Weights, weighted_mean},
    members,
    members::Family,
    rows::MoveRows,
};
use crate::TrainError;
use contracts::distribution::{LEVEL_COUNT, Quantiles};
use evaluation::splits::Fold;
use features::baselines::SortedMoves;
use market_data::numbers::as_f64;
use model::distribution::{ADAPTED_BAND, adaptation_factors, default_step, log_reach, scaled};
use rayon::prelude::*;
use std::collections::VecDeque;

/// Number of moves after which climatology is estimated again; each time would be slow.
const CLIMATOLOGY_STEP: usize = 24;

/// Chosen candidate.
pub(super) struct Choice {
    /// Weights of each family.
    pub(super) weights: Vec<(Family, [f64; LEVEL_COUNT])>,
    pub(super) search: DistributionSearch,
}

/// Fits all members in each fold, forecasts its test rows, and chooses a candidate.
pub(super) fn choose(rows: &MoveRows<'_>, folds: &[Fold]) -> Result<Choice, TrainError> {
    let forecasts = Forecasts::new(rows, folds)?;
    let first = folds.first().map_or(0, |fold| fold.test.start);
    let members: Vec<usize> = (0..forecasts.families.len()).collect();
    let alone = |member: usize| {
        let losses =
            losses(rows, first, forecasts.len(), |row| Quantiles::rearranged(forecasts.quantiles(row, member)));
        (forecasts.families[member].name(), single_member_weights(member, members.len()), losses)
    };
    let varying = members.par_iter().with_max_len(1);
    let varying = varying.filter(|member| forecasts.families[**member] != Family::Constant);
    let (combination, (climatology, mut candidates)) = rayon::join(
        || {
            let (combined, weights) = combine(rows, first, &forecasts);
            ("combination", weights, losses(rows, first, combined.len(), |row| combined[row]))
        },
        || {
            let climatology = || climatology_losses(rows, first, forecasts.len());
            rayon::join(climatology, || varying.map(|member| alone(*member)).collect::<Vec<_>>())
        },
    );
    candidates.push(combination);

    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / as_f64(losses.len().max(1));
    let scores: Vec<CandidateScore> = (candidates.iter())
        .map(|(name, _, losses)| CandidateScore { candidate: (*name).to_owned(), crps: mean(losses) })
        .collect();
    let default = candidates.iter().position(|(name, ..)| *name == Family::Range.name()).unwrap_or(0);
    let best = (0..candidates.len()).min_by(|a, b| scores[*a].crps.total_cmp(&scores[*b].crps)).unwrap_or(default);
    let (lead, error) = difference(&candidates[default].2, &candidates[best].2, rows.horizon());
    let chosen = if lead > error { best } else { default };
    let (name, weights, losses) = candidates.swap_remove(chosen);
    let (gain, standard_error) = difference(&climatology, &losses, rows.horizon());
    let search = DistributionSearch {
        n: losses.len(),
        chosen: name.to_owned(),
        crps: mean(&losses),
        crps_climatology: mean(&climatology),
        standard_error,
        is_rejected: gain < -standard_error,
        candidates: scores,
    };
    Ok(Choice { weights: forecasts.families.into_iter().zip(weights).collect(), search })
}

/// Weights of one member alone.
fn single_member_weights(member: usize, members: usize) -> Weights {
    (0..members).map(|other| [if other == member { 1.0 } else { 0.0 }; LEVEL_COUNT]).collect()
}

/// Forecasts of all members for the test rows of all folds.
struct Forecasts {
    /// Family of each member.
    families: Vec<Family>,
    /// Number of test rows up to the end of each fold, with the residuals of its members.
    folds: Vec<(usize, Vec<Quantiles>)>,
    /// Scale of each member for each row.
    scales: Vec<Vec<f64>>,
}

impl Forecasts {
    fn new(rows: &MoveRows<'_>, folds: &[Fold]) -> Result<Self, TrainError> {
        let fitted = folds.par_iter().with_max_len(1).map(|fold| {
            let members = members::fit(rows, &fold.train, &Family::ALL)?;
            let scales: Vec<Vec<f64>> = members.iter().map(|member| member.scales(rows, &fold.test)).collect();
            Ok((members, scales))
        });
        let fitted = fitted.collect::<Vec<Result<_, TrainError>>>().into_iter().collect::<Result<Vec<_>, _>>()?;
        let members = fitted.iter().take(1).flat_map(|(members, _)| members);
        let families: Vec<Family> = members.map(|member| member.family).collect();
        let mut forecasts = Self { scales: vec![Vec::new(); families.len()], folds: Vec::new(), families };
        for (members, scales) in fitted {
            forecasts.scales.iter_mut().zip(scales).for_each(|(all, scales)| all.extend(scales));
            forecasts.folds.push((forecasts.len(), members.into_iter().map(|member| member.residuals).collect()));
        }
        Ok(forecasts)
    }

    /// Number of test rows.
    fn len(&self) -> usize {
        self.scales.first().map_or(0, Vec::len)
    }

    /// Quantiles of a member for a row.
    fn quantiles(&self, row: usize, member: usize) -> [f64; LEVEL_COUNT] {
        let fold = self.folds.partition_point(|(end, _)| *end <= row);
        let scale = self.scales[member][row];
        self.folds[fold].1[member].values().map(|value| value * scale)
    }

    /// Sets the quantiles of all members for a row.
    fn set_experts(&self, row: usize, experts: &mut [[f64; LEVEL_COUNT]]) {
        experts.iter_mut().enumerate().for_each(|(member, expert)| *expert = self.quantiles(row, member));
    }
}

/// Number of test rows whose move is settled at the decision time of test row `index`. At least `settled` are.
fn settled_rows(rows: &MoveRows<'_>, first: usize, index: usize, mut settled: usize) -> usize {
    while rows.bars[first + settled] + rows.horizon() <= rows.bars[first + index] {
        settled += 1;
    }
    settled
}

/// Combination of the members for each row, with the weights that were known at its decision time, and the last weights.
fn combine(rows: &MoveRows<'_>, first: usize, forecasts: &Forecasts) -> (Vec<Option<Quantiles>>, Weights) {
    let members = forecasts.families.len();
    let mut online = OnlineWeights::new(members.max(1));
    let mut experts = vec![[0.0; LEVEL_COUNT]; members];
    // Weights of the rows from `learned` on, and a buffer.
    let mut used: VecDeque<Weights> = VecDeque::new();
    let mut buffer = Weights::new();
    let mut combined = Vec::with_capacity(forecasts.len());
    let mut learned = 0;
    for index in 0..=forecasts.len() {
        let settled = if index < forecasts.len() { settled_rows(rows, first, index, learned) } else { forecasts.len() };
        for row in learned..settled {
            if let Some(weights) = used.pop_front() {
                forecasts.set_experts(row, &mut experts);
                online.learn(&experts, &weights, rows.moves[first + row]);
                buffer = weights;
            }
        }
        learned = settled;
        online.smooth_into(&mut buffer);
        if index < forecasts.len() {
            forecasts.set_experts(index, &mut experts);
            combined.push(weighted_mean(&experts, &buffer));
            used.push_back(std::mem::take(&mut buffer));
        }
    }
    (combined, buffer)
}

/// CRPS of each row's quantiles, with the adaptation to the rows settled before it.
fn losses(rows: &MoveRows<'_>, first: usize, count: usize, quantiles: impl Fn(usize) -> Option<Quantiles>) -> Vec<f64> {
    let reach = |index: usize| Some(log_reach(rows.moves[first + index], quantiles(index)?.band(ADAPTED_BAND)));
    let reaches: Vec<f64> = (0..count).map(|index| reach(index).unwrap_or(f64::NAN)).collect();
    let settled = (0..count).scan(0, |settled, index| {
        *settled = settled_rows(rows, first, index, *settled);
        Some(*settled)
    });
    let factors = adaptation_factors(&reaches, &settled.collect::<Vec<_>>(), default_step(rows.series));
    let loss = |(index, factor): (usize, f64)| {
        // Not reached with finite fits, whose quantiles are finite.
        let adapted = quantiles(index).and_then(|quantiles| scaled(&quantiles, factor));
        adapted.map_or(f64::MAX, |quantiles| quantiles.crps(rows.moves[first + index]))
    };
    factors.into_iter().enumerate().map(loss).collect()
}

/// CRPS of climatology for each row, estimated again every [`CLIMATOLOGY_STEP`] rows.
fn climatology_losses(rows: &MoveRows<'_>, first: usize, count: usize) -> Vec<f64> {
    let mut losses = Vec::with_capacity(count);
    let (mut settled, mut added) = (SortedMoves::default(), 0);
    for start in (first..first + count).step_by(CLIMATOLOGY_STEP) {
        let end = (rows.bars[start] + 1).saturating_sub(rows.horizon()).max(added);
        settled.extend(&rows.all_moves[added..end]);
        added = end;
        let climatology = Quantiles::from_ascending(settled.as_slice());
        let end = (start + CLIMATOLOGY_STEP).min(first + count);
        losses.extend(rows.moves[start..end].iter().map(|value| climatology.map_or(0.0, |base| base.crps(*value))));
    }
    losses
}

/// Mean of `base - own`, in log returns, with its standard error. Values up to two horizons, and at least twenty rows, apart
/// count as dependent (Newey and West 1987).
fn difference(base: &[f64], own: &[f64], horizon: usize) -> (f64, f64) {
    let n = as_f64(base.len().max(1));
    let gains: Vec<f64> = base.iter().zip(own).map(|(base, own)| base - own).collect();
    let mean = gains.iter().sum::<f64>() / n;
    let lags = (2 * horizon).max(20).min(gains.len() / 4);
    let product = |lag: usize| gains.iter().zip(&gains[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let weight = |lag: usize| 1.0 - as_f64(lag) / as_f64(lags + 1);
    let variance = product(0) + (1..=lags).map(|lag| 2.0 * weight(lag) * product(lag)).sum::<f64>();
    (mean, variance.max(0.0).sqrt() / n)
}
