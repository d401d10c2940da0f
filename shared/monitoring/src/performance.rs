//! How the settled forecasts did.

use super::MonitoringConfig;
use contracts::forecast::Direction;
use evaluation::bootstrap::{
    BootstrapConfig, BootstrapError, BootstrapInterval, Sides, block_bootstrap, default_block_length,
};
use evaluation::enough_to_judge;
use evaluation::metrics::{auc, brier_score, brier_skill, expected_calibration_error, log_losses, squared_errors};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Bins of the calibration error, as in an evaluation.
const CALIBRATION_BINS: usize = 10;

/// A forecast with its outcome, as far as its score is concerned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettledForecast {
    /// When it was made for.
    pub decision_time: Timestamp,
    /// What it said.
    pub probability_up: f64,
    /// What climatology said at the same time.
    pub baseline_probability: f64,
    /// Which way it pointed.
    pub direction: Direction,
    /// What happened.
    pub up: bool,
}

/// Realised performance of settled forecasts against climatology. Log losses in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RealisedPerformance {
    /// Settled forecasts with an outcome.
    pub n: usize,
    /// Independent outcomes among them, `n / horizon`; below 30 there are no intervals. Zero in reports of older releases.
    #[serde(default)]
    pub independent: usize,
    /// Decision time of the first.
    pub from: Timestamp,
    /// Decision time of the last.
    pub through: Timestamp,
    /// Mean log loss.
    pub log_loss: f64,
    /// Mean log loss of the base rate that was known at each decision time.
    pub log_loss_climatology: f64,
    /// How much worse than climatology: the difference of the two.
    pub excess: f64,
    /// Its 95 % block-bootstrap interval, low and high; absent for too few independent outcomes.
    pub excess_ci: Option<[f64; 2]>,
    /// Its one-sided lower bound at the configured confidence; absent for too few independent outcomes.
    pub excess_lower: Option<f64>,
    /// Whether that is evidence of worse forecasts: enough forecasts, an excess worth a training, a bound above zero.
    pub worse: bool,
    /// Mean Brier score.
    pub brier: f64,
    /// Mean Brier score of climatology.
    pub brier_climatology: f64,
    /// `1 - Brier / Brier of climatology`; above zero is better.
    pub brier_skill: f64,
    /// Its 95 % block-bootstrap interval, low and high; absent for too few independent outcomes.
    pub brier_skill_ci: Option<[f64; 2]>,
    /// Area under the ROC curve; absent when only one outcome occurred.
    pub auc: Option<f64>,
    /// Expected calibration error over ten equally wide bins.
    pub calibration_error: f64,
    /// Calibration in the large: mean forecast minus the share that went up; above zero is too high.
    pub calibration_in_the_large: f64,
    /// Forecasts that pointed up or down.
    pub called: usize,
    /// Share of those that were right; `None` without any.
    pub hit_rate: Option<f64>,
}

