//! Members of a distribution model, each fitted on a range of rows.

use super::{
    garch, range,
    rows::{MoveRows, empirical},
    student_t,
};
use crate::TrainError;
use contracts::distribution::{LEVEL_COUNT, Quantiles};
use features::baselines::recent_bars;
use market_data::numbers::as_f64;
use model::distribution::{DistributionMember, Scale};
use rayon::prelude::*;
use std::ops::Range;

/// Weight of a squared return divided by that of the next one, as in RiskMetrics (1996) for days.
const DECAY: f64 = 0.94;

/// Minimum number of recent moves for residual quantiles of their own.
const MIN_RECENT: usize = 100;

/// Number of independent moves in a year from which the recent residuals weigh as much as all of them.
const ENOUGH_INDEPENDENT: f64 = 200.0;

/// Fitted scale with its residuals: the mean of the quantiles of all training moves and of those of the last year, both in units of
/// the scale. With fewer independent moves in a year, the recent ones weigh less.
#[derive(Debug, Clone)]
pub(super) struct FittedMember {
    pub(super) family: Family,
    pub(super) scale: Scale,
    pub(super) mean_log_scale: f64,
    pub(super) log_scale_range: [f64; 2],
    pub(super) residuals: Quantiles,
}

/// Family of a member's scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The same scale at every bar.
    Constant,
    /// Exponentially weighted moving average of squared returns.
    Ewma,
    /// GARCH(1,1) with asymmetry.
    Garch,
    /// Regression on ranges, last move and calendar.
    Range,
}

impl Family {
    /// All families, in the order of the members.
    pub const ALL: [Self; 4] = [Self::Constant, Self::Ewma, Self::Garch, Self::Range];

    /// Name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Ewma => "ewma",
            Self::Garch => "garch",
            Self::Range => "range",
        }
    }

    /// Fits the scale on a range of rows.
    fn fit(self, rows: &MoveRows<'_>, range: &Range<usize>) -> Result<Scale, TrainError> {
        Ok(match self {
            Self::Constant => Scale::Constant {},
            Self::Ewma => Scale::Ewma { decay: DECAY, log_factor: 0.0 },
            Self::Garch => Scale::Garch { garch: garch::fit(returns(rows, range)), log_factor: 0.0 },
            Self::Range => range::fit(rows, range.clone(), range.len() >= range::MIN_ROWS)?,
        })
    }
}

/// Fits a member of each of the families on a range of rows, in their order. A family without a row on which its scale is known has
/// none.
pub(super) fn fit(
    rows: &MoveRows<'_>,
    range: &Range<usize>,
    families: &[Family],
) -> Result<Vec<FittedMember>, TrainError> {
    let fit = |family: &Family| FittedMember::new(rows, range, *family);
    let fitted: Vec<Result<_, TrainError>> = match families {
        // Another thread would only be waited for.
        [family] => vec![fit(family)],
        families => families.par_iter().with_max_len(1).map(fit).collect(),
    };
    let fitted = fitted.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(fitted.into_iter().flatten().collect())
}

impl FittedMember {
    /// Fits scale and residuals of a family; `None` without a row on which the scale is known.
    fn new(rows: &MoveRows<'_>, range: &Range<usize>, family: Family) -> Result<Option<Self>, TrainError> {
        let mut scale = family.fit(rows, range)?;
        let all = log_scales(&scale, rows, range);
        let known = all.iter().zip(range.clone()).filter_map(|(log, row)| Some(((*log)?, row)));
        let (mut logs, known): (Vec<f64>, Vec<usize>) = known.unzip();
        if matches!(scale, Scale::Ewma { .. } | Scale::Garch { .. }) {
            let pairs = logs.iter().zip(&known);
            let ratios = pairs.map(|(log, row)| student_t::ratio(*log, student_t::square(rows.moves[*row])));
            let factor = student_t::log_factor(&ratios.collect::<Vec<f64>>());
            logs.iter_mut().for_each(|log| *log += factor);
            scale = scale.with_log_factor(factor);
        }
        let residuals: Vec<f64> = logs.iter().zip(&known).map(|(log, row)| rows.moves[*row] / log.exp()).collect();
        let newest = residuals[known.partition_point(|row| *row < rows.recent(range).start)..].to_vec();
        let recent_count = newest.len();
        let Some(total) = empirical(residuals) else { return Ok(None) };
        let residuals = match empirical(newest).filter(|_| recent_count >= MIN_RECENT) {
            None => total,
            Some(recent) => {
                let independent = as_f64(recent_bars(rows.series.interval)) / f64::from(rows.series.horizon);
                let weight = 0.5 * (independent / ENOUGH_INDEPENDENT).min(1.0);
                let pairs = total.values().iter().zip(recent.values());
                let mut mixed = [0.0; LEVEL_COUNT];
                mixed.iter_mut().zip(pairs).for_each(|(mixed, (all, recent))| *mixed = all + weight * (recent - all));
                Quantiles::rearranged(mixed).unwrap_or(total)
            }
        };
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = logs.iter().fold(ends, |(low, high), log| (low.min(*log), high.max(*log)));
        let mean_log_scale = logs.iter().sum::<f64>() / as_f64(logs.len());
        let margin = std::f64::consts::LN_2;
        let log_scale_range = [low - margin, high + margin];
        Ok(Some(Self { family, scale, mean_log_scale, log_scale_range, residuals }))
    }

    /// The member with its weights in a combination.
    pub(super) fn weighted(self, weights: [f64; LEVEL_COUNT]) -> DistributionMember {
        let Self { scale, mean_log_scale, log_scale_range, residuals, .. } = self;
        DistributionMember { weights, scale, mean_log_scale, log_scale_range, residuals }
    }

    /// Scale of each of a range of rows; the mean scale where it is unknown.
    pub(super) fn scales(&self, rows: &MoveRows<'_>, range: &Range<usize>) -> Vec<f64> {
        let [low, high] = self.log_scale_range;
        let scale = |log: Option<f64>| log.map_or(self.mean_log_scale, |log| log.clamp(low, high)).exp();
        log_scales(&self.scale, rows, range).into_iter().map(scale).collect()
    }
}

/// Log scale of each of a range of rows.
fn log_scales(scale: &Scale, rows: &MoveRows<'_>, range: &Range<usize>) -> Vec<Option<f64>> {
    let bars = &rows.bars[range.clone()];
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return Vec::new() };
    let all = scale.log_scales(rows.series.horizon, &rows.inputs, *first..last + 1);
    bars.iter().map(|bar| all[bar - first]).collect()
}

/// Returns of the bars of a range of rows.
fn returns<'a>(rows: &'a MoveRows<'_>, range: &Range<usize>) -> &'a [f64] {
    let (first, last) = (range.start, range.end.saturating_sub(1));
    match (rows.bars.get(first), rows.bars.get(last)) {
        (Some(first), Some(last)) => rows.inputs.returns(*last, last - first).unwrap_or_default(),
        _ => &[],
    }
}
