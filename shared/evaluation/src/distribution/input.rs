//! Inputs of the evaluation of distributions.

use contracts::distribution::{OddsSizes, Quantiles};
use jiff::Timestamp;
use market_data::Series;

/// Settled distribution of one decision, with the baselines known at its decision time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettledDistribution {
    /// Close of the last bar used.
    pub decision_time: Timestamp,
    /// Forecast distribution of the move.
    pub quantiles: Quantiles,
    /// Climatology: distribution of all moves settled at the decision time.
    pub baseline: Quantiles,
    /// Recent baseline: distribution of the settled moves of the last 365 days; absent without any.
    pub recent: Option<Quantiles>,
    /// Realised move, a log return; zero for a tie. A move whose target bar is missing is never settled.
    pub outcome: f64,
}

/// Inputs of an evaluation of distributions.
#[derive(Debug, Clone, Copy)]
pub struct DistributionInput<'a> {
    /// Series of the forecasts.
    pub series: &'a Series,
    /// Settled distributions, ascending by decision time.
    pub settled: &'a [SettledDistribution],
    /// True if a distribution model made any of the forecasts. Climatology has no skill over itself, even where another
    /// probability of up makes it better by chance.
    pub from_model: bool,
    /// Sizes of the odds.
    pub sizes: &'a OddsSizes,
    /// Number of bootstrap resamples for each interval.
    pub resamples: usize,
    /// Seed of the bootstrap for each interval.
    pub seed: u64,
}
