//! Data quality: the table of rules, [`RULES`], and the functions that apply it. [`validate_rows`] checks the rows that a
//! source sends, [`flag_outliers`] the resolved bars.

mod doubtful;
mod flags;
mod outliers;
mod rules;
mod validation;

pub use doubtful::DoubtfulBar;
pub use flags::Flags;
pub use outliers::flag_outliers;
pub use rules::{QualityAction, QualityRule, QualityRuleSpec, RULES};
pub use validation::{BatchRejected, RawRow, ValidatedRows, ValidationContext, validate_rows};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Hit of a quality rule on a bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityFinding {
    /// Rule that hit.
    pub rule: QualityRule,
    /// Open time of the bar.
    pub time: Timestamp,
    /// Origin of the bar, as a label.
    pub source: String,
    /// Values that explain the hit, for people.
    pub detail: String,
}
