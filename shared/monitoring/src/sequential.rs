//! Sequential tests of a champion's probabilities and of its distributions, valid at every outcome.
//!
//! A test with a fixed level that is repeated at every bar rejects a true hypothesis sooner or later. An *e-process* does
//! not: it is a non-negative process that starts at 1 and does not grow in expectation under the null hypothesis. By Ville's
//! inequality, the probability that it *ever* reaches `1 / alpha` is at most `alpha`, however often it is read. It is the
//! wealth of a bettor who bets against the hypothesis at fair odds.
//!
//! Notation: `p` is the champion's probability of up, `q` climatology's, `y` the outcome, and `x = S(p, y) - S(q, y)` the
//! excess of log loss in nats. Both probabilities are fixed before the outcome.
//!
//! **Worse than climatology.** Null hypothesis: `E[x | past] <= 0` at each decision time. For `p > q` it is equivalent to a
//! probability of up of at least `r = ln((1-q)/(1-p)) / (ln((1-q)/(1-p)) + ln(p/q))`, the indifference probability, which lies
//! between `q` and `p`; for `p < q`, of at most `r`. Each outcome multiplies the wealth by the likelihood ratio of an
//! alternative `a` on climatology's side of `r` against `r`. Its expectation under the null hypothesis is at most 1 (Henzi and
//! Ziegel 2022, Valid sequential inference on probability forecast performance, Biometrika 109). The choice `a = q` is optimal
//! if climatology is right. An `a` farther out detects more serious errors sooner. Therefore the wealth is divided among
//! [`ALTERNATIVE_SCALES`] multiples of the distance from `r` to `q`. For `p = q` there is no bet.
//!
//! **Worse than the hold-out bound.** Null hypothesis: `E[x | earlier outcomes] <= m` at each decision time, where `m` is the
//! upper bound of the 95 % interval of the mean excess on the hold-out of the champion's promotion. The condition does not
//! include `p`: an edge may lie in a few confident forecasts, and then `x` is above `m` on all other days. A stake that grew as
//! `p` approaches `q` would be large on just those days, and the wealth would grow under the null hypothesis. Therefore the
//! stake may depend on `q`, which is a function of earlier outcomes, but not on `p`. Each outcome multiplies the wealth by
//! `1 + b (x - m)` (Waudby-Smith and Ramdas 2024, Estimating means of bounded random variables by betting, JRSS B 86). No `p`
//! up to [`MAX_PROBABILITY`] gains more than `B(q) = ln(MAX_PROBABILITY / min(q, 1 - q))`, so `x - m >= -(B(q) + max(m, 0))`.
//! The stakes are [`STAKE_FRACTIONS`] of the wealth, divided by that bound: one outcome loses at most half of the wealth. The
//! wealth is divided among the fractions. The level holds if the bound does. A bound that is too low from the start is not
//! included: because hold-outs vary (2.5 % by the interval), or because the gate selected the best of several (the winner's
//! curse).
//!
//! **Distributions.** Two tests concern the forecast distribution: of the coverage of its 80 % band, and of its CRPS against
//! climatology's. Their hypotheses and bets are in [`SequentialTest::of_coverage`] and [`SequentialTest::of_crps`].
//!
//! **Overlap.** With a horizon of `h` bars, the outcomes of the last `h - 1` forecasts are unknown when the next is made.
//! Forecasts are assigned to `h` interleaved processes, so that in each process the last outcome is known before the next
//! forecast. A test fires when the largest process reaches `h / alpha`, a union bound. (Their average would not be an
//! e-process in their common time.) [`SequentialTest::e_value`] is the largest process divided by `h`, so it is compared with
//! `1 / alpha`.
//!
//! **Assumptions.** The probabilities were stored before the outcome. The hypothesis concerns each decision time, so a
//! champion that is better on most days and worse on some may be found worse for these. Dependence and non-stationarity are
//! permitted. Ties have no outcome and are left out; for a distribution a tie is a move of zero.

use crate::SettledForecast;
#[cfg(doc)]
use contracts::forecast::MAX_PROBABILITY;
use evaluation::metrics::log_losses;
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};

mod distribution;
mod process;

use process::{BetFactors, EProcess};

/// Alternatives, as multiples of the distance from the indifference probability to climatology.
pub const ALTERNATIVE_SCALES: [f64; 3] = [1.0, 2.0, 4.0];
/// Largest losses by one outcome, as shares of the wealth, of the bets against the hold-out bound.
pub const STAKE_FRACTIONS: [f64; 3] = [0.125, 0.25, 0.5];
/// Maximum number of points in [`SequentialTest::path`], which is drawn as a chart.
const PATH_POINTS: usize = 365;

/// Null hypothesis of a test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NullHypothesis {
    /// The champion is no worse than climatology.
    NoWorseThanClimatology,
    /// The champion's mean excess over climatology is at most this, in nats.
    WithinHoldoutBound(f64),
}

