//! Rules: identifiers and settings, their evaluation, and the text of each result.

mod evaluate;
mod table;
mod text;

pub(crate) use evaluate::{RuleEvaluation, RuleEvidence, evaluate};
pub use evaluate::{MonitoringInputs, RuleState};
pub use table::{RuleId, RuleSettings, RuleTable, UnknownRule, default_rules};
pub(crate) use text::describe;
