//! Distribution model: members, their combination level by level, and its quantiles at the close of a bar.

use super::{
    ADAPTATION_BARS, GARCH_BARS, InputTable, Scale,
    adaptation::{ADAPTED_BAND, adaptation_factors, default_step, log_reach},
    input_names,
};
use crate::{ArtifactError, error::check_limit};
use contracts::distribution::{LEVEL_COUNT, Quantiles};
use features::baselines::moves;
use market_data::{Bar, Series};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Number of bars up to the decision time that a distribution depends on, besides those of the horizon.
pub const DISTRIBUTION_WINDOW_BARS: usize = ADAPTATION_BARS + GARCH_BARS + 1;

/// Maximum number of members.
pub const MAX_DISTRIBUTION_MEMBERS: usize = 8;

/// Maximum difference of a sum of weights from 1.
const WEIGHT_TOLERANCE: f64 = 1e-9;

/// Scale with its residuals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistributionMember {
    /// Weight at each level, 0 to 1; at each level the weights of all members add up to 1.
    pub weights: [f64; LEVEL_COUNT],
    /// Size of the next move, from the bars up to the decision time.
    pub scale: Scale,
    /// Mean log scale over the training moves, of which [`DistributionModel::explain`] states the deviation.
    pub mean_log_scale: f64,
    /// Lowest and highest log scale of a forecast: those of the training moves, with a factor of two on both sides.
    pub log_scale_range: [f64; 2],
    /// Quantiles of past moves in units of the scale: move / scale.
    pub residuals: Quantiles,
}

/// Model of the distribution of the next move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistributionModel {
    /// Members, at least one and at most [`MAX_DISTRIBUTION_MEMBERS`].
    pub members: Vec<DistributionMember>,
    /// Step of the adaptation to recent coverage, 0 (none) to 1.
    pub adaptation_step: f64,
}

impl DistributionMember {
    /// Scale at the close of a bar; `None` with too few bars before it.
    #[must_use]
    pub fn scale_at(&self, horizon: u32, inputs: &InputTable, bar: usize) -> Option<f64> {
        let [low, high] = self.log_scale_range;
        self.scale.log_scale(horizon, inputs, bar).map(|log_scale| log_scale.clamp(low, high).exp())
    }

    /// Scales at the close of each of `bars`.
    fn scales_at(&self, horizon: u32, inputs: &InputTable, bars: Range<usize>) -> Vec<Option<f64>> {
        let [low, high] = self.log_scale_range;
        let scale = |log_scale: f64| log_scale.clamp(low, high).exp();
        self.scale.log_scales(horizon, inputs, bars).into_iter().map(|log_scale| log_scale.map(scale)).collect()
    }
}

impl DistributionModel {
    /// Model of a series with the default adaptation.
    #[must_use]
    pub fn new(series: &Series, members: Vec<DistributionMember>) -> Self {
        Self { members, adaptation_step: default_step(series) }
    }

    /// Quantiles of the move from the close of each bar in `range`, before its probability of up is known. They depend on the
    /// last [`DISTRIBUTION_WINDOW_BARS`] bars and those of the horizon. `None` where too few bars precede.
    #[must_use]
    pub fn quantiles(&self, series: &Series, bars: &[Bar], range: Range<usize>) -> Vec<Option<Quantiles>> {
        let forecasts = self.forecasts(series, bars, range);
        forecasts
            .into_iter()
            .map(|forecast| forecast.and_then(|(quantiles, factor)| scaled(&quantiles, factor)))
            .collect()
    }

