//! The track record at a refit: forecasts of earlier models whose outcome is known by then.

use crate::{error::BacktestError, walk::BacktestForecast};
use contracts::forecast::Edge;
use jiff::Timestamp;
use market_data::Series;
use monitoring::{MonitoringConfig, RealisedPerformance, SettledForecast};

/// What models forecast and is settled at `as_of`, as score measures it against climatology. Base rates, forecast
/// for want of a model with skill, say nothing about models. `None` until it holds as many independent labels as the
/// gate asks for.
pub(crate) fn track_record(
    decisions: &[BacktestForecast],
    series: &Series,
    as_of: Timestamp,
    min_effective: f64,
) -> Result<Option<Edge>, BacktestError> {
    let settled: Vec<SettledForecast> = decisions
        .iter()
        .filter(|decision| decision.by_model && series.target_time(decision.decision_time) <= as_of)
        .filter_map(|decision| {
            Some(SettledForecast {
                decision_time: decision.decision_time,
                probability_up: decision.probability_up,
                baseline_probability: decision.baseline_probability,
                direction: decision.direction(),
                up: decision.up()?,
            })
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let independent = settled.len() as f64 / f64::from(series.horizon);
    if independent < min_effective {
        return Ok(None);
    }
    let performance =
        RealisedPerformance::measure(&settled, series.horizon, &MonitoringConfig::for_interval(series.interval))?;
    Ok(performance.map(|record| Edge::from_skill(record.brier_skill, record.brier_skill_ci, record.n)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{day, decision};
    use contracts::forecast::EdgeVerdict;

    /// Days that go up and down in turn, forecast with the given probability of what happens.
    fn decisions(n: usize, right: f64, by_model: bool) -> Vec<BacktestForecast> {
        (0..n)
            .map(|i| {
                let up = i % 2 == 0;
                let probability_up = if up { right } else { 1.0 - right };
                BacktestForecast { by_model, ..decision(i, probability_up, Some(up)) }
            })
            .collect()
    }

    fn record(decisions: &[BacktestForecast], days: usize) -> Option<EdgeVerdict> {
        let series: Series = "eth-usd-1d-h7".parse().unwrap();
        track_record(decisions, &series, day(days), 30.0).unwrap().map(|edge| edge.verdict)
    }

    #[test]
    fn it_waits_for_enough_settled_forecasts_of_models() {
        let decisions = decisions(300, 0.6, true);
        // The 210th forecast, of day 209, is settled at day 216: 30 independent ones.
        assert_eq!((record(&decisions, 215), record(&decisions, 216)), (None, Some(EdgeVerdict::Significant)));
        let base_rates: Vec<_> =
            decisions.iter().map(|one| BacktestForecast { by_model: false, ..one.clone() }).collect();
        assert_eq!(record(&base_rates, 1_000), None);
    }

    #[test]
    fn it_sees_forecasts_that_were_wrong() {
        assert_eq!(record(&decisions(300, 0.4, true), 1_000), Some(EdgeVerdict::None));
    }
}
