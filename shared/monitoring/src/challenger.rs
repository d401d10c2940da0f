//! Evidence of a challenger from its live forecasts beside the champion, and whether it may replace it.
//!
//! A challenger has two parts, direction and distribution. Each is compared with the champion that serves, and with climatology, by
//! the [sequential tests](crate::sequential) with the roles exchanged: the hypothesis is that the other one is no worse than the
//! challenger. Under it the e-value ever reaches `1 / alpha` with a probability of at most `alpha`, however often it is read, so a
//! promotion may be decided after any outcome. A part is better if both tests have fired and both mean gains are above zero. The
//! tests reject "no worse at any decision time"; the mean gains say that it is better on average.
//!
//! Only forecasts made while the present champion served are compared with it. Those of earlier champions count against climatology.

use crate::{ScoredDistribution, SequentialTest, SettledForecast, sequential::NullHypothesis};
use contracts::{
    distribution::{DistributionBasis, DistributionEvidence, StoredDistribution},
    expert::{PairedDistribution, PairedForecast},
    forecast::Direction,
};
use evaluation::metrics::log_losses;
use jiff::Timestamp;
use market_data::{Series, numbers::as_f64};
use serde::{Deserialize, Serialize};

/// Live evidence of one part of a challenger. Gains are positive if it is better: log loss in nats, CRPS in log returns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PartEvidence {
    /// Number of outcomes while the present champion served.
    pub n: usize,
    /// Mean gain over the champion.
    pub gain_over_champion: f64,
    /// Mean gain over climatology, of all outcomes.
    pub gain_over_climatology: f64,
    /// Skill over climatology: the gain as a share of climatology's loss.
    pub skill: f64,
    /// Highest e-value so far against "the champion is no worse".
    pub e_champion: f64,
    /// Highest e-value so far against "climatology is no worse".
    pub e_climatology: f64,
    /// E-value at which a test fires: `1 / alpha`.
    pub threshold: f64,
    /// True if it is shown to be better than both.
    pub better: bool,
}

/// Live evidence of a challenger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChallengerEvidence {
    /// Version of the challenger.
    pub version: u32,
    /// Version that serves.
    pub champion: u32,
    /// First decision time.
    pub from: Timestamp,
    /// Last decision time.
    pub through: Timestamp,
    /// Evidence of the direction; absent without an outcome beside the present champion.
    pub direction: Option<PartEvidence>,
    /// Evidence of the distribution; absent without one beside the present champion.
    pub distribution: Option<PartEvidence>,
}

impl ChallengerEvidence {
    /// Evidence of `version` from its settled forecasts, which are ascending by decision time. `alpha` is the error that the
    /// promotion of each part may spend. `None` without a settled forecast.
    #[must_use]
    pub fn measure(
        series: &Series,
        version: u32,
        champion: u32,
        forecasts: &[PairedForecast],
        alpha: f64,
    ) -> Option<Self> {
        let (first, last) = (forecasts.first()?, forecasts.last()?);
        Some(Self {
            version,
            champion,
            from: first.decision_time,
            through: last.decision_time,
            direction: direction(series, champion, forecasts, alpha),
            distribution: distribution(series, champion, forecasts, alpha),
        })
    }

    /// Smallest ratio of e-value to threshold among the parts that are better; above it there is nothing to decide.
    #[must_use]
    pub fn strength(&self) -> f64 {
        let parts = [self.direction, self.distribution].into_iter().flatten().filter(|part| part.better);
        parts.map(|part| part.e_champion.min(part.e_climatology) / part.threshold).fold(0.0, f64::max)
    }

    /// True if the direction is shown to be better.
    #[must_use]
    pub fn direction_is_better(&self) -> bool {
        self.direction.is_some_and(|part| part.better)
    }

    /// True if the distribution is shown to be better.
    #[must_use]
    pub fn distribution_is_better(&self) -> bool {
        self.distribution.is_some_and(|part| part.better)
    }
}

/// Losses of one part at the decision times that have them.
struct Losses {
    challenger: Vec<f64>,
    other: Vec<f64>,
}

