//! Resolved bars that a forecast has to warn of while its features depend on them.

use super::{flags::Flags, rules::QualityRule};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Resolved bar that is quoted in a stablecoin, or about which sources differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtfulBar {
    /// Open time of the bar.
    pub time: Timestamp,
    /// Rules that make the bar doubtful, at least one.
    pub rules: Flags,
}

impl DoubtfulBar {
    /// Rules of bars that only a proxy had.
    pub const PROXY: Flags = Flags::NONE.with(QualityRule::Proxy);
    /// Rules of bars about which sources differ.
    pub const DISPUTED: Flags =
        Flags::NONE.with(QualityRule::Disagreement).with(QualityRule::Outvoted).with(QualityRule::ExtremesDisagree);

    /// Doubtful bar that opens at `time`; `None` if none of the flags makes it doubtful.
    #[must_use]
    pub fn from_flags(time: Timestamp, flags: Flags) -> Option<Self> {
        let doubtful = Self::PROXY.union(Self::DISPUTED);
        let rules = flags.iter().filter(|rule| doubtful.contains(*rule)).fold(Flags::NONE, Flags::with);
        (rules != Flags::NONE).then_some(Self { time, rules })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_and_disputes_make_a_bar_doubtful() {
        let time = "2023-01-01T00:00:00Z".parse().unwrap();
        let all = super::super::RULES.iter().map(|spec| spec.rule);
        let doubtful: Vec<QualityRule> =
            all.filter(|rule| DoubtfulBar::from_flags(time, Flags::NONE.with(*rule)).is_some()).collect();
        assert_eq!(
            doubtful,
            [QualityRule::Disagreement, QualityRule::Outvoted, QualityRule::Proxy, QualityRule::ExtremesDisagree]
        );
        let mixed = Flags::NONE.with(QualityRule::Fallback).with(QualityRule::Proxy);
        let doubtful = DoubtfulBar::from_flags(time, mixed).unwrap();
        assert_eq!(doubtful.rules, Flags::NONE.with(QualityRule::Proxy));
    }
}
