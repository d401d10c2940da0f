//! Expected performance: an estimate of the scores from the forecasts alone, before outcomes are known.
//!
//! If a forecast `p` is calibrated, the outcome is up with probability `p`. Every score then has an expectation that needs no
//! outcome: log loss `-p ln p - (1-p) ln(1-p)`, Brier score `p (1-p)`, hit rate `p` for a forecast of up, and area under the
//! ROC curve `sum_ij p_i (1-p_j) [p_i > p_j, half for ties] / sum_ij p_i (1-p_j)`. This is confidence-based performance
//! estimation (CBPE; NannyML, and Kivimäki et al. 2024, Confidence-based estimators for predictive performance in model
//! monitoring).
//!
//! **Assumption:** the forecasts are calibrated at present. Concept drift breaks exactly this assumption. By Gibbs'
//! inequality the estimate is never worse than climatology. It shows that a champion's forecasts have moved towards one
//! half, but not that they have become wrong. The [`sequential`](crate::sequential) tests show that, and so does the difference
//! between expected and realised log loss: [`ExpectedPerformance::log_loss_error`] is the standard deviation of the mean log
//! loss under the assumption.

use contracts::forecast::Direction;
use evaluation::metrics::PROBABILITY_EPSILON;
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Forecast, reduced to the values that its expected scores depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastSample {
    /// Decision time.
    pub decision_time: Timestamp,
    /// Probability of up.
    pub probability_up: f64,
    /// Climatology at the decision time.
    pub baseline_probability: f64,
    /// Direction of the forecast.
    pub direction: Direction,
}

/// Expected scores of some forecasts, under the assumption that they are calibrated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedPerformance {
    /// Number of forecasts.
    pub n: usize,
    /// First decision time.
    pub from: Timestamp,
    /// Last decision time.
    pub through: Timestamp,
    /// Expected mean log loss, in nats.
    pub log_loss: f64,
    /// Standard deviation of the realised mean log loss around its expectation. Of overlapping outcomes, one per horizon
    /// counts.
    pub log_loss_error: f64,
    /// Expected mean log loss of climatology, in nats.
    pub log_loss_climatology: f64,
    /// Expected Brier score.
    pub brier: f64,
    /// Expected area under the ROC curve; absent if all forecasts are equal.
    pub auc: Option<f64>,
    /// Number of forecasts that point up or down.
    pub called: usize,
    /// Expected hit rate of these forecasts; absent without any.
    pub hit_rate: Option<f64>,
}

impl ExpectedPerformance {
    /// Estimates the scores of forecasts with this horizon, in bars; `None` without forecasts.
    #[must_use]
    pub fn estimate(forecasts: &[ForecastSample], horizon: u32) -> Option<Self> {
        let (first, last) = (forecasts.first()?, forecasts.last()?);
        let clamped = |p: f64| p.clamp(PROBABILITY_EPSILON, 1.0 - PROBABILITY_EPSILON);
        let forecasts: Vec<ForecastSample> = forecasts
            .iter()
            .map(|forecast| ForecastSample {
                probability_up: clamped(forecast.probability_up),
                baseline_probability: clamped(forecast.baseline_probability),
                ..*forecast
            })
            .collect();
        let n = as_f64(forecasts.len());
        let mean = |value: &dyn Fn(&ForecastSample) -> f64| forecasts.iter().map(value).sum::<f64>() / n;
        let loss = |p: f64, q: f64| -p * q.ln() - (1.0 - p) * (1.0 - q).ln();
        // The loss has two possible values, which differ by ln(p / (1 - p)).
        let variance = mean(&|forecast| {
            let p = forecast.probability_up;
            p * (1.0 - p) * (p / (1.0 - p)).ln().powi(2)
        });
        let hit_probabilities: Vec<f64> = forecasts
            .iter()
            .filter_map(|forecast| match forecast.direction {
                Direction::Up => Some(forecast.probability_up),
                Direction::Down => Some(1.0 - forecast.probability_up),
                Direction::Abstain => None,
            })
            .collect();
        Some(Self {
            n: forecasts.len(),
            from: first.decision_time,
            through: last.decision_time,
            log_loss: mean(&|forecast| loss(forecast.probability_up, forecast.probability_up)),
            log_loss_error: (variance * f64::from(horizon.max(1)) / n).sqrt(),
            log_loss_climatology: mean(&|forecast| loss(forecast.probability_up, forecast.baseline_probability)),
            brier: mean(&|forecast| forecast.probability_up * (1.0 - forecast.probability_up)),
            auc: auc(forecasts.iter().map(|forecast| forecast.probability_up).collect()),
            called: hit_probabilities.len(),
            hit_rate: (!hit_probabilities.is_empty())
                .then(|| hit_probabilities.iter().sum::<f64>() / as_f64(hit_probabilities.len())),
        })
    }
}

