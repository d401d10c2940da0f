//! Table rows of the page, with every number in its final form.

use crate::report;
use aws::{AlertRecord, AliasChange, RunRecord, RunStatus};
use contracts::events::TrainReason;
use market_data::Series;
use web::{AlertRow, format::format_duration, format_date, format_minute};

/// Public reason of a rollback. The real one is free text of an operator, which may name customers or incidents. The registry
/// and the log of `train` have it.
const ROLLED_BACK: &str = "rolled back by an operator";

/// Change of the champion.
#[derive(Debug)]
pub(super) struct ChampionChangeRow<'a> {
    pub(super) time: String,
    pub(super) version: u32,
    pub(super) previous: Option<u32>,
    /// Reason that `train` gives; the reason of an operator is not public.
    pub(super) reason: &'a str,
}

impl<'a> ChampionChangeRow<'a> {
    pub(super) fn new(change: &'a AliasChange) -> Self {
        let AliasChange { version, previous, at, reason, .. } = change;
        let reason = if change.is_rollback() { ROLLED_BACK } else { reason };
        Self { time: format_minute(*at), version: *version, previous: *previous, reason }
    }
}

/// Training run.
#[derive(Debug)]
pub(super) struct RunRow {
    pub(super) started: String,
    pub(super) reason: String,
    pub(super) status: &'static str,
    pub(super) class: &'static str,
    pub(super) duration: String,
    pub(super) log_loss: String,
    pub(super) result: String,
}

impl RunRow {
    pub(super) fn new(run: &RunRecord) -> Self {
        let promoted = run.verdict.as_ref().and_then(|verdict| verdict.promoted);
        let version = run.version.map(|version| format!("version {version}"));
        let result = match (version, promoted, run.status) {
            (Some(version), Some(true), _) => format!("{version}, promoted"),
            (Some(version), Some(false), _) => format!("{version}, rejected by the gate"),
            (Some(version), None, _) => version,
            (None, _, RunStatus::Running) => "not known yet".to_owned(),
            (None, ..) => "no version".to_owned(),
        };
        Self {
            started: format_minute(run.started_at),
            reason: run.alert.as_ref().map_or_else(
                || reason_label(run.reason).to_owned(),
                |alert| format!("alert of {}: {}", format_date(alert.as_of), alert.rules.join(", ")),
            ),
            status: status_label(run.status),
            class: if run.status == RunStatus::Failed { "is-down" } else { "" },
            duration: run.finished_at.map_or_else(|| "not finished".to_owned(), |_| format_duration(run.duration_ms)),
            log_loss: run.holdout_log_loss.map_or_else(|| "none".to_owned(), |loss| format!("{loss:.4}")),
            result,
        }
    }
}

const fn reason_label(reason: TrainReason) -> &'static str {
    match reason {
        TrainReason::Schedule => "schedule",
        TrainReason::Drift => "alert",
        TrainReason::Manual => "by hand",
    }
}

const fn status_label(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "running",
        RunStatus::Finished => "finished",
        RunStatus::Failed => "failed",
    }
}

/// Row of an alert. Its report is addressed from the page, if the record names one of this series.
pub(super) fn alert_row<'a>(series: &Series, record: &'a AlertRecord) -> AlertRow<'a> {
    AlertRow {
        as_of: record.as_of,
        severity: record.severity,
        kind: record.kind,
        action: record.action,
        version: record.version,
        rules: &record.rules,
        text: &record.text,
        report: report::path(series, &record.report_key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Free text of an operator may name customers or incidents, and the page is public.
    #[test]
    fn an_operators_reason_for_a_rollback_is_not_public() {
        let change = |reason: String| AliasChange {
            series: "eth-usd-1d-h1".parse().unwrap(),
            version: 6,
            previous: Some(7),
            revision: 9,
            at: jiff::Timestamp::UNIX_EPOCH,
            reason,
            stored_at: None,
        };
        let rollback = change(AliasChange::rollback_reason("incident 4711"));
        assert_eq!(ChampionChangeRow::new(&rollback).reason, "rolled back by an operator");
        assert_eq!(ChampionChangeRow::new(&change("the gate passed it".to_owned())).reason, "the gate passed it");
    }
}
