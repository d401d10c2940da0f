//! What every window of a column sums, averages or folds to.
//!
//! A value depends on the bits of its own window alone, never on where the column starts, so a window of bars and all
//! history give the same bits. Sums, means and extremes double their span (1, 2, 4, ... values) and put the powers of
//! two of the period together: a few passes over neighbours, which a compiler turns into vector code, and rounding
//! that grows with the logarithm of the period.

use super::count;

/// The sum of each full window of `period` values; NaN before the first.
pub(crate) fn sums(values: &[f64], period: usize) -> Vec<f64> {
    doubled(values, period, 1, |a, b| a + b, |sum, part, _| sum + part)
}

/// The mean of each full window, exact when all its values are equal; NaN before the first.
pub(crate) fn means(values: &[f64], period: usize) -> Vec<f64> {
    strided_means(values, period, 1)
}

/// The mean of `period` values, each `stride` before the next, the latest included; NaN before the first.
pub(crate) fn strided_means(values: &[f64], period: usize, stride: usize) -> Vec<f64> {
    doubled(values, period, stride, |a, b| 0.5 * (a + b), |mean, part, weight| mean + weight * (part - mean))
}

/// Joins `period` values, each `stride` before the next. `double` joins two halves of the same size, `join` a part to
/// what is there, with the part's share of the two together.
fn doubled(
    values: &[f64],
    period: usize,
    stride: usize,
    double: impl Fn(f64, f64) -> f64,
    join: impl Fn(f64, f64, f64) -> f64,
) -> Vec<f64> {
    let Some(warm_up) = warm_up(values, period, stride) else { return vec![f64::NAN; values.len()] };
    let mut power = values.to_vec();
    let mut next = power.clone();
    let (mut out, mut covered, mut span) = (Vec::new(), 0, 1);
    while covered < period {
        if period & span > 0 && covered == 0 {
            (out, covered) = (power.clone(), span);
        } else if period & span > 0 {
            let weight = count(span) / count(covered + span);
            for (slot, part) in out[covered * stride..].iter_mut().zip(&power) {
                *slot = join(*slot, *part, weight);
            }
            covered += span;
        }
        if covered < period {
            let shift = span * stride;
            for ((slot, late), early) in next[shift..].iter_mut().zip(&power[shift..]).zip(&power) {
                *slot = double(*late, *early);
            }
            std::mem::swap(&mut power, &mut next);
            span *= 2;
        }
    }
    out[..warm_up].fill(f64::NAN);
    out
}

/// The most extreme value of each full window, as `pick` chooses of two; NaN before the first.
pub(crate) fn extremes(values: &[f64], period: usize, pick: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let Some(warm_up) = warm_up(values, period, 1) else { return vec![f64::NAN; values.len()] };
    let mut power = values.to_vec();
    let mut next = power.clone();
    let mut span = 1;
    // The last step overlaps the one before it, which an extreme does not mind.
    while span < period {
        let step = span.min(period - span);
        for ((slot, late), early) in next[step..].iter_mut().zip(&power[step..]).zip(&power) {
            *slot = pick(*late, *early);
        }
        std::mem::swap(&mut power, &mut next);
        span += step;
    }
    power[..warm_up].fill(f64::NAN);
    power
}

/// How many neighbouring windows are folded together, in registers.
const LANES: usize = 8;

/// Folds each full window of `period` rows of the columns into `N` numbers that start at zero; NaN before the first.
/// `step` gets the numbers so far, the window's last row and the row to add, latest first.
pub(crate) fn folded<const I: usize, const N: usize>(
    columns: [&[f64]; I],
    period: usize,
    step: impl Fn([f64; N], [f64; I], [f64; I]) -> [f64; N],
) -> [Vec<f64>; N] {
    let length = columns.iter().map(|column| column.len()).min().unwrap_or(0);
    let mut out = [(); N].map(|()| vec![f64::NAN; length]);
    if period == 0 || period > length {
        return out;
    }
    let lanes = |at: usize| columns.map(|column| column[at..].first_chunk::<LANES>().copied().unwrap_or([0.0; LANES]));
    let mut at = period - 1;
    while at + LANES <= length {
        let now = lanes(at);
        let mut folds = [[0.0; LANES]; N];
        for lag in 0..period {
            let then = lanes(at - lag);
            for lane in 0..LANES {
                let next = step(folds.map(|fold| fold[lane]), now.map(|c| c[lane]), then.map(|c| c[lane]));
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
    for at in at..length {
        let row = |at: usize| columns.map(|column| column[at]);
        let fold = (0..period).fold([0.0; N], |fold, lag| step(fold, row(at), row(at - lag)));
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
            let (sums, means) = (sums(&values, period), means(&values, period));
            let (high, low) = (extremes(&values, period, f64::max), extremes(&values, period, f64::min));
            let [absolute] =
                folded([&values], period, |[sum]: [f64; 1], [now]: [f64; 1], [then]| [sum + (then - now).abs()]);
            for at in 0..values.len() {
                let Some(from) = (at + 1).checked_sub(period) else {
                    assert!([sums[at], means[at], high[at], low[at], absolute[at]].iter().all(|v| v.is_nan()));
                    continue;
                };
                let window = &values[from..=at];
                // Whole numbers: sums are exact in any order.
                let sum: f64 = window.iter().sum();
                assert_eq!(sums[at].to_bits(), (sum + 0.0).to_bits(), "{period} values at {at}");
                assert!((means[at] - sum / count(period)).abs() < 1e-13, "{period} values at {at}");
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
                let pairs = [(sums(late, period), sums(all, period)), (means(late, period), means(all, period))];
                for (late, all) in pairs {
                    for (at, value) in late.iter().enumerate().skip(period - 1) {
                        assert_eq!(value.to_bits(), all[from + at].to_bits(), "{period} values, from {from}, at {at}");
                    }
                }
            }
        }
    }
}
