//! Where a bar comes from: which source, and which history it showed.

use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt, str::FromStr, sync::Arc};

/// Which history a source showed. What is nearer to the market comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// The market itself.
    Live,
    /// Real history, served from a file.
    Stored,
    /// Made up.
    Simulated,
}

/// A source, and the history that it showed. Serialised as its label: `coinbase`, `coinbase (stored)`,
/// `coinbase (simulated)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Origin {
    /// The source's name in small letters, such as `coinbase`; shared, as each of many bars has it.
    pub source: Arc<str>,
    /// Which history.
    pub provenance: Provenance,
}

const STORED: &str = " (stored)";
const SIMULATED: &str = " (simulated)";

impl Origin {
    /// A source's name with a history.
    pub fn new(source: impl Into<Arc<str>>, history: Provenance) -> Self {
        Self { source: source.into(), provenance: history }
    }

    /// True if the bars are made up.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.provenance == Provenance::Simulated
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.provenance {
            Provenance::Live => "",
            Provenance::Stored => STORED,
            Provenance::Simulated => SIMULATED,
        };
        write!(f, "{}{suffix}", self.source)
    }
}

impl From<&str> for Origin {
    fn from(label: &str) -> Self {
        if let Some(source) = label.strip_suffix(STORED) {
            Self::new(source, Provenance::Stored)
        } else if let Some(source) = label.strip_suffix(SIMULATED) {
            Self::new(source, Provenance::Simulated)
        } else {
            Self::new(label, Provenance::Live)
        }
    }
}

impl FromStr for Origin {
    type Err = Infallible;

    fn from_str(label: &str) -> Result<Self, Self::Err> {
        Ok(label.into())
    }
}

impl From<String> for Origin {
    fn from(label: String) -> Self {
        label.as_str().into()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_says_which_history_and_can_be_read_back() {
        for (history, label) in [
            (Provenance::Live, "kraken"),
            (Provenance::Stored, "kraken (stored)"),
            (Provenance::Simulated, "kraken (simulated)"),
        ] {
            let origin = Origin::new("kraken", history);
            assert_eq!(origin.to_string(), label);
            assert_eq!(Origin::from(label), origin);
        }
    }

    #[test]
    fn the_market_comes_before_files_and_files_before_simulations() {
        assert!(Provenance::Live < Provenance::Stored && Provenance::Stored < Provenance::Simulated);
    }
}
