//! Settings of a backtest.

use crate::{
    cli::{BacktestArgs, Mode},
    error::ResearchError,
    training_config::training_config,
};
use evaluation::Costs;
use features::{WARM_UP_BARS, dataset::Dataset};
use jiff::Timestamp;
use market_data::Interval;
use serde::Serialize;
use std::num::NonZeroUsize;
use training::TrainingConfig;

/// Bars before the first forecast, unless `--from` is given: two years of daily bars.
const DEFAULT_HISTORY_BARS: usize = 730;

/// Settings that, with the bars, determine the report.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Settings {
    /// Simulated system.
    pub(crate) mode: Mode,
    /// Earliest decision time of a forecast.
    pub(crate) from: Timestamp,
    /// Bars from one refit to the next; as deployed, from one training to the next.
    pub(crate) refit_bars: usize,
    /// Refits from one search for hyper-parameters to the next: about a year. A refit in between evaluates the
    /// candidates of the last search on the folds again, then weighs, calibrates, shrinks and fits them on all settled
    /// rows. Monthly searches would follow noise: good hyper-parameters change more slowly.
    pub(crate) search_every: usize,
    /// Costs of trading.
    pub(crate) costs: Costs,
    /// Configuration of the train function for the series, with the seed and trials of the command line.
    pub(crate) training: TrainingConfig,
}

impl Settings {
    pub(crate) fn new(arguments: &BacktestArgs, dataset: &Dataset) -> Result<Self, ResearchError> {
        let bars = dataset.bars.len();
        let from = match arguments.from {
            Some(from) => from,
            None if bars < DEFAULT_HISTORY_BARS => {
                return Err(ResearchError::TooFewBars { bars, needed: DEFAULT_HISTORY_BARS });
            }
            None => dataset.decision_time(DEFAULT_HISTORY_BARS - 1),
        };
        let first = dataset.index_from(from);
        if first == bars {
            let last = dataset.bars.last().map_or(Timestamp::MIN, |bar| dataset.series.decision_time(bar.time));
            return Err(ResearchError::FromAfterLastBar { from, last });
        }
        if dataset.features[first..].iter().all(Option::is_none) {
            return Err(ResearchError::NoFeatures { from, needed: WARM_UP_BARS + 1 });
        }
        let mut training = training_config(&dataset.series, arguments.trials);
        training.seed = arguments.seed.unwrap_or(training.seed);
        let (refit_bars, search_every) = match dataset.series.interval {
            Interval::Day => (30, 12),
            Interval::Hour => (2_160, 4),
        };
        Ok(Self {
            mode: arguments.mode,
            from,
            refit_bars: arguments.refit.map_or(refit_bars, NonZeroUsize::get),
            search_every,
            costs: arguments.costs.costs(),
            training,
        })
    }
}
