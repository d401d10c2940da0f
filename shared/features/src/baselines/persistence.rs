//! Persistence, the baseline that repeats the last direction known at each decision time.

use market_data::{Bar, Series};

/// Probability of `up` that persistence gives at the close of each bar, between 0 and 1 exclusive.
///
/// Persistence forecasts the direction of the last settled label. The probability is the share of such forecasts that were
/// right, over the labels settled by then, with Laplace's smoothing. If the last label is a tie or missing, the value is
/// that of `climatology`.
///
/// `bars` ascend; `labels` ([`crate::labels::labels`]) and `climatology` ([`crate::baselines::climatology`]) are
/// aligned with them, for the horizon of `series`.
#[must_use]
pub fn persistence(series: &Series, bars: &[Bar], labels: &[Option<bool>], climatology: &[f64]) -> Vec<f64> {
    let horizon = series.horizon as usize;
    // Gaps move bars together, so the bar is looked up by its time.
    let last: Vec<Option<bool>> = bars
        .iter()
        .enumerate()
        .map(|(bar, Bar { time, .. })| {
            let decided = series.interval.step(*time, -i64::from(series.horizon));
            bars[..bar].binary_search_by_key(&decided, |bar| bar.time).ok().and_then(|index| labels[index])
        })
        .collect();
    let (mut right, mut all) = (1.0, 2.0);
    (0..bars.len())
        .map(|bar| {
            if let Some((previous, label)) =
                bar.checked_sub(horizon).and_then(|settled| last[settled].zip(labels[settled]))
            {
                right += f64::from(u8::from(previous == label));
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
    use crate::{baselines::climatology, labels::labels};
    use jiff::Timestamp;

    fn bars(closes: &[f64]) -> Vec<Bar> {
        let bar = |(day, &close): (i64, &f64)| Bar {
            time: Timestamp::from_second(day * 86_400).unwrap(),
            open: close,
            high: close,
            low: close,
            close,
            volume: 1.0,
        };
        (0..).zip(closes).map(bar).collect()
    }

    /// Persistence, and the climatology that it falls back to.
    fn baselines(slug: &str, bars: &[Bar]) -> (Vec<f64>, Vec<f64>) {
        let series: Series = slug.parse().unwrap();
        let labels = labels(bars, series.interval, series.horizon);
        let climatology = climatology(&labels, series.horizon);
        (persistence(&series, bars, &labels, &climatology), climatology)
    }

    #[test]
    fn persistence_uses_settled_labels_only() {
        let mut rising = bars(&(1..=40).map(f64::from).collect::<Vec<_>>());
        let (p, _) = baselines("eth-usd-1d-h1", &rising);
        // At bar 2 the labels of bars 0 and 1 are settled, and bar 1 was the first with one before it: 2 of 3.
        assert!((p[2] - 2.0 / 3.0).abs() < 1e-12 && (p[3] - 3.0 / 4.0).abs() < 1e-12, "{:?}", &p[..4]);
        rising.remove(20);
        let (p, climatology) = baselines("eth-usd-1d-h1", &rising);
        assert!((p[20] - climatology[20]).abs() < 1e-12, "the label of the bar before the gap is missing");
    }

    #[test]
    fn later_bars_do_not_change_earlier_probabilities() {
        let closes = |step: u32| (0..300).map(|day| f64::from(10 + day * step % 37)).collect::<Vec<_>>();
        let (original, other) = (bars(&closes(11)), bars(&closes(14)));
        for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7"] {
            let (p, _) = baselines(slug, &original);
            let (spliced, _) = baselines(slug, &[&original[..=200], &other[201..]].concat());
            assert_eq!(p[..=200], spliced[..=200]);
            assert_ne!(p[201..], spliced[201..], "the change shows");
        }
    }
}
