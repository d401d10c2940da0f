//! Shares and quantiles, with what chance leaves of them.

use market_data::numbers::as_f64;
use serde::Serialize;

/// A share of cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Proportion {
    pub(crate) hits: usize,
    pub(crate) of: usize,
    pub(crate) share: f64,
    /// 95 % interval (Wilson 1927).
    pub(crate) interval: [f64; 2],
}

impl Proportion {
    pub(crate) fn of(cases: impl IntoIterator<Item = bool>) -> Self {
        let (hits, of) = cases.into_iter().fold((0, 0), |(hits, of), hit| (hits + usize::from(hit), of + 1));
        if of == 0 {
            return Self { hits, of, share: 0.0, interval: [0.0, 1.0] };
        }
        let (p, n, z) = (as_f64(hits) / as_f64(of), as_f64(of), 1.959_964);
        let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        Self { hits, of, share: p, interval: [(middle - half).max(0.0), (middle + half).min(1.0)] }
    }
}

/// When something happened in so many cases; in some it never did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Delays {
    pub(crate) of: usize,
    pub(crate) seen: usize,
    /// Bars until a quarter, half and three quarters of all cases were seen; none when fewer ever were.
    pub(crate) quartiles: [Option<usize>; 3],
    /// Shares of all cases that were seen within so many days.
    pub(crate) within: Vec<(usize, f64)>,
}

impl Delays {
    /// Of delays in bars, a day being `day` bars.
    pub(crate) fn of(delays: &[Option<usize>], days: &[usize], day: usize) -> Self {
        let mut seen: Vec<usize> = delays.iter().flatten().copied().collect();
        seen.sort_unstable();
        let reached = |quarters: usize| seen.get((delays.len() * quarters).div_ceil(4).saturating_sub(1)).copied();
        let within =
            |days: usize| as_f64(seen.iter().filter(|bars| **bars <= days * day).count()) / as_f64(delays.len());
        Self {
            of: delays.len(),
            seen: seen.len(),
            quartiles: [1, 2, 3].map(reached),
            within: days.iter().map(|days| (*days, within(*days))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.binomtest(8, 40).proportion_ci(method="wilson")`, SciPy 1.17.1.
    #[test]
    fn a_share_has_its_interval() {
        let share = Proportion::of((0..40).map(|i| i < 8));
        assert!((share.share - 0.2).abs() < 1e-12);
        assert!((share.interval[0] - 0.10500).abs() < 1e-4 && (share.interval[1] - 0.34757).abs() < 1e-4, "{share:?}");
    }

    #[test]
    fn quartiles_count_the_cases_that_were_never_seen() {
        let delays = Delays::of(&[Some(3), None, Some(1), None], &[1, 2, 3], 1);
        assert_eq!(delays.quartiles, [Some(1), Some(3), None]);
        assert_eq!(delays.within, [(1, 0.25), (2, 0.25), (3, 0.5)]);
    }
}
