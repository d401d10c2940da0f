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
use evaluation::{gate::PromotedParts, metrics::log_losses};
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
    /// Smaller of both present e-values, divided by that before the first outcome: 1 without evidence, below 1 after outcomes that
    /// speak against the challenger. It only ranks challengers, and is not written to reports.
    #[serde(skip)]
    pub growth: f64,
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

    /// Parts that are shown to be better.
    #[must_use]
    pub fn proven_parts(&self) -> PromotedParts {
        match (self.direction_is_better(), self.distribution_is_better()) {
            (false, false) => PromotedParts::None,
            (true, false) => PromotedParts::Direction,
            (false, true) => PromotedParts::Distribution,
            (true, true) => PromotedParts::Both,
        }
    }

    /// Growth of the part that is nearer to a promotion; 1 without an outcome beside the present champion.
    #[must_use]
    pub fn growth(&self) -> f64 {
        let parts = [self.direction, self.distribution].into_iter().flatten();
        parts.map(|part| part.growth).reduce(f64::max).unwrap_or(1.0)
    }

    /// Parts that are shown to be better with their numbers, as one sentence for the history of champions.
    #[must_use]
    pub fn reason(&self) -> String {
        let part = |name: &str, unit: &str, part: Option<PartEvidence>| {
            let PartEvidence { n, gain_over_champion, e_champion, threshold, .. } = part.filter(|part| part.better)?;
            Some(format!(
                "its {name} is better on {n} live forecasts: {unit} lower by {gain_over_champion:.5} than the champion's, \
                 e-value {e_champion:.0} of {threshold:.0} required"
            ))
        };
        let parts = [part("direction", "log loss", self.direction), part("distribution", "CRPS", self.distribution)];
        format!("version {}: {}", self.version, parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
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

/// Evidence of the challenger that is to replace the champion: the strongest with a part that is shown to be better.
#[must_use]
pub fn strongest<'a>(evidence: impl IntoIterator<Item = &'a ChallengerEvidence>) -> Option<&'a ChallengerEvidence> {
    let strongest = evidence.into_iter().max_by(|a, b| a.strength().total_cmp(&b.strength()));
    strongest.filter(|evidence| evidence.proven_parts() != PromotedParts::None)
}

/// Challenger that leaves a full shadow for a new one: the one with the lowest [growth](ChallengerEvidence::growth), the first of
/// equals. `versions` are the challengers, oldest first.
///
/// The growth counts the outcomes: one that gains slowly stays ahead of newcomers until its test fires, where the mean skill of
/// some days is mostly chance.
#[must_use]
pub fn weakest<'a>(
    versions: impl IntoIterator<Item = u32>,
    evidence: impl Fn(u32) -> Option<&'a ChallengerEvidence>,
) -> Option<u32> {
    let growth = |version: u32| evidence(version).map_or(1.0, ChallengerEvidence::growth);
    versions.into_iter().min_by(|a, b| growth(*a).total_cmp(&growth(*b)))
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

fn evidence(
    horizon: u32,
    champion: (&Losses, &SequentialTest),
    climatology: (&Losses, &SequentialTest),
) -> PartEvidence {
    let (gain_over_champion, gain_over_climatology) = (champion.0.mean_gain(), climatology.0.mean_gain());
    let fired = champion.1.fired_at.is_some() && climatology.1.fired_at.is_some();
    PartEvidence {
        n: champion.1.n,
        gain_over_champion,
        gain_over_climatology,
        skill: climatology.0.skill(),
        e_champion: champion.1.highest,
        e_climatology: climatology.1.highest,
        growth: champion.1.e_value.min(climatology.1.e_value) * f64::from(horizon),
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
    Some(evidence(series.horizon, (&over_champion, &champion_test), (&over_climatology, &climatology_test)))
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
    Some(evidence(series.horizon, (&over_champion, &champion_test), (&over_climatology, &climatology_test)))
}

#[cfg(test)]
mod tests;
