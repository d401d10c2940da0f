//! Outcomes of forecasts.

use crate::bars::ScoredBars;
use aws::{ForecastRecord, Outcome, Settlement};
use market_data::Series;
use std::cmp::Ordering;

/// Settlements of the open forecasts whose bars are closed, each with the index of its record.
pub(crate) fn due_settlements(
    series: &Series,
    bars: &ScoredBars,
    records: &[ForecastRecord],
) -> Vec<(usize, Settlement)> {
    (records.iter().enumerate())
        .filter(|(_, record)| !record.is_settled())
        .filter_map(|(index, record)| Some((index, settlement(series, bars, record)?)))
        .collect()
}

/// Settlement of a forecast whose bars at decision and target time are closed. A missing bar leaves it open, because the
/// bar may still be ingested.
pub(crate) fn settlement(series: &Series, bars: &ScoredBars, record: &ForecastRecord) -> Option<Settlement> {
    let forecast = &record.forecast;
    let close_at = |time| bars.bar_at(series.interval.step(time, -1)).map(|bar| bar.close);
    let (close_at_decision, close_at_target) = (close_at(forecast.decision_time)?, close_at(forecast.target_time)?);
    let outcome = match close_at_target.partial_cmp(&close_at_decision)? {
        Ordering::Greater => Outcome::Up,
        Ordering::Less => Outcome::Down,
        Ordering::Equal => Outcome::Tie,
    };
    let move_to_target = (close_at_target / close_at_decision).ln();
    let distribution_scores = record.distribution.as_ref().map(|distribution| distribution.score(move_to_target));
    Some(Settlement { outcome, settled_at: bars.as_of, close_at_decision, close_at_target, distribution_scores })
}

/// Record with its outcome.
pub(crate) fn apply_settlement(mut record: ForecastRecord, settlement: &Settlement) -> ForecastRecord {
    record.outcome = Some(settlement.outcome);
    record.settled_at = Some(settlement.settled_at);
    record.close_at_decision = Some(settlement.close_at_decision);
    record.close_at_target = Some(settlement.close_at_target);
    record.distribution_scores = settlement.distribution_scores;
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forecast::due_forecasts,
        testing::{champion, scored_days, series},
    };
    use features::labels::labels;

    #[test]
    fn a_forecast_is_settled_once_its_target_bar_closes() {
        let series = series("eth-usd-1d-h7");
        let champion = champion(&series, scored_days(600).as_of);
        let forecasts = due_forecasts(&series, &scored_days(690), &champion, &[]).unwrap();
        assert_eq!(settlement(&series, &scored_days(696), &forecasts[0]), None);
        let settlement = settlement(&series, &scored_days(697), &forecasts[0]).unwrap();
        let label = labels(scored_days(697).as_slice(), series.interval, 7)[689];
        assert_eq!(settlement.outcome.label(), label);
        let record = apply_settlement(forecasts[0].clone(), &settlement);
        assert!(record.is_settled());
        assert_eq!(record.forecast, forecasts[0].forecast);
    }
}