/// Result of the test of one hypothesis over a champion's whole life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequentialTest {
    /// Largest mean excess of log loss over climatology under the hypothesis, in nats; zero for the tests of distributions.
    pub null_excess: f64,
    /// Share of outcomes inside the band, or CRPS skill over climatology; absent for the tests of probabilities.
    #[serde(default)]
    pub observed: Option<f64>,
    /// Number of outcomes.
    pub n: usize,
    /// First decision time.
    pub from: Timestamp,
    /// Last decision time.
    pub through: Timestamp,
    /// Upper bound of the probability that the test ever fires while the hypothesis holds.
    pub alpha: f64,
    /// Threshold of the e-value: `1 / alpha`.
    pub threshold: f64,
    /// Number of interleaved processes, equal to the horizon.
    pub processes: u32,
    /// Evidence against the hypothesis: the largest process divided by the number of processes.
    pub e_value: f64,
    /// Highest e-value so far.
    pub highest: f64,
    /// Anytime-valid p-value: `1 / highest`, at most 1.
    pub p_value: f64,
    /// Decision time of the forecast whose outcome first brought the e-value to the threshold; absent if none did.
    pub fired_at: Option<Timestamp>,
    /// True if the present e-value reaches the threshold.
    pub fires: bool,
    /// Last decision times and e-values, ascending by time.
    pub path: Vec<(Timestamp, f64)>,
}

impl SequentialTest {
    /// Tests the settled forecasts of one champion, which are ascending by decision time; `None` without forecasts.
    ///
    /// # Examples
    /// A forecast of 80 % for an event of 50 %:
    /// ```
    /// use contracts::forecast::Direction;
    /// use monitoring::{SettledForecast, sequential::{NullHypothesis, SequentialTest}};
    /// let settled: Vec<SettledForecast> = (0..200)
    ///     .map(|day| SettledForecast {
    ///         decision_time: jiff::Timestamp::from_second(day * 86_400).unwrap(),
    ///         probability_up: 0.8,
    ///         baseline_probability: 0.5,
    ///         direction: Direction::Up,
    ///         up: day % 2 == 0,
    ///     })
    ///     .collect();
    /// let series = "eth-usd-1d-h1".parse().unwrap();
    /// let test = SequentialTest::new(&series, &settled, NullHypothesis::NoWorseThanClimatology, 0.05).unwrap();
    /// assert!(test.fires);
    /// ```
    #[must_use]
    pub fn new(series: &Series, settled: &[SettledForecast], null: NullHypothesis, alpha: f64) -> Option<Self> {
        let steps = settled.iter().map(|forecast| {
            let bets = BetFactors::for_forecast(forecast, &null);
            (forecast.decision_time, if forecast.up { bets.up } else { bets.down })
        });
        let null_excess = match null {
            NullHypothesis::NoWorseThanClimatology => 0.0,
            NullHypothesis::WithinHoldoutBound(excess) => excess,
        };
        Some(Self { null_excess, ..Self::of_steps(series, steps, alpha)? })
    }

    /// Test whose bets grow by these factors at successive decision times, in logarithms, each time the same number of them.
    /// `None` without a step.
    fn of_steps(
        series: &Series,
        steps: impl Iterator<Item = (Timestamp, impl AsRef<[f64]>)>,
        alpha: f64,
    ) -> Option<Self> {
        let horizon = series.horizon.max(1);
        let process_count = usize::try_from(horizon).unwrap_or(usize::MAX);
        let mut processes = vec![EProcess::default(); process_count];
        let union_bound = f64::from(horizon).ln();
        let threshold = 1.0 / alpha;
        let mut path = Vec::new();
        for (time, log_factors) in steps {
            processes[process_index(series, time, process_count)].update(log_factors.as_ref());
            let largest = processes.iter().map(EProcess::log_wealth).fold(f64::NEG_INFINITY, f64::max);
            // Limited, because JSON has no infinity.
            path.push((time, (largest - union_bound).min(600.0).exp()));
        }
        let (n, from, (through, e_value)) = (path.len(), path.first()?.0, *path.last()?);
        let highest = path.iter().map(|(_, e_value)| *e_value).fold(1.0 / f64::from(horizon), f64::max);
        let fired_at = path.iter().find(|(_, e_value)| *e_value >= threshold).map(|(time, _)| *time);
        path.drain(..path.len().saturating_sub(PATH_POINTS));
        Some(Self {
            null_excess: 0.0,
            observed: None,
            n,
            from,
            through,
            alpha,
            threshold,
            processes: horizon,
            e_value,
            highest,
            p_value: (1.0 / highest).min(1.0),
            fired_at,
            fires: e_value >= threshold,
            path,
        })
    }
}

/// Index of the process of a forecast. It depends on the calendar only, so that a missing forecast does not move others.
fn process_index(series: &Series, decision_time: Timestamp, process_count: usize) -> usize {
    let bar = decision_time.as_second().div_euclid(series.interval.seconds());
    usize::try_from(bar).unwrap_or(0) % process_count
}

/// Excess of log loss over climatology of a forecast with this outcome, in nats.
fn excess(forecast: &SettledForecast, up: bool) -> f64 {
    let loss = |p: f64| log_losses(&[p], &[up]).first().copied().unwrap_or(0.0);
    loss(forecast.probability_up) - loss(forecast.baseline_probability)
}

#[cfg(test)]
mod tests;
