//! Training configuration of all commands.

use market_data::Series;
use std::num::NonZeroUsize;
use training::TrainingConfig;

/// Time limit of a search in seconds: a year, which no search reaches. A search that a clock stops would give other results
/// on another machine.
const SEARCH_SECONDS: u64 = 365 * 86_400;

/// Configuration of the train function for the series, with a number of trials and without a time limit.
pub(crate) fn training_config(series: &Series, trials: Option<NonZeroUsize>) -> TrainingConfig {
    let mut config = TrainingConfig::for_series(series);
    config.search.trials = trials.map_or(config.search.trials, NonZeroUsize::get);
    config.search.time_budget_seconds = SEARCH_SECONDS;
    config
}
