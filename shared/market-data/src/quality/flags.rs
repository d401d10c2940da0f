//! Sets of quality rules.

use super::rules::{QualityRule, RULES};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Rules that hit a bar, as a set of bits; bit n is rule n of [`RULES`]. Serialised as a list of names.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<QualityRule>", into = "Vec<QualityRule>")]
pub struct Flags(u32);

impl Flags {
    /// No rule.
    pub const NONE: Self = Self(0);

    /// The flags with `rule` added.
    #[must_use]
    pub const fn with(self, rule: QualityRule) -> Self {
        Self(self.0 | 1 << rule as u32)
    }

    /// The flags, with `rule` added if `hit`.
    #[must_use]
    pub const fn with_if(self, rule: QualityRule, hit: bool) -> Self {
        if hit { self.with(rule) } else { self }
    }

    /// Union of two sets of flags.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True if `rule` is one of the flags.
    #[must_use]
    pub const fn contains(self, rule: QualityRule) -> bool {
        self.0 & 1 << rule as u32 != 0
    }

    /// The rules, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = QualityRule> {
        RULES.iter().map(|spec| spec.rule).filter(move |rule| self.contains(*rule))
    }

    /// Flags as stored bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Flags of stored bits; `None` if a bit stands for no rule.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits >> RULES.len() == 0 { Some(Self(bits)) } else { None }
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl From<Vec<QualityRule>> for Flags {
    fn from(rules: Vec<QualityRule>) -> Self {
        rules.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Flags> for Vec<QualityRule> {
    fn from(flags: Flags) -> Self {
        flags.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_back_from_bits_and_unknown_bits_rejected() {
        let flags = Flags::NONE.with(QualityRule::Proxy).with(QualityRule::Jump);
        assert_eq!(flags.iter().collect::<Vec<_>>(), [QualityRule::Jump, QualityRule::Proxy]);
        assert_eq!(Flags::from_bits(flags.bits()), Some(flags));
        assert_eq!(Flags::from_bits(1 << 31), None);
        assert_eq!(serde_json::to_string(&flags).unwrap(), r#"["jump","proxy"]"#);
    }
}
