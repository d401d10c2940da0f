//! Performance that is expected before outcomes are known: an estimate, from the forecasts alone.
//!
//! If a forecast `p` is calibrated, it goes up with probability `p`, and every score has an expectation that needs no
//! outcome: log loss `-p ln p - (1-p) ln(1-p)`, Brier `p (1-p)`, right when calling up `p`, and the area under the ROC curve
//! `sum_ij p_i (1-p_j) [p_i > p_j, half for ties] / sum_ij p_i (1-p_j)`. This is confidence-based performance estimation
//! (CBPE; NannyML, and Kivimäki et al. 2024, Confidence-based estimators for predictive performance in model monitoring).
//!
//! **Assumption:** calibration, at present. It is the very thing that fails under concept drift, so the estimate says
//! what the forecasts *claim*: by Gibbs' inequality they never expect to be worse than climatology. It sees a champion
//! that has become less sure of itself; it does not see one that has become wrong. For that there is
//! [`sequential`](super::sequential), and the distance between what was expected and what came:
//! [`Expected::log_loss_error`] is the standard deviation of the mean log loss under the assumption.

use contracts::forecast::Direction;
use evaluation::metrics::PROBABILITY_EPSILON;
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// A forecast, as far as its expectation is concerned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastSample {
    /// When it was made for.
    pub decision_time: Timestamp,
    /// What it says.
    pub probability_up: f64,
    /// What climatology says.
    pub baseline_probability: f64,
    /// Which way it points.
    pub direction: Direction,
}

/// What forecasts claim of themselves. Estimates, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedPerformance {
    /// Forecasts.
    pub n: usize,
    /// Decision time of the first.
    pub from: Timestamp,
    /// Decision time of the last.
    pub through: Timestamp,
    /// Expected mean log loss, in nats.
    pub log_loss: f64,
    /// Standard deviation of the realised mean about it, were the forecasts calibrated; overlapping outcomes count once
    /// per horizon.
    pub log_loss_error: f64,
    /// Expected mean log loss of climatology, were the forecasts calibrated.
    pub log_loss_climatology: f64,
    /// Expected Brier score.
    pub brier: f64,
    /// Expected area under the ROC curve; absent when all forecasts are the same.
    pub auc: Option<f64>,
    /// Forecasts that point up or down.
    pub called: usize,
    /// Expected share of those that are right; absent without any.
    pub hit_rate: Option<f64>,
}

impl ExpectedPerformance {
    /// The expectation of forecasts at this horizon; `None` without any.
    #[must_use]
    pub fn estimate(claims: &[ForecastSample], horizon: u32) -> Option<Self> {
        let (first, last) = (claims.first()?, claims.last()?);
        let inside = |p: f64| p.clamp(PROBABILITY_EPSILON, 1.0 - PROBABILITY_EPSILON);
        let claims: Vec<ForecastSample> = claims
            .iter()
            .map(|one| ForecastSample {
                probability_up: inside(one.probability_up),
                baseline_probability: inside(one.baseline_probability),
                ..*one
            })
            .collect();
        let n = as_f64(claims.len());
        let mean = |value: &dyn Fn(&ForecastSample) -> f64| claims.iter().map(value).sum::<f64>() / n;
        let loss = |p: f64, q: f64| -p * q.ln() - (1.0 - p) * (1.0 - q).ln();
        // The loss takes two values, ln(p / (1 - p)) apart.
        let variance = mean(&|one| {
            let p = one.probability_up;
            p * (1.0 - p) * (p / (1.0 - p)).ln().powi(2)
        });
        let right: Vec<f64> = claims
            .iter()
            .filter_map(|one| match one.direction {
                Direction::Up => Some(one.probability_up),
                Direction::Down => Some(1.0 - one.probability_up),
                Direction::Abstain => None,
            })
            .collect();
        Some(Self {
            n: claims.len(),
            from: first.decision_time,
            through: last.decision_time,
            log_loss: mean(&|one| loss(one.probability_up, one.probability_up)),
            log_loss_error: (variance * f64::from(horizon.max(1)) / n).sqrt(),
            log_loss_climatology: mean(&|one| loss(one.probability_up, one.baseline_probability)),
            brier: mean(&|one| one.probability_up * (1.0 - one.probability_up)),
            auc: auc(claims.iter().map(|one| one.probability_up).collect()),
            called: right.len(),
            hit_rate: (!right.is_empty()).then(|| right.iter().sum::<f64>() / as_f64(right.len())),
        })
    }
}

/// The expected area, in one pass over the sorted forecasts.
fn auc(mut p: Vec<f64>) -> Option<f64> {
    p.sort_by(f64::total_cmp);
    let (lowest, highest) = (p.first()?, p.last()?);
    if highest - lowest < 1e-12 {
        return None;
    }
    let (mut below, mut won) = (0.0, 0.0);
    for group in p.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        let (ups, downs) = (group.iter().sum::<f64>(), group.iter().map(|p| 1.0 - p).sum::<f64>());
        won += ups * (below + downs / 2.0);
        below += downs;
    }
    Some(won / (p.iter().sum::<f64>() * below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::metrics;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn claims(p: &[f64]) -> Vec<ForecastSample> {
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

    /// By hand, with p of .8, .6, .3: pairs weigh p_i (1 - p_j), ties half.
    #[test]
    fn a_few_forecasts_by_hand() {
        let expected = ExpectedPerformance::estimate(&claims(&[0.8, 0.3, 0.6]), 1).unwrap();
        let close = |got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-12, "{got} is not {wanted}");
        close(expected.brier, (0.16 + 0.24 + 0.21) / 3.0);
        close(expected.hit_rate.unwrap(), (0.8 + 0.6 + 0.7) / 3.0);
        let won = 0.8 * (0.4 + 0.7 + 0.2 / 2.0) + 0.6 * (0.7 + 0.4 / 2.0) + 0.3 * 0.7 / 2.0;
        close(expected.auc.unwrap(), won / (1.7 * 1.3));
        close(expected.log_loss_climatology, 2.0_f64.ln());
    }

    #[test]
    fn calibrated_forecasts_come_out_as_expected_and_others_do_not() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let p: Vec<f64> = (0..20_000).map(|_| rng.random_range(0.2..0.8)).collect();
        let up: Vec<bool> = p.iter().map(|p| rng.random_range(0.0..1.0) < *p).collect();
        let expected = ExpectedPerformance::estimate(&claims(&p), 1).unwrap();
        let within = |realised: f64| (realised - expected.log_loss).abs() / expected.log_loss_error;
        assert!(within(metrics::log_loss(&p, &up)) < 3.0);
        assert!((metrics::auc(&p, &up).unwrap() - expected.auc.unwrap()).abs() < 0.01);
        assert!((metrics::brier_score(&p, &up) - expected.brier).abs() < 0.003);
        assert!((metrics::accuracy(&p, &up) - expected.hit_rate.unwrap()).abs() < 0.01);
        let opposite: Vec<bool> = up.iter().map(|up| !up).collect();
        assert!(within(metrics::log_loss(&p, &opposite)) > 10.0, "claims do not know that they are wrong");
    }

    #[test]
    fn forecasts_that_are_all_the_same_have_no_area() {
        assert_eq!(ExpectedPerformance::estimate(&claims(&[0.52; 40]), 1).unwrap().auc, None);
        assert_eq!(ExpectedPerformance::estimate(&[], 1), None);
    }
}
