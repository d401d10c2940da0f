//! Origin of a bar: its source and its provenance.

use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt, str::FromStr, sync::Arc};

/// Kind of history that a source delivered, ordered from the live market to simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Bars of the live market.
    Live,
    /// Real bars, served from a file.
    Stored,
    /// Generated bars.
    Simulated,
}

/// Source and provenance. Serialised as a label: `coinbase`, `coinbase (stored)`, `coinbase (simulated)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Origin {
    /// Name of the source in lower case, such as `coinbase`. Shared, because each of many bars has it.
    pub source: Arc<str>,
    /// Provenance of the bars: live, stored or simulated.
    pub provenance: Provenance,
}

const STORED: &str = " (stored)";
const SIMULATED: &str = " (simulated)";

impl Origin {
    /// Origin of a source's name and a provenance.
    pub fn new(source: impl Into<Arc<str>>, provenance: Provenance) -> Self {
        Self { source: source.into(), provenance }
    }

    /// True if the bars are simulated.
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
    fn a_label_shows_the_provenance_and_is_read_back() {
        for (provenance, label) in [
            (Provenance::Live, "kraken"),
            (Provenance::Stored, "kraken (stored)"),
            (Provenance::Simulated, "kraken (simulated)"),
        ] {
            let origin = Origin::new("kraken", provenance);
            assert_eq!(origin.to_string(), label);
            assert_eq!(Origin::from(label), origin);
        }
    }

    #[test]
    fn live_comes_before_stored_and_stored_before_simulated() {
        assert!(Provenance::Live < Provenance::Stored && Provenance::Stored < Provenance::Simulated);
    }
}
