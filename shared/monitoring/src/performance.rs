//! Realised performance of settled forecasts against climatology.

use crate::MonitoringConfig;
use contracts::forecast::Direction;
use evaluation::bootstrap::{
    BootstrapConfig, BootstrapError, BootstrapInterval, Sides, block_bootstrap, default_block_length,
};
use evaluation::enough_to_judge;
use evaluation::metrics::{auc, brier_score, brier_skill, expected_calibration_error, log_losses, squared_errors};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Number of bins of the calibration error, as in an evaluation.
const CALIBRATION_BINS: usize = 10;

/// Forecast joined with its outcome, reduced to the values that its scores depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettledForecast {
    /// Decision time.
    pub decision_time: Timestamp,
    /// Probability of up.
    pub probability_up: f64,
    /// Climatology at the decision time.
    pub baseline_probability: f64,
    /// Direction of the forecast.
    pub direction: Direction,
    /// Outcome: true for up.
    pub up: bool,
}

/// Realised performance of settled forecasts against climatology. Log losses in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RealisedPerformance {
    /// Number of settled forecasts with an outcome.
    pub n: usize,
    /// Number of independent outcomes, `n / horizon`; below 30 there are no intervals. Zero in reports of older releases.
    #[serde(default)]
    pub independent: usize,
    /// First decision time.
    pub from: Timestamp,
    /// Last decision time.
    pub through: Timestamp,
    /// Mean log loss.
    pub log_loss: f64,
    /// Mean log loss of the base rate that was known at each decision time.
    pub log_loss_climatology: f64,
    /// Excess over climatology: `log_loss - log_loss_climatology`; above zero is worse.
    pub excess: f64,
    /// 95 % block-bootstrap interval of the excess, low and high; absent for too few independent outcomes.
    pub excess_ci: Option<[f64; 2]>,
    /// One-sided lower bound of the excess at the configured confidence; absent for too few independent outcomes.
    pub excess_lower: Option<f64>,
    /// True with evidence of worse forecasts: `min_settled` independent outcomes, an excess of at least `min_excess`, and a lower
    /// bound above zero.
    pub worse: bool,
    /// Mean Brier score.
    pub brier: f64,
    /// Mean Brier score of climatology.
    pub brier_climatology: f64,
    /// `1 - Brier / Brier of climatology`; above zero is better.
    pub brier_skill: f64,
    /// 95 % block-bootstrap interval of the Brier skill, low and high; absent for too few independent outcomes.
    pub brier_skill_ci: Option<[f64; 2]>,
    /// Area under the ROC curve; absent if only one outcome occurred.
    pub auc: Option<f64>,
    /// Expected calibration error over ten bins of equal width, 0 to 1.
    pub calibration_error: f64,
    /// Calibration in the large: mean forecast minus the share of up outcomes; above zero is too high.
    pub calibration_in_the_large: f64,
    /// Number of forecasts that pointed up or down.
    pub called: usize,
    /// Hit rate of these forecasts; absent without any.
    pub hit_rate: Option<f64>,
}

