//! Histogram of the probability integral transform (PIT), with the counts that a perfect forecast would have.

use crate::{Chart, ChartSpec, ValueUnit};
use market_data::numbers::as_f64;

/// Half of a bar's width, as a share of its bin.
const HALF_BAR: f64 = 0.44;

/// Histogram of the PIT values of settled forecasts. `counts` are those of bins of equal width. The line is the expected
/// count, and the band around it has 95 % of the counts of a perfect forecast.
///
/// `independent` is the number of independent outcomes among them: the outcomes of overlapping forecasts vary together. `None`
/// without outcomes.
#[must_use]
pub fn pit_histogram(counts: &[usize], independent: usize) -> Option<Chart> {
    let total: usize = counts.iter().sum();
    if total == 0 || independent == 0 {
        return None;
    }
    let bins = as_f64(counts.len());
    let expected = as_f64(total) / bins;
    let range = pit_range(total, independent, counts.len());
    let bar = |(index, count): (usize, &usize)| {
        let centre = as_f64(index) + 0.5;
        let top = [0.0, as_f64(*count)];
        ("tenth", vec![((centre - HALF_BAR) / bins, top), ((centre + HALF_BAR) / bins, top)])
    };
    let outside = counts.iter().filter(|count| !(range[0]..=range[1]).contains(&as_f64(**count))).count();
    let counted: Vec<String> = counts.iter().map(ToString::to_string).collect();
    ChartSpec {
        label: "Histogram of the probability integral transform",
        description: format!(
            "Outcomes per tenth of the distribution, from the lowest: {}. Expected: {expected:.1} each, {:.1} to {:.1} by \
             chance. Outside this range: {outside} of {}.",
            counted.join(", "),
            range[0],
            range[1],
            counts.len()
        ),
        bands: counts.iter().enumerate().map(bar).chain([("chance", vec![(0.0, range), (1.0, range)])]).collect(),
        lines: vec![("baseline", vec![(0.0, expected), (1.0, expected)])],
        unit: ValueUnit::Whole,
        ..ChartSpec::default()
    }
    .chart()
}

/// Range of a bin's count that a perfect forecast leaves with a probability of at most 2.5 % on each side: quantiles of the
/// binomial distribution for the independent outcomes, in units of all of them.
#[must_use]
pub fn pit_range(total: usize, independent: usize, bins: usize) -> [f64; 2] {
    let per_outcome = as_f64(total) / as_f64(independent.max(1));
    [0.025, 0.975].map(|level| per_outcome * as_f64(binomial_quantile(independent, 1.0 / as_f64(bins), level)))
}

/// Smallest count with a cumulative probability of at least `level`, of `n` draws with probability `p` each.
fn binomial_quantile(n: usize, p: f64, level: f64) -> usize {
    if p >= 1.0 {
        return n;
    }
    // Logarithms, because the first probability underflows for many draws.
    let mut log_probability = as_f64(n) * (1.0 - p).ln();
    let mut cumulative = log_probability.exp();
    let mut count = 0;
    while cumulative < level && count < n {
        log_probability += (as_f64(n - count) / as_f64(count + 1)).ln() + (p / (1.0 - p)).ln();
        cumulative += log_probability.exp();
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `scipy.stats.binom.ppf([0.025, 0.975], n, 0.1)`.
    #[test]
    fn the_range_of_chance_follows_the_binomial_distribution() {
        let equal = |range: [f64; 2], expected: [f64; 2]| range.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9);
        for (n, expected) in [(30, [0.0, 7.0]), (365, [26.0, 48.0]), (10_000, [942.0, 1059.0])] {
            assert!(equal(pit_range(n, n, 10), expected), "{n}");
        }
        assert!(equal(pit_range(210, 30, 10), [0.0, 49.0]), "seven overlapping outcomes vary as one");
    }

    #[test]
    fn the_histogram_has_ten_bars_expected_line_and_range() {
        let counts = [100, 30, 30, 30, 30, 30, 30, 30, 30, 25];
        let chart = pit_histogram(&counts, 365).unwrap();
        assert_eq!((chart.bands.len(), chart.lines.len()), (11, 1));
        assert!(chart.description.contains("100, 30, 30"), "{}", chart.description);
        assert!(
            chart.description.contains("Expected: 36.5 each, 26.0 to 48.0 by chance. Outside this range: 2 of 10.")
        );
        assert!(chart.bands.iter().all(|band| !band.points.contains("NaN")));
        assert!(pit_histogram(&[0; 10], 0).is_none() && pit_histogram(&[], 0).is_none());
    }
}
