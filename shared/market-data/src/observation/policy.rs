//! Priority of the sources, and the differences that are tolerated between them.

use crate::Bar;

/// Rules by which one bar is chosen among those of several sources.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolutionPolicy {
    /// Names of sources, the primary one first. Sources that are not listed come after them, by name.
    pub priority: Vec<String>,
    /// Names of sources that quote in a related currency, not in the quote currency itself.
    pub proxies: Vec<String>,
    /// True if a proxy's bar counts where no other source has one; false if there is no bar then.
    pub proxy_bars: bool,
    /// Largest tolerated difference between two sources.
    pub tolerance: Tolerance,
}

impl ResolutionPolicy {
    /// Position of a source in the order of priority; 0 is the primary source.
    pub(super) fn priority_of(&self, source: &str) -> usize {
        self.priority.iter().position(|name| name == source).unwrap_or(self.priority.len())
    }

    pub(super) fn is_primary(&self, source: &str) -> bool {
        self.priority_of(source) == 0
    }

    pub(super) fn is_proxy(&self, source: &str) -> bool {
        self.proxies.iter().any(|name| name == source)
    }
}

/// Largest differences between two sources' bars of one time, as fractions of the lower price, each above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Tolerance of the closes.
    pub close: f64,
    /// Tolerance of the highs and of the lows. A single trade makes them, so sources differ more about them than about closes.
    pub extreme: f64,
}

impl Default for Tolerance {
    /// 1 % of the close and 3 % of high and low.
    ///
    /// In the six days of BTC that captures of two sources share (Coinbase and Kraken 2026, Yahoo and Binance 2020),
    /// closes differ by at most 0.28 %, highs by 0.12 % and lows by 0.64 %. Six days are too few for a quantile, so the
    /// tolerance is five times the largest difference. One history alone cannot show a false high of that size: 27 % of
    /// the days and 0.8 % of the hours of ETH from 2017 to 2023 have a longer wick of their own.
    fn default() -> Self {
        Self { close: 0.01, extreme: 0.03 }
    }
}

impl Tolerance {
    /// True if the closes differ by no more than the tolerance.
    #[must_use]
    pub fn same_close(&self, a: &Bar, b: &Bar) -> bool {
        closes_agree(a.close, b.close, self.close)
    }

    /// True if highs and lows each differ by no more than the tolerance.
    #[must_use]
    pub fn same_extremes(&self, a: &Bar, b: &Bar) -> bool {
        closes_agree(a.high, b.high, self.extreme) && closes_agree(a.low, b.low, self.extreme)
    }

    /// True if a bar reaches further than most of `bars`, of which it is one, by more than the tolerance: above the lower
    /// median of the highs, or below the upper median of the lows. With two bars, that median is the other one's value.
    pub(super) fn outreaches(&self, bar: &Bar, bars: &[&Bar]) -> bool {
        let sorted = |value: fn(&Bar) -> f64| {
            let mut values: Vec<f64> = bars.iter().map(|bar| value(bar)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (highs, lows) = (sorted(|bar| bar.high), sorted(|bar| bar.low));
        let beyond = |value: f64, median: Option<&f64>, outside: fn(f64, f64) -> bool| {
            median.is_some_and(|&median| outside(value, median) && !closes_agree(value, median, self.extreme))
        };
        beyond(bar.high, highs.get(bars.len().saturating_sub(1) / 2), |high, median| high > median)
            || beyond(bar.low, lows.get(bars.len() / 2), |low, median| low < median)
    }
}

/// True if two prices differ by at most `tolerance`, a fraction of the lower one.
#[must_use]
pub fn closes_agree(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.min(b)
}