impl Losses {
    fn mean_gain(&self) -> f64 {
        let gains: f64 = self.other.iter().zip(&self.challenger).map(|(other, own)| other - own).sum();
        gains / as_f64(self.challenger.len().max(1))
    }

    fn skill(&self) -> f64 {
        let total: f64 = self.other.iter().sum();
        if total > 0.0 { 1.0 - self.challenger.iter().sum::<f64>() / total } else { 0.0 }
    }
}

fn evidence(champion: (&Losses, &SequentialTest), climatology: (&Losses, &SequentialTest)) -> PartEvidence {
    let (gain_over_champion, gain_over_climatology) = (champion.0.mean_gain(), climatology.0.mean_gain());
    let fired = champion.1.fired_at.is_some() && climatology.1.fired_at.is_some();
    PartEvidence {
        n: champion.1.n,
        gain_over_champion,
        gain_over_climatology,
        skill: climatology.0.skill(),
        e_champion: champion.1.highest,
        e_climatology: climatology.1.highest,
        threshold: champion.1.threshold,
        better: fired && gain_over_champion > 0.0 && gain_over_climatology > 0.0,
    }
}

fn direction(series: &Series, champion: u32, forecasts: &[PairedForecast], alpha: f64) -> Option<PartEvidence> {
    let compare = |other: fn(&PairedForecast) -> f64, beside: Option<u32>| {
        let counted = forecasts.iter().filter(|paired| beside.is_none_or(|version| paired.champion_version == version));
        let settled: Vec<SettledForecast> = counted
            .filter_map(|paired| {
                Some(SettledForecast {
                    decision_time: paired.decision_time,
                    probability_up: other(paired),
                    baseline_probability: paired.challenger,
                    direction: Direction::Abstain,
                    up: paired.up?,
                })
            })
            .collect();
        let test = SequentialTest::new(series, &settled, NullHypothesis::NoWorseThanClimatology, alpha)?;
        let outcomes: Vec<bool> = settled.iter().map(|forecast| forecast.up).collect();
        let losses = |probability: fn(&SettledForecast) -> f64| {
            log_losses(&settled.iter().map(probability).collect::<Vec<_>>(), &outcomes)
        };
        let losses = Losses {
            challenger: losses(|forecast| forecast.baseline_probability),
            other: losses(|forecast| forecast.probability_up),
        };
        Some((losses, test))
    };
    let (over_champion, champion_test) = compare(|paired| paired.champion, Some(champion))?;
    let (over_climatology, climatology_test) = compare(|paired| paired.climatology, None)?;
    Some(evidence((&over_champion, &champion_test), (&over_climatology, &climatology_test)))
}

fn distribution(series: &Series, champion: u32, forecasts: &[PairedForecast], alpha: f64) -> Option<PartEvidence> {
    let compare = |other: fn(&PairedDistribution) -> contracts::distribution::Quantiles, beside: Option<u32>| {
        let counted = forecasts.iter().filter(|paired| beside.is_none_or(|version| paired.champion_version == version));
        let settled: Vec<ScoredDistribution> = counted
            .filter_map(|paired| {
                let distribution = paired.distribution.as_ref()?;
                let exchanged = StoredDistribution {
                    basis: DistributionBasis::Model,
                    // The scores do not depend on it.
                    close: 1.0,
                    quantiles: other(distribution),
                    baseline: distribution.challenger,
                    evidence: DistributionEvidence::NONE,
                };
                let scores = exchanged.score(distribution.outcome);
                Some(ScoredDistribution::new(paired.decision_time, &exchanged, scores, distribution.outcome, &[]))
            })
            .collect();
        let test = SequentialTest::of_crps(series, &settled, alpha)?;
        let losses = Losses {
            challenger: settled.iter().map(|settled| settled.scores.baseline_crps).collect(),
            other: settled.iter().map(|settled| settled.scores.crps).collect(),
        };
        Some((losses, test))
    };
    let (over_champion, champion_test) = compare(|paired| paired.champion, Some(champion))?;
    let (over_climatology, climatology_test) = compare(|paired| paired.climatology, None)?;
    Some(evidence((&over_champion, &champion_test), (&over_climatology, &climatology_test)))
}

#[cfg(test)]
mod tests;
