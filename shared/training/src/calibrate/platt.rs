//! Platt calibration: a logistic regression on the log odds.

use model::{Calibration, logit, sigmoid};

/// Fits slope and intercept by Newton's method on the log loss. A negative slope would reverse the model, so it is replaced
/// by a slope of 0 with the log odds of the base rate as intercept.
pub(super) fn fit(p: &[f64], up: &[bool]) -> Calibration {
    let x: Vec<f64> = p.iter().map(|&p| logit(p)).collect();
    let (mut slope, mut intercept) = (1.0, 0.0);
    for _ in 0..50 {
        // A weak penalty towards the identity keeps the Hessian invertible when all raw probabilities are equal.
        let penalty = 1e-6;
        let (mut ga, mut gb) = (penalty * (slope - 1.0), penalty * intercept);
        let (mut haa, mut hab, mut hbb) = (penalty, 0.0, penalty);
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
        return Calibration::Platt { slope, intercept };
    }
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let rate = (up.iter().filter(|&&up| up).count() + 1) as f64 / (up.len() + 2) as f64;
    Calibration::Platt { slope: 0.0, intercept: logit(rate) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: scikit-learn 1.7.2 `LogisticRegression(penalty=None)` on the log odds.
    #[test]
    fn the_fit_equals_unpenalised_logistic_regression() {
        let p = [0.1, 0.4, 0.4, 0.4, 0.55, 0.6, 0.7, 0.7, 0.9, 0.25];
        let up = [false, true, false, false, true, false, true, false, true, true];
        let Calibration::Platt { slope, intercept } = fit(&p, &up) else { panic!("of another kind") };
        assert!((slope - 0.595351).abs() < 1e-4, "{slope}");
        assert!((intercept - 0.000531).abs() < 1e-4, "{intercept}");
    }

    #[test]
    fn a_reversed_model_becomes_the_base_rate() {
        let calibration = fit(&[0.8, 0.7, 0.3, 0.2], &[false, false, true, true]);
        assert!((calibration.apply(0.9) - 0.5).abs() < 1e-12);
    }
}
