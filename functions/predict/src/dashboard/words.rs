//! Numbers and states in plain words.

use aws::RunStatus;
use domain::{
    Interval,
    event::TrainReason,
    forecast::{Direction, Edge, EdgeVerdict},
    monitor::{Action, AlertKind, Severity},
};

/// `54.2 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// How far ahead: `next day`, `next 24 hours`.
pub(super) fn ahead(interval: Interval, horizon: u32) -> String {
    match (interval, horizon) {
        (Interval::Day, 1) => "next day".to_owned(),
        (Interval::Day, 7) => "next week".to_owned(),
        (Interval::Day, days) => format!("next {days} days"),
        (Interval::Hour, 1) => "next hour".to_owned(),
        (Interval::Hour, hours) => format!("next {hours} hours"),
    }
}

/// What a direction says, as a headline.
pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "Up",
        Direction::Down => "Down",
        Direction::Abstain => "Abstains",
    }
}

/// CSS class of a direction.
pub(super) fn direction_class(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Abstain => "abstain",
    }
}

/// Why a forecast says what it says, in a sentence.
pub(super) fn because(direction: Direction, edge: &Edge) -> &'static str {
    match (direction, edge.verdict) {
        (Direction::Abstain, EdgeVerdict::Significant) => "It names no direction: both are equally likely.",
        (Direction::Abstain, _) => "It names no direction, because nothing shows that this model knows more than the base rate.",
        (Direction::Up, _) => "The close at the target time will be higher, by a model with a significant edge.",
        (Direction::Down, _) => "The close at the target time will be lower, by a model with a significant edge.",
    }
}

/// The verdict, in a few words and in a sentence.
pub(super) fn edge(edge: &Edge) -> (&'static str, &'static str) {
    match (edge.verdict, edge.n) {
        (EdgeVerdict::None, 0) => ("No edge", "Nothing has been measured for this model."),
        (EdgeVerdict::None, _) => ("No edge", "On its hold-out it was no better than the base rate."),
        (EdgeVerdict::Weak, _) => ("No proven edge", "It was better than the base rate on average, but chance explains that."),
        (EdgeVerdict::Significant, _) => ("An edge", "It was better than the base rate by more than chance explains."),
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

/// What an alert is about, with what was done.
pub(super) fn alert(kind: AlertKind, action: Action) -> &'static str {
    match (kind, action) {
        (AlertKind::Recovery, _) => "recovered",
        (AlertKind::Notice, _) => "notice",
        (AlertKind::Drift, Action::Retrain | Action::RetrainAndPage) => "training started",
        (AlertKind::Drift, _) => "people told",
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
