//! The probability of backtest overfitting, by combinatorially symmetric cross-validation.

use market_data::numbers::as_f64;
use std::cmp::Ordering;

/// Most blocks that are compared: 16 have 12,870 halves; each two more have four times as many.
pub const MAX_BLOCKS: usize = 16;

/// The probability that the trial which is best on one half of the blocks does not beat the median trial on the other
/// half, over all ways to halve them (Bailey, Borwein, López de Prado and Zhu 2017). Near one half when trials differ by
/// chance alone, near zero when one is truly better; above one half when what wins loses later.
///
/// `losses` holds one vector per trial: its mean loss (lower is better) in each block of time, all blocks of about the
/// same number of rows. Exactly at the median counts as not beating it, as the paper's integral up to zero does. Trials
/// with the same loss share their mean rank, and if several are best each counts for its share.
///
/// `None` with fewer than two trials, without blocks, with an odd number of them or more than [`MOST_BLOCKS`], with
/// vectors of different lengths, and with a loss that is not finite.
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
    // Each bit is a block, each number with half of the bits set a half of the blocks to choose on.
    let halves = (0_u32..1 << blocks).filter(|half| half.count_ones() as usize * 2 == blocks);
    let (mut overfit, mut all) = (0.0, 0.0);
    for half in halves {
        overfit += share_below_median(losses, half);
        all += 1.0;
    }
    Some(overfit / all)
}

/// The share, of the trials that are best on the blocks in `half`, which do not beat the median on the others.
fn share_below_median(losses: &[Vec<f64>], half: u32) -> f64 {
    let sums = |chosen: bool| -> Vec<f64> {
        let inside = |block: usize| (half >> block & 1 == 1) == chosen;
        let sum = |trial: &Vec<f64>| (0..trial.len()).filter(|&block| inside(block)).map(|block| trial[block]).sum();
        losses.iter().map(sum).collect()
    };
    let (known, later) = (sums(true), sums(false));
    let least = known.iter().copied().fold(f64::INFINITY, f64::min);
    let (mut missed, mut best) = (0.0, 0.0);
    for trial in (0..losses.len()).filter(|&trial| known[trial].total_cmp(&least).is_eq()) {
        best += 1.0;
        // Rank from 1, the worst, to N, the number of trials; the median rank is (N + 1) / 2.
        let (mut worse, mut equal) = (0, 0);
        for other in &later {
            match other.total_cmp(&later[trial]) {
                Ordering::Greater => worse += 1,
                Ordering::Equal => equal += 1,
                Ordering::Less => {}
            }
        }
        let rank = f64::from(worse) + f64::from(equal + 1) / 2.0;
        if 2.0 * rank <= as_f64(losses.len() + 1) {
            missed += 1.0;
        }
    }
    missed / best
}
