//! Track record at a refit.

use super::forecast::BacktestForecast;
use contracts::forecast::Edge;
use evaluation::bootstrap::BootstrapError;
use jiff::Timestamp;
use market_data::{Series, numbers::as_f64};
use monitoring::{MonitoringConfig, RealisedPerformance, SettledForecast};

/// Edge of the forecasts of models that are settled at `as_of`, measured against climatology as in the score function.
/// Forecasts of the base rate do not count. `None` while there are fewer than `min_effective` independent labels.
pub(crate) fn track_record(
    forecasts: &[BacktestForecast],
    series: &Series,
    as_of: Timestamp,
    min_effective: f64,
) -> Result<Option<Edge>, BootstrapError> {
    let settled: Vec<SettledForecast> = forecasts
        .iter()
        .filter(|forecast| forecast.by_model && series.target_time(forecast.decision_time) <= as_of)
        .filter_map(|forecast| {
            Some(SettledForecast {
                decision_time: forecast.decision_time,
                probability_up: forecast.probability_up,
                baseline_probability: forecast.baseline_probability,
                direction: forecast.direction(),
                up: forecast.label()?,
            })
        })
        .collect();
    let independent_labels = as_f64(settled.len()) / f64::from(series.horizon);
    if independent_labels < min_effective {
        return Ok(None);
    }
    let config = MonitoringConfig::for_interval(series.interval);
    let performance = RealisedPerformance::measure(&settled, series.horizon, &config)?;
    Ok(performance
        .map(|performance| Edge::from_skill(performance.brier_skill, performance.brier_skill_ci, performance.n)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::testing::{day, forecast};
    use contracts::forecast::EdgeVerdict;

    /// Forecasts of days that go up and down in turn, with probability `correct` for the actual direction.
    fn forecasts(n: usize, correct: f64, by_model: bool) -> Vec<BacktestForecast> {
        (0..n)
            .map(|bar| {
                let up = bar % 2 == 0;
                let probability_up = if up { correct } else { 1.0 - correct };
                BacktestForecast { by_model, ..forecast(bar, probability_up, Some(up)) }
            })
            .collect()
    }

    fn verdict(forecasts: &[BacktestForecast], days: usize) -> Option<EdgeVerdict> {
        let series: Series = "eth-usd-1d-h7".parse().unwrap();
        track_record(forecasts, &series, day(days), 30.0).unwrap().map(|edge| edge.verdict)
    }

    #[test]
    fn it_needs_enough_settled_forecasts_of_models() {
        let by_models = forecasts(300, 0.6, true);
        // The 210th forecast, of day 209, is settled at day 216: 30 independent ones.
        assert_eq!((verdict(&by_models, 215), verdict(&by_models, 216)), (None, Some(EdgeVerdict::Shown)));
        assert_eq!(verdict(&forecasts(300, 0.6, false), 1_000), None);
    }

    #[test]
    fn wrong_forecasts_have_no_edge() {
        assert_eq!(verdict(&forecasts(300, 0.4, true), 1_000), Some(EdgeVerdict::None));
    }
}
