//! Quantiles of a move, with the probabilities, moments and scores that follow from them.
//!
//! Between two levels the quantile function is linear. Beyond the first and the last one, each tail is exponential and has the
//! decay of the last two levels, so that a large move is never impossible.

use serde::{Deserialize, Serialize};

/// Number of levels.
pub const LEVEL_COUNT: usize = 23;

/// Levels of the quantiles, ascending and symmetric about one half.
pub const LEVELS: [f64; LEVEL_COUNT] = [
    0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9,
    0.95, 0.975, 0.99,
];

const LAST: usize = LEVEL_COUNT - 1;

/// Weight of each level in an average over all levels; the weights add up to 1.
const LEVEL_WEIGHTS: [f64; LEVEL_COUNT] = {
    let mut weights = [0.0; LEVEL_COUNT];
    let mut index = 0;
    while index < LEVEL_COUNT {
        let below = if index == 0 { 0.0 } else { f64::midpoint(LEVELS[index - 1], LEVELS[index]) };
        let above = if index == LAST { 1.0 } else { f64::midpoint(LEVELS[index], LEVELS[index + 1]) };
        weights[index] = above - below;
        index += 1;
    }
    weights
};

/// Steps per unit of a rounded quantile: `1e-7`, a thousandth of a basis point.
const ROUNDING_STEPS: f64 = 1e7;

/// Log return in whole steps of `1e-7`, as it is stored and answered.
#[must_use]
pub fn rounded_move(log_return: f64) -> f64 {
    // Adding zero turns a negative zero into zero.
    (log_return * ROUNDING_STEPS).round() / ROUNDING_STEPS + 0.0
}

/// Quantiles of a move at [`LEVELS`]: finite log returns that do not decrease.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Quantiles([f64; LEVEL_COUNT]);

/// Error for values that are no quantiles.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidQuantiles {
    /// The number of values differs from the number of levels.
    #[error("{found} quantiles, expected {LEVEL_COUNT}")]
    Count {
        /// Number of values.
        found: usize,
    },
    /// A value is not finite.
    #[error("quantile {index} is {value}, expected a finite number")]
    NotFinite {
        /// Index of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A value is below the one before.
    #[error("quantile {index} is below the one before it")]
    Decreasing {
        /// Index of the value.
        index: usize,
    },
}

