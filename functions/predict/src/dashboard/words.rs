//! Numbers and states in plain words.

use aws::RunStatus;
use contracts::{action::Severity, events::TrainReason};
use evaluation::TOO_FEW;
use market_data::{Interval, numbers::counted};

/// `54.2 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// `+0.012 [-0.004, +0.027]`, or that there are too few outcomes for an interval.
pub(super) fn skill(value: f64, interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(|| format!("{value:+.3}, {TOO_FEW}"), |[lo, hi]| format!("{value:+.3} [{lo:+.3}, {hi:+.3}]"))
}

/// `1 gap`, `2 gaps`.
pub(super) fn count(n: i64, one: &str) -> String {
    counted(usize::try_from(n).unwrap_or_default(), one)
}

/// How far ahead: `next day`, `next 24 hours`.
pub(super) fn horizon_label(interval: Interval, horizon: u32) -> String {
    match (interval, horizon) {
        (Interval::Day, 1) => "next day".to_owned(),
        (Interval::Day, 7) => "next week".to_owned(),
        (Interval::Day, days) => format!("next {days} days"),
        (Interval::Hour, 1) => "next hour".to_owned(),
        (Interval::Hour, hours) => format!("next {hours} hours"),
    }
}

/// Why a training ran.
pub(super) fn reason(reason: TrainReason) -> &'static str {
    match reason {
        TrainReason::Schedule => "schedule",
        TrainReason::Drift => "alert",
        TrainReason::Manual => "by hand",
    }
}

/// How far a training came.
pub(super) fn run_status(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "running",
        RunStatus::Finished => "finished",
        RunStatus::Failed => "failed",
    }
}

/// CSS class of a severity.
pub(super) fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "muted",
        Severity::Warning => "is-note",
        Severity::Critical => "is-down",
    }
}
