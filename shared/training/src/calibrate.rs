//! Calibration, shrinkage and band, from out-of-fold forecasts.
//!
//! Whatever is learnt here from some folds is judged in another: for each fold the pool, the calibration, its kind and
//! the shrinkage are chosen by the other folds alone, without the rows whose labels overlap with the fold's. So
//! choosing the best of many trials by its own numbers does not flatter the forecasts that result. What remains is that
//! the sampler and pruning, which decide what is tried, saw all folds.

mod isotonic;
mod platt;
mod shrink;

use crate::{
    TrainError,
    ensemble::{EnsembleWeights, other_folds},
    search::{CrossValidator, SearchResult},
};
use evaluation::{band_half_width, metrics};
use model::Calibration;
use std::ops::Range;

/// What is learnt from out-of-fold forecasts.
pub(crate) struct CalibratedEnsemble {
    /// The trials that forecast together.
    pub(crate) pool: EnsembleWeights,
    pub(crate) calibration: Calibration,
    pub(crate) shrinkage: f64,
    pub(crate) band_half_width: f64,
    /// The forecasts for the folds' test rows, each fold's made as the *other* folds would have it.
    pub(crate) out_of_fold: Vec<f64>,
}

/// A kind of calibration, fitted on probabilities and outcomes.
type Calibrator = fn(&[f64], &[bool]) -> Calibration;

/// The plain one, with two parameters, and the flexible one, which has to do clearly better.
const KINDS: [Calibrator; 2] = [platt::fit, isotonic::fit];

/// Learns pool, calibration, shrinkage and band.
pub(crate) fn calibrate(ground: &CrossValidator<'_>, search: &SearchResult) -> Result<CalibratedEnsemble, TrainError> {
    let folds = ground.folds.len();
    let (all, horizon) = (FoldRows::all(ground), ground.frame.horizon);
    let all_up = all.outcomes(ground);
    let lessons: Vec<FoldRows> = (0..folds).map(|fold| FoldRows::excluding(ground, fold)).collect();
    let pools = (0..folds)
        .map(|fold| search.select_ensemble(ground, &other_folds(folds, fold)))
        .collect::<Result<Vec<_>, _>>()?;
    let pooled: Vec<Vec<Vec<f64>>> = pools.iter().map(|pool| search.ensemble_forecasts(pool, folds)).collect();

    let calibrated = KINDS.map(|kind| -> Vec<Vec<f64>> {
        let of_fold = |fold: usize| {
            // A single fold has no others to learn from.
            let calibration = if folds > 1 {
                kind(&lessons[fold].select(&pooled[fold]), &lessons[fold].outcomes(ground))
            } else {
                Calibration::IDENTITY
            };
            pooled[fold][fold].iter().map(|&p| calibration.apply(p)).collect()
        };
        (0..folds).map(of_fold).collect()
    });
    let [plain, flexible] = &calibrated;
    let kind = |lessons: &FoldRows| {
        usize::from(beats_by_one_standard_error(
            &lessons.select(flexible),
            &lessons.select(plain),
            &lessons.outcomes(ground),
            horizon,
        ))
    };
    let forecasts: Vec<Vec<f64>> = (0..folds).map(|fold| calibrated[kind(&lessons[fold])][fold].clone()).collect();

    let bases: Vec<f64> = ground.folds.iter().map(|fold| ground.frame.base_rate(fold.train.clone())).collect();
    let evidence = |lessons: &FoldRows| {
        let base = lessons.0.iter().flat_map(|(fold, rows)| std::iter::repeat_n(bases[*fold], rows.len()));
        let of_rows = lessons.select(&forecasts).into_iter().zip(lessons.outcomes(ground)).zip(base);
        let rows: Vec<_> = of_rows.map(|((forecast, up), base)| shrink::OutOfFoldRow { base, forecast, up }).collect();
        shrink::shrinkage_factor(&rows, horizon, ground.config.evidence_penalty)
    };
    let shrunk = |fold: usize, share: f64| {
        let base = bases[fold];
        forecasts[fold].iter().map(move |p| base + share * (p - base)).collect::<Vec<f64>>()
    };
    let out_of_fold: Vec<f64> = (0..folds).flat_map(|fold| shrunk(fold, evidence(&lessons[fold]))).collect();
    // The procedure as a whole is on trial here: what does not beat climatology where it was not tuned is not served.
    let climatology = &ground.frame.climatology[ground.test_rows()];
    let shrinkage =
        if beats_by_one_standard_error(&out_of_fold, climatology, &all_up, horizon) { evidence(&all) } else { 0.0 };
    let pool = search.select_ensemble(ground, &(0..folds).collect::<Vec<_>>())?;
    let calibration = KINDS[kind(&all)](&all.select(&search.ensemble_forecasts(&pool, folds)), &all_up);
    let served: Vec<f64> = (0..folds).flat_map(|fold| shrunk(fold, shrinkage)).collect();
    Ok(CalibratedEnsemble {
        pool,
        calibration,
        shrinkage,
        band_half_width: band_half_width(&served, &all_up),
        out_of_fold,
    })
}

