//! Monitoring: from evidence about a champion and its data to an action, and to whom it is told.
//!
//! 1. Evidence. [`sequential`]: tests of "worse than climatology" and "worse than promised" that may be looked at after every
//!    outcome; [`upheaval`]: range and volume far above what the champion knows; [`crate::drift`]: distances of features and
//!    forecasts, realised performance; [`expected`]: what the forecasts claim before outcomes are known; [`health`]: the data.
//! 2. [`decide`]: one table of [`rules`] turns it into findings, one for each rule, and the strongest action.
//! 3. [`announce`](announce()): what of that is told, given what was told before.
//!
//! All of it is a function of what is stored and of `as_of`.

mod action;
mod announce;
mod decision;
pub mod expected;
pub mod health;
mod level;
pub mod rules;
mod sentences;
pub mod sequential;
pub mod upheaval;

pub use crate::drift::Settled;
pub use action::{Action, AlertKind, Severity};
pub use announce::{Announced, Announcement, Announcements, Recovery, announce};
pub use decision::{Decision, Evidence, Finding, State, decide};
pub use expected::{Claim, Expected};
pub use health::{DataHealth, Gap, SourceChange};
pub use level::Line;
pub use rules::{Rule, RuleId, Rules, rules};
pub use sequential::SequentialTest;
pub use upheaval::{Statistic, Upheaval, UpheavalConfig};
