//! Is the champion worse than climatology, or worse than it promised? Tests that may be looked at after every outcome.
//!
//! A test at a fixed level that is asked anew at every bar is wrong sooner or later. An *e-process* is not: it is a
//! non-negative process that starts at 1 and, under the null hypothesis, is expected not to grow, so by Ville's inequality
//! the chance that it *ever* reaches `1 / alpha` is at most `alpha`, however long and however often it is looked at. It is
//! the capital of somebody who bets against the hypothesis at fair odds.
//!
//! Notation: `p` the champion's probability of `up`, `q` climatology's, `y` the outcome, `x = S(p, y) - S(q, y)` the excess
//! of log loss in nats. Both probabilities are fixed before the outcome.
//!
//! **Worse than climatology.** Null: `E[x | past] <= 0` at each decision time. With `p > q` it says that the chance of `up`
//! is at least the indifference probability `r = ln((1-q)/(1-p)) / (ln((1-q)/(1-p)) + ln(p/q))`, which lies between `q`
//! and `p` (with `p < q`: at most). Each outcome multiplies the capital by the likelihood ratio of an alternative `a` on
//! climatology's side of `r` against `r`, whose expectation under the null is at most 1 (Henzi and Ziegel 2022, Valid
//! sequential inference on probability forecast performance, Biometrika 109). `a = q` is best when climatology is right; a
//! forecaster that is wrong beyond that is found sooner by `a` further out, so the capital is shared out among [`REACHES`]
//! multiples of the way from `r` to `q`. With `p = q` nothing is bet.
//!
//! **Worse than promised.** Null: `E[x | outcomes before] <= m` at each decision time, where `m` is the upper bound of the
//! 95 % interval of the mean excess on the hold-out that the champion was promoted on. `p` is no part of that past: an edge
//! may lie in a few confident forecasts, and on all other days `x` is above `m`. A stake that grows as `p` comes near `q`
//! would be taken on just those days, and the capital of a kept promise would grow. So the stake may depend on `q`, which
//! is a count of outcomes before, and not on `p`. Each outcome multiplies the capital by `1 + b (x - m)` (Waudby-Smith and
//! Ramdas 2024, Estimating means of bounded random variables by betting, JRSS B 86). No `p` up to [`HIGHEST_PROBABILITY`]
//! gains more than `B(q) = ln(HIGHEST_PROBABILITY / min(q, 1 - q))`, so `x - m >= -(B(q) + max(m, 0))`, and stakes are shares
//! of the capital ([`SHARES`]) by that: at most half of it can be lost at once, and it is shared out among them.
//! The level is given the promise. That the bound was too low to begin with, because hold-outs vary (2.5 % by the interval)
//! or because the gate chose the best of several (the winner's curse), is not in it.
//!
//! **Overlap.** With a horizon of `h` bars the outcomes of the last `h - 1` forecasts are unknown when the next is made.
//! Forecasts are dealt to `h` interleaved processes, in each of which the last outcome is known when the next forecast is
//! made; a test fires when the largest reaches `h / alpha`, a union bound (an average of them would be no e-process in
//! their common time). [`SequentialTest::e_value`] is the largest by `h`, so that it compares with `1 / alpha`.
//!
//! **Assumptions.** The probabilities were stored before the outcome (they were), the hypothesis is about each decision
//! time: a champion that is better most of the time and worse at times may be found worse for these. Nothing is assumed
//! about dependence or stationarity. Ties have no outcome and are left out.

use super::SettledForecast;
#[cfg(doc)]
use contracts::forecast::MAX_PROBABILITY;
use evaluation::metrics::log_losses;
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};

mod process;

use process::{BetFactors, EProcess};

/// Alternatives, in multiples of the way from indifference to climatology.
pub const ALTERNATIVE_SCALES: [f64; 3] = [1.0, 2.0, 4.0];
/// The most that each bet on the promise can lose at once, as shares of the capital.
pub const STAKE_FRACTIONS: [f64; 3] = [0.125, 0.25, 0.5];
/// The last points of the path that are kept, for a chart.
const SHOWN: usize = 365;

/// Which hypothesis is tested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NullHypothesis {
    /// The champion is no worse than climatology.
    NoWorseThanClimatology,
    /// Its mean excess is at most this, in nats.
    WithinHoldoutBound(f64),
}

