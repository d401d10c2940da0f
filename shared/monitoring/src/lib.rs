//! Monitoring of a champion and its data: from measurements to a decision and to notifications.
//!
//! 1. Measurements. [`sequential`] has the tests of the probabilities and of the distributions, which are valid at every
//!    outcome. [`regime_shift`] compares range and volume with their values before the training. [`drift`] compares features and
//!    forecasts with the training reference. [`RealisedPerformance`] and [`DistributionPerformance`] score settled forecasts;
//!    [`expected`] estimates the scores before outcomes are known. [`health`] assesses the bars.
//! 2. Decision. [`evaluate_rules`] turns the measurements into one finding for each of the [`rules`] and the strongest action.
//! 3. Promotion. [`challenger`] decides from live forecasts whether a challenger may replace the champion.
//! 4. Notifications. [`plan_notifications`] selects the messages to send, given those that were sent before.
//!
//! All results are functions of stored data and of `as_of`.

pub mod challenger;
mod config;
mod decision;
mod distribution_performance;
pub mod drift;
pub mod expected;
pub mod health;
mod level;
mod notification;
mod odds_alert;
mod performance;
pub mod regime_shift;
pub mod rules;
pub mod sequential;
mod shift;

pub use challenger::{ChallengerEvidence, PartEvidence};
pub use config::{MonitoringConfig, MonitoringConfigError};
pub use decision::{DriftConclusion, MonitoringDecision, RuleFinding, evaluate_rules};
pub use distribution_performance::{DistributionPerformance, OddsSkill, ScoredDistribution, SettledOdds};
pub use expected::{ExpectedPerformance, ForecastSample};
pub use health::{DataHealth, SourceChange, WindowGap};
pub use notification::{Notification, NotificationPlan, NotificationRecord, RecoveryReason, plan_notifications};
pub use odds_alert::{OddsAlert, OddsAlertError};
pub use performance::{RealisedPerformance, SettledForecast};
pub use regime_shift::RegimeShift;
pub use rules::{MonitoringInputs, RuleId, RuleSettings, RuleState, RuleTable, default_rules};
pub use sequential::SequentialTest;
pub use shift::{RegimeShiftConfig, ShiftStatistic, StatisticReading};
