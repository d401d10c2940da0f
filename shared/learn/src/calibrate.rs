//! Calibration, shrinkage and band, from the winner's out-of-fold forecasts.

use crate::frame::Frame;
use domain::{metrics, splits::Fold};
use model::{Calibration, logit, sigmoid};

/// What is learnt from out-of-fold forecasts.
pub(crate) struct Adjustment {
    pub(crate) calibration: Calibration,
    pub(crate) shrinkage: f64,
    pub(crate) band_half_width: f64,
    /// The forecasts for the folds' test rows, each fold calibrated and shrunk as the *other* folds would have it: fair
    /// to judge by.
    pub(crate) out_of_fold: Vec<f64>,
}

/// Learns calibration, shrinkage and band from raw out-of-fold forecasts, one vector per fold.
///
/// The shrinkage is the one with the least log loss when each fold is calibrated by the *other* folds: calibrating and
/// scoring on the same rows would always find some skill. Without any, shrinkage 0 wins and the base rate remains.
pub(crate) fn adjust(frame: &Frame, folds: &[Fold], raw: &[Vec<f64>], steps: u16) -> Adjustment {
    let up: Vec<&[bool]> = folds.iter().map(|fold| &frame.up[fold.test.clone()]).collect();
    let all_up = up.concat();
    let others = |left_out: usize| (0..raw.len()).filter(|&fold| fold != left_out).collect::<Vec<_>>();
    let without = |left_out: usize| {
        let p: Vec<f64> = others(left_out).into_iter().flat_map(|fold| raw[fold].iter().copied()).collect();
        let y: Vec<bool> = others(left_out).into_iter().flat_map(|fold| up[fold].iter().copied()).collect();
        platt(&p, &y)
    };
    let calibrated = (0..raw.len())
        .map(|fold| {
            let calibration = if raw.len() > 1 { without(fold) } else { Calibration::IDENTITY };
            raw[fold].iter().map(|&p| calibration.apply(p)).collect()
        })
        .collect();
    let base = folds.iter().map(|fold| frame.base_rate(fold.train.clone())).collect();
    let calibrated = Calibrated { base, calibrated, up };
    let all: Vec<usize> = (0..raw.len()).collect();
    let shrinkage = calibrated.best_share(&all, steps);
    let share = |fold: usize| if raw.len() > 1 { calibrated.best_share(&others(fold), steps) } else { shrinkage };
    Adjustment {
        calibration: platt(&raw.concat(), &all_up),
        shrinkage,
        band_half_width: band_half_width(&calibrated.shrunk(&all, shrinkage), &all_up),
        out_of_fold: all.iter().flat_map(|&fold| calibrated.shrunk(&[fold], share(fold))).collect(),
    }
}

/// The folds with calibrated forecasts.
struct Calibrated<'a> {
    /// Base rate of each fold's training rows.
    base: Vec<f64>,
    /// Forecasts for each fold's test rows.
    calibrated: Vec<Vec<f64>>,
    /// Their outcomes.
    up: Vec<&'a [bool]>,
}

impl Calibrated<'_> {
    /// The forecasts of some folds, with such a share of their deviation from the base rate.
    fn shrunk(&self, folds: &[usize], share: f64) -> Vec<f64> {
        let shrunk = |&fold: &usize| {
            let base = self.base[fold];
            self.calibrated[fold].iter().map(move |p| base + share * (p - base))
        };
        folds.iter().flat_map(shrunk).collect()
    }

    /// The share with the least log loss over some folds.
    fn best_share(&self, folds: &[usize], steps: u16) -> f64 {
        let up: Vec<bool> = folds.iter().flat_map(|&fold| self.up[fold].iter().copied()).collect();
        let loss = |share: &f64| metrics::log_loss(&self.shrunk(folds, *share), &up);
        (0..=steps)
            .map(|step| f64::from(step) / f64::from(steps))
            .min_by(|a, b| loss(a).total_cmp(&loss(b)))
            .unwrap_or(0.0)
    }
}