impl RealisedPerformance {
    /// Scores the settled forecasts of one series, which are ascending by decision time; `None` without forecasts. Bootstrap
    /// blocks have the length of [`default_block_length`], because the outcomes of neighbours overlap.
    ///
    /// # Errors
    /// Returns an error for invalid bootstrap settings.
    pub fn measure(
        settled: &[SettledForecast],
        horizon: u32,
        config: &MonitoringConfig,
    ) -> Result<Option<Self>, BootstrapError> {
        let (Some(first), Some(last)) = (settled.first(), settled.last()) else { return Ok(None) };
        let p: Vec<f64> = settled.iter().map(|forecast| forecast.probability_up).collect();
        let base: Vec<f64> = settled.iter().map(|forecast| forecast.baseline_probability).collect();
        let outcomes: Vec<bool> = settled.iter().map(|forecast| forecast.up).collect();
        let n = outcomes.len();

        let (losses, losses_climatology) = (log_losses(&p, &outcomes), log_losses(&base, &outcomes));
        let excesses: Vec<f64> = losses.iter().zip(&losses_climatology).map(|(a, b)| a - b).collect();
        let interval = |statistic: &dyn Fn(&[usize]) -> f64, confidence, sides| {
            let block = default_block_length(n, usize::try_from(horizon).unwrap_or(usize::MAX)).min(n);
            let resampling =
                BootstrapConfig { block, resamples: config.resamples, seed: config.seed, confidence, sides };
            block_bootstrap(n, &resampling, statistic)
        };
        let mean_excess = |rows: &[usize]| rows.iter().map(|&row| excesses[row]).sum::<f64>() / as_f64(rows.len());
        let (errors, errors_climatology) = (squared_errors(&p, &outcomes), squared_errors(&base, &outcomes));
        let skill = |rows: &[usize]| {
            let sum = |errors: &[f64]| rows.iter().map(|&row| errors[row]).sum::<f64>();
            1.0 - sum(&errors) / sum(&errors_climatology)
        };
        let enough = enough_to_judge(n, horizon);
        let two_sided = |statistic: &dyn Fn(&[usize]) -> f64| -> Result<Option<[f64; 2]>, BootstrapError> {
            let bounds = |interval: BootstrapInterval| [interval.lo, interval.hi];
            enough.then(|| interval(statistic, 0.95, Sides::TwoSided).map(bounds)).transpose()
        };
        let excess_lower = interval(&mean_excess, config.confidence, Sides::OneSided)?.lo;
        let excess = mean(&excesses);
        let independent = n / usize::try_from(horizon.max(1)).unwrap_or(usize::MAX);

        let hits: Vec<bool> = settled
            .iter()
            .filter(|forecast| forecast.direction != Direction::Abstain)
            .map(|forecast| (forecast.direction == Direction::Up) == forecast.up)
            .collect();
        let hit_count = hits.iter().filter(|hit| **hit).count();
        Ok(Some(Self {
            n,
            independent,
            from: first.decision_time,
            through: last.decision_time,
            log_loss: mean(&losses),
            log_loss_climatology: mean(&losses_climatology),
            excess,
            excess_ci: two_sided(&mean_excess)?,
            excess_lower: enough.then_some(excess_lower),
            worse: independent >= config.min_settled && excess >= config.min_excess && excess_lower > 0.0,
            brier: brier_score(&p, &outcomes),
            brier_climatology: brier_score(&base, &outcomes),
            brier_skill: brier_skill(&p, &base, &outcomes),
            brier_skill_ci: two_sided(&skill)?,
            auc: auc(&p, &outcomes),
            calibration_error: expected_calibration_error(&p, &outcomes, CALIBRATION_BINS),
            calibration_in_the_large: mean(&p) - as_f64(outcomes.iter().filter(|up| **up).count()) / as_f64(n),
            called: hits.len(),
            hit_rate: (!hits.is_empty()).then(|| as_f64(hit_count) / as_f64(hits.len())),
        }))
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / as_f64(values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alternating outcomes, for which a climatology of one half is optimal.
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

    fn measure(settled: &[SettledForecast]) -> RealisedPerformance {
        RealisedPerformance::measure(settled, 1, &MonitoringConfig::default()).unwrap().unwrap()
    }

    #[test]
    fn wrong_forecasts_are_worse_and_climatology_itself_is_not() {
        let wrong = measure(&settled(60, |up| if up { 0.4 } else { 0.6 }, Direction::Up));
        assert!(wrong.worse);
        // Computed by hand: -ln 0.4 - ln 2 for each forecast, and 1 - 0.36 / 0.25.
        assert!((wrong.excess - (-(0.4_f64.ln()) - 2.0_f64.ln())).abs() < 1e-12);
        assert!((wrong.brier_skill + 0.44).abs() < 1e-12);
        assert_eq!((wrong.called, wrong.hit_rate, wrong.auc), (60, Some(0.5), Some(0.0)));
        assert!(wrong.calibration_in_the_large.abs() < 1e-12 && (wrong.calibration_error - 0.6).abs() < 1e-12);

        let abstaining = measure(&settled(60, |_| 0.5, Direction::Abstain));
        assert!(!abstaining.worse);
        assert_eq!((abstaining.called, abstaining.hit_rate), (0, None));
    }

    #[test]
    fn few_forecasts_or_a_small_excess_are_no_evidence() {
        assert!(!measure(&settled(20, |up| if up { 0.4 } else { 0.6 }, Direction::Up)).worse, "20 are too few");
        assert!(
            !measure(&settled(90, |up| if up { 0.4985 } else { 0.5015 }, Direction::Up)).worse,
            "an excess of 0.003 nats is below the minimum"
        );
        assert!(!measure(&settled(90, |up| if up { 0.6 } else { 0.4 }, Direction::Up)).worse, "better");
    }

    #[test]
    fn of_overlapping_outcomes_one_per_horizon_counts() {
        let settled = settled(60, |up| if up { 0.4 } else { 0.6 }, Direction::Up);
        let measure =
            |horizon| RealisedPerformance::measure(&settled, horizon, &MonitoringConfig::default()).unwrap().unwrap();
        assert!(measure(2).worse && !measure(7).worse, "30 and 8 independent ones");
    }

    /// Regression: one forecast was reported with the interval [-0.0019, -0.0019].
    #[test]
    fn below_thirty_independent_outcomes_there_is_no_interval() {
        let settled = settled(210, |up| if up { 0.4 } else { 0.6 }, Direction::Up);
        let measure = |n: usize, horizon| {
            RealisedPerformance::measure(&settled[..n], horizon, &MonitoringConfig::default()).unwrap().unwrap()
        };
        for (n, horizon, independent, has_intervals) in
            [(1, 1, 1, false), (29, 1, 29, false), (30, 1, 30, true), (209, 7, 29, false), (210, 7, 30, true)]
        {
            let performance = measure(n, horizon);
            assert_eq!((performance.n, performance.independent), (n, independent));
            let intervals = [
                performance.excess_ci.is_some(),
                performance.excess_lower.is_some(),
                performance.brier_skill_ci.is_some(),
            ];
            assert_eq!(intervals, [has_intervals; 3], "{n} at horizon {horizon}");
        }
        let report = serde_json::to_value(measure(1, 1)).unwrap();
        assert!(report["brier_skill_ci"].is_null() && report["brier_skill"].is_number());
    }

    #[test]
    fn no_settled_forecast_has_no_performance() {
        assert_eq!(RealisedPerformance::measure(&[], 1, &MonitoringConfig::default()).unwrap(), None);
    }
}
