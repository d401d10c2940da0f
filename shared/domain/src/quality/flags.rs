//! A set of rules.

use super::rules::{RULES, Rule};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The rules that hit a bar, as a set of bits; bit n is rule n of [`RULES`]. Serialised as a list of names.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Rule>", into = "Vec<Rule>")]
pub struct Flags(u32);

impl Flags {
    /// No rule.
    pub const NONE: Self = Self(0);

    /// These and `rule`.
    #[must_use]
    pub const fn with(self, rule: Rule) -> Self {
        Self(self.0 | 1 << rule as u32)
    }

    /// These, and `rule` when `hit`.
    #[must_use]
    pub const fn with_if(self, rule: Rule, hit: bool) -> Self {
        if hit { self.with(rule) } else { self }
    }

    /// Those of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `rule` is among them.
    #[must_use]
    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & 1 << rule as u32 != 0
    }

    /// The rules, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        RULES.iter().map(|spec| spec.rule).filter(move |rule| self.contains(*rule))
    }

    /// As stored.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// From what is stored; none when a bit stands for no rule.
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

impl From<Vec<Rule>> for Flags {
    fn from(rules: Vec<Rule>) -> Self {
        rules.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Flags> for Vec<Rule> {
    fn from(flags: Flags) -> Self {
        flags.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_back_from_its_bits_and_unknown_bits_are_refused() {
        let flags = Flags::NONE.with(Rule::Proxy).with(Rule::Jump);
        assert_eq!(flags.iter().collect::<Vec<_>>(), [Rule::Jump, Rule::Proxy]);
        assert_eq!(Flags::from_bits(flags.bits()), Some(flags));
        assert_eq!(Flags::from_bits(1 << 31), None);
        assert_eq!(serde_json::to_string(&flags).unwrap(), r#"["jump","proxy"]"#);
    }
}
