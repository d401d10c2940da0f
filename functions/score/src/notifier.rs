//! Announces what is due, each message once.
//!
//! The log of alerts says what was told. It is read, what is due is decided, sent and logged under one lock for the series:
//! a delivery that comes twice finds the log, two that come at once come one after the other. An event that comes after a
//! later one was told of is late: what it found is history, and nothing is sent. The retry of an invocation that died waits
//! until its lease is over and does what is left. A crash between sending and logging makes a message come twice; train takes the
//! second for the same run.

use crate::{
    alert::{self, ReportLocation},
    assessment::SeriesAssessment,
    clock::Clock,
    error::ScoreError,
};
use aws::{AlertLog, AlertRecord, AlertTopic, LockTable};
use jiff::Timestamp;
use market_data::Series;
use monitoring::{MonitoringConfig, MonitoringDecision, Notification, NotificationRecord, plan_notifications};
use std::time::Duration;

/// How far the log is read back, in longest silences: what is open was told of within two, and silences double up to the
/// longest in less than the others.
const LOG_COOLDOWNS: i64 = 10;
/// Time that another delivery is waited for: telling takes a second or two, and one that was killed holds its lock for a lease.
const MAX_LOCK_WAIT: Duration = Duration::from_secs(30);

/// The stores that telling needs.
#[derive(Debug)]
pub(crate) struct Notifier {
    pub(crate) locks: LockTable,
    pub(crate) alerts: AlertTopic,
    pub(crate) log: AlertLog,
}

/// One series at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeriesContext<'a> {
    pub(crate) series: &'a Series,
    pub(crate) as_of: Timestamp,
    pub(crate) clock: Clock,
    pub(crate) version: u32,
    pub(crate) config: &'a MonitoringConfig,
}

/// What became of the announcements.
#[derive(Debug, Clone, Default)]
pub(crate) struct NotificationOutcome {
    /// What was sent now.
    pub(crate) sent: Vec<NotificationRecord>,
    /// Whether anything due had been sent before, for this very event.
    pub(crate) repeated: bool,
    /// Whether a later moment was told of before: then nothing was sent.
    pub(crate) late: bool,
    /// Until when what fires is not told again.
    pub(crate) held_until: Option<Timestamp>,
}

impl Notifier {
    /// What was announced before this moment, the newest first, at most `limit`: for the reader.
    pub(crate) async fn alerts_before(
        &self,
        moment: SeriesContext<'_>,
        limit: usize,
    ) -> Result<Vec<AlertRecord>, ScoreError> {
        let log = self.logged_alerts(moment).await?;
        // A report is the same however late its alerts were stored.
        let shown = |one| AlertRecord { stored_at: None, ..one };
        Ok(log.into_iter().filter(|one| one.as_of < moment.as_of).take(limit).map(shown).collect())
    }

    /// What is remembered at this moment, later entries included; the newest first.
    async fn logged_alerts(&self, moment: SeriesContext<'_>) -> Result<Vec<AlertRecord>, ScoreError> {
        let bars = LOG_COOLDOWNS.saturating_mul(i64::from(moment.config.max_cooldown_bars));
        let from = moment.series.interval.step(moment.as_of, -bars);
        self.log.alerts_since(moment.series, from).await.map_err(ScoreError::store_error("reading the log of alerts"))
    }

    /// Sends and logs what is due, given what was announced.
    pub(crate) async fn notify(
        &self,
        moment: SeriesContext<'_>,
        decision: &MonitoringDecision,
        findings: Option<&SeriesAssessment<'_>>,
        place: &ReportLocation,
    ) -> Result<NotificationOutcome, ScoreError> {
        let name = format!("alerts#{}", moment.series);
        let work = self.notify_locked(moment, decision, findings, place);
        self.locks.hold(&name, moment.clock.now(), MAX_LOCK_WAIT, work).await
    }

    async fn notify_locked(
        &self,
        moment: SeriesContext<'_>,
        decision: &MonitoringDecision,
        findings: Option<&SeriesAssessment<'_>>,
        place: &ReportLocation,
    ) -> Result<NotificationOutcome, ScoreError> {
        let SeriesContext { series, as_of, version, config, .. } = moment;
        let known: Vec<NotificationRecord> =
            self.logged_alerts(moment).await?.iter().map(notification_record).collect();
        if let Some(later) = known.iter().map(|one| one.as_of).find(|at| *at > as_of) {
            tracing::warn!(%series, %as_of, %later, "a later moment was told of: nothing is sent");
            return Ok(NotificationOutcome { late: true, ..NotificationOutcome::default() });
        }
        let announcements = plan_notifications(series, as_of, version, decision, &known, config);
        let mut told =
            NotificationOutcome { held_until: announcements.suppressed_until, ..NotificationOutcome::default() };
        for announcement in announcements.due {
            let kind = announcement.announced.kind;
            if known.iter().any(|one| one.kind == kind && one.as_of == as_of) {
                told.repeated = true;
            } else {
                self.send(moment, &announcement, findings, place).await?;
                told.sent.push(announcement.announced);
            }
        }
        Ok(told)
    }

    async fn send(
        &self,
        moment: SeriesContext<'_>,
        announcement: &Notification,
        findings: Option<&SeriesAssessment<'_>>,
        place: &ReportLocation,
    ) -> Result<(), ScoreError> {
        let SeriesContext { series, clock, .. } = moment;
        let kind = announcement.announced.kind;
        let alert = alert::build_alert(series, announcement, findings, place);
        let published = self.alerts.publish(&alert::subject(series, announcement), &alert).await;
        published.map_err(ScoreError::store_error("sending an alert"))?;
        let record = AlertRecord::from_alert(
            &alert,
            announcement.announced.quiet_until,
            announcement.announced.repeats,
            clock.now(),
        );
        self.log.put(&record).await.map_err(ScoreError::store_error("logging an alert"))?;
        tracing::warn!(
            %series, %kind, action = %alert.action, severity = %alert.severity, version = alert.version,
            rules = ?alert.rules, reasons = ?alert.reasons, "announced"
        );
        Ok(())
    }
}

/// Entry of the notification log that a logged alert stands for. Rules that this release does not know are left out.
fn notification_record(record: &AlertRecord) -> NotificationRecord {
    NotificationRecord {
        as_of: record.as_of,
        kind: record.kind,
        action: record.action,
        rules: record.rules.iter().filter_map(|rule| rule.parse().ok()).collect(),
        version: record.version,
        repeats: record.repeats,
        quiet_until: record.quiet_until,
    }
}

#[cfg(test)]
mod tests;
