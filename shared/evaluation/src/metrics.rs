//! Scores of probabilities of up against outcomes.
//!
//! All functions take the probabilities `p` and the outcomes (true for up) in the same order. An empty input, or inputs of
//! different lengths, have the score NaN ([`auc`]: `None`). Functions of single rows stop at the end of the shorter input.

use market_data::numbers::as_f64;
use std::cmp::Ordering;

/// Minimum distance of a probability from 0 and 1, enforced before a logarithm, as in scikit-learn for doubles.
pub const PROBABILITY_EPSILON: f64 = f64::EPSILON;

/// Log loss of each row, in nats: `-ln p` for up, else `-ln(1 - p)`. Stops at the end of the shorter input.
#[must_use]
pub fn log_losses(p: &[f64], outcomes: &[bool]) -> Vec<f64> {
    p.iter()
        .zip(outcomes)
        .map(|(&p, &up)| {
            let p = p.clamp(PROBABILITY_EPSILON, 1.0 - PROBABILITY_EPSILON);
            if up { -p.ln() } else { -(1.0 - p).ln() }
        })
        .collect()
}

/// Mean log loss in nats, at least 0. A constant forecast of one half has `ln 2 = 0.6931`.
#[must_use]
pub fn log_loss(p: &[f64], outcomes: &[bool]) -> f64 {
    if p.len() != outcomes.len() {
        return f64::NAN;
    }
    mean(&log_losses(p, outcomes))
}

/// Brier score: mean squared error of the probabilities, 0 to 1. A constant forecast of one half has 0.25.
#[must_use]
pub fn brier_score(p: &[f64], outcomes: &[bool]) -> f64 {
    if p.len() != outcomes.len() {
        return f64::NAN;
    }
    mean(&squared_errors(p, outcomes))
}

/// Squared error of each row. Stops at the end of the shorter input.
#[must_use]
pub fn squared_errors(p: &[f64], outcomes: &[bool]) -> Vec<f64> {
    p.iter().zip(outcomes).map(|(&p, &up)| (p - as_number(up)).powi(2)).collect()
}

/// Brier skill: `1 - brier(p) / brier(base)`. Above zero is better than `base`; 1 is perfect.
#[must_use]
pub fn brier_skill(p: &[f64], base: &[f64], outcomes: &[bool]) -> f64 {
    1.0 - brier_score(p, outcomes) / brier_score(base, outcomes)
}

/// Share of rows whose probability lies on the correct side of one half, 0 to 1. Exactly one half counts as down.
#[must_use]
pub fn accuracy(p: &[f64], outcomes: &[bool]) -> f64 {
    if p.len() != outcomes.len() {
        return f64::NAN;
    }
    mean(&p.iter().zip(outcomes).map(|(&p, &up)| as_number((p > 0.5) == up)).collect::<Vec<_>>())
}

/// Area under the ROC curve: the probability that a random row with outcome up has a higher forecast than a random other
/// row, with ties counted half (Mann-Whitney U). `None` if only one outcome occurs, the lengths differ or a forecast is NaN.
#[must_use]
pub fn auc(p: &[f64], outcomes: &[bool]) -> Option<f64> {
    let ups = outcomes.iter().filter(|&&up| up).count();
    let downs = outcomes.len() - ups;
    if p.len() != outcomes.len() || ups == 0 || downs == 0 || p.iter().any(|p| p.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    // Sum of the ranks of the rows with outcome up; tied rows share their mean rank.
    let mut rank_sum = 0.0;
    let mut start = 0;
    for group in order.chunk_by(|&a, &b| p[a].partial_cmp(&p[b]) == Some(Ordering::Equal)) {
        let mean_rank = as_f64(2 * start + group.len() + 1) / 2.0;
        rank_sum += mean_rank * as_f64(group.iter().filter(|&&row| outcomes[row]).count());
        start += group.len();
    }
    let (ups, downs) = (as_f64(ups), as_f64(downs));
    Some((rank_sum - ups * (ups + 1.0) / 2.0) / (ups * downs))
}

/// Expected calibration error over `bins` bins of equal width: the mean of `|mean p - up ratio|`, weighted by the rows of
/// each bin. 0 to 1, lower is better (Naeini, Cooper and Hauskrecht 2015). NaN without bins.
#[must_use]
pub fn expected_calibration_error(p: &[f64], outcomes: &[bool], bins: usize) -> f64 {
    if p.len() != outcomes.len() || p.is_empty() || bins == 0 {
        return f64::NAN;
    }
    let mut sums = vec![(0.0, 0.0); bins];
    for (&p, &up) in p.iter().zip(outcomes) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..bins")]
        let bin = ((p * as_f64(bins)).max(0.0) as usize).min(bins - 1);
        sums[bin].0 += p;
        sums[bin].1 += as_number(up);
    }
    sums.iter().map(|(forecast, ups)| (forecast - ups).abs()).sum::<f64>() / as_f64(p.len())
}

