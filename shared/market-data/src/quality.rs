//! What can be wrong with market data, and what is done about it: one table, [`RULES`], and the two places that apply
//! it: [`screen`] for what a source sends, [`mark`] for the bars that are kept.

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
use utoipa::ToSchema;

/// A rule that hit a bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QualityFinding {
    /// Which rule.
    pub rule: QualityRule,
    /// Open time of the bar.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// Whose bar.
    pub source: String,
    /// The numbers.
    pub detail: String,
}
