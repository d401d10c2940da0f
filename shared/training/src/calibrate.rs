//! Calibration, shrinkage and uncertainty band, from out-of-fold forecasts.
//!
//! For each fold, ensemble and calibration are fitted on the other folds alone, without the rows whose labels overlap with those
//! of the fold. So the selection of the best of many trials does not bias the resulting out-of-fold forecasts. A small bias
//! remains, because the sampler, pruning and the one factor of the shrinkage use all folds.

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
use shrink::OutOfFoldRow;
use std::ops::Range;

/// Ensemble with its calibration, shrinkage and band.
pub(crate) struct CalibratedEnsemble {
    /// Members and their weights.
    pub(crate) ensemble: EnsembleWeights,
    pub(crate) calibration: Calibration,
    pub(crate) shrinkage: f64,
    pub(crate) band_half_width: f64,
    /// Forecasts for the test rows of all folds; each fold's are calibrated as the *other* folds determine, and shrunk as all of
    /// them together do.
    pub(crate) out_of_fold: Vec<f64>,
}

/// Function that fits a calibration on probabilities and labels of a horizon.
type Calibrator = fn(&[f64], &[bool], usize) -> Calibration;

/// Calibrators from the simplest to the most flexible: none, Platt's with two parameters, isotonic. Each must be clearly better
/// than the one before it to be used, because its parameters cost as much as a weak signal is worth.
const CALIBRATORS: [Calibrator; 3] = [|_, _, _| Calibration::IDENTITY, |p, up, _| platt::fit(p, up), isotonic::fit];

/// Standard errors by which a more flexible calibrator must be better. It is chosen twice, in the folds and for the artifact, among
/// three: one would let noise sharpen the forecasts of a model without skill.
const CALIBRATOR_STANDARD_ERRORS: f64 = 2.0;

/// Selects the ensemble and fits calibration, shrinkage and band.
pub(crate) fn calibrate(
    validator: &CrossValidator<'_>,
    search: &SearchResult,
) -> Result<CalibratedEnsemble, TrainError> {
    let folds = validator.folds.len();
    let (all, horizon) = (FoldRows::all(validator), validator.training_set.horizon);
    let all_labels = all.labels(validator);
    let other_rows: Vec<FoldRows> = (0..folds).map(|fold| FoldRows::excluding(validator, fold)).collect();
    let ensembles = (0..folds)
        .map(|fold| search.select_ensemble(validator, &other_folds(folds, fold)))
        .collect::<Result<Vec<_>, _>>()?;
    let raw: Vec<Vec<Vec<f64>>> = ensembles.iter().map(|ensemble| search.ensemble_forecasts(ensemble, folds)).collect();

    let calibrated = CALIBRATORS.map(|calibrator| -> Vec<Vec<f64>> {
        let calibrate_fold = |fold: usize| {
            // A single fold has no others to fit on.
            let calibration = if folds > 1 {
                calibrator(&other_rows[fold].select(&raw[fold]), &other_rows[fold].labels(validator), horizon)
            } else {
                Calibration::IDENTITY
            };
            raw[fold][fold].iter().map(|&p| calibration.apply(p)).collect()
        };
        (0..folds).map(calibrate_fold).collect()
    });
    let calibrator_of = |rows: &FoldRows| {
        let labels = rows.labels(validator);
        let forecasts = calibrated.each_ref().map(|calibrated| rows.select(calibrated));
        (1..CALIBRATORS.len()).fold(0, |simpler, flexible| {
            let gain = Gain::new(&forecasts[flexible], &forecasts[simpler], &labels, horizon);
            let is_better = gain.exceeds(CALIBRATOR_STANDARD_ERRORS);
            if is_better { flexible } else { simpler }
        })
    };
    // The deviation of a forecast from the base rate of its fold's training rows is what the model adds. It is judged on top of
    // climatology at the decision time, as if the model had been trained shortly before: the base rate of an early fold is years
    // older than that of a model that serves, which would hide a weak signal.
    let climatology = &validator.training_set.climatology[validator.test_rows()];
    let mut forecasts: Vec<OutOfFoldRow> = Vec::with_capacity(climatology.len());
    for (fold, rows) in other_rows.iter().enumerate() {
        let base = validator.training_set.base_rate(validator.folds[fold].train.clone());
        for &p in &calibrated[calibrator_of(rows)][fold] {
            let (row, deviation) = (forecasts.len(), p - base);
            forecasts.push(OutOfFoldRow { base: climatology[row], deviation, label: all_labels[row] });
        }
    }
    // One factor is fitted on the forecasts of all folds together. Factors for each fold from the others would be fitted on less
    // and lean the wrong way: without a fold in which the signal was strong, the others look weaker.
    let factor = shrink::shrinkage_factor(&forecasts, horizon, validator.config.evidence_penalty);
    let out_of_fold: Vec<f64> = forecasts.iter().map(|row| row.shrunk(factor)).collect();
    // The whole procedure is tested here: without a gain over climatology in folds it was not fitted on, the model is shrunk
    // to the base rate.
    let is_skilful = factor > 0.0 && Gain::new(&out_of_fold, climatology, &all_labels, horizon).exceeds(1.0);
    let shrinkage = if is_skilful { factor } else { 0.0 };
    let ensemble = search.select_ensemble(validator, &(0..folds).collect::<Vec<_>>())?;
    let calibration = CALIBRATORS[calibrator_of(&all)](
        &all.select(&search.ensemble_forecasts(&ensemble, folds)),
        &all_labels,
        horizon,
    );
    let final_forecasts: Vec<f64> = forecasts.iter().map(|row| row.shrunk(shrinkage)).collect();
    Ok(CalibratedEnsemble {
        ensemble,
        calibration,
        shrinkage,
        band_half_width: band_half_width(&final_forecasts, &all_labels),
        out_of_fold,
    })
}

