//! Mixture of experts for the direction: weights that follow from the settled forecasts alone.
//!
//! The served probability is the weighted mean of the experts' ([`contracts::expert`]). After each outcome the weight of an
//! expert is multiplied by the probability that it gave to the outcome (Bayes' rule, the aggregating algorithm of Vovk 1990 for the
//! log loss). Then two small shares move, so that a weight can come back (fixed share, Herbster and Warmuth 1998): a share
//! [`CLIMATOLOGY_SHARE`] of climatology's weight goes to the others, and each other expert gives [`EXPERT_SHARE`] of its weight to
//! the others by their priors. A version that is new takes the share of its prior from the other experts, and leaves climatology's
//! weight as it is; the weight of one that is dropped goes to those that stay.
//!
//! **Bound.** Only Bayes' rule and the first share change climatology's weight, which begins at [`CLIMATOLOGY_PRIOR`]. Therefore,
//! whatever the outcomes and the other experts are, the log loss of `n` mixed forecasts is at most
//!
//! ```text
//! loss(climatology) + ln(1 / CLIMATOLOGY_PRIOR) + n ln(1 / (1 - CLIMATOLOGY_SHARE))
//! ```
//!
//! in nats: 0.5 above climatology's for 100 forecasts, 0.7 for 10,000. A horizon of `h` bars has `h` interleaved mixtures, each with
//! this bound, because an outcome must be known before the next forecast of its mixture.
//!
//! **Epochs.** The weights are computed anew for each decision time, from the stored forecasts since the beginning of the epoch
//! before the present one. An epoch has [`EPOCH_BARS`] bars, counted from 1970. So a replay finds the same weights, and the history
//! that they depend on is bounded. The bound holds from each such beginning.

use contracts::expert::{Expert, ExpertForecast};
use features::baselines::SITUATIONS;
use jiff::Timestamp;
use market_data::Series;

/// Weight of climatology before the first outcome.
pub const CLIMATOLOGY_PRIOR: f64 = 0.6;
/// Share of climatology's weight that goes to the other experts after each outcome.
pub const CLIMATOLOGY_SHARE: f64 = 2e-5;
/// Share of each other expert's weight that is divided anew after each outcome.
pub const EXPERT_SHARE: f64 = 1e-3;
/// Bars of an epoch: 13.7 years of days, 208 days of hours.
pub const EPOCH_BARS: i64 = 5_000;
/// Prior of a version relative to that of a frequency.
const VERSION_PRIOR: f64 = 4.0;

/// Forecasts of the experts at one decision time, with the outcome: true for up, `None` for a tie or an unknown outcome.
#[derive(Debug, Clone, Copy)]
pub struct SettledExperts<'a> {
    /// Decision time.
    pub decision_time: Timestamp,
    /// Forecasts that were stored at the decision time.
    pub experts: &'a [ExpertForecast],
    /// Outcome.
    pub up: Option<bool>,
}

/// Experts of the frequencies, in the order of [`features::baselines::Cells`].
const FREQUENCIES: [Expert; SITUATIONS] = [Expert::LastBar, Expert::LastTwoBars, Expert::LastMove, Expert::Calendar];

/// Forecasts of all experts, climatology first, with weights that follow from the settled forecasts ([`weights`]). A frequency
/// without a cell forecasts climatology.
#[must_use]
pub fn mix<'a>(
    series: &Series,
    decision_time: Timestamp,
    climatology: f64,
    frequencies: [Option<f64>; SITUATIONS],
    versions: impl IntoIterator<Item = ExpertForecast>,
    settled: impl IntoIterator<Item = SettledExperts<'a>>,
) -> Vec<ExpertForecast> {
    let forecast = |expert, probability_up| ExpertForecast { expert, weight: 0.0, probability_up, quantiles: None };
    let mut experts = vec![forecast(Expert::Climatology, climatology)];
    for (expert, probability) in FREQUENCIES.into_iter().zip(frequencies) {
        // At a horizon of one bar the last move is the last bar.
        if expert != Expert::LastMove || series.horizon > 1 {
            experts.push(forecast(expert, probability.unwrap_or(climatology)));
        }
    }
    experts.extend(versions);
    let present: Vec<Expert> = experts.iter().map(|forecast| forecast.expert).collect();
    let weights = weights(series, decision_time, &present, settled);
    experts.iter_mut().zip(weights).for_each(|(forecast, weight)| forecast.weight = weight);
    experts
}

/// Beginning of the epoch before that of `decision_time`. The weights depend on no earlier forecast.
#[must_use]
pub fn epoch_start(series: &Series, decision_time: Timestamp) -> Timestamp {
    let epoch = bar_number(series, decision_time).div_euclid(EPOCH_BARS);
    series.interval.step(Timestamp::UNIX_EPOCH, (epoch - 1) * EPOCH_BARS)
}

