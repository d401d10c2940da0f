//! Tags and params on the wire.

use serde::{Deserialize, Serialize};

/// Key and value of a tag or param.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Key.
    pub key: String,
    /// Value; empty if absent.
    #[serde(default)]
    pub value: String,
}
