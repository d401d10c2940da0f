//! Sums, means, extremes and folds of all windows of a column.
//!
//! A value depends on the bits of its own window only, never on the start of the column, so a bar window and all history
//! give the same bits. Sums, means and extremes double their span (1, 2, 4, ... values) and combine the powers of two of
//! the period. That takes a few passes over neighbours, which a compiler turns into vector code, and rounding errors grow
//! only with the logarithm of the period.

use market_data::numbers::as_f64;

/// Mean of each full window of `period` values, exact if all its values are equal; NaN before the first window.
pub(crate) fn means(values: &[f64], period: usize) -> Vec<f64> {
    RollingSums::new(values, 1, period).means(period)
}

/// Sums of 1, 2, 4, ... values of a column, which combine to those of any period.
#[derive(Debug)]
pub(crate) struct RollingSums<'a> {
    values: &'a [f64],
    /// Distance between the summed values.
    stride: usize,
    /// Sums of `2^(k+1)` values at index `k`. Elements before the first full window are partial and must not be used.
    doubled: Vec<Vec<f64>>,
}

impl<'a> RollingSums<'a> {
    /// Prepares the sums for periods up to `max_period`.
    pub(crate) fn new(values: &'a [f64], stride: usize, max_period: usize) -> Self {
        let mut doubled: Vec<Vec<f64>> = Vec::new();
        let mut span = 1;
        while span <= max_period / 2 && span.saturating_mul(stride) < values.len() {
            let half = doubled.last().map_or(values, Vec::as_slice);
            doubled.push(combine_with_lag(half, span * stride, |late, early| late + early));
            span *= 2;
        }
        Self { values, stride, doubled }
    }

    /// Sum of each full window of `period` values; NaN before the first window.
    pub(crate) fn sums(&self, period: usize) -> Vec<f64> {
        self.combine(period, |_| 1.0, |sum, part, _| sum + part)
    }

    /// Mean of each full window, exact if all its values are equal; NaN before the first window.
    pub(crate) fn means(&self, period: usize) -> Vec<f64> {
        // Sums of a power of two of equal values are exact, and so is the division by it.
        self.combine(period, |span| 1.0 / as_f64(span), |mean, part, weight| mean + weight * (part - mean))
    }

    /// Combines the powers of two of the period, from the smallest and latest to the largest and earliest. `scale` gives the
    /// factor for the sum of a span. `join` receives the result so far, the scaled sum to add, and the share of its values
    /// among the values of both.
    fn combine(&self, period: usize, scale: impl Fn(usize) -> f64, join: impl Fn(f64, f64, f64) -> f64) -> Vec<f64> {
        let Some(warm_up) = warm_up(self.values, period, self.stride) else { return vec![f64::NAN; self.values.len()] };
        let spans = std::iter::once(self.values).chain(self.doubled.iter().map(Vec::as_slice)).enumerate();
        let (mut out, mut covered) = (Vec::new(), 0);
        for (span, sums) in spans.map(|(power, sums)| (1 << power, sums)).filter(|(span, _)| period & span > 0) {
            let scale = scale(span);
            if covered == 0 {
                out = sums.iter().map(|sum| scale * sum).collect();
            } else {
                let weight = as_f64(span) / as_f64(covered + span);
                for (slot, sum) in out[covered * self.stride..].iter_mut().zip(sums) {
                    *slot = join(*slot, scale * sum, weight);
                }
            }
            covered += span;
        }
        debug_assert_eq!(covered, period, "the period is at most the prepared one");
        out[..warm_up].fill(f64::NAN);
        out
    }
}

/// Extreme value of each full window, where `pick` selects the more extreme of two; NaN before the first window.
pub(crate) fn extremes(values: &[f64], period: usize, pick: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let Some(warm_up) = warm_up(values, period, 1) else { return vec![f64::NAN; values.len()] };
    let mut extremes = values.to_vec();
    let mut span = 1;
    // The last step overlaps the one before it, which does not change an extreme.
    while span < period {
        let step = span.min(period - span);
        extremes = combine_with_lag(&extremes, step, &pick);
        span += step;
    }
    extremes[..warm_up].fill(f64::NAN);
    extremes
}

/// Combines each value with the one `distance` before it by `f`; the first `distance` values stay as they are.
fn combine_with_lag(values: &[f64], distance: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(values.len());
    out.extend_from_slice(&values[..distance]);
    out.extend(values[distance..].iter().zip(values).map(|(late, early)| f(*late, *early)));
    out
}

/// Number of neighbouring windows that are folded together, in registers.
const LANES: usize = 8;

