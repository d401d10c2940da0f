//! Persistence, as known at each decision time.

use crate::history::History;
use domain::Bar;

/// For each bar, the side of the last settled label, with the probability with which that was right before: a
/// Laplace-smoothed share over the labels settled by its close. Climatology where the last label is a tie or missing.
pub(crate) fn persistence(history: &History) -> Vec<f64> {
    let History { series, bars, labels, climatology, .. } = history;
    let horizon = series.horizon as usize;
    // Gaps move bars together, so the bar is looked up by its time.
    let last: Vec<Option<bool>> = bars
        .iter()
        .enumerate()
        .map(|(bar, Bar { time, .. })| {
            let back = series.interval.step(*time, -i64::from(series.horizon));
            bars[..bar].binary_search_by_key(&back, |bar| bar.time).ok().and_then(|place| labels[place])
        })
        .collect();
    let (mut right, mut all) = (1.0, 2.0);
    (0..bars.len())
        .map(|bar| {
            if let Some((before, up)) = bar.checked_sub(horizon).and_then(|settled| last[settled].zip(labels[settled]))
            {
                right += f64::from(u8::from(before == up));
                all += 1.0;
            }
            match last[bar] {
                Some(true) => right / all,
                Some(false) => 1.0 - right / all,
                None => climatology[bar],
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bars, history};

    #[test]
    fn a_market_that_repeats_itself_is_learnt_from_settled_labels_only() {
        let mut rising = bars(40, 1, 0.0);
        for (bar, close) in rising.iter_mut().zip(1..) {
            let close = f64::from(close);
            *bar = Bar { open: close, high: close, low: close, close, ..*bar };
        }
        let p = persistence(&history("eth-usd-1d-h1", rising.clone()));
        // At bar 2 the labels of bars 0 and 1 are settled, and bar 1 was the first with one before it: 2 of 3.
        assert!((p[2] - 2.0 / 3.0).abs() < 1e-12 && (p[3] - 3.0 / 4.0).abs() < 1e-12, "{:?}", &p[..4]);
        rising.remove(20);
        let gapped = history("eth-usd-1d-h1", rising);
        let p = persistence(&gapped);
        assert!((p[20] - gapped.climatology[20]).abs() < 1e-12, "the label of the bar before the gap is missing");
    }

    #[test]
    fn the_future_changes_nothing() {
        let (one, other) = (bars(300, 1, 0.3), bars(300, 2, 0.3));
        for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7"] {
            let p = persistence(&history(slug, one.clone()));
            let spliced = persistence(&history(slug, [&one[..=200], &other[201..]].concat()));
            assert_eq!(p[..=200], spliced[..=200]);
        }
    }
}