    /// Combined quantiles at the close of each bar in `range`, with the factor of the adaptation.
    pub(super) fn forecasts(
        &self,
        series: &Series,
        bars: &[Bar],
        range: Range<usize>,
    ) -> Vec<Option<(Quantiles, f64)>> {
        let range = range.start..range.end.min(bars.len());
        let horizon = usize::try_from(series.horizon).unwrap_or(usize::MAX);
        let first = range.start.saturating_sub(ADAPTATION_BARS.saturating_add(horizon));
        let bars = &bars[..range.end];
        let inputs = InputTable::new(series, bars, first);
        let combined = self.combine(series.horizon, &inputs, first..range.end);
        let moves = moves(&bars[first..], series.interval, series.horizon);
        let reaches: Vec<f64> = combined
            .iter()
            .zip(&moves)
            .map(|(quantiles, value)| Some(log_reach((*value)?, quantiles.as_ref()?.band(ADAPTED_BAND))))
            .map(|reach| reach.unwrap_or(f64::NAN))
            .collect();
        let settled: Vec<usize> = range.clone().map(|bar| settled_before(series, &bars[first..=bar])).collect();
        let factors = adaptation_factors(&reaches, &settled, self.adaptation_step);
        let forecast = |(bar, factor): (usize, f64)| combined[bar - first].map(|quantiles| (quantiles, factor));
        range.zip(factors).map(forecast).collect()
    }

    /// Weighted mean of the members' quantiles at each level, for each of `bars`. Members with too few bars are left out; without
    /// any but constant ones there is no forecast.
    fn combine(&self, horizon: u32, inputs: &InputTable, bars: Range<usize>) -> Vec<Option<Quantiles>> {
        let scales: Vec<Vec<Option<f64>>> =
            self.members.iter().map(|member| member.scales_at(horizon, inputs, bars.clone())).collect();
        let combine = |index: usize| {
            let mut sums = [0.0; LEVEL_COUNT];
            let mut totals = [0.0; LEVEL_COUNT];
            let mut is_varying = false;
            for (member, scales) in self.members.iter().zip(&scales) {
                let Some(scale) = scales[index] else { continue };
                is_varying |= !matches!(member.scale, Scale::Constant {});
                for (level, residual) in member.residuals.values().iter().enumerate() {
                    sums[level] += member.weights[level] * scale * residual;
                    totals[level] += member.weights[level];
                }
            }
            if !is_varying || totals.iter().any(|total| *total <= 0.0) {
                return None;
            }
            sums.iter_mut().zip(totals).for_each(|(sum, total)| *sum /= total);
            Quantiles::rearranged(sums)
        };
        (0..bars.len()).map(combine).collect()
    }

    /// Checks that every number is finite and in its range, for artifacts of `series`.
    pub(super) fn validate(&self, series: &Series) -> Result<(), ArtifactError> {
        let error = |name, value, expected| Err(ArtifactError::Value { name, value, expected });
        check_limit("distribution members", self.members.len(), MAX_DISTRIBUTION_MEMBERS)?;
        if !(0.0..=1.0).contains(&self.adaptation_step) {
            return error("adaptation step", self.adaptation_step, "a number from 0 to 1");
        }
        let width = input_names(series).len();
        for DistributionMember { weights, scale, mean_log_scale, log_scale_range: [low, high], .. } in &self.members {
            if !mean_log_scale.is_finite() {
                return error("mean log scale", *mean_log_scale, "a finite number");
            }
            if let Some(weight) = weights.iter().find(|weight| !(0.0..=1.0).contains(*weight)) {
                return error("weight of a distribution member", *weight, "a number from 0 to 1");
            }
            if !(low.is_finite() && high.is_finite() && low <= high) {
                return error("lowest log scale", *low, "a finite number that is at most the highest");
            }
            scale.validate(width)?;
        }
        let sums = (0..LEVEL_COUNT).map(|level| self.members.iter().map(|member| member.weights[level]).sum::<f64>());
        match sums.into_iter().find(|sum| (sum - 1.0).abs() > WEIGHT_TOLERANCE) {
            Some(sum) => error("sum of weights of distribution members", sum, "one at each level"),
            None => Ok(()),
        }
    }
}

/// Number of bars whose move is settled at the close of the last bar.
fn settled_before(series: &Series, bars: &[Bar]) -> usize {
    let Some(last) = bars.last() else { return 0 };
    bars.partition_point(|bar| series.interval.step(bar.time, i64::from(series.horizon)) <= last.time)
}

/// Quantiles times a factor above zero; `None` if one is not finite.
#[must_use]
pub fn scaled(quantiles: &Quantiles, factor: f64) -> Option<Quantiles> {
    Quantiles::rearranged(quantiles.values().map(|value| value * factor))
}
