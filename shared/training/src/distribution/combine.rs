//! Online learning of the CRPS: weights of experts, level by level. The experts are the members.
//!
//! At each level the experts' quantiles are averaged. After a move is settled, an expert gains by how much the pinball loss
//! would have fallen with more weight on it (its linearised regret), and its weight grows exponentially with its gains: Bernstein
//! online aggregation (Wintenberger 2017), as in Berrisch and Ziel, CRPS learning, J. Econometrics (2023). Learning rates
//! adapt to the size of the gains. The weights are smoothed over neighbouring levels, because each level alone sees few misses.

use contracts::distribution::{LEVEL_COUNT, LEVELS, Quantiles};
use market_data::numbers::as_f64;

/// Levels on each side over which weights are averaged.
const SMOOTHING_LEVELS: usize = 3;

/// Weights of each expert at each level.
pub(super) type Weights = Vec<[f64; LEVEL_COUNT]>;

/// Weights that follow from the moves settled so far.
#[derive(Debug, Clone)]
pub(super) struct OnlineWeights {
    states: Vec<[ExpertState; LEVEL_COUNT]>,
    weights: Weights,
}

/// State of an expert at one level.
#[derive(Debug, Clone, Copy, Default)]
struct ExpertState {
    /// Sum of the regrets, each lowered by its square times the learning rate.
    regret: f64,
    /// Sum of the squared regrets.
    squares: f64,
    /// Largest absolute regret.
    largest: f64,
    /// Learning rate: small against the largest regret, and falling with the sum of squares; zero before any regret.
    rate: f64,
}

impl OnlineWeights {
    /// Equal weights, before any move.
    pub(super) fn new(experts: usize) -> Self {
        let states = vec![[ExpertState::default(); LEVEL_COUNT]; experts];
        Self { states, weights: vec![[1.0 / as_f64(experts); LEVEL_COUNT]; experts] }
    }

    /// Sets smoothed weights, which add up to 1 at each level.
    pub(super) fn smooth_into(&self, smoothed: &mut Weights) {
        let smooth = |weights: &[f64; LEVEL_COUNT]| {
            std::array::from_fn(|level| {
                let span = SMOOTHING_LEVELS.min(level).min(LEVEL_COUNT - 1 - level);
                let near = &weights[level - span..=level + span];
                near.iter().sum::<f64>() / as_f64(near.len())
            })
        };
        smoothed.clear();
        smoothed.extend(self.weights.iter().map(smooth));
    }

    /// Learns from a move; `experts` are the quantiles that were forecast for it, `weights` the smoothed weights of that time.
    pub(super) fn learn(&mut self, experts: &[[f64; LEVEL_COUNT]], weights: &Weights, value: f64) {
        let log_experts = as_f64(experts.len()).ln();
        for level in 0..LEVEL_COUNT {
            let mixed: f64 = experts.iter().zip(weights).map(|(expert, weights)| weights[level] * expert[level]).sum();
            let slope = if value < mixed { 1.0 - LEVELS[level] } else { -LEVELS[level] };
            let mut total = 0.0;
            for (index, expert) in experts.iter().enumerate() {
                let state = &mut self.states[index][level];
                let regret = slope * (mixed - expert[level]);
                state.regret += regret * (1.0 - state.rate * regret);
                state.squares += regret * regret;
                state.largest = state.largest.max(regret.abs());
                if state.squares > 0.0 {
                    state.rate = (0.5 / state.largest).min((log_experts / state.squares).sqrt());
                }
                self.weights[index][level] = state.rate.max(f64::MIN_POSITIVE) * (state.rate * state.regret).exp();
                total += self.weights[index][level];
            }
            let is_known = total > 0.0 && total.is_finite();
            for weights in &mut self.weights {
                weights[level] = if is_known { weights[level] / total } else { 1.0 / as_f64(experts.len()) };
            }
        }
    }
}

/// Weighted mean of the experts' quantiles at each level; `None` if one is not finite.
pub(super) fn weighted_mean(experts: &[[f64; LEVEL_COUNT]], weights: &[[f64; LEVEL_COUNT]]) -> Option<Quantiles> {
    Quantiles::rearranged(std::array::from_fn(|level| {
        experts.iter().zip(weights).map(|(expert, weights)| weights[level] * expert[level]).sum()
    }))
}
