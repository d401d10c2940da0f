//! Evaluation of settled distributions of the move against climatology and against the last 365 days.
//!
//! [`DistributionEvaluation`] is the record of a training's hold-out and of a backtest. The score is [`Quantiles::crps`]. Ties
//! count as moves of zero. Every interval is a two-sided 95 % interval by the circular block [`bootstrap`](crate::bootstrap) of
//! losses that are computed once.

mod bands;
mod comparison;
mod input;
mod odds;
mod transform;
mod verdict;

pub use bands::{BandScore, BandYear};
pub use comparison::{BaselineComparison, Skill};
pub use input::{DistributionInput, SettledDistribution};
pub use odds::OddsScore;
pub use transform::{PIT_BINS, PitHistogram, pit_counts};

use crate::{
    bootstrap::{BootstrapConfig, BootstrapError},
    enough_to_judge,
};
use contracts::distribution::{Coverage, DistributionEvidence, LEVEL_COUNT, LEVELS, Quantiles, SkillVerdict};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Level of the band whose coverage is part of the evidence.
const EVIDENCE_BAND: f64 = 0.8;

/// Evaluation record of the settled distributions of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistributionEvaluation {
    /// First settled decision time.
    pub from: Timestamp,
    /// Last settled decision time.
    pub through: Timestamp,
    /// Number of settled distributions; ties are moves of zero.
    pub n: usize,
    /// Approximate number of independent outcomes: `n / horizon`.
    pub n_effective: f64,
    /// Settings of the bootstrap for the intervals.
    pub resampling: BootstrapConfig,
    /// Mean continuous ranked probability score (CRPS) of the forecasts, in log returns; lower is better.
    pub crps: f64,
    /// Comparison with climatology, the distribution of all moves settled at each decision time.
    pub climatology: BaselineComparison,
    /// Comparison with the settled moves of the last 365 days; absent if no decision has them.
    pub recent: Option<BaselineComparison>,
    /// Coverage and width of the bands of 50, 80 and 95 %.
    pub bands: Vec<BandScore>,
    /// Histogram of the probability integral transforms, with a test of uniformity.
    pub pit: PitHistogram,
    /// Scores of the odds: each size, up, down and either way.
    pub odds: Vec<OddsScore>,
    /// Mean pinball loss at each level.
    pub pinball: Vec<PinballLoss>,
    /// Conclusion from the CRPS skill over climatology.
    pub verdict: SkillVerdict,
    /// Sentence that states the skill over both baselines with its numbers.
    pub text: String,
}

/// Mean pinball loss at one level, in log returns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PinballLoss {
    /// Level of the quantile.
    pub level: f64,
    /// Mean loss of the forecasts.
    pub forecast: f64,
    /// Mean loss of climatology.
    pub climatology: f64,
}