/// Test rows of some folds: the index of each fold with a range of its test rows.
struct FoldRows(Vec<(usize, Range<usize>)>);

impl FoldRows {
    fn all(validator: &CrossValidator<'_>) -> Self {
        Self((0..validator.folds.len()).map(|fold| (fold, 0..validator.folds[fold].test.len())).collect())
    }

    /// Rows of the other folds, without those whose labels overlap with the excluded fold's. A single fold excludes nothing.
    fn excluding(validator: &CrossValidator<'_>, excluded: usize) -> Self {
        let part = |fold: usize| {
            let (rows, overlap) = (validator.folds[fold].test.len(), validator.training_set.horizon - 1);
            let from = if fold == excluded + 1 { overlap.min(rows) } else { 0 };
            let to = if fold + 1 == excluded { rows.saturating_sub(overlap) } else { rows };
            (fold, from..to)
        };
        Self(other_folds(validator.folds.len(), excluded).into_iter().map(part).collect())
    }

    /// Forecasts of these rows, from the forecasts of all folds.
    fn select(&self, forecasts: &[Vec<f64>]) -> Vec<f64> {
        self.0.iter().flat_map(|(fold, rows)| forecasts[*fold][rows.clone()].iter().copied()).collect()
    }

    fn labels(&self, validator: &CrossValidator<'_>) -> Vec<bool> {
        self.0.iter().flat_map(|(fold, rows)| validator.outcomes(*fold)[rows.clone()].iter().copied()).collect()
    }
}

/// Mean reduction of the log loss with its standard error, in nats.
#[derive(Debug, Clone, Copy)]
struct Gain {
    mean: f64,
    error: f64,
}

impl Gain {
    /// Gain of `forecasts` over `simpler`; overlapping labels count once.
    fn new(forecasts: &[f64], simpler: &[f64], labels: &[bool], horizon: usize) -> Self {
        let losses = metrics::log_losses(simpler, labels).into_iter().zip(metrics::log_losses(forecasts, labels));
        let gains: Vec<f64> = losses.map(|(simpler, own)| simpler - own).collect();
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let (n, horizon) = (gains.len() as f64, horizon as f64);
        let mean = gains.iter().sum::<f64>() / n;
        let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / n;
        Self { mean, error: (variance * horizon / n).sqrt() }
    }

    /// True if the gain is larger than so many standard errors (rule of Breiman et al. 1984, who take one).
    fn exceeds(self, standard_errors: f64) -> bool {
        self.mean > standard_errors * self.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_more_flexible_forecast_must_be_clearly_better() {
        let up: Vec<bool> = (0..400).map(|i| i % 2 == 0).collect();
        let confident = |by: f64| up.iter().map(|&up| if up { 0.5 + by } else { 0.5 - by }).collect::<Vec<f64>>();
        let beats = |own: &[f64], simpler: &[f64]| Gain::new(own, simpler, &up, 1).exceeds(1.0);
        assert!(beats(&confident(0.2), &confident(0.1)) && !beats(&confident(0.1), &confident(0.2)));
        assert!(!beats(&confident(0.1), &confident(0.1)), "a tie is no gain");
        // Correct slightly more often than wrong, by equal steps: a gain that chance explains.
        let steps: Vec<f64> = (0..400).map(|i| if (i % 2 == 0) == (i % 50 < 26) { 0.52 } else { 0.48 }).collect();
        assert!(metrics::log_loss(&steps, &up) < metrics::log_loss(&vec![0.5; 400], &up));
        assert!(!beats(&steps, &[0.5; 400]));
    }
}
