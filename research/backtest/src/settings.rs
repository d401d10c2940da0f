//! What decides a backtest, beside the bars.

use crate::{arguments::Arguments, error::BacktestError};
use evaluation::Costs;
use features::{WARM_UP_BARS, dataset::Dataset};
use jiff::Timestamp;
use market_data::Interval;
use serde::Serialize;
use training::TrainingConfig;

/// Bars behind the first forecast, when nothing is said about it: two years of days.
const HISTORY_BARS: usize = 730;

/// Seconds that a search may take: a year, so never too few. One that the clock cuts short would make another report on
/// another machine.
const SEARCH_SECONDS: u64 = 365 * 86_400;

/// Everything that decides.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Settings {
    /// No forecast has an earlier decision time.
    pub(crate) from: Timestamp,
    /// Bars from one refit to the next.
    pub(crate) refit_bars: usize,
    /// Refits from one search for hyper-parameters to the next: about a year. Every refit in between puts the
    /// candidates of the last search through the folds again, and weighs, calibrates, shrinks and fits them anew on all
    /// settled rows. What hyper-parameters are good changes more slowly than a search a month could tell from noise.
    pub(crate) search_every: usize,
    /// What trading costs.
    pub(crate) costs: Costs,
    /// How to train: the functions' defaults for the series, with the seed and trials that were asked for.
    pub(crate) training: TrainingConfig,
}

impl Settings {
    /// The settings that the arguments amount to.
    pub(crate) fn new(arguments: &Arguments, history: &Dataset) -> Result<Self, BacktestError> {
        let bars = history.bars.len();
        let from = match arguments.from {
            Some(from) => from,
            None if bars < HISTORY_BARS => return Err(BacktestError::TooShort { bars, needed: HISTORY_BARS }),
            None => history.decision_time(HISTORY_BARS - 1),
        };
        let first = history.index_from(from);
        if first == bars {
            let last = history.bars.last().map_or(Timestamp::MIN, |bar| history.series.decision_time(bar.time));
            return Err(BacktestError::Late { from, last });
        }
        if history.features[first..].iter().all(Option::is_none) {
            return Err(BacktestError::NoFeatures { from, needed: WARM_UP_BARS + 1 });
        }
        let mut training = TrainingConfig::for_series(&history.series);
        training.seed = arguments.seed.unwrap_or(training.seed);
        training.search.trials = arguments.trials.unwrap_or(training.search.trials);
        training.search.time_budget_seconds = SEARCH_SECONDS;
        let (refit_bars, search_every) = match history.series.interval {
            Interval::Day => (30, 12),
            Interval::Hour => (2_160, 4),
        };
        Ok(Self {
            from,
            refit_bars: arguments.refit.unwrap_or(refit_bars),
            search_every,
            costs: Costs::default(),
            training,
        })
    }
}
