//! Outcomes of forecasts.

use crate::bars::ScoredBars;
use aws::{ForecastRecord, Outcome, Settlement};
use contracts::log_return;
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
    let outcome_return = log_return(close_at_decision, close_at_target);
    let distribution_scores = record.distribution.as_ref().map(|distribution| distribution.score(outcome_return));
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
        testing::{champion, scored, scored_days, series},
    };
    use features::labels::labels;

    #[test]
    fn ties_and_absurd_moves_have_finite_scores() {
        let series = series("eth-usd-1d-h1");
        let forecast =
            due_forecasts(&series, &scored_days(690), &champion(&series, scored_days(600).as_of), &[], &[]).unwrap();
        let close = scored_days(690).as_slice()[689].close;
        let mut bars = scored_days(691).as_slice().to_vec();
        for target in [close, 10.0 * close, f64::MIN_POSITIVE, f64::MAX] {
            bars[690].close = target;
            let settlement = settlement(&series, &scored(bars.clone()), &forecast[0]).unwrap();
            let scores = settlement.distribution_scores.unwrap();
            assert!(
                [scores.crps, scores.baseline_crps, scores.pit].iter().all(|score| score.is_finite()),
                "{scores:?}"
            );
            assert!((0.0..=1.0).contains(&scores.pit));
        }
        assert!(log_return(f64::MIN_POSITIVE, f64::MAX).is_finite() && log_return(3.0, 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_forecast_is_settled_once_its_target_bar_closes() {
        let series = series("eth-usd-1d-h7");
        let champion = champion(&series, scored_days(600).as_of);
        let forecasts = due_forecasts(&series, &scored_days(690), &champion, &[], &[]).unwrap();
        assert_eq!(settlement(&series, &scored_days(696), &forecasts[0]), None);
        let settlement = settlement(&series, &scored_days(697), &forecasts[0]).unwrap();
        let label = labels(scored_days(697).as_slice(), series.interval, 7)[689];
        assert_eq!(settlement.outcome.label(), label);
        let record = apply_settlement(forecasts[0].clone(), &settlement);
        assert!(record.is_settled());
        assert_eq!(record.forecast, forecasts[0].forecast);
    }
}
