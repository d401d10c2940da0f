//! What chance alone does to counts and means.

/// The gate's rate of false promotions, from its one-sided confidence.
const RATE: f64 = 0.05;

/// What chance may exceed a rate by: the bound holds with this probability.
const SURE: f64 = 0.99;

/// On so many markets the gate has to keep its rate itself, with nothing left to chance.
const PLENTY: usize = 100;

/// The mean with its standard error, which a single value has none of: NaN.
pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = count(values.len());
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Most false promotions: as many as the gate's rate is of many markets, as many as chance makes of few.
pub(crate) fn most_promotions(n: usize) -> usize {
    let chance = most(n);
    if n < PLENTY { chance } else { (0..chance).rev().find(|&k| share(k, n) <= RATE).unwrap_or(0) }
}

/// Most of `n` that the gate's rate leaves to chance.
pub(crate) fn most(n: usize) -> usize {
    (0..n).find(|&k| at_most(k, n, RATE) >= SURE).unwrap_or(n)
}

/// The exact 95 % interval of a rate (Clopper and Pearson 1934).
pub(crate) fn exact_interval(k: usize, n: usize) -> [f64; 2] {
    // Where the probability of a count so low or lower, which falls with the rate, is `tail`.
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
fn chance_is_counted_right() {
    // scipy 1.17.1: binom.ppf(0.99, n, 0.05), binomtest(k, n).proportion_ci().
    assert_eq!([4, 30, 50, 100].map(most), [2, 5, 7, 11]);
    assert_eq!([50, 99, 100, 119, 200].map(most_promotions), [7, most(99), 5, 5, 10]);
    for (k, n, [low, high]) in [(0, 30, [0.0, 0.1157]), (3, 30, [0.0211, 0.2653]), (20, 20, [0.8316, 1.0])] {
        let [lo, hi] = exact_interval(k, n);
        assert!((lo - low).abs() < 1e-4 && (hi - high).abs() < 1e-4, "{k} of {n}: {lo} to {hi}");
    }
}