/// Expected area under the ROC curve, in one pass over the sorted forecasts; `None` if all are equal.
fn auc(mut p: Vec<f64>) -> Option<f64> {
    p.sort_by(f64::total_cmp);
    let (lowest, highest) = (p.first()?, p.last()?);
    if highest - lowest < 1e-12 {
        return None;
    }
    let (mut downs_below, mut wins) = (0.0, 0.0);
    for group in p.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        let (ups, downs) = (group.iter().sum::<f64>(), group.iter().map(|p| 1.0 - p).sum::<f64>());
        wins += ups * (downs_below + downs / 2.0);
        downs_below += downs;
    }
    Some(wins / (p.iter().sum::<f64>() * downs_below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::metrics;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn forecasts(p: &[f64]) -> Vec<ForecastSample> {
        p.iter()
            .zip(0..)
            .map(|(p, day)| ForecastSample {
                decision_time: Timestamp::from_second(86_400 * day).unwrap(),
                probability_up: *p,
                baseline_probability: 0.5,
                direction: if *p > 0.5 { Direction::Up } else { Direction::Down },
            })
            .collect()
    }

    /// Computed by hand for p of .8, .6 and .3: each pair has the weight p_i (1 - p_j), ties half of it.
    #[test]
    fn three_forecasts_have_the_hand_computed_scores() {
        let expected = ExpectedPerformance::estimate(&forecasts(&[0.8, 0.3, 0.6]), 1).unwrap();
        let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
        close(expected.brier, (0.16 + 0.24 + 0.21) / 3.0);
        close(expected.hit_rate.unwrap(), (0.8 + 0.6 + 0.7) / 3.0);
        let wins = 0.8 * (0.4 + 0.7 + 0.2 / 2.0) + 0.6 * (0.7 + 0.4 / 2.0) + 0.3 * 0.7 / 2.0;
        close(expected.auc.unwrap(), wins / (1.7 * 1.3));
        close(expected.log_loss_climatology, 2.0_f64.ln());
    }

    #[test]
    fn only_calibrated_forecasts_realise_their_expected_scores() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let p: Vec<f64> = (0..20_000).map(|_| rng.random_range(0.2..0.8)).collect();
        let outcomes: Vec<bool> = p.iter().map(|p| rng.random_range(0.0..1.0) < *p).collect();
        let expected = ExpectedPerformance::estimate(&forecasts(&p), 1).unwrap();
        let deviations = |realised: f64| (realised - expected.log_loss).abs() / expected.log_loss_error;
        assert!(deviations(metrics::log_loss(&p, &outcomes)) < 3.0);
        assert!((metrics::auc(&p, &outcomes).unwrap() - expected.auc.unwrap()).abs() < 0.01);
        assert!((metrics::brier_score(&p, &outcomes) - expected.brier).abs() < 0.003);
        assert!((metrics::accuracy(&p, &outcomes) - expected.hit_rate.unwrap()).abs() < 0.01);
        let opposite: Vec<bool> = outcomes.iter().map(|up| !up).collect();
        assert!(deviations(metrics::log_loss(&p, &opposite)) > 10.0, "the estimate cannot show wrong forecasts");
    }

    #[test]
    fn equal_forecasts_have_no_area_under_the_curve() {
        assert_eq!(ExpectedPerformance::estimate(&forecasts(&[0.52; 40]), 1).unwrap().auc, None);
        assert_eq!(ExpectedPerformance::estimate(&[], 1), None);
    }
}
