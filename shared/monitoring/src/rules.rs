//! Rules: identifiers and settings, their evaluation, and the text of each result.

mod evaluate;
mod table;
mod text;

pub use evaluate::{MonitoringInputs, RuleState};
pub(crate) use evaluate::{RuleEvaluation, RuleEvidence, evaluate};
pub use table::{RuleId, RuleSettings, RuleTable, UnknownRule, default_rules};
pub(crate) use text::describe;
