//! Distribution of counts and means under chance alone.

/// Rate of false promotions of the gate, from its one-sided confidence.
const FALSE_PROMOTION_RATE: f64 = 0.05;

/// Probability with which the bound on a count holds.
const BOUND_PROBABILITY: f64 = 0.99;

/// Number of markets from which on the observed rate itself must be within the gate's rate.
const MIN_MARKETS_FOR_RATE: usize = 100;

/// Mean and standard error; the latter is NaN for a single value.
pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = count(values.len());
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Maximum number of false promotions: the gate's rate on many markets, the binomial bound on few.
pub(crate) fn max_promotions(n: usize) -> usize {
    let chance = max_count(n);
    if n < MIN_MARKETS_FOR_RATE {
        chance
    } else {
        (0..chance).rev().find(|&k| share(k, n) <= FALSE_PROMOTION_RATE).unwrap_or(0)
    }
}

/// Bound on a binomial count of `n` at the gate's rate.
pub(crate) fn max_count(n: usize) -> usize {
    (0..n).find(|&k| at_most(k, n, FALSE_PROMOTION_RATE) >= BOUND_PROBABILITY).unwrap_or(n)
}

/// Exact 95 % interval of a rate (Clopper and Pearson 1934).
pub(crate) fn exact_interval(k: usize, n: usize) -> [f64; 2] {
    // Rate at which the probability of at most `k`, which falls with the rate, is `tail`.
    let rate = |k: usize, tail: f64| {
        let [mut low, mut high] = [0.0, 1.0];
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            *if at_most(k, n, middle) > tail { &mut low } else { &mut high } = middle;
        }
        f64::midpoint(low, high)
    };
    [if k == 0 { 0.0 } else { rate(k - 1, 0.975) }, if k == n { 1.0 } else { rate(k, 0.025) }]
}

/// Probability of at most `k` of `n` at a rate inside 0 to 1.
fn at_most(k: usize, n: usize, rate: f64) -> f64 {
    let mut term = (count(n) * (1.0 - rate).ln()).exp();
    let mut sum = term;
    for i in 0..k {
        term *= count(n - i) / count(i + 1) * rate / (1.0 - rate);
        sum += term;
    }
    sum
}

pub(crate) fn share(part: usize, all: usize) -> f64 {
    count(part) / count(all)
}

#[expect(clippy::cast_precision_loss, reason = "some hundred markets")]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}

#[test]
fn bounds_and_intervals_equal_those_of_scipy() {
    // scipy 1.17.1: binom.ppf(0.99, n, 0.05), binomtest(k, n).proportion_ci().
    assert_eq!([4, 30, 50, 100].map(max_count), [2, 5, 7, 11]);
    assert_eq!([50, 99, 100, 119, 200].map(max_promotions), [7, max_count(99), 5, 5, 10]);
    for (k, n, [low, high]) in [(0, 30, [0.0, 0.1157]), (3, 30, [0.0211, 0.2653]), (20, 20, [0.8316, 1.0])] {
        let [lo, hi] = exact_interval(k, n);
        assert!((lo - low).abs() < 1e-4 && (hi - high).abs() < 1e-4, "{k} of {n}: {lo} to {hi}");
    }
}
