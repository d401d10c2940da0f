//! Calibration, shrinkage and band, from out-of-fold forecasts.
//!
//! Whatever is learnt here from some folds is judged in another: for each fold the pool, the calibration and its
//! kind are chosen by the other folds alone. The forecasts that result are as good a guess as there is, without the
//! hold-out, of how the whole procedure forecasts: choosing the best of many trials by its own numbers does
//! not flatter them.

mod isotonic;
mod platt;
mod shrink;

use crate::{
    TrainError,
    combine::{Pool, others},
    search::{Ground, Search},
};
use domain::metrics;
use model::Calibration;

/// What is learnt from out-of-fold forecasts.
pub(crate) struct Adjustment {
    /// The trials that forecast together.
    pub(crate) pool: Pool,
    pub(crate) calibration: Calibration,
    pub(crate) shrinkage: f64,
    pub(crate) band_half_width: f64,
    /// The forecasts for the folds' test rows, each fold's made as the *other* folds would have it: fair to judge by.
    pub(crate) out_of_fold: Vec<f64>,
}

/// A kind of calibration, fitted on probabilities and outcomes.
type Kind = fn(&[f64], &[bool]) -> Calibration;

/// The plain one, with two parameters, and the flexible one, which has to do clearly better.
const KINDS: [Kind; 2] = [platt::fit, isotonic::fit];

/// Learns pool, calibration, shrinkage and band.
pub(crate) fn adjust(ground: &Ground<'_>, search: &Search) -> Result<Adjustment, TrainError> {
    let folds = ground.folds.len();
    let all: Vec<usize> = (0..folds).collect();
    let outcomes = |used: &[usize]| used.iter().flat_map(|&fold| ground.outcomes(fold).iter().copied()).collect();
    let all_up: Vec<bool> = outcomes(&all);
    let pools = all.iter().map(|&fold| search.pool(ground, &others(folds, fold))).collect::<Result<Vec<_>, _>>()?;
    let pooled: Vec<Vec<Vec<f64>>> = pools.iter().map(|pool| search.pooled(pool, folds)).collect();

    let calibrated = |kind: Kind| -> Vec<Vec<f64>> {
        let of_fold = |fold: usize| {
            let raw = &pooled[fold];
            // A single fold has no others to learn from.
            let calibration = if folds > 1 {
                let used = others(folds, fold);
                let p: Vec<f64> = used.iter().flat_map(|&other| raw[other].iter().copied()).collect();
                kind(&p, &outcomes(&used))
            } else {
                Calibration::IDENTITY
            };
            raw[fold].iter().map(|&p| calibration.apply(p)).collect()
        };
        all.iter().map(|&fold| of_fold(fold)).collect()
    };
    let [plain, flexible] = KINDS.map(calibrated);
    let bends = better(&flexible.concat(), &plain.concat(), &all_up, ground.frame.horizon);
    let (kind, forecasts) = if bends { (KINDS[1], flexible) } else { (KINDS[0], plain) };

    let bases: Vec<f64> = ground.folds.iter().map(|fold| ground.frame.base_rate(fold.train.clone())).collect();
    let evidence = |used: &[usize]| {
        let rows = used.iter().flat_map(|&fold| {
            let (base, of_fold) = (bases[fold], forecasts[fold].iter().zip(ground.outcomes(fold)));
            of_fold.map(move |(&forecast, &up)| shrink::Row { base, forecast, up })
        });
        let penalty = ground.config.evidence_penalty;
        shrink::share(&rows.collect::<Vec<_>>(), ground.frame.horizon, penalty)
    };
    let shrunk = |fold: usize, share: f64| {
        let base = bases[fold];
        forecasts[fold].iter().map(move |p| base + share * (p - base)).collect::<Vec<f64>>()
    };
    let out_of_fold: Vec<f64> = all.iter().flat_map(|&fold| shrunk(fold, evidence(&others(folds, fold)))).collect();
    // The procedure as a whole is on trial here: what does not beat climatology where it was not tuned is not served.
    let climatology = &ground.frame.climatology[ground.tested()];
    let proven = better(&out_of_fold, climatology, &all_up, ground.frame.horizon);
    let shrinkage = if proven { evidence(&all) } else { 0.0 };
    let pool = search.pool(ground, &all)?;
    let calibration = kind(&search.pooled(&pool, folds).concat(), &all_up);
    let final_share: Vec<f64> = all.iter().flat_map(|&fold| shrunk(fold, shrinkage)).collect();
    let band_half_width = band_half_width(&final_share, &all_up);
    Ok(Adjustment { pool, calibration, shrinkage, band_half_width, out_of_fold })
}

/// Whether some forecasts have a log loss lower than simpler ones' by more than one standard error of the difference, labels
/// that overlap counted once: the one-standard-error rule of Breiman et al. (1984).
fn better(these: &[f64], those: &[f64], up: &[bool], horizon: usize) -> bool {
    let losses = metrics::log_losses(those, up).into_iter().zip(metrics::log_losses(these, up));
    let gains: Vec<f64> = losses.map(|(those, these)| those - these).collect();
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let (n, horizon) = (gains.len() as f64, horizon as f64);
    let mean = gains.iter().sum::<f64>() / n;
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / n;
    mean > (variance * horizon / n).sqrt()
}

/// Half the width of the band around a forecast: 1.96 times the root mean square gap between mean forecast and share
/// of `up` in ten equal groups of similar out-of-fold forecasts. It holds what is left of miscalibration and the
/// sampling error of a tenth of the rows, overlap of labels included: how far the frequency of `up` was, in groups
/// of such forecasts, from what they said. It is no interval for a single outcome, which is 0 or 1.
fn band_half_width(p: &[f64], up: &[bool]) -> f64 {
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

    #[test]
    fn what_is_less_simple_has_to_be_clearly_better() {
        let up: Vec<bool> = (0..400).map(|i| i % 2 == 0).collect();
        let sure = |by: f64| up.iter().map(|&up| if up { 0.5 + by } else { 0.5 - by }).collect::<Vec<f64>>();
        assert!(better(&sure(0.2), &sure(0.1), &up, 1) && !better(&sure(0.1), &sure(0.2), &up, 1));
        assert!(!better(&sure(0.1), &sure(0.1), &up, 1), "a tie is none");
        // Right a little more often than wrong, by the same steps: a gain that chance explains.
        let steps: Vec<f64> = (0..400).map(|i| if (i % 2 == 0) == (i % 50 < 26) { 0.52 } else { 0.48 }).collect();
        assert!(metrics::log_loss(&steps, &up) < metrics::log_loss(&vec![0.5; 400], &up));
        assert!(!better(&steps, &vec![0.5; 400], &up, 1));
    }

    #[test]
    fn the_band_is_narrow_for_calibrated_forecasts_and_wide_for_wrong_ones() {
        let up: Vec<bool> = (0..1000).map(|i| i % 10 < 3).collect();
        assert!(band_half_width(&vec![0.3; 1000], &up) < 0.01);
        assert!((band_half_width(&vec![0.4; 1000], &up) - 0.196).abs() < 0.01);
    }
}