impl DistributionEvaluation {
    /// Evaluates settled distributions; `None` without any.
    ///
    /// # Errors
    /// Returns an error for settings without resamples.
    ///
    /// # Examples
    /// ```
    /// use contracts::distribution::{OddsSizes, Quantiles, SkillVerdict};
    /// use evaluation::distribution::{DistributionEvaluation, DistributionInput, SettledDistribution};
    /// let series = "eth-usd-1d-h1".parse().unwrap();
    /// let within = |size: f64| {
    ///     Quantiles::from_ascending(&(-50..=50).map(|i| f64::from(i) / 50.0 * size).collect::<Vec<_>>()).unwrap()
    /// };
    /// let settled: Vec<SettledDistribution> = (0..400_i64)
    ///     .map(|day| SettledDistribution {
    ///         decision_time: jiff::Timestamp::from_second(day * 86_400).unwrap(),
    ///         quantiles: within(0.02),
    ///         baseline: within(0.05),
    ///         recent: None,
    ///         outcome: (day * 37 % 101 - 50) as f64 / 50.0 * 0.02,
    ///     })
    ///     .collect();
    /// let (series, sizes) = (&series, &OddsSizes::for_series(&series));
    /// let input = DistributionInput { series, settled: &settled, from_model: true, sizes, resamples: 200, seed: 1 };
    /// let record = DistributionEvaluation::new(&input).unwrap().unwrap();
    /// assert_eq!(record.evidence().verdict, SkillVerdict::Shown);
    /// assert!((record.bands[1].coverage - 0.8).abs() < 0.02);
    /// ```
    pub fn new(input: &DistributionInput<'_>) -> Result<Option<Self>, BootstrapError> {
        let DistributionInput { series, settled, from_model, resamples, seed, .. } = *input;
        let (Some(first), Some(last)) = (settled.first(), settled.last()) else { return Ok(None) };
        let (n, horizon) = (settled.len(), series.horizon);
        let crps: Vec<f64> = settled.iter().map(|row| row.quantiles.crps(row.outcome)).collect();
        let compare = |of: fn(&SettledDistribution) -> Option<Quantiles>| {
            let rows = settled.iter().zip(&crps).filter_map(|(row, own)| Some((*own, of(row)?.crps(row.outcome))));
            let (own, baseline): (Vec<f64>, Vec<f64>) = rows.unzip();
            let n = own.len();
            let compared = (n > 0).then(|| Skill::measure(&own, &baseline, horizon, resamples, seed)).transpose()?;
            Ok(compared.map(|crps_skill| BaselineComparison {
                n,
                crps: mean(&baseline),
                forecast_crps: mean(&own),
                crps_skill,
            }))
        };
        let Some(climatology) = compare(|row| Some(row.baseline))? else { return Ok(None) };
        let recent = compare(|row| row.recent)?;
        let n_effective = as_f64(n) / f64::from(horizon);
        let bands = bands::band_scores(settled, series.interval);
        let coverage_80 = coverage(&bands, EVIDENCE_BAND).unwrap_or(f64::NAN);
        let (verdict, text) = verdict::assess(&climatology, recent.as_ref(), from_model, n_effective, coverage_80);
        Ok(Some(Self {
            from: first.decision_time,
            through: last.decision_time,
            n,
            n_effective,
            resampling: BootstrapConfig::two_sided(n, horizon, resamples, seed),
            crps: mean(&crps),
            climatology,
            recent,
            bands,
            pit: PitHistogram::new(settled, horizon, enough_to_judge(n, horizon)),
            odds: odds::odds_scores(input)?,
            pinball: pinball_losses(settled),
            verdict,
            text,
        }))
    }

    /// Evidence for an artifact and its forecasts.
    #[must_use]
    pub fn evidence(&self) -> DistributionEvidence {
        let Skill { skill, interval } = self.climatology.crps_skill;
        DistributionEvidence {
            verdict: self.verdict,
            crps_skill: skill,
            crps_skill_ci: interval,
            n: self.n,
            coverage_80: coverage(&self.bands, EVIDENCE_BAND).map(|share| Coverage { share, n: self.n }),
        }
    }
}

/// Share of outcomes inside the band of a level.
fn coverage(bands: &[BandScore], level: f64) -> Option<f64> {
    bands.iter().find(|band| band.level.to_bits() == level.to_bits()).map(|band| band.coverage)
}

fn pinball_losses(settled: &[SettledDistribution]) -> Vec<PinballLoss> {
    let means = |of: fn(&SettledDistribution) -> &Quantiles| {
        let mut sums = [0.0; LEVEL_COUNT];
        for row in settled {
            let losses = of(row).pinball_losses(row.outcome);
            sums.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += loss);
        }
        sums.map(|sum| sum / as_f64(settled.len()))
    };
    let (forecast, climatology) = (means(|row| &row.quantiles), means(|row| &row.baseline));
    let losses = LEVELS.into_iter().zip(forecast).zip(climatology);
    losses.map(|((level, forecast), climatology)| PinballLoss { level, forecast, climatology }).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / as_f64(values.len())
}

#[cfg(test)]
mod tests;
