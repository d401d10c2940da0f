//! Members of a distribution model, each fitted on a range of rows.

use super::{garch, range, rows::MoveRows, student};
use crate::TrainError;
use contracts::distribution::{LEVEL_COUNT, Quantiles};
use features::baselines::recent_bars;
use market_data::numbers::as_f64;
use model::distribution::{DistributionMember, Scale};
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
    pub(super) scale: Scale,
    pub(super) mean_log_scale: f64,
    pub(super) log_scale_range: [f64; 2],
    pub(super) residuals: Quantiles,
}

/// Fits a member of each family on a range of rows, in the order constant, EWMA, GARCH, range.
pub(super) fn fit_all(rows: &MoveRows<'_>, range: Range<usize>) -> Result<Vec<FittedMember>, TrainError> {
    let scales = [
        Scale::Constant {},
        Scale::Ewma { decay: DECAY, log_factor: 0.0 },
        Scale::Garch { garch: garch::fit(returns(rows, &range)), log_factor: 0.0 },
        range::fit(rows, range.clone())?,
    ];
    Ok(scales.into_iter().filter_map(|scale| FittedMember::new(rows, range.clone(), scale)).collect())
}

impl FittedMember {
    /// Fits factor and residuals of a scale; `None` without a row on which it is known.
    fn new(rows: &MoveRows<'_>, range: Range<usize>, mut scale: Scale) -> Option<Self> {
        let recent = rows.recent(&range);
        let known = |range: Range<usize>, scale: &Scale| -> Vec<(f64, f64)> {
            range.filter_map(|row| Some((log_scale(scale, rows, row)?, rows.moves[row]))).collect()
        };
        if matches!(scale, Scale::Ewma { .. } | Scale::Garch { .. }) {
            let (log_scales, squares): (Vec<f64>, Vec<f64>) =
                known(range.clone(), &scale).into_iter().map(|(log, value)| (log, student::square(value))).unzip();
            scale = scale.with_log_factor(student::log_factor(&log_scales, &squares));
        }
        let all = known(range, &scale);
        let residuals = |rows: &[(f64, f64)]| {
            let mut sorted: Vec<f64> = rows.iter().map(|(log, value)| value / log.exp()).collect();
            sorted.sort_by(f64::total_cmp);
            Quantiles::from_ascending(&sorted)
        };
        let total = residuals(&all)?;
        let newest = known(recent, &scale);
        let residuals = match residuals(&newest).filter(|_| newest.len() >= MIN_RECENT) {
            None => total,
            Some(recent) => {
                let independent = as_f64(recent_bars(rows.series.interval)) / f64::from(rows.series.horizon);
                let weight = 0.5 * (independent / ENOUGH_INDEPENDENT).min(1.0);
                let pairs = total.values().iter().zip(recent.values());
                let mut mixed = [0.0; LEVEL_COUNT];
                mixed.iter_mut().zip(pairs).for_each(|(mixed, (all, recent))| *mixed = all + weight * (recent - all));
                Quantiles::rearranged(mixed)?
            }
        };
        let (low, high) = all
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (log, _)| (low.min(*log), high.max(*log)));
        let mean_log_scale = all.iter().map(|(log, _)| log).sum::<f64>() / as_f64(all.len());
        let margin = std::f64::consts::LN_2;
        Some(Self { scale, mean_log_scale, log_scale_range: [low - margin, high + margin], residuals })
    }

    /// The member with its weights in a combination.
    pub(super) fn weighted(self, weights: [f64; LEVEL_COUNT]) -> DistributionMember {
        let Self { scale, mean_log_scale, log_scale_range, residuals } = self;
        DistributionMember { weights, scale, mean_log_scale, log_scale_range, residuals }
    }

    /// Scale of a row.
    pub(super) fn scale_of(&self, rows: &MoveRows<'_>, row: usize) -> Option<f64> {
        let [low, high] = self.log_scale_range;
        Some(log_scale(&self.scale, rows, row)?.clamp(low, high).exp())
    }
}

fn log_scale(scale: &Scale, rows: &MoveRows<'_>, row: usize) -> Option<f64> {
    scale.log_scale(rows.series.horizon, &rows.inputs, rows.bars[row])
}

/// Returns of the bars of a range of rows.
fn returns<'a>(rows: &'a MoveRows<'_>, range: &Range<usize>) -> &'a [f64] {
    let (first, last) = (range.start, range.end.saturating_sub(1));
    match (rows.bars.get(first), rows.bars.get(last)) {
        (Some(first), Some(last)) => rows.inputs.returns(*last, last - first).unwrap_or_default(),
        _ => &[],
    }
}
