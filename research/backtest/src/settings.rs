//! What decides a backtest, beside the bars.

use crate::{arguments::Arguments, error::BacktestError, history::History, strategy::Costs};
use domain::{Interval, features::WARM_UP_BARS};
use jiff::Timestamp;
use learn::TrainingConfig;
use serde::Serialize;

/// Bars behind the first forecast, when nothing is said about it: two years of days.
const HISTORY_BARS: usize = 730;

/// Everything that decides.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Settings {
    /// No forecast has an earlier decision time.
    pub(crate) from: Timestamp,
    /// Bars from one refit to the next.
    pub(crate) refit_bars: usize,
    /// What trading costs.
    pub(crate) costs: Costs,
    /// How to train: the functions' defaults for the series, with the seed that was asked for.
    pub(crate) training: TrainingConfig,
}

impl Settings {
    /// The settings that the arguments amount to.
    pub(crate) fn new(arguments: &Arguments, history: &History) -> Result<Self, BacktestError> {
        let bars = history.bars.len();
        let from = match arguments.from {
            Some(from) => from,
            None if bars < HISTORY_BARS => return Err(BacktestError::TooShort { bars, needed: HISTORY_BARS }),
            None => history.decision_time(HISTORY_BARS - 1),
        };
        let first = history.first_from(from);
        if first == bars {
            let last = history.bars.last().map_or(Timestamp::MIN, |bar| history.series.decision_time(bar.time));
            return Err(BacktestError::Late { from, last });
        }
        if history.features[first..].iter().all(Option::is_none) {
            return Err(BacktestError::NoFeatures { from, needed: WARM_UP_BARS + 1 });
        }
        let defaults = TrainingConfig::for_series(&history.series);
        let refit_bars = match history.series.interval {
            Interval::Day => 30,
            Interval::Hour => 2_160,
        };
        Ok(Self {
            from,
            refit_bars: arguments.refit.unwrap_or(refit_bars),
            costs: Costs::default(),
            training: TrainingConfig { seed: arguments.seed.unwrap_or(defaults.seed), ..defaults },
        })
    }
}