/// A test of one hypothesis over the champion's whole life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequentialTest {
    /// The mean excess of log loss over climatology that the hypothesis allows, in nats.
    pub null_excess: f64,
    /// Outcomes that were bet on.
    pub n: usize,
    /// Decision time of the first.
    pub from: Timestamp,
    /// Decision time of the last.
    pub through: Timestamp,
    /// The chance of ever firing while the hypothesis holds is at most this; of a promise, given that it was true.
    pub alpha: f64,
    /// `1 / alpha`.
    pub threshold: f64,
    /// Interleaved processes: the horizon.
    pub processes: u32,
    /// Evidence against the hypothesis: the largest process by their number.
    pub e_value: f64,
    /// The highest that it has ever been.
    pub highest: f64,
    /// Anytime-valid p-value: `1 / highest`, at most 1.
    pub p_value: f64,
    /// Decision time of the forecast whose outcome first took it to the threshold.
    pub fired_at: Option<Timestamp>,
    /// Whether it is at the threshold now.
    pub fires: bool,
    /// The last decision times and e-values, ascending.
    pub path: Vec<(Timestamp, f64)>,
}

impl SequentialTest {
    /// Tests the settled forecasts of one champion, ascending by decision time; `None` without any.
    ///
    /// # Examples
    /// A forecaster that says 80 % when it is 50 %:
    /// ```
    /// use contracts::forecast::Direction;
    /// use monitoring::{drift::Settled, sequential::{Null, SequentialTest}};
    /// let settled: Vec<Settled> = (0..200)
    ///     .map(|day| Settled {
    ///         decision_time: jiff::Timestamp::from_second(day * 86_400).unwrap(),
    ///         probability_up: 0.8,
    ///         baseline_probability: 0.5,
    ///         direction: Direction::Up,
    ///         up: day % 2 == 0,
    ///     })
    ///     .collect();
    /// let series = "eth-usd-1d-h1".parse().unwrap();
    /// let test = SequentialTest::new(&series, &settled, Null::Climatology, 0.05).unwrap();
    /// assert!(test.fires);
    /// ```
    #[must_use]
    pub fn new(series: &Series, settled: &[SettledForecast], null: NullHypothesis, alpha: f64) -> Option<Self> {
        let (first, last) = (settled.first()?, settled.last()?);
        let horizon = series.horizon.max(1);
        let strides = usize::try_from(horizon).unwrap_or(usize::MAX);
        let mut processes = vec![EProcess::new(&null); strides];
        let union = f64::from(horizon).ln();
        let threshold = 1.0 / alpha;
        let mut path = Vec::with_capacity(settled.len());
        for one in settled {
            processes[process_index(series, one.decision_time, strides)]
                .update(&BetFactors::for_forecast(one, &null), one.up);
            let largest = processes.iter().map(EProcess::log_wealth).fold(f64::NEG_INFINITY, f64::max);
            // Finite, so that it survives JSON.
            path.push((one.decision_time, (largest - union).min(600.0).exp()));
        }
        let e_value = path.last()?.1;
        let highest = path.iter().map(|(_, e)| *e).fold(1.0 / f64::from(horizon), f64::max);
        let fired_at = path.iter().find(|(_, e)| *e >= threshold).map(|(time, _)| *time);
        path.drain(..path.len().saturating_sub(SHOWN));
        Some(Self {
            null_excess: match null {
                NullHypothesis::NoWorseThanClimatology => 0.0,
                NullHypothesis::WithinHoldoutBound(excess) => excess,
            },
            n: settled.len(),
            from: first.decision_time,
            through: last.decision_time,
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

/// Which process a forecast belongs to: by its place on the calendar, so that a forecast more or less changes no other's.
fn process_index(series: &Series, decision_time: Timestamp, strides: usize) -> usize {
    let bar = decision_time.as_second().div_euclid(series.interval.seconds());
    usize::try_from(bar).unwrap_or(0) % strides
}

/// Excess of log loss of one settled forecast over climatology, in nats.
fn excess(one: &SettledForecast, up: bool) -> f64 {
    let loss = |p: f64| log_losses(&[p], &[up]).first().copied().unwrap_or(0.0);
    loss(one.probability_up) - loss(one.baseline_probability)
}

#[cfg(test)]
mod tests;
