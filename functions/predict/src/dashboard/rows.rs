//! Lines of the page's tables, with every number in its final form.

use super::{Stretch, words};
use crate::report;
use aws::{AlertRecord, HistoryRecord, RunRecord, RunStatus};
use chart::{date, minute, span};
use domain::Series;

/// What is said of a rollback. Why it was made is free text of an operator, which may name customers or incidents; the
/// registry and the log of train keep it.
const ROLLED_BACK: &str = "rolled back by an operator";
/// What stands for a number that is not known.
const UNKNOWN: &str = "unknown";

/// One stretch of the track record.
#[derive(Debug)]
pub(super) struct StretchRow {
    pub(super) name: &'static str,
    pub(super) n: usize,
    pub(super) from: String,
    pub(super) loss: String,
    pub(super) base: String,
    pub(super) skill: String,
    pub(super) hits: String,
}

impl StretchRow {
    pub(super) fn new(name: &'static str, stretch: &Stretch) -> Self {
        let loss = |value: Option<f64>| value.map_or_else(|| UNKNOWN.to_owned(), |value| format!("{value:.4}"));
        let skill = stretch.brier_skill.map(|value| words::skill(value, stretch.brier_skill_ci));
        Self {
            name,
            n: stretch.n,
            from: stretch.from.map_or_else(|| UNKNOWN.to_owned(), date),
            loss: loss(stretch.log_loss),
            base: loss(stretch.log_loss_climatology),
            skill: skill.unwrap_or_else(|| UNKNOWN.to_owned()),
            hits: stretch.hit_rate.map_or_else(
                || "none called".to_owned(),
                |rate| format!("{} of {}", words::percent(rate), stretch.called),
            ),
        }
    }
}

/// A move of the champion.
#[derive(Debug)]
pub(super) struct Move<'a> {
    pub(super) at: String,
    pub(super) version: u32,
    pub(super) previous: Option<u32>,
    /// In the words of train; an operator's own are not public.
    pub(super) reason: &'a str,
}

impl<'a> Move<'a> {
    pub(super) fn new(record: &'a HistoryRecord) -> Self {
        let HistoryRecord { version, previous, at, reason, .. } = record;
        let reason = if record.is_rollback() { ROLLED_BACK } else { reason };
        Self { at: minute(*at), version: *version, previous: *previous, reason }
    }
}

/// A training.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) started: String,
    pub(super) reason: String,
    pub(super) status: &'static str,
    pub(super) class: &'static str,
    pub(super) took: String,
    pub(super) loss: String,
    pub(super) result: String,
}

impl Run {
    pub(super) fn new(record: &RunRecord) -> Self {
        let promoted = record.verdict["promoted"].as_bool();
        let version = record.version.map(|version| format!("version {version}"));
        let result = match (version, promoted, record.status) {
            (Some(version), Some(true), _) => format!("{version}, promoted"),
            (Some(version), Some(false), _) => format!("{version}, refused by the gate"),
            (Some(version), None, _) => version,
            (None, _, RunStatus::Running) => "not known yet".to_owned(),
            (None, ..) => "no version".to_owned(),
        };
        Self {
            started: minute(record.started_at),
            reason: record.alert.as_ref().map_or_else(
                || words::reason(record.reason).to_owned(),
                |alert| format!("alert of {}: {}", date(alert.as_of), alert.rules.join(", ")),
            ),
            status: words::run_status(record.status),
            class: if record.status == RunStatus::Failed { "is-down" } else { "" },
            took: record.finished_at.map_or_else(|| "not finished".to_owned(), |_| took(record.duration_ms)),
            loss: record.holdout_log_loss.map_or_else(|| "none".to_owned(), |loss| format!("{loss:.4}")),
            result,
        }
    }
}

fn took(millis: u64) -> String {
    if millis < 10_000 {
        return format!("{}.{} s", millis / 1_000, millis % 1_000 / 100);
    }
    span(i64::try_from(millis / 1_000).unwrap_or(i64::MAX))
}

/// An alert.
#[derive(Debug)]
pub(super) struct AlertRow<'a> {
    pub(super) at: String,
    pub(super) severity: &'static str,
    pub(super) class: &'static str,
    pub(super) about: &'static str,
    pub(super) rules: String,
    pub(super) version: u32,
    pub(super) text: &'a str,
    /// Where its report is, from the page; none when the record does not name one of this series.
    pub(super) report: Option<String>,
}

impl<'a> AlertRow<'a> {
    pub(super) fn new(series: &Series, record: &'a AlertRecord) -> Self {
        Self {
            at: minute(record.as_of),
            severity: record.severity.as_str(),
            class: words::severity_class(record.severity),
            about: record.kind.about(record.action),
            rules: record.rules.join(", "),
            version: record.version,
            text: record.text.trim(),
            report: report::path(series, &record.report_key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Free text of an operator may name customers or incidents; the page is open to everybody.
    #[test]
    fn an_operators_reason_for_a_rollback_is_not_public() {
        let moved = |reason: String| HistoryRecord {
            series: "eth-usd-1d-h1".parse().unwrap(),
            version: 6,
            previous: Some(7),
            revision: 9,
            at: jiff::Timestamp::UNIX_EPOCH,
            reason,
            stored_at: None,
        };
        let rollback = moved(HistoryRecord::rollback_reason("incident 4711"));
        assert_eq!(Move::new(&rollback).reason, "rolled back by an operator");
        assert_eq!(Move::new(&moved("the gate passed it".to_owned())).reason, "the gate passed it");
    }
}
