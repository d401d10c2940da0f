//! Warnings about the bars that a forecast's features depend on.

use super::{Warning, WarningCode};
use jiff::Timestamp;
use market_data::{
    Bar, Interval,
    quality::{DoubtfulBar, Flags},
};

/// Code, rules of the bars, and description of the problem.
const PROBLEMS: [(WarningCode, Flags, &str); 2] = [
    (
        WarningCode::ProxyBars,
        DoubtfulBar::PROXY,
        "are of a source that quotes in a stablecoin, for no other one had them",
    ),
    (WarningCode::DisputedBars, DoubtfulBar::DISPUTED, "have a close, high or low about which sources differ"),
];

/// Warnings about doubtful bars among the `lookback` bars up to the one that opens at `last`, which the features of a
/// forecast depend on. Recursive features keep less than 1 % of older bars.
#[must_use]
pub fn bar_warnings(bars: &[DoubtfulBar], last: Timestamp, interval: Interval, lookback: usize) -> Vec<Warning> {
    let first = interval.step(last, 1 - i64::try_from(lookback).unwrap_or(i64::MAX));
    let warning = |(code, rules, problem): &(WarningCode, Flags, &str)| {
        let hit = |bar: &&DoubtfulBar| bar.rules.iter().any(|rule| rules.contains(rule));
        let times = || bars.iter().filter(|bar| (first..=last).contains(&bar.time)).filter(hit).map(|bar| bar.time);
        let (count, latest) = (times().count(), times().max()?);
        let message =
            format!("{count} of the {lookback} bars that the features see {problem}; the latest opens at {latest}");
        Some(Warning::new(*code, message))
    };
    PROBLEMS.iter().filter_map(warning).collect()
}

/// Warning that the market did not move within the bars of a distribution, as when a source repeats a price.
#[must_use]
pub fn flat_prices(bars: &[Bar]) -> Option<Warning> {
    let is_flat = bars.len() > 1 && bars.windows(2).all(|pair| pair[0].close.total_cmp(&pair[1].close).is_eq());
    is_flat.then(|| {
        let message = format!("the last {} bars have the same close: the bands know no move", bars.len());
        Warning::new(WarningCode::FlatPrices, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::quality::QualityRule;

    #[test]
    fn a_warning_lasts_while_features_depend_on_the_bar() {
        let at = |day| Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), day);
        let bar = |day, rule| DoubtfulBar { time: at(day), rules: Flags::NONE.with(rule) };
        let bars = [bar(3, QualityRule::ExtremesDisagree), bar(5, QualityRule::Outvoted), bar(5, QualityRule::Proxy)];
        let warnings = |last| bar_warnings(&bars, at(last), Interval::Day, 121);
        assert_eq!(warnings(2), []);
        let codes: Vec<WarningCode> = warnings(123).iter().map(|warning| warning.code).collect();
        assert_eq!(codes, [WarningCode::ProxyBars, WarningCode::DisputedBars]);
        assert_eq!(
            warnings(123)[1].message,
            "2 of the 121 bars that the features see have a close, high or low about which sources differ; \
             the latest opens at 2023-01-06T00:00:00Z"
        );
        assert!(warnings(124)[1].message.starts_with("1 of the 121 bars"));
        assert_eq!(warnings(126), []);
    }
}
