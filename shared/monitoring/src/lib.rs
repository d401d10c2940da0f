//! Monitoring: from evidence about a champion and its data to an action, and to whom it is told.
//!
//! 1. Evidence. [`sequential`]: tests of "worse than climatology" and "worse than promised" that may be looked at after every
//!    outcome; [`upheaval`]: range and volume far above what the champion knows; [`crate::drift`]: distances of features and
//!    forecasts, realised performance; [`expected`]: what the forecasts claim before outcomes are known; [`health`]: the data.
//! 2. [`decide`]: one table of [`rules`](mod@rules) turns it into findings, one for each rule, and the strongest action.
//! 3. [`announce`](announce()): what of that is told, given what was told before.
//!
//! All of it is a function of what is stored and of `as_of`.

mod config;
mod decision;
pub mod drift;
pub mod expected;
pub mod health;
mod level;
mod notification;
mod performance;
pub mod regime_shift;
pub mod rules;
mod sentences;
pub mod sequential;

pub use config::{MonitoringConfig, MonitoringConfigError};
pub use decision::{MonitoringDecision, MonitoringInputs, RuleFinding, RuleState, evaluate_rules};
pub use expected::{ExpectedPerformance, ForecastSample};
pub use health::{DataHealth, SourceChange, WindowGap};
pub use level::ShiftStatistic;
pub use notification::{Notification, NotificationPlan, NotificationRecord, RecoveryReason, plan_notifications};
pub use performance::{RealisedPerformance, SettledForecast};
pub use regime_shift::{RegimeShift, RegimeShiftConfig, StatisticReading};
pub use rules::{RuleId, RuleSettings, RuleTable, default_rules};
pub use sequential::SequentialTest;
