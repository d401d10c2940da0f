//! Out-of-fold quantiles of every member and their combination, and the choice among them.
//!
//! Candidates are EWMA, GARCH and range regression alone, and the combination of all members. The range regression is the default:
//! another candidate is chosen only if its CRPS is lower by one standard error. So the choice does not follow noise.

use super::{
    CandidateScore, DistributionSearch,
    combine::{OnlineWeights, Weights, weighted_mean},
    members,
    members::FittedMember,
    rows::MoveRows,
};
use crate::TrainError;
use contracts::distribution::{LEVEL_COUNT, Quantiles};
use evaluation::splits::Fold;
use features::baselines::SettledMoves;
use market_data::numbers::as_f64;
use model::distribution::{ADAPTATION_BARS, ADAPTED_BAND, adaptation_factor, default_step, reach, scaled};
use rayon::prelude::*;

/// Number of moves after which climatology is estimated again; each time would be slow.
const CLIMATOLOGY_STEP: usize = 24;

/// Index of the range regression among the members.
const RANGE: usize = 3;
/// Index of the constant scale, which is no candidate alone.
const CONSTANT: usize = 0;

/// Quantiles of each member for one row.
type RowQuantiles = Vec<[f64; LEVEL_COUNT]>;

/// Chosen candidate.
pub(super) struct Choice {
    /// Weights of the members.
    pub(super) weights: Weights,
    pub(super) search: DistributionSearch,
}

/// Fits all members in each fold, forecasts its test rows, and chooses a candidate.
pub(super) fn choose(rows: &MoveRows<'_>, folds: &[Fold]) -> Result<Choice, TrainError> {
    let forecasts = folds.par_iter().with_max_len(1).map(|fold| {
        let fitted = members::fit_all(rows, fold.train.clone())?;
        let families: Vec<&'static str> = fitted.iter().map(|member| member.scale.family()).collect();
        Ok((families, fold.test.clone().map(|row| row_quantiles(&fitted, rows, row)).collect::<Vec<_>>()))
    });
    let forecasts = forecasts.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, TrainError>>()?;
    let families = forecasts.first().map(|(families, _)| families.clone()).unwrap_or_default();
    let first = folds.first().map_or(0, |fold| fold.test.start);
    let quantiles: Vec<RowQuantiles> = forecasts.into_iter().flat_map(|(_, rows)| rows).collect();

    let climatology = climatology_losses(rows, first, quantiles.len());
    let (combined, weights) = combine(rows, first, &quantiles);
    let single = |member: usize| -> Vec<Option<Quantiles>> {
        quantiles.iter().map(|members| Quantiles::rearranged(members[member])).collect()
    };
    let mut candidates: Vec<(&str, Weights, Vec<f64>)> = (0..families.len())
        .filter(|member| *member != CONSTANT)
        .map(|member| (families[member], only(member, families.len()), losses(rows, first, &single(member))))
        .collect();
    candidates.push(("combination", weights, losses(rows, first, &combined)));

    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / as_f64(losses.len().max(1));
    let scores: Vec<CandidateScore> = (candidates.iter())
        .map(|(name, _, losses)| CandidateScore { candidate: (*name).to_owned(), crps: mean(losses) })
        .collect();
    let default = candidates.iter().position(|(name, ..)| *name == families[RANGE]).unwrap_or(0);
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
    Ok(Choice { weights, search })
}

/// Weights of one member alone.
fn only(member: usize, members: usize) -> Weights {
    (0..members).map(|other| [if other == member { 1.0 } else { 0.0 }; LEVEL_COUNT]).collect()
}

/// Quantiles of each member for a row. Where a scale is unknown, it is the mean scale.
fn row_quantiles(members: &[FittedMember], rows: &MoveRows<'_>, row: usize) -> RowQuantiles {
    let quantiles = |member: &FittedMember| {
        let scale = member.scale_of(rows, row).unwrap_or_else(|| member.mean_log_scale.exp());
        member.residuals.values().map(|value| value * scale)
    };
    members.iter().map(quantiles).collect()
}

/// Number of test rows whose move is settled at the decision time of test row `index`. At least `settled` are.
fn settled_rows(rows: &MoveRows<'_>, first: usize, index: usize, mut settled: usize) -> usize {
    while rows.bars[first + settled] + rows.horizon() <= rows.bars[first + index] {
        settled += 1;
    }
    settled
}

/// Combination of the members for each row, with the weights that were known at its decision time, and the last weights.
fn combine(rows: &MoveRows<'_>, first: usize, quantiles: &[RowQuantiles]) -> (Vec<Option<Quantiles>>, Weights) {
    let mut online = OnlineWeights::new(quantiles.first().map_or(1, Vec::len));
    let mut used: Vec<Weights> = Vec::with_capacity(quantiles.len());
    let mut learned = 0;
    for index in 0..quantiles.len() {
        let settled = settled_rows(rows, first, index, learned);
        for row in learned..settled {
            online.learn(&quantiles[row], &used[row], rows.moves[first + row]);
        }
        learned = settled;
        used.push(online.smoothed());
    }
    let combined = quantiles.iter().zip(&used).map(|(members, weights)| weighted_mean(members, weights)).collect();
    for row in learned..quantiles.len() {
        online.learn(&quantiles[row], &used[row], rows.moves[first + row]);
    }
    (combined, online.smoothed())
}

/// CRPS of each row's quantiles, with the adaptation to the rows settled before it.
fn losses(rows: &MoveRows<'_>, first: usize, quantiles: &[Option<Quantiles>]) -> Vec<f64> {
    let step = default_step(rows.series);
    let mut reaches = Vec::with_capacity(quantiles.len());
    let mut settled = 0;
    let loss = |(index, quantiles): (usize, &Option<Quantiles>)| {
        settled = settled_rows(rows, first, index, settled);
        let factor = adaptation_factor(&reaches[settled.saturating_sub(ADAPTATION_BARS)..settled], step);
        let value = rows.moves[first + index];
        reaches.push(quantiles.map(|quantiles| reach(value, quantiles.band(ADAPTED_BAND))));
        // Not reached with finite fits, whose quantiles are finite.
        quantiles.and_then(|quantiles| scaled(&quantiles, factor)).map_or(f64::MAX, |quantiles| quantiles.crps(value))
    };
    quantiles.iter().enumerate().map(loss).collect()
}

/// CRPS of climatology for each row, estimated again every [`CLIMATOLOGY_STEP`] rows.
fn climatology_losses(rows: &MoveRows<'_>, first: usize, count: usize) -> Vec<f64> {
    let mut losses = Vec::with_capacity(count);
    let mut settled = SettledMoves::new(rows.series, &rows.all_moves);
    for start in (first..first + count).step_by(CLIMATOLOGY_STEP) {
        settled.advance_to(rows.bars[start]);
        let climatology = Quantiles::from_ascending(settled.all());
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