/// 1 for up, else 0.
fn as_number(up: bool) -> f64 {
    if up { 1.0 } else { 0.0 }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / as_f64(values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: [f64; 10] = [0.1, 0.4, 0.4, 0.4, 0.55, 0.6, 0.7, 0.7, 0.9, 0.25];
    const OUTCOMES: [bool; 10] = [false, true, false, false, true, false, true, false, true, true];

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }

    /// Reference values: scikit-learn 1.7.2 `log_loss`, `brier_score_loss`, `roc_auc_score` (with ties),
    /// `accuracy_score` of `p > 0.5`.
    #[test]
    fn scores_equal_scikit_learn() {
        close(log_loss(&P, &OUTCOMES), 0.6609732852736123);
        close(brier_score(&P, &OUTCOMES), 0.24050000000000002);
        close(auc(&P, &OUTCOMES).unwrap(), 0.6199999999999999);
        close(accuracy(&P, &OUTCOMES), 0.6);
        close(log_loss(&[0.0, 1.0, 0.5], &[true, true, false]), 12.245600189892366);
    }

    /// Reference values: scikit-learn 1.7.2 `log_loss` of forecasts of 0 and 1, correct and wrong.
    #[test]
    fn probabilities_of_zero_and_one_are_clipped() {
        for (p, up) in [(1.0, false), (0.0, true), (2.0, false), (-1.0, true)] {
            close(log_loss(&[p], &[up]), 36.04365338911715);
        }
        assert!(log_loss(&[1.0, 0.0], &[true, false]).abs() < 1e-15);
    }

    #[test]
    fn a_forecast_of_one_half_counts_as_down() {
        close(accuracy(&[0.5, 0.5, 0.5], &[true, false, false]), 2.0 / 3.0);
    }

    /// Computed by hand: two bins have {.1 .4 .4 .4 .25} with 2 up outcomes and {.55 .6 .7 .7 .9} with 3, so the error is
    /// (|1.55 - 2| + |3.45 - 3|) / 10.
    #[test]
    fn the_calibration_error_weights_bins_by_rows() {
        close(expected_calibration_error(&P, &OUTCOMES, 2), 0.09);
        close(expected_calibration_error(&[1.0, 1.0], &[true, true], 10), 0.0);
    }

    #[test]
    fn skill_is_zero_against_itself_and_positive_if_better() {
        close(brier_skill(&P, &P, &OUTCOMES), 0.0);
        close(brier_skill(&[1.0, 0.0], &[0.5, 0.5], &[true, false]), 1.0);
        assert!(brier_skill(&[0.0, 0.9], &[0.5, 0.5], &[true, false]) < 0.0);
    }

    #[test]
    fn empty_or_mismatched_inputs_have_no_score() {
        assert!(log_loss(&[], &[]).is_nan());
        assert!(brier_score(&[0.5], &[true, false]).is_nan());
        for (p, outcomes) in [
            (vec![0.2, 0.3], vec![true, true]),
            (vec![0.2, 0.3], vec![false, false]),
            (vec![0.2, 0.3, 0.4], vec![true, false]),
            (vec![0.2], vec![true, false]),
            (vec![0.2, f64::NAN], vec![true, false]),
            (vec![], vec![]),
        ] {
            assert_eq!(auc(&p, &outcomes), None, "{p:?} {outcomes:?}");
        }
        assert!(accuracy(&[0.5], &[true, false]).is_nan() && log_loss(&[0.5], &[]).is_nan());
        for (p, outcomes) in [(vec![0.5], vec![]), (vec![], vec![])] {
            assert!(expected_calibration_error(&p, &outcomes, 10).is_nan());
        }
        assert!(expected_calibration_error(&P, &OUTCOMES, 0).is_nan());
    }
}
