//! Proportions and delays over simulated markets.

use market_data::numbers::as_f64;
use serde::Serialize;

/// Proportion with a 95 % Wilson interval: `hits` of `total` cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Proportion {
    pub(crate) hits: usize,
    #[serde(rename = "of")]
    pub(crate) total: usize,
    /// `hits / total`; 0 without cases.
    pub(crate) share: f64,
    /// Lower and upper end (Wilson 1927).
    pub(crate) interval: [f64; 2],
}

impl Proportion {
    pub(crate) fn from_cases(cases: impl IntoIterator<Item = bool>) -> Self {
        let (hits, total) = cases.into_iter().fold((0, 0), |(hits, total), hit| (hits + usize::from(hit), total + 1));
        if total == 0 {
            return Self { hits, total, share: 0.0, interval: [0.0, 1.0] };
        }
        let (p, n, z) = (as_f64(hits) / as_f64(total), as_f64(total), 1.959_964);
        let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        Self { hits, total, share: p, interval: [(middle - half).max(0.0), (middle + half).min(1.0)] }
    }
}

/// Distribution of a detection delay over cases, some of which are never detected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Delays {
    /// Number of cases.
    #[serde(rename = "of")]
    pub(crate) total: usize,
    /// Number of cases that were detected.
    #[serde(rename = "seen")]
    pub(crate) detected: usize,
    /// Bars until a quarter, half and three quarters of all cases were detected; `None` where fewer were.
    pub(crate) quartiles: [Option<usize>; 3],
    /// Pairs of a number of days and the share of all cases that were detected within them.
    pub(crate) within: Vec<(usize, f64)>,
}

impl Delays {
    /// Summarizes delays in bars; `None` is a case that was never detected.
    pub(crate) fn from_bars(delays: &[Option<usize>], days: &[usize], bars_per_day: usize) -> Self {
        let mut detected: Vec<usize> = delays.iter().flatten().copied().collect();
        detected.sort_unstable();
        let quartile = |quarters: usize| {
            let rank = (delays.len() * quarters).div_ceil(4);
            detected.get(rank.saturating_sub(1)).copied()
        };
        let share_within = |days: usize| {
            let count = detected.iter().filter(|bars| **bars <= days * bars_per_day).count();
            as_f64(count) / as_f64(delays.len())
        };
        Self {
            total: delays.len(),
            detected: detected.len(),
            quartiles: [1, 2, 3].map(quartile),
            within: days.iter().map(|days| (*days, share_within(*days))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: `scipy.stats.binomtest(8, 40).proportion_ci(method="wilson")`, SciPy 1.17.1.
    #[test]
    fn a_proportion_has_its_wilson_interval() {
        let proportion = Proportion::from_cases((0..40).map(|case| case < 8));
        assert!((proportion.share - 0.2).abs() < 1e-12);
        let [low, high] = proportion.interval;
        assert!((low - 0.10500).abs() < 1e-4 && (high - 0.34757).abs() < 1e-4, "{proportion:?}");
    }

    #[test]
    fn quartiles_count_undetected_cases() {
        let delays = Delays::from_bars(&[Some(3), None, Some(1), None], &[1, 2, 3], 1);
        assert_eq!(delays.quartiles, [Some(1), Some(3), None]);
        assert_eq!(delays.within, [(1, 0.25), (2, 0.25), (3, 0.5)]);
    }
}