/// Platt's calibration by Newton's method on the log loss. A negative slope would turn the model upside down, which no
/// amount of evidence here justifies: then the slope is 0 and the intercept the base rate's log odds.
fn platt(p: &[f64], up: &[bool]) -> Calibration {
    let x: Vec<f64> = p.iter().map(|&p| logit(p)).collect();
    let (mut slope, mut intercept) = (1.0, 0.0);
    for _ in 0..50 {
        // A weak pull to the identity keeps the Hessian invertible when all raw probabilities are equal.
        let pull = 1e-6;
        let (mut ga, mut gb) = (pull * (slope - 1.0), pull * intercept);
        let (mut haa, mut hab, mut hbb) = (pull, 0.0, pull);
        for (&x, &up) in x.iter().zip(up) {
            let q = sigmoid(slope * x + intercept);
            let residual = q - f64::from(u8::from(up));
            let weight = q * (1.0 - q);
            ga += residual * x;
            gb += residual;
            haa += weight * x * x;
            hab += weight * x;
            hbb += weight;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant);
        if !(da.is_finite() && db.is_finite()) {
            return Calibration::IDENTITY;
        }
        slope -= da.clamp(-2.0, 2.0);
        intercept -= db.clamp(-2.0, 2.0);
        if da.abs() + db.abs() < 1e-10 {
            break;
        }
    }
    if slope >= 0.0 {
        return Calibration { slope, intercept };
    }
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let rate = (up.iter().filter(|&&up| up).count() + 1) as f64 / (up.len() + 2) as f64;
    Calibration { slope: 0.0, intercept: logit(rate) }
}

/// Half the width of the band around a forecast: 1.96 times the root mean square gap between mean forecast and share
/// of `up` in ten equal groups of similar out-of-fold forecasts. It holds what is left of miscalibration and the
/// sampling error of a tenth of the rows, overlap of labels included: how far the frequency of `up` was, in groups
/// of such forecasts, from what they said. It is no interval for a single outcome, which is 0 or 1.
pub(crate) fn band_half_width(p: &[f64], up: &[bool]) -> f64 {
    const GROUPS: usize = 10;
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let gaps: Vec<f64> = (0..GROUPS)
        .map(|group| &order[p.len() * group / GROUPS..p.len() * (group + 1) / GROUPS])
        .filter(|rows| !rows.is_empty())
        .map(|rows| {
            #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
            let n = rows.len() as f64;
            rows.iter().map(|&row| p[row] - f64::from(u8::from(up[row]))).sum::<f64>() / n
        })
        .collect();
    if gaps.is_empty() {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most ten")]
    let mean_square = gaps.iter().map(|gap| gap * gap).sum::<f64>() / gaps.len() as f64;
    (1.96 * mean_square.sqrt()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: scikit-learn 1.7.2 `LogisticRegression(penalty=None)` on the log odds.
    #[test]
    fn platt_equals_unpenalised_logistic_regression() {
        let p = [0.1, 0.4, 0.4, 0.4, 0.55, 0.6, 0.7, 0.7, 0.9, 0.25];
        let up = [false, true, false, false, true, false, true, false, true, true];
        let Calibration { slope, intercept } = platt(&p, &up);
        assert!((slope - 0.595351).abs() < 1e-4, "{slope}");
        assert!((intercept - 0.000531).abs() < 1e-4, "{intercept}");
    }

    #[test]
    fn an_upside_down_model_becomes_the_base_rate() {
        let calibration = platt(&[0.8, 0.7, 0.3, 0.2], &[false, false, true, true]);
        assert!((calibration.apply(0.9) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_band_is_narrow_for_calibrated_forecasts_and_wide_for_wrong_ones() {
        let up: Vec<bool> = (0..1000).map(|i| i % 10 < 3).collect();
        assert!(band_half_width(&vec![0.3; 1000], &up) < 0.01);
        assert!((band_half_width(&vec![0.4; 1000], &up) - 0.196).abs() < 0.01);
    }
}
