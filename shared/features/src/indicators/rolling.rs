//! What every window of a column sums, averages or folds to.
//!
//! A value depends on the bits of its own window alone, never on where the column starts, so a window of bars and all
//! history give the same bits. Sums, means and extremes double their span (1, 2, 4, ... values) and put the powers of
//! two of the period together: a few passes over neighbours, which a compiler turns into vector code, and rounding
//! that grows with the logarithm of the period.

use market_data::numbers::as_f64;

/// The mean of each full window of `period` values, exact when all its values are equal; NaN before the first.
pub(crate) fn means(values: &[f64], period: usize) -> Vec<f64> {
    RollingSums::new(values, 1, period).means(period)
}

/// Sums of 1, 2, 4, ... values of a column, from which those of any period are put together.
#[derive(Debug)]
pub(crate) struct RollingSums<'a> {
    values: &'a [f64],
    /// How far apart the summed values are.
    stride: usize,
    /// At `k` the sums of `2^(k+1)` values; not complete, and not to be used, before that many are there.
    doubled: Vec<Vec<f64>>,
}

impl<'a> RollingSums<'a> {
    /// For periods up to `longest`.
    pub(crate) fn new(values: &'a [f64], stride: usize, longest: usize) -> Self {
        let mut doubled: Vec<Vec<f64>> = Vec::new();
        let mut span = 1;
        while span <= longest / 2 && span.saturating_mul(stride) < values.len() {
            let half = doubled.last().map_or(values, Vec::as_slice);
            doubled.push(combine_with_lag(half, span * stride, |late, early| late + early));
            span *= 2;
        }
        Self { values, stride, doubled }
    }

    /// The sum of each full window of `period` values; NaN before the first.
    pub(crate) fn sums(&self, period: usize) -> Vec<f64> {
        self.combine(period, |_| 1.0, |sum, part, _| sum + part)
    }

    /// The mean of each full window, exact when all its values are equal; NaN before the first.
    pub(crate) fn means(&self, period: usize) -> Vec<f64> {
        // Sums of a power of two of equal values are exact, and so is the division by it.
        self.combine(period, |span| 1.0 / as_f64(span), |mean, part, weight| mean + weight * (part - mean))
    }

    /// Joins the powers of two that the period consists of, from the smallest and latest to the largest and earliest.
    /// `scale` is what the sum of a span is multiplied with, and `join` gets what is joined so far, the scaled sum to
    /// add, and its share of the values of both.
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
        debug_assert_eq!(covered, period, "periods are not above the longest one");
        out[..warm_up].fill(f64::NAN);
        out
    }
}

/// The most extreme value of each full window, as `pick` chooses of two; NaN before the first.
pub(crate) fn extremes(values: &[f64], period: usize, pick: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let Some(warm_up) = warm_up(values, period, 1) else { return vec![f64::NAN; values.len()] };
    let mut extremes = values.to_vec();
    let mut span = 1;
    // The last step overlaps the one before it, which an extreme does not mind.
    while span < period {
        let step = span.min(period - span);
        extremes = combine_with_lag(&extremes, step, &pick);
        span += step;
    }
    extremes[..warm_up].fill(f64::NAN);
    extremes
}

/// `f` of each value and the one `distance` before it; the first ones, which have none, stay as they are.
fn combine_with_lag(values: &[f64], distance: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(values.len());
    out.extend_from_slice(&values[..distance]);
    out.extend(values[distance..].iter().zip(values).map(|(late, early)| f(*late, *early)));
    out
}

/// How many neighbouring windows are folded together, in registers.
const LANES: usize = 8;

