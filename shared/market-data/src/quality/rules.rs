//! Table of quality rules. New rules are appended: the position of a rule is a bit of the flags in the lake.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Rule that a bar, a batch or the agreement of sources can violate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityRule {
    /// The bar is still open.
    Unfinished,
    /// The last row is a quote at the time of the last trade.
    LiveQuote,
    /// The same bar again.
    Duplicate,
    /// The bar opens in the future.
    ClockSkew,
    /// No bar opens at the time of the row.
    OffGrid,
    /// Two different bars have one open time.
    Conflict,
    /// A value is null or not a number.
    Missing,
    /// A price of zero or less, or a negative volume.
    NotPositive,
    /// High and low are exchanged.
    HighBelowLow,
    /// Open or close lies outside low to high.
    OutsideRange,
    /// The volume is in the quote currency.
    SwappedVolume,
    /// A bar between others is missing.
    Gap,
    /// The newest closed bars are missing.
    Stale,
    /// The bar has no trades.
    ZeroVolume,
    /// A spike that the close does not confirm.
    FlashWick,
    /// A step far beyond the recent range.
    Jump,
    /// Sources differ about the close.
    Disagreement,
    /// A source of higher priority is alone against two that agree.
    Outvoted,
    /// The bar comes from another source than the primary one.
    // Quality reports of older releases have the former name.
    #[serde(alias = "stand_in")]
    Fallback,
    /// The bar is quoted in a stablecoin.
    Proxy,
    /// The close of a day differs from that of its last hour.
    HoursDisagree,
    /// Sources differ about high or low.
    ExtremesDisagree,
}

/// Reaction to a hit of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualityAction {
    /// The row is left out, because it is no bar.
    Drop,
    /// The bar is left out and fetched from other sources.
    Refetch,
    /// The bar is used, with a flag.
    Flag,
    /// The whole batch is rejected and the next source is used.
    RejectBatch,
}

/// Row of the table of rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityRuleSpec {
    /// The rule.
    pub rule: QualityRule,
    /// Name of the rule in JSON and logs.
    pub name: &'static str,
    /// Reaction to a hit.
    pub action: QualityAction,
    /// Condition under which the rule hits, for people.
    pub meaning: &'static str,
}

const fn spec(rule: QualityRule, name: &'static str, action: QualityAction, meaning: &'static str) -> QualityRuleSpec {
    QualityRuleSpec { rule, name, action, meaning }
}

/// All rules, in the order of [`QualityRule`]. The numbers in the meanings are those of the constants below.
pub const RULES: [QualityRuleSpec; 22] = [
    spec(QualityRule::Unfinished, "unfinished", QualityAction::Drop, "the bar is not closed yet"),
    spec(QualityRule::LiveQuote, "live_quote", QualityAction::Drop, "the last row is a quote at an odd time"),
    spec(QualityRule::Duplicate, "duplicate", QualityAction::Drop, "the same bar came before"),
    spec(
        QualityRule::ClockSkew,
        "clock_skew",
        QualityAction::RejectBatch,
        "the bar opens more than 30 s after the clock",
    ),
    spec(
        QualityRule::OffGrid,
        "off_grid",
        QualityAction::RejectBatch,
        "a row that is not the last stands at an odd time",
    ),
    spec(QualityRule::Conflict, "conflict", QualityAction::Refetch, "two different bars at one time"),
    spec(QualityRule::Missing, "missing", QualityAction::Refetch, "a value is null or not a finite number"),
    spec(
        QualityRule::NotPositive,
        "not_positive",
        QualityAction::Refetch,
        "a price is not above zero, or the volume is below",
    ),
    spec(QualityRule::HighBelowLow, "high_below_low", QualityAction::Refetch, "high is below low"),
    spec(
        QualityRule::OutsideRange,
        "outside_range",
        QualityAction::Refetch,
        "open or close lies outside of low to high",
    ),
    spec(
        QualityRule::SwappedVolume,
        "swapped_volume",
        QualityAction::Refetch,
        "the volume is in the quote currency: by the other column, or above half the close (of 300 or more) times the median before",
    ),
    spec(QualityRule::Gap, "gap", QualityAction::Refetch, "a bar between others is missing"),
    spec(QualityRule::Stale, "stale", QualityAction::Refetch, "the newest closed bars are missing"),
    spec(QualityRule::ZeroVolume, "zero_volume", QualityAction::Flag, "nobody traded"),
    spec(
        QualityRule::FlashWick,
        "flash_wick",
        QualityAction::Flag,
        "a wick longer than 10 median ranges of the 48 bars before",
    ),
    spec(
        QualityRule::Jump,
        "jump",
        QualityAction::Flag,
        "a step of the close beyond 10 median ranges of the 48 bars before",
    ),
    spec(
        QualityRule::Disagreement,
        "disagreement",
        QualityAction::Flag,
        "closes of two sources differ by more than the tolerance",
    ),
    spec(
        QualityRule::Outvoted,
        "outvoted",
        QualityAction::Flag,
        "a source of higher priority is alone against two that agree about the close, or reaches further than the others",
    ),
    spec(
        QualityRule::Fallback,
        "fallback",
        QualityAction::Flag,
        "the primary source has no bar, so that of another one counts",
    ),
    spec(QualityRule::Proxy, "proxy", QualityAction::Flag, "quoted in a stablecoin, not in the quote currency"),
    spec(
        QualityRule::HoursDisagree,
        "hours_disagree",
        QualityAction::Flag,
        "the 24 hours of a day close elsewhere than the day",
    ),
    spec(
        QualityRule::ExtremesDisagree,
        "extremes_disagree",
        QualityAction::Flag,
        "highs or lows of two sources differ by more than their tolerance",
    ),
];

/// Largest lead of a source's clock, in seconds.
pub(super) const CLOCK_TOLERANCE_SECONDS: i64 = 30;
/// Ratio of a volume to close times median volume, above which the volume is in the quote currency.
pub(super) const QUOTE_VOLUME_RATIO: f64 = 0.5;
/// Lowest close at which the volume's unit is checked, in the quote currency. Below it, a volatile hour in the base
/// currency looks the same: real ones reach 80 times the median before them.
pub(super) const MIN_CLOSE_FOR_VOLUME_CHECK: f64 = 300.0;
/// Longest wick, and largest step of the close, in median ranges of the bars before.
pub(super) const MAX_MEDIAN_RANGES: f64 = 10.0;
/// Number of bars before that make the median range and volume.
pub(super) const CONTEXT_BARS: usize = 48;
/// Smallest number of bars before that a bar is compared with.
pub(super) const MIN_CONTEXT_BARS: usize = 24;

impl QualityRule {
    /// Row of the rule in the table.
    #[must_use]
    pub fn spec(self) -> &'static QualityRuleSpec {
        &RULES[self as usize]
    }

    /// Name of the rule in JSON and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.spec().name
    }

    /// Reaction to a hit.
    #[must_use]
    pub fn action(self) -> QualityAction {
        self.spec().action
    }

    /// Condition under which the rule hits, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.spec().meaning
    }
}

impl fmt::Display for QualityRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_rules_order_and_serialised_names() {
        for (index, spec) in RULES.iter().enumerate() {
            assert_eq!(spec.rule as usize, index, "{}", spec.name);
            assert_eq!(serde_json::to_value(spec.rule).unwrap(), spec.name);
        }
    }
}
