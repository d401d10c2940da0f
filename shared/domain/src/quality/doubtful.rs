//! Kept bars that a forecast has to warn of for as long as its features see them.

use super::{flags::Flags, rules::QualityRule};
use crate::{Interval, Warning, WarningCode, features::WARM_UP_BARS};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A kept bar whose value rests on a stablecoin's quotes, or about which sources differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtfulBar {
    /// Open time of the bar.
    pub time: Timestamp,
    /// The rules that make it doubtful, at least one.
    pub rules: Flags,
}

/// The warnings that bars give cause to: code, rules and what is wrong with the bars.
const DOUBTS: [(WarningCode, Flags, &str); 2] = [
    (
        WarningCode::ProxyBars,
        Flags::NONE.with(QualityRule::Proxy),
        "are of a source that quotes in a stablecoin, for no other one had them",
    ),
    (
        WarningCode::DisputedBars,
        Flags::NONE.with(QualityRule::Disagreement).with(QualityRule::Outvoted).with(QualityRule::ExtremesDisagree),
        "have a close, high or low about which sources differ",
    ),
];

impl DoubtfulBar {
    /// The bar that opens at `time`, if one of its flags makes it doubtful.
    #[must_use]
    pub fn from_flags(time: Timestamp, flags: Flags) -> Option<Self> {
        let doubtful = DOUBTS.iter().fold(Flags::NONE, |all, (_, rules, _)| all.union(*rules));
        let rules = flags.iter().filter(|rule| doubtful.contains(*rule)).fold(Flags::NONE, Flags::with);
        (rules != Flags::NONE).then_some(Self { time, rules })
    }
}

/// The warnings about the features of the bar that opens at `last`. A windowed feature sees the bar itself and
/// [`WARM_UP_BARS`] before it; of an older one, smoothed features keep less than 1 %.
#[must_use]
pub fn doubts(bars: &[DoubtfulBar], last: Timestamp, interval: Interval) -> Vec<Warning> {
    let seen = WARM_UP_BARS + 1;
    let first = interval.step(last, 1 - i64::try_from(seen).unwrap_or(i64::MAX));
    let warning = |(code, rules, problem): &(WarningCode, Flags, &str)| {
        let hit = |bar: &&DoubtfulBar| bar.rules.iter().any(|rule| rules.contains(rule));
        let times = || bars.iter().filter(|bar| (first..=last).contains(&bar.time)).filter(hit).map(|bar| bar.time);
        let (count, latest) = (times().count(), times().max()?);
        let message =
            format!("{count} of the {seen} bars that the features see {problem}; the latest opens at {latest}");
        Some(Warning::new(*code, message))
    };
    DOUBTS.iter().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), day)
    }

    #[test]
    fn only_proxies_and_disputes_make_a_bar_doubtful() {
        let all = super::super::RULES.iter().map(|spec| spec.rule);
        let doubtful: Vec<QualityRule> =
            all.filter(|rule| DoubtfulBar::from_flags(at(0), Flags::NONE.with(*rule)).is_some()).collect();
        assert_eq!(
            doubtful,
            [QualityRule::Disagreement, QualityRule::Outvoted, QualityRule::Proxy, QualityRule::ExtremesDisagree]
        );
        let mixed = Flags::NONE.with(QualityRule::Fallback).with(QualityRule::Proxy);
        let kept = DoubtfulBar::from_flags(at(0), mixed).unwrap();
        assert_eq!(kept.rules, Flags::NONE.with(QualityRule::Proxy));
    }

    #[test]
    fn a_doubt_lasts_as_long_as_features_see_the_bar() {
        let bar = |day, rule| DoubtfulBar { time: at(day), rules: Flags::NONE.with(rule) };
        let bars = [bar(3, QualityRule::ExtremesDisagree), bar(5, QualityRule::Outvoted), bar(5, QualityRule::Proxy)];
        let told = |last| doubts(&bars, at(last), Interval::Day);
        assert_eq!(told(2), []);
        let codes: Vec<WarningCode> = told(123).iter().map(|warning| warning.code).collect();
        assert_eq!(codes, [WarningCode::ProxyBars, WarningCode::DisputedBars]);
        assert_eq!(
            told(123)[1].message,
            "2 of the 121 bars that the features see have a close, high or low about which sources differ; \
             the latest opens at 2023-01-06T00:00:00Z"
        );
        assert!(told(124)[1].message.starts_with("1 of the 121 bars"));
        assert_eq!(told(126), []);
    }
}