/// Folds the deviations of each full window of `period` values from its centre into `N` numbers that start at zero,
/// earliest first; NaN before the first.
pub(crate) fn fold_deviations<const N: usize>(
    values: &[f64],
    centres: &[f64],
    period: usize,
    step: impl Fn([f64; N], f64) -> [f64; N],
) -> [Vec<f64>; N] {
    let mut out = [(); N].map(|()| vec![f64::NAN; values.len()]);
    let Some(mut at) = warm_up(values, period, 1) else { return out };
    while let Some(centres) = centres.get(at..).and_then(<[f64]>::first_chunk::<LANES>) {
        let mut folds = [[0.0; LANES]; N];
        for values in values[at + 1 - period..at + LANES].array_windows::<LANES>() {
            for (lane, (value, centre)) in values.iter().zip(centres).enumerate() {
                let next = step(folds.map(|fold| fold[lane]), value - centre);
                for (fold, next) in folds.iter_mut().zip(next) {
                    fold[lane] = next;
                }
            }
        }
        for (column, fold) in out.iter_mut().zip(folds) {
            column[at..at + LANES].copy_from_slice(&fold);
        }
        at += LANES;
    }
    for at in at..values.len() {
        let window = values[at + 1 - period..=at].iter();
        let fold = window.fold([0.0; N], |fold, value| step(fold, value - centres[at]));
        for (column, value) in out.iter_mut().zip(fold) {
            column[at] = value;
        }
    }
    out
}

/// How many values come before the first full window; `None` when there is none.
fn warm_up(values: &[f64], period: usize, stride: usize) -> Option<usize> {
    period.checked_sub(1)?.checked_mul(stride).filter(|warm_up| stride > 0 && *warm_up < values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values with every period around the powers of two, and the plain sum of each window.
    fn cases() -> impl Iterator<Item = (Vec<f64>, usize)> {
        let values: Vec<f64> = (0..40).map(|i| f64::from((i * 7919) % 101) - 50.0).collect();
        (1..=40).map(move |period| (values.clone(), period))
    }

    #[test]
    fn doubling_gives_what_plain_loops_give() {
        for (values, period) in cases() {
            let spans = RollingSums::new(&values, 1, 40);
            let (sums, means) = (spans.sums(period), spans.means(period));
            let (high, low) = (extremes(&values, period, f64::max), extremes(&values, period, f64::min));
            let [absolute] =
                fold_deviations(&values, &values, period, |[sum]: [f64; 1], deviation| [sum + deviation.abs()]);
            for at in 0..values.len() {
                let Some(from) = (at + 1).checked_sub(period) else {
                    assert!([sums[at], means[at], high[at], low[at], absolute[at]].iter().all(|v| v.is_nan()));
                    continue;
                };
                let window = &values[from..=at];
                // Whole numbers: sums are exact in any order.
                let sum: f64 = window.iter().sum();
                assert_eq!(sums[at].to_bits(), (sum + 0.0).to_bits(), "{period} values at {at}");
                assert!((means[at] - sum / as_f64(period)).abs() < 1e-13, "{period} values at {at}");
                assert_eq!(high[at].to_bits(), window.iter().copied().fold(f64::MIN, f64::max).to_bits());
                assert_eq!(low[at].to_bits(), window.iter().copied().fold(f64::MAX, f64::min).to_bits());
                let expected: f64 = window.iter().map(|value| (value - values[at]).abs()).sum();
                assert_eq!(absolute[at].to_bits(), expected.to_bits(), "{period} values at {at}");
            }
        }
    }

    #[test]
    fn the_mean_of_equal_values_is_that_value() {
        for period in 1..=200 {
            // 0.1 is not a binary fraction.
            assert!(means(&[0.1; 200], period)[period - 1..].iter().all(|mean| mean.to_bits() == 0.1_f64.to_bits()));
        }
    }

    #[test]
    fn a_value_knows_its_window_only_to_the_bit() {
        for (values, period) in cases() {
            let values: Vec<f64> = values.iter().map(|v| (v / 7.0).exp()).collect();
            for from in 0..values.len() - period {
                let (late, all) = (&values[from..], &values);
                let (late, all) = (RollingSums::new(late, 1, period), RollingSums::new(all, 1, 64));
                let pairs = [(late.sums(period), all.sums(period)), (late.means(period), all.means(period))];
                for (late, all) in pairs {
                    for (at, value) in late.iter().enumerate().skip(period - 1) {
                        assert_eq!(value.to_bits(), all[from + at].to_bits(), "{period} values, from {from}, at {at}");
                    }
                }
            }
        }
    }
}
