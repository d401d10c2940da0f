//! Joins outcomes to forecasts.

use crate::bars::ScoredBars;
use aws::{ForecastRecord, Outcome, Settlement};
use market_data::Series;
use std::cmp::Ordering;

/// The outcome of a forecast whose bars at decision and target are closed. A missing bar leaves it open: it may still
/// be ingested.
pub(crate) fn settlement(series: &Series, market: &ScoredBars, record: &ForecastRecord) -> Option<Settlement> {
    let forecast = &record.forecast;
    let close = |time| market.bar_at(series.interval.step(time, -1)).map(|bar| bar.close);
    let (from, to) = (close(forecast.decision_time)?, close(forecast.target_time)?);
    let outcome = match to.partial_cmp(&from)? {
        Ordering::Greater => Outcome::Up,
        Ordering::Less => Outcome::Down,
        Ordering::Equal => Outcome::Tie,
    };
    Some(Settlement { outcome, settled_at: market.as_of, close_at_decision: from, close_at_target: to })
}

/// The record with its outcome joined.
pub(crate) fn apply_settlement(mut record: ForecastRecord, settlement: &Settlement) -> ForecastRecord {
    record.outcome = Some(settlement.outcome);
    record.settled_at = Some(settlement.settled_at);
    record.close_at_decision = Some(settlement.close_at_decision);
    record.close_at_target = Some(settlement.close_at_target);
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forecast::due_forecasts,
        testing::{champion, market, series},
    };
    use features::labels::labels;

    #[test]
    fn a_forecast_is_settled_by_the_close_of_its_target_bar_and_not_before() {
        let series = series("eth-usd-1d-h7");
        let made = due_forecasts(&series, &market(690), &champion(&series, market(600).as_of), &[]).unwrap();
        assert_eq!(settlement(&series, &market(696), &made[0]), None);
        let settled = settlement(&series, &market(697), &made[0]).unwrap();
        let label = labels(market(697).bars(), series.interval, 7)[689];
        assert_eq!(settled.outcome.label(), label);
        let record = apply_settlement(made[0].clone(), &settled);
        assert!(record.is_settled());
        assert_eq!(record.forecast, made[0].forecast);
    }
}