impl Quantiles {
    /// Quantiles from finite values that do not decrease.
    ///
    /// # Errors
    /// A value is not finite, or is below the one before it.
    pub fn new(values: [f64; LEVEL_COUNT]) -> Result<Self, InvalidQuantiles> {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(InvalidQuantiles::NotFinite { index, value: values[index] });
        }
        match values.windows(2).position(|pair| pair[1] < pair[0]) {
            Some(index) => Err(InvalidQuantiles::Decreasing { index: index + 1 }),
            None => Ok(Self(values)),
        }
    }

    /// Quantiles from finite values in any order: sorting them is the least change that makes them quantiles. `None` if a value
    /// is not finite.
    #[must_use]
    pub fn rearranged(mut values: [f64; LEVEL_COUNT]) -> Option<Self> {
        // They nearly always ascend.
        if let Ok(quantiles) = Self::new(values) {
            return Some(quantiles);
        }
        values.sort_unstable_by(f64::total_cmp);
        Self::new(values).ok()
    }

    /// Empirical quantiles of finite, ascending moves, by linear interpolation as in NumPy's default method. `None` without any.
    #[must_use]
    pub fn from_ascending(moves: &[f64]) -> Option<Self> {
        let last = moves.len().checked_sub(1)?;
        Self::new(LEVELS.map(|level| {
            #[expect(clippy::cast_precision_loss, reason = "numbers of moves are far below 2^52")]
            let position = level * last as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and last")]
            let below = position as usize;
            let above = (below + 1).min(last);
            moves[below] + (moves[above] - moves[below]) * position.fract()
        }))
        .ok()
    }

    /// Log returns at [`LEVELS`].
    #[must_use]
    pub const fn values(&self) -> &[f64; LEVEL_COUNT] {
        &self.0
    }

    /// The same quantiles in whole steps of `1e-7`, as they are stored.
    #[must_use]
    pub fn rounded(&self) -> Self {
        Self(self.0.map(rounded_move))
    }

    /// Quantile at a level between 0 and 1, exclusive.
    #[must_use]
    pub fn at(&self, level: f64) -> f64 {
        if level < LEVELS[0] {
            return self.0[0] + self.lower_scale() * (level / LEVELS[0]).ln();
        }
        if level > LEVELS[LAST] {
            return self.0[LAST] - self.upper_scale() * ((1.0 - level) / (1.0 - LEVELS[LAST])).ln();
        }
        let above = LEVELS.partition_point(|known| *known < level).clamp(1, LAST);
        let share = (level - LEVELS[above - 1]) / (LEVELS[above] - LEVELS[above - 1]);
        self.0[above - 1] + share * (self.0[above] - self.0[above - 1])
    }

    /// Probability of a move of at most `x`, from 0 to 1.
    #[must_use]
    pub fn cumulative(&self, x: f64) -> f64 {
        if x < self.0[0] {
            let scale = self.lower_scale();
            return if scale > 0.0 { LEVELS[0] * ((x - self.0[0]) / scale).exp() } else { 0.0 };
        }
        if x >= self.0[LAST] {
            let scale = self.upper_scale();
            return if scale > 0.0 { 1.0 - (1.0 - LEVELS[LAST]) * ((self.0[LAST] - x) / scale).exp() } else { 1.0 };
        }
        let above = self.0.partition_point(|value| *value <= x).clamp(1, LAST);
        let (low, high) = (self.0[above - 1], self.0[above]);
        LEVELS[above - 1] + (x - low) / (high - low) * (LEVELS[above] - LEVELS[above - 1])
    }

    /// Probability of a move above zero, from 0 to 1. One half if every quantile is zero.
    #[must_use]
    pub fn probability_up(&self) -> f64 {
        if self.0[0] >= 0.0 && self.0[LAST] <= 0.0 { 0.5 } else { 1.0 - self.cumulative(0.0) }
    }

    /// Probability integral transform of an outcome: the share of the distribution below it, with half of the share that equals it.
    #[must_use]
    pub fn probability_integral_transform(&self, outcome: f64) -> f64 {
        let first = self.0.partition_point(|value| *value < outcome);
        let end = self.0.partition_point(|value| *value <= outcome);
        if end > first + 1 { f64::midpoint(LEVELS[first], LEVELS[end - 1]) } else { self.cumulative(outcome) }
    }

    /// Pinball loss of an outcome at each level, at least zero.
    #[must_use]
    pub fn pinball_losses(&self, outcome: f64) -> [f64; LEVEL_COUNT] {
        std::array::from_fn(|index| {
            let excess = outcome - self.0[index];
            (LEVELS[index] * excess).max((LEVELS[index] - 1.0) * excess)
        })
    }

    /// Continuous ranked probability score of an outcome: twice the pinball loss, averaged over all levels by the trapezoid rule
    /// with constant ends (Gneiting and Raftery 2007). It has the unit of a move; lower is better.
    #[must_use]
    pub fn crps(&self, outcome: f64) -> f64 {
        let losses = self.pinball_losses(outcome);
        2.0 * losses.iter().zip(LEVEL_WEIGHTS).map(|(loss, weight)| loss * weight).sum::<f64>()
    }

    /// Largest possible difference of the CRPS of both distributions, whatever the outcome. A pinball loss at level `a` changes
    /// by at most `max(a, 1 - a)` times the change of the quantile.
    #[must_use]
    pub fn largest_crps_difference(&self, other: &Self) -> f64 {
        let differences = self.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs());
        let slopes = LEVELS.iter().map(|level| level.max(1.0 - level));
        2.0 * differences
            .zip(slopes)
            .zip(LEVEL_WEIGHTS)
            .map(|((change, slope), weight)| change * slope * weight)
            .sum::<f64>()
    }

    /// Mean absolute move, a log return.
    #[must_use]
    pub fn mean_absolute(&self) -> f64 {
        let (lower, upper) = self.tails();
        let body = self.segments().map(|(width, a, b)| {
            let (size_a, size_b) = (a.abs(), b.abs());
            // Mean of |x| on a line from a to b, which may cross zero.
            let mean =
                if a * b >= 0.0 { f64::midpoint(size_a, size_b) } else { (a * a + b * b) / (2.0 * (size_a + size_b)) };
            width * mean
        });
        lower.share * lower.mean_absolute() + body.sum::<f64>() + upper.share * upper.mean_absolute()
    }

    /// Standard deviation of the move, a log return.
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        let (lower, upper) = self.tails();
        let body: f64 = self.segments().map(|(width, a, b)| width * f64::midpoint(a, b)).sum();
        let mean = body + lower.share * (-lower.start - lower.scale) + upper.share * (upper.start + upper.scale);
        let body: f64 = self
            .segments()
            .map(|(width, a, b)| (width, a - mean, b - mean))
            .map(|(width, a, b)| width * (a * a + a * b + b * b) / 3.0)
            .sum();
        let tail = |tail: Tail, centre: f64| {
            let distance = tail.start + tail.scale - centre;
            tail.share * (distance * distance + tail.scale * tail.scale)
        };
        (body + tail(lower, -mean) + tail(upper, mean)).sqrt()
    }

    /// Distribution with another probability of up, between 0 and 1, exclusive. Each side keeps its shape, so that a large
    /// move up becomes more probable in the same proportion as a move up. Where a side is empty, the quantiles stay as they are.
    #[must_use]
    pub fn with_probability_up(&self, probability_up: f64) -> Self {
        let (old, new) = (1.0 - self.probability_up(), 1.0 - probability_up);
        let is_share = |share: f64| share > 0.0 && share < 1.0;
        if !is_share(old) || !is_share(new) {
            return *self;
        }
        let mut values = LEVELS.map(|level| {
            let source = if level <= new { level / new * old } else { 1.0 - (1.0 - level) / (1.0 - new) * (1.0 - old) };
            let value = self.at(source);
            if level <= new { value.min(0.0) } else { value.max(0.0) }
        });
        // Between the two levels around the new share of moves down, the line must cross zero exactly there.
        let above = LEVELS.partition_point(|level| *level <= new);
        if (1..=LAST).contains(&above) {
            let slope = (values[above] - values[above - 1]) / (LEVELS[above] - LEVELS[above - 1]);
            values[above - 1] = slope * (LEVELS[above - 1] - new);
            values[above] = slope * (LEVELS[above] - new);
            let (low, high) = (values[above - 1], values[above]);
            values[..above].iter_mut().for_each(|value| *value = value.min(low));
            values[above..].iter_mut().for_each(|value| *value = value.max(high));
        }
        Self::rearranged(values).unwrap_or(*self)
    }

    /// Share, lower and upper end of each line of the quantile function.
    fn segments(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        (1..LEVEL_COUNT).map(|above| (LEVELS[above] - LEVELS[above - 1], self.0[above - 1], self.0[above]))
    }

    /// Lower and upper tail.
    fn tails(&self) -> (Tail, Tail) {
        let lower = Tail { share: LEVELS[0], start: -self.0[0], scale: self.lower_scale() };
        let upper = Tail { share: 1.0 - LEVELS[LAST], start: self.0[LAST], scale: self.upper_scale() };
        (lower, upper)
    }

    /// Scale of the exponential tail below the first level.
    fn lower_scale(&self) -> f64 {
        (self.0[1] - self.0[0]) / (LEVELS[1] / LEVELS[0]).ln()
    }

    /// Scale of the exponential tail above the last level.
    fn upper_scale(&self) -> f64 {
        (self.0[LAST] - self.0[LAST - 1]) / ((1.0 - LEVELS[LAST - 1]) / (1.0 - LEVELS[LAST])).ln()
    }
}

/// Exponential tail. The lower one is mirrored, so that both ascend.
#[derive(Clone, Copy)]
struct Tail {
    /// Share of the distribution in it.
    share: f64,
    /// Move at which it begins.
    start: f64,
    /// Mean distance from the start, at least zero.
    scale: f64,
}

impl Tail {
    /// Mean absolute move in the tail.
    fn mean_absolute(self) -> f64 {
        let mean = self.start + self.scale;
        // A tail that begins on the other side of zero has moves of both signs.
        if self.start >= 0.0 || self.scale <= 0.0 {
            mean.abs()
        } else {
            2.0 * self.scale * (self.start / self.scale).exp() - mean
        }
    }
}

impl TryFrom<Vec<f64>> for Quantiles {
    type Error = InvalidQuantiles;

    fn try_from(values: Vec<f64>) -> Result<Self, InvalidQuantiles> {
        let found = values.len();
        Self::new(values.try_into().map_err(|_| InvalidQuantiles::Count { found })?)
    }
}

impl From<Quantiles> for Vec<f64> {
    fn from(quantiles: Quantiles) -> Self {
        quantiles.0.to_vec()
    }
}