/// Folds the deviations of each full window of `period` values from its centre into `N` numbers that start at zero, the
/// earliest value first; NaN before the first window.
pub(crate) fn fold_deviations<const N: usize>(
    values: &[f64],
    centres: &[f64],
    period: usize,
    step: impl Fn([f64; N], f64) -> [f64; N],
) -> [Vec<f64>; N] {
    let mut out = [(); N].map(|()| vec![f64::NAN; values.len()]);
    let Some(mut index) = warm_up(values, period, 1) else { return out };
    while let Some(centres) = centres.get(index..).and_then(<[f64]>::first_chunk::<LANES>) {
        let mut folds = [[0.0; LANES]; N];
        for values in values[index + 1 - period..index + LANES].array_windows::<LANES>() {
            for (lane, (value, centre)) in values.iter().zip(centres).enumerate() {
                let next = step(folds.map(|fold| fold[lane]), value - centre);
                for (fold, next) in folds.iter_mut().zip(next) {
                    fold[lane] = next;
                }
            }
        }
        for (column, fold) in out.iter_mut().zip(folds) {
            column[index..index + LANES].copy_from_slice(&fold);
        }
        index += LANES;
    }
    for index in index..values.len() {
        let window = values[index + 1 - period..=index].iter();
        let fold = window.fold([0.0; N], |fold, value| step(fold, value - centres[index]));
        for (column, value) in out.iter_mut().zip(fold) {
            column[index] = value;
        }
    }
    out
}

/// Number of values before the first full window; `None` if there is no full window.
fn warm_up(values: &[f64], period: usize, stride: usize) -> Option<usize> {
    period.checked_sub(1)?.checked_mul(stride).filter(|warm_up| stride > 0 && *warm_up < values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns with periods from 1 to their length.
    fn cases() -> impl Iterator<Item = (Vec<f64>, usize)> {
        let values: Vec<f64> = (0..40).map(|i| f64::from((i * 7919) % 101) - 50.0).collect();
        (1..=40).map(move |period| (values.clone(), period))
    }

    #[test]
    fn combined_spans_equal_plain_loops() {
        for (values, period) in cases() {
            let spans = RollingSums::new(&values, 1, 40);
            let (sums, means) = (spans.sums(period), spans.means(period));
            let (high, low) = (extremes(&values, period, f64::max), extremes(&values, period, f64::min));
            let [absolute] =
                fold_deviations(&values, &values, period, |[sum]: [f64; 1], deviation| [sum + deviation.abs()]);
            for index in 0..values.len() {
                let Some(from) = (index + 1).checked_sub(period) else {
                    assert!(
                        [sums[index], means[index], high[index], low[index], absolute[index]]
                            .iter()
                            .all(|v| v.is_nan())
                    );
                    continue;
                };
                let window = &values[from..=index];
                // Whole numbers: sums are exact in any order.
                let sum: f64 = window.iter().sum();
                assert_eq!(sums[index].to_bits(), (sum + 0.0).to_bits(), "{period} values at {index}");
                assert!((means[index] - sum / as_f64(period)).abs() < 1e-13, "{period} values at {index}");
                assert_eq!(high[index].to_bits(), window.iter().copied().fold(f64::MIN, f64::max).to_bits());
                assert_eq!(low[index].to_bits(), window.iter().copied().fold(f64::MAX, f64::min).to_bits());
                let expected: f64 = window.iter().map(|value| (value - values[index]).abs()).sum();
                assert_eq!(absolute[index].to_bits(), expected.to_bits(), "{period} values at {index}");
            }
        }
    }

    #[test]
    fn the_mean_of_equal_values_is_exact() {
        for period in 1..=200 {
            // 0.1 is not a binary fraction.
            assert!(means(&[0.1; 200], period)[period - 1..].iter().all(|mean| mean.to_bits() == 0.1_f64.to_bits()));
        }
    }

    #[test]
    fn a_value_depends_on_its_window_only() {
        for (values, period) in cases() {
            let values: Vec<f64> = values.iter().map(|v| (v / 7.0).exp()).collect();
            for from in 0..values.len() - period {
                let (late, all) = (&values[from..], &values);
                let (late, all) = (RollingSums::new(late, 1, period), RollingSums::new(all, 1, 64));
                let pairs = [(late.sums(period), all.sums(period)), (late.means(period), all.means(period))];
                for (late, all) in pairs {
                    for (index, value) in late.iter().enumerate().skip(period - 1) {
                        assert_eq!(
                            value.to_bits(),
                            all[from + index].to_bits(),
                            "{period} values, from {from}, at {index}"
                        );
                    }
                }
            }
        }
    }
}
