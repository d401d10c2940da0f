//! Isotonic calibration: the ascending step function closest to the labels, with straight lines between the steps.
//!
//! The usual fit gives the highest forecasts the outcomes of the few rows there, often certainty. So rows are first put into
//! groups of equal size, whose shares of up are smoothed by Laplace's rule. These shares are then made to ascend by the pool
//! adjacent violators algorithm (Ayer et al. 1955).

use model::Calibration;

/// Maximum number of groups.
const MAX_GROUPS: usize = 40;
/// Minimum number of independent labels in a group.
const MIN_GROUP_LABELS: usize = 25;

/// Range of forecasts with the same calibrated probability.
#[derive(Clone, Copy)]
struct Step {
    /// Number of rows, plus two for each group by Laplace's rule.
    n: f64,
    /// Number of rows that went up, plus one for each group.
    ups: f64,
    /// Sum of the forecasts.
    sum: f64,
    /// Number of rows.
    rows: f64,
}

impl Step {
    fn share(&self) -> f64 {
        self.ups / self.n
    }

    fn merge(self, other: Self) -> Self {
        let Self { n, ups, sum, rows } = other;
        Self { n: self.n + n, ups: self.ups + ups, sum: self.sum + sum, rows: self.rows + rows }
    }
}

/// Fits the steps; of overlapping labels, one in `horizon` is independent. Too few for two groups give the identity.
pub(super) fn fit(p: &[f64], up: &[bool], horizon: usize) -> Calibration {
    let groups = (p.len() / (MIN_GROUP_LABELS * horizon)).min(MAX_GROUPS);
    if groups < 2 {
        return Calibration::IDENTITY;
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut steps: Vec<Step> = vec![];
    for group in 0..groups {
        let rows = &order[p.len() * group / groups..p.len() * (group + 1) / groups];
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let n = rows.len() as f64;
        let ups: f64 = rows.iter().map(|&row| f64::from(u8::from(up[row]))).sum();
        let sum = rows.iter().map(|&row| p[row]).sum();
        let mut step = Step { n: n + 2.0, ups: ups + 1.0, sum, rows: n };
        while let Some(before) = steps.last().filter(|before| before.share() >= step.share()) {
            step = before.merge(step);
            steps.pop();
        }
        steps.push(step);
    }
    // Equal forecasts may fill several groups, whose steps are merged.
    let mut merged: Vec<Step> = vec![];
    for step in steps {
        match merged.last_mut().filter(|last| last.sum / last.rows >= step.sum / step.rows) {
            Some(last) => *last = last.merge(step),
            None => merged.push(step),
        }
    }
    Calibration::Isotonic {
        at: merged.iter().map(|step| step.sum / step.rows).collect(),
        value: merged.iter().map(Step::share).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfident_forecasts_become_the_observed_shares() {
        // Of 1000 rows forecast 0.1 to 0.9, the share that goes up is halfway between that and one half.
        let p: Vec<f64> = (0..1000).map(|i| 0.1 + 0.8 * f64::from(i) / 1000.0).collect();
        let up: Vec<bool> = p.iter().enumerate().map(|(i, p)| (i * 37 % 100) as f64 / 100.0 < 0.25 + p / 2.0).collect();
        let calibration = fit(&p, &up, 1);
        for raw in [0.2, 0.4, 0.5, 0.7, 0.8] {
            let calibrated = calibration.apply(raw);
            assert!((calibrated - (0.25 + raw / 2.0)).abs() < 0.06, "{raw} became {calibrated}");
        }
    }

    #[test]
    fn steps_ascend_without_certainty_and_few_rows_give_identity() {
        let p: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
        let up: Vec<bool> = (0..200).map(|i| i >= 100).collect();
        let Calibration::Isotonic { at, value } = fit(&p, &up, 1) else { panic!("of another kind") };
        assert!(at.windows(2).all(|pair| pair[0] < pair[1]) && value.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(value[0] > 0.0 && *value.last().unwrap() < 1.0, "{value:?}");
        assert_eq!(fit(&p[..40], &up[..40], 1), Calibration::IDENTITY);
        assert_eq!(fit(&p, &up, 7), Calibration::IDENTITY, "28 independent labels");
        let Calibration::Isotonic { at, .. } = fit(&[0.5; 200], &up, 1) else { panic!("of another kind") };
        assert_eq!(at.len(), 1, "equal forecasts are one step");
    }
}
