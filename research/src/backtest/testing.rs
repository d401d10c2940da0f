//! Simulated datasets and made-up forecasts for tests.

use super::{
    forecast::{BacktestDistribution, BacktestForecast},
    settings::Settings,
};
use crate::cli::Mode;
use evaluation::Costs;
use features::dataset::Dataset;
use jiff::Timestamp;
use market_data::{Bar, Interval, Series};
use market_simulator::MarketModel;
use training::TrainingConfig;

/// Midnight, `days` days after the first bar opens.
pub(crate) fn day(days: usize) -> Timestamp {
    Interval::Day.step("2018-01-01T00:00:00Z".parse().unwrap(), i64::try_from(days).unwrap())
}

pub(crate) fn bars(n: usize, seed: u64, signal: f64) -> Vec<Bar> {
    MarketModel { signal, ..MarketModel::new(seed, Interval::Day, day(0)) }.bars(n)
}

pub(crate) fn dataset(slug: &str, bars: Vec<Bar>) -> Dataset {
    Dataset::new(slug.parse().unwrap(), bars)
}

/// Settings of a small search from day 500 on, which keeps the tests fast.
pub(crate) fn settings(series: &Series) -> Settings {
    let mut training = TrainingConfig { min_train: 200, resamples: 300, ..TrainingConfig::for_series(series) };
    training.search.trials = 6;
    let (mode, costs) = (Mode::Refit, Costs::default());
    Settings { mode, from: day(500), refit_bars: 60, search_every: 3, costs, training }
}

/// Forecast of a model at the close of a bar, with a base rate of one half.
pub(crate) fn forecast(bar: usize, probability_up: f64, label: Option<bool>) -> BacktestForecast {
    BacktestForecast {
        decision_time: day(bar),
        probability_up,
        baseline_probability: 0.5,
        abstain: false,
        outcome: label.map(u8::from),
        distribution: BacktestDistribution::default(),
        champion: None,
        experts: vec![],
        bar,
        by_model: true,
        band: [0.0, 1.0],
    }
}