/// Test rows to learn from: folds, with the places in each.
struct FoldRows(Vec<(usize, Range<usize>)>);

impl FoldRows {
    fn all(ground: &CrossValidator<'_>) -> Self {
        Self((0..ground.folds.len()).map(|fold| (fold, 0..ground.folds[fold].test.len())).collect())
    }

    /// The other folds', but for those whose labels overlap with the judged fold's; all when there is no other.
    fn excluding(ground: &CrossValidator<'_>, judged: usize) -> Self {
        let part = |fold: usize| {
            let (rows, overlap) = (ground.folds[fold].test.len(), ground.frame.horizon - 1);
            let from = if fold == judged + 1 { overlap.min(rows) } else { 0 };
            let to = if fold + 1 == judged { rows.saturating_sub(overlap) } else { rows };
            (fold, from..to)
        };
        Self(other_folds(ground.folds.len(), judged).into_iter().map(part).collect())
    }

    /// Their part of forecasts for all folds.
    fn select(&self, forecasts: &[Vec<f64>]) -> Vec<f64> {
        self.0.iter().flat_map(|(fold, rows)| forecasts[*fold][rows.clone()].iter().copied()).collect()
    }

    fn outcomes(&self, ground: &CrossValidator<'_>) -> Vec<bool> {
        self.0.iter().flat_map(|(fold, rows)| ground.outcomes(*fold)[rows.clone()].iter().copied()).collect()
    }
}

/// Whether some forecasts have a log loss lower than simpler ones' by more than one standard error of the difference,
/// labels that overlap counted once: the one-standard-error rule of Breiman et al. (1984).
fn beats_by_one_standard_error(these: &[f64], those: &[f64], up: &[bool], horizon: usize) -> bool {
    let losses = metrics::log_losses(those, up).into_iter().zip(metrics::log_losses(these, up));
    let gains: Vec<f64> = losses.map(|(those, these)| those - these).collect();
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let (n, horizon) = (gains.len() as f64, horizon as f64);
    let mean = gains.iter().sum::<f64>() / n;
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / n;
    mean > (variance * horizon / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_less_simple_has_to_be_clearly_better() {
        let up: Vec<bool> = (0..400).map(|i| i % 2 == 0).collect();
        let sure = |by: f64| up.iter().map(|&up| if up { 0.5 + by } else { 0.5 - by }).collect::<Vec<f64>>();
        assert!(
            beats_by_one_standard_error(&sure(0.2), &sure(0.1), &up, 1)
                && !beats_by_one_standard_error(&sure(0.1), &sure(0.2), &up, 1)
        );
        assert!(!beats_by_one_standard_error(&sure(0.1), &sure(0.1), &up, 1), "a tie is none");
        // Right a little more often than wrong, by the same steps: a gain that chance explains.
        let steps: Vec<f64> = (0..400).map(|i| if (i % 2 == 0) == (i % 50 < 26) { 0.52 } else { 0.48 }).collect();
        assert!(metrics::log_loss(&steps, &up) < metrics::log_loss(&vec![0.5; 400], &up));
        assert!(!beats_by_one_standard_error(&steps, &vec![0.5; 400], &up, 1));
    }
}
