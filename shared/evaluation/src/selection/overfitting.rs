//! Probability of backtest overfitting, by combinatorially symmetric cross-validation.

use market_data::numbers::as_f64;
use std::cmp::Ordering;

/// Maximum number of blocks: 16 have 12,870 halves, and two more blocks have about four times as many.
pub const MAX_BLOCKS: usize = 16;

/// Probability that the best trial on one half of the blocks does not beat the median trial on the other half, over all
/// ways to halve them (Bailey, Borwein, López de Prado and Zhu 2017). It is near one half if trials differ by chance only and
/// near zero if one is truly better. It is above one half if the best trials lose later.
///
/// `losses` has one vector for each trial: its mean loss (lower is better) in each block of time. All blocks have about the
/// same number of rows. A trial exactly at the median does not beat it, as in the paper's integral up to zero. Trials with
/// equal losses share their mean rank. Several best trials have equal weights.
///
/// `None` for fewer than two trials, no blocks, an odd number of blocks or more than [`MAX_BLOCKS`], vectors of different
/// lengths, or a loss that is not finite.
///
/// ```
/// # use evaluation::selection::overfitting_probability;
/// let (good, bad) = (vec![0.68, 0.69, 0.68, 0.69], vec![0.70, 0.71, 0.72, 0.70]);
/// assert_eq!(overfitting_probability(&[bad, good.clone()]), Some(0.0));
/// assert_eq!(overfitting_probability(&[good]), None);
/// ```
#[must_use]
pub fn overfitting_probability(losses: &[Vec<f64>]) -> Option<f64> {
    let blocks = losses.first().map_or(0, Vec::len);
    let comparable = losses.len() >= 2
        && (2..=MAX_BLOCKS).contains(&blocks)
        && blocks.is_multiple_of(2)
        && losses.iter().all(|trial| trial.len() == blocks && trial.iter().all(|loss| loss.is_finite()));
    if !comparable {
        return None;
    }
    // Each bit is a block; each number with half of its bits set is a half of the blocks.
    let halves = (0_u32..1 << blocks).filter(|half| half.count_ones() as usize * 2 == blocks);
    let (mut overfit, mut total) = (0.0, 0.0);
    for half in halves {
        overfit += share_below_median(losses, half);
        total += 1.0;
    }
    Some(overfit / total)
}

/// Share of the best trials on the blocks in `half` that do not beat the median on the other blocks.
fn share_below_median(losses: &[Vec<f64>], half: u32) -> f64 {
    let sums = |in_half: bool| -> Vec<f64> {
        let inside = |block: usize| (half >> block & 1 == 1) == in_half;
        let sum = |trial: &Vec<f64>| (0..trial.len()).filter(|&block| inside(block)).map(|block| trial[block]).sum();
        losses.iter().map(sum).collect()
    };
    let (selection, test) = (sums(true), sums(false));
    let least = selection.iter().copied().fold(f64::INFINITY, f64::min);
    let (mut below_median, mut best) = (0.0, 0.0);
    for trial in (0..losses.len()).filter(|&trial| selection[trial].total_cmp(&least).is_eq()) {
        best += 1.0;
        // Ranks go from 1 for the worst to the number of trials N; the median rank is (N + 1) / 2.
        let (mut worse, mut equal) = (0, 0);
        for other in &test {
            match other.total_cmp(&test[trial]) {
                Ordering::Greater => worse += 1,
                Ordering::Equal => equal += 1,
                Ordering::Less => {}
            }
        }
        let rank = f64::from(worse) + f64::from(equal + 1) / 2.0;
        if 2.0 * rank <= as_f64(losses.len() + 1) {
            below_median += 1.0;
        }
    }
    below_median / best
}
