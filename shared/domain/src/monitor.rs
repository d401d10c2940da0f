//! Monitoring: from evidence about a champion and its data to an action, and to whom it is told.
//!
//! * [`sequential`]: tests of "worse than climatology" and "worse than promised" that may be looked at after every outcome;
//! * [`expected`]: what the forecasts claim of themselves before outcomes are known;
//! * [`crate::drift`]: how features and forecasts have shifted, and realised performance.

mod action;
pub mod expected;
pub mod health;
mod level;
pub mod sequential;
pub mod upheaval;

pub use crate::drift::Settled;
pub use action::{Action, AlertKind, Severity};
pub use expected::{Claim, Expected};
pub use health::{DataHealth, Gap, SourceChange};
pub use level::Line;
pub use sequential::SequentialTest;
pub use upheaval::{Statistic, Upheaval, UpheavalConfig};