/// Weights of the experts that forecast at `decision_time`, in their order; they add up to 1. `settled` ascends by decision time.
/// Only outcomes that are known at `decision_time`, of the same interleaved mixture, count.
///
/// `present` names each expert once and begins with climatology.
#[must_use]
pub fn weights<'a>(
    series: &Series,
    decision_time: Timestamp,
    present: &[Expert],
    settled: impl IntoIterator<Item = SettledExperts<'a>>,
) -> Vec<f64> {
    let start = epoch_start(series, decision_time);
    let mixture_of = |time: Timestamp| bar_number(series, time).rem_euclid(i64::from(series.horizon.max(1)));
    let mixture = mixture_of(decision_time);
    let mut state = State { climatology: CLIMATOLOGY_PRIOR, others: Vec::new() };
    for forecast in settled {
        let time = forecast.decision_time;
        let counts = time >= start && series.target_time(time) <= decision_time && mixture_of(time) == mixture;
        if let Some(up) = forecast.up.filter(|_| counts && !forecast.experts.is_empty()) {
            state.enter(forecast.experts.iter().map(|forecast| forecast.expert));
            state.update(forecast.experts, up);
        }
    }
    state.enter(present.iter().copied());
    present.iter().map(|expert| state.weight(*expert)).collect()
}

/// Number of the bar that closes at `time`, counted from 1970.
fn bar_number(series: &Series, time: Timestamp) -> i64 {
    time.as_second().div_euclid(series.interval.seconds())
}

fn prior(expert: Expert) -> f64 {
    match expert {
        Expert::Version(_) => VERSION_PRIOR,
        _ => 1.0,
    }
}

/// Weights, which add up to 1.
struct State {
    climatology: f64,
    others: Vec<(Expert, f64)>,
}

impl State {
    fn weight(&self, expert: Expert) -> f64 {
        match expert {
            Expert::Climatology if self.others.is_empty() => 1.0,
            Expert::Climatology => self.climatology,
            _ => self.others.iter().find(|(other, _)| *other == expert).map_or(0.0, |(_, weight)| *weight),
        }
    }

    /// Divides the weight of the experts beside climatology among those that are present.
    fn enter(&mut self, present: impl Iterator<Item = Expert>) {
        let present: Vec<Expert> = present.filter(|expert| *expert != Expert::Climatology).collect();
        if present.iter().eq(self.others.iter().map(|(expert, _)| expert)) {
            return;
        }
        let total = 1.0 - self.climatology;
        let priors: f64 = present.iter().map(|expert| prior(*expert)).sum();
        let known = |expert: Expert| self.others.iter().find(|(other, _)| *other == expert).map(|(_, weight)| *weight);
        let kept: f64 = present.iter().filter_map(|expert| known(*expert)).sum();
        let new_priors: f64 = present.iter().filter(|e| known(**e).is_none()).map(|expert| prior(*expert)).sum();
        // Experts that stay share what the new ones leave.
        let scale = if kept > 0.0 { total * (1.0 - new_priors / priors) / kept } else { 0.0 };
        let fresh = if kept > 0.0 { total / priors } else { total / new_priors };
        let weight = |expert: &Expert| known(*expert).map_or_else(|| prior(*expert) * fresh, |weight| weight * scale);
        self.others = present.iter().map(|expert| (*expert, weight(expert))).collect();
    }

    /// Bayes' rule and the shares.
    fn update(&mut self, experts: &[ExpertForecast], up: bool) {
        let likelihood = |expert: Expert| {
            let forecast = experts.iter().find(|forecast| forecast.expert == expert);
            forecast.map(|forecast| if up { forecast.probability_up } else { 1.0 - forecast.probability_up })
        };
        // A record without climatology cannot be compared with it.
        let Some(climatology) = likelihood(Expert::Climatology) else { return };
        self.climatology *= climatology;
        for (expert, weight) in &mut self.others {
            *weight *= likelihood(*expert).unwrap_or(climatology);
        }
        let total = self.climatology + self.others.iter().map(|(_, weight)| weight).sum::<f64>();
        let priors: f64 = self.others.iter().map(|(expert, _)| prior(*expert)).sum();
        if self.others.is_empty() {
            self.climatology = CLIMATOLOGY_PRIOR;
            return;
        }
        self.climatology /= total;
        let given = CLIMATOLOGY_SHARE * self.climatology;
        let pool = given + EXPERT_SHARE * (1.0 - self.climatology);
        self.climatology -= given;
        for (expert, weight) in &mut self.others {
            *weight = (1.0 - EXPERT_SHARE) * *weight / total + pool * prior(*expert) / priors;
        }
    }
}

#[cfg(test)]
mod tests;