impl RealisedPerformance {
    /// Scores settled forecasts of one series, ascending by decision time; `None` without any. Bootstrap blocks are at
    /// least `horizon` long, because outcomes of neighbours overlap that far.
    ///
    /// # Errors
    /// When the bootstrap refuses the settings.
    pub fn measure(
        settled: &[SettledForecast],
        horizon: u32,
        config: &MonitoringConfig,
    ) -> Result<Option<Self>, BootstrapError> {
        let (Some(first), Some(last)) = (settled.first(), settled.last()) else { return Ok(None) };
        let p: Vec<f64> = settled.iter().map(|one| one.probability_up).collect();
        let base: Vec<f64> = settled.iter().map(|one| one.baseline_probability).collect();
        let y: Vec<bool> = settled.iter().map(|one| one.up).collect();
        let n = y.len();

        let (losses, losses_climatology) = (log_losses(&p, &y), log_losses(&base, &y));
        let excesses: Vec<f64> = losses.iter().zip(&losses_climatology).map(|(a, b)| a - b).collect();
        let interval = |statistic: &dyn Fn(&[usize]) -> f64, confidence, sides| {
            let block = default_block_length(n, usize::try_from(horizon).unwrap_or(usize::MAX)).min(n);
            let resampling =
                BootstrapConfig { block, resamples: config.resamples, seed: config.seed, confidence, sides };
            block_bootstrap(n, &resampling, statistic)
        };
        let mean_excess = |rows: &[usize]| rows.iter().map(|&row| excesses[row]).sum::<f64>() / as_f64(rows.len());
        let (errors, errors_climatology) = (squared_errors(&p, &y), squared_errors(&base, &y));
        let skill = |rows: &[usize]| {
            let sum = |errors: &[f64]| rows.iter().map(|&row| errors[row]).sum::<f64>();
            1.0 - sum(&errors) / sum(&errors_climatology)
        };
        let enough = enough_to_judge(n, horizon);
        let ends = |statistic: &dyn Fn(&[usize]) -> f64| -> Result<Option<[f64; 2]>, BootstrapError> {
            let ends = |found: BootstrapInterval| [found.lo, found.hi];
            enough.then(|| interval(statistic, 0.95, Sides::TwoSided).map(ends)).transpose()
        };
        let excess_lower = interval(&mean_excess, config.confidence, Sides::OneSided)?.lo;
        let excess = mean(&excesses);
        let independent = n / usize::try_from(horizon.max(1)).unwrap_or(usize::MAX);

        let called: Vec<bool> = settled
            .iter()
            .filter(|one| one.direction != Direction::Abstain)
            .map(|one| (one.direction == Direction::Up) == one.up)
            .collect();
        let right = called.iter().filter(|right| **right).count();
        Ok(Some(Self {
            n,
            independent,
            from: first.decision_time,
            through: last.decision_time,
            log_loss: mean(&losses),
            log_loss_climatology: mean(&losses_climatology),
            excess,
            excess_ci: ends(&mean_excess)?,
            excess_lower: enough.then_some(excess_lower),
            worse: independent >= config.min_settled && excess >= config.min_excess && excess_lower > 0.0,
            brier: brier_score(&p, &y),
            brier_climatology: brier_score(&base, &y),
            brier_skill: brier_skill(&p, &base, &y),
            brier_skill_ci: ends(&skill)?,
            auc: auc(&p, &y),
            calibration_error: expected_calibration_error(&p, &y, CALIBRATION_BINS),
            calibration_in_the_large: mean(&p) - as_f64(y.iter().filter(|up| **up).count()) / as_f64(n),
            called: called.len(),
            hit_rate: (!called.is_empty()).then(|| as_f64(right) / as_f64(called.len())),
        }))
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / as_f64(values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alternating outcomes: climatology of one half is as good as can be.
    fn settled(n: usize, probability: impl Fn(bool) -> f64, direction: Direction) -> Vec<SettledForecast> {
        (0..n)
            .map(|i| SettledForecast {
                decision_time: Timestamp::from_second(86_400 * i64::try_from(i).unwrap()).unwrap(),
                probability_up: probability(i % 2 == 0),
                baseline_probability: 0.5,
                direction,
                up: i % 2 == 0,
            })
            .collect()
    }

    fn of(settled: &[SettledForecast]) -> RealisedPerformance {
        RealisedPerformance::measure(settled, 1, &MonitoringConfig::default()).unwrap().unwrap()
    }

    #[test]
    fn confident_nonsense_is_worse_and_climatology_itself_is_not() {
        let wrong = of(&settled(60, |up| if up { 0.4 } else { 0.6 }, Direction::Up));
        assert!(wrong.worse);
        // By hand: -ln 0.4 - ln 2 a forecast, and 1 - 0.36 / 0.25.
        assert!((wrong.excess - (-(0.4_f64.ln()) - 2.0_f64.ln())).abs() < 1e-12);
        assert!((wrong.brier_skill + 0.44).abs() < 1e-12);
        assert_eq!((wrong.called, wrong.hit_rate, wrong.auc), (60, Some(0.5), Some(0.0)));
        assert!(wrong.calibration_in_the_large.abs() < 1e-12 && (wrong.calibration_error - 0.6).abs() < 1e-12);

        let nothing = of(&settled(60, |_| 0.5, Direction::Abstain));
        assert!(!nothing.worse);
        assert_eq!((nothing.called, nothing.hit_rate), (0, None));
    }

    #[test]
    fn a_few_forecasts_or_a_trifle_are_no_evidence() {
        assert!(!of(&settled(20, |up| if up { 0.4 } else { 0.6 }, Direction::Up)).worse, "20 are too few");
        assert!(!of(&settled(90, |up| if up { 0.4985 } else { 0.5015 }, Direction::Up)).worse, "0.003 nats");
        assert!(!of(&settled(90, |up| if up { 0.6 } else { 0.4 }, Direction::Up)).worse, "better");
    }

    #[test]
    fn outcomes_that_overlap_count_once_per_horizon() {
        let settled = settled(60, |up| if up { 0.4 } else { 0.6 }, Direction::Up);
        let of =
            |horizon| RealisedPerformance::measure(&settled, horizon, &MonitoringConfig::default()).unwrap().unwrap();
        assert!(of(2).worse && !of(7).worse, "30 and 8 independent ones");
    }

    /// One forecast was reported with the interval [-0.0019, -0.0019].
    #[test]
    fn below_thirty_independent_outcomes_there_is_no_interval() {
        let settled = settled(210, |up| if up { 0.4 } else { 0.6 }, Direction::Up);
        let of = |n: usize, horizon| {
            RealisedPerformance::measure(&settled[..n], horizon, &MonitoringConfig::default()).unwrap().unwrap()
        };
        for (n, horizon, independent, judged) in
            [(1, 1, 1, false), (29, 1, 29, false), (30, 1, 30, true), (209, 7, 29, false), (210, 7, 30, true)]
        {
            let found = of(n, horizon);
            assert_eq!((found.n, found.independent), (n, independent));
            let intervals = [found.excess_ci.is_some(), found.excess_lower.is_some(), found.brier_skill_ci.is_some()];
            assert_eq!(intervals, [judged; 3], "{n} at horizon {horizon}");
        }
        let report = serde_json::to_value(of(1, 1)).unwrap();
        assert!(report["brier_skill_ci"].is_null() && report["brier_skill"].is_number());
    }

    #[test]
    fn without_a_settled_forecast_there_is_no_performance() {
        assert_eq!(RealisedPerformance::measure(&[], 1, &MonitoringConfig::default()).unwrap(), None);
    }
}
