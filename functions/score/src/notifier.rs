//! Sending of notifications, each once.
//!
//! One lock per series covers reading the log, sending and writing it. A repeated event finds its entry in the log.
//! Concurrent events wait for the lock. An event that is older than the latest notification sends nothing.
//!
//! The retry of an invocation that died waits until the lease expires and sends the rest. A crash between sending and
//! logging repeats one notification; train ignores the second request for the same run.

use crate::{
    alert::{self, ReportLocation},
    assessment::SeriesAssessment,
    error::ScoreError,
};
use aws::{AlertLog, AlertRecord, AlertTopic, LockTable};
use jiff::Timestamp;
use lambda_shell::Invocation;
use market_data::Series;
use monitoring::{MonitoringConfig, MonitoringDecision, Notification, NotificationRecord, plan_notifications};
use std::time::Duration;

/// Part of the log that is read, in longest cool-downs. An open alert was sent within the last two. Doubling up to the
/// longest cool-down takes less than the other eight.
const LOG_COOLDOWNS: i64 = 10;

/// Maximum wait for the lock. Sending takes one or two seconds, and a killed invocation holds its lock for one lease.
const MAX_LOCK_WAIT: Duration = Duration::from_secs(30);

/// Sender of notifications.
#[derive(Debug)]
pub struct Notifier {
    /// Locks: one sender at a time for each series.
    pub locks: LockTable,
    /// Topic on which alerts are published.
    pub alerts: AlertTopic,
    /// Log of the sent alerts.
    pub log: AlertLog,
}

/// A series and its champion at one time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeriesContext<'a> {
    pub(crate) series: &'a Series,
    /// Time that counts as now.
    pub(crate) as_of: Timestamp,
    pub(crate) invocation: &'a Invocation,
    /// Version of the champion.
    pub(crate) version: u32,
    pub(crate) config: &'a MonitoringConfig,
}

/// Result of the notifications of one event.
#[derive(Debug, Clone, Default)]
pub(crate) struct NotificationOutcome {
    /// Notifications that were sent.
    pub(crate) sent: Vec<NotificationRecord>,
    /// True if a due notification was already sent for this event.
    pub(crate) repeated: bool,
    /// True if a notification for a later time was already sent; this event then sends none.
    pub(crate) late: bool,
    /// End of the cool-down of the firing rules, if they are suppressed.
    pub(crate) suppressed_until: Option<Timestamp>,
}

impl Notifier {
    /// Reads the alerts before this time for the report, newest first, at most `limit`.
    pub(crate) async fn alerts_before(
        &self,
        context: SeriesContext<'_>,
        limit: usize,
    ) -> Result<Vec<AlertRecord>, ScoreError> {
        let log = self.logged_alerts(context).await?;
        // A report must not depend on when its alerts were stored.
        let without_stored_at = |record| AlertRecord { stored_at: None, ..record };
        Ok(log.into_iter().filter(|record| record.as_of < context.as_of).take(limit).map(without_stored_at).collect())
    }

    /// Reads the log, newest first, including entries after this time.
    async fn logged_alerts(&self, context: SeriesContext<'_>) -> Result<Vec<AlertRecord>, ScoreError> {
        let bars = LOG_COOLDOWNS.saturating_mul(i64::from(context.config.max_cooldown_bars));
        let from = context.series.interval.step(context.as_of, -bars);
        self.log.alerts_since(context.series, from).await.map_err(ScoreError::store_error("read the alert log"))
    }

    /// Sends and logs the due notifications under the lock of the series.
    pub(crate) async fn notify(
        &self,
        context: SeriesContext<'_>,
        decision: &MonitoringDecision,
        assessment: Option<&SeriesAssessment<'_>>,
        location: &ReportLocation,
    ) -> Result<NotificationOutcome, ScoreError> {
        let lock = format!("alerts#{}", context.series);
        let work = self.notify_locked(context, decision, assessment, location);
        self.locks.hold(&lock, context.invocation.now(), MAX_LOCK_WAIT, work).await
    }

    async fn notify_locked(
        &self,
        context: SeriesContext<'_>,
        decision: &MonitoringDecision,
        assessment: Option<&SeriesAssessment<'_>>,
        location: &ReportLocation,
    ) -> Result<NotificationOutcome, ScoreError> {
        let SeriesContext { series, as_of, version, config, .. } = context;
        let log: Vec<NotificationRecord> = self.logged_alerts(context).await?.iter().map(notification_record).collect();
        if let Some(later) = log.iter().map(|record| record.as_of).find(|time| *time > as_of) {
            tracing::warn!(%series, %as_of, %later, "skipped notification: a later one was sent");
            return Ok(NotificationOutcome { late: true, ..NotificationOutcome::default() });
        }
        let plan = plan_notifications(series, as_of, version, decision, &log, config);
        let mut outcome =
            NotificationOutcome { suppressed_until: plan.suppressed_until, ..NotificationOutcome::default() };
        for notification in plan.due {
            let kind = notification.record.kind;
            if log.iter().any(|record| record.kind == kind && record.as_of == as_of) {
                outcome.repeated = true;
            } else {
                self.send(context, &notification, assessment, location).await?;
                outcome.sent.push(notification.record);
            }
        }
        Ok(outcome)
    }

    async fn send(
        &self,
        context: SeriesContext<'_>,
        notification: &Notification,
        assessment: Option<&SeriesAssessment<'_>>,
        location: &ReportLocation,
    ) -> Result<(), ScoreError> {
        let series = context.series;
        let NotificationRecord { kind, quiet_until, repeats, .. } = notification.record;
        let alert = alert::build_alert(series, notification, assessment, location);
        let published = self.alerts.publish(&alert::subject(series, notification), &alert).await;
        published.map_err(ScoreError::store_error("send an alert"))?;
        let record = AlertRecord::from_alert(&alert, quiet_until, repeats, context.invocation.now());
        self.log.put(&record).await.map_err(ScoreError::store_error("log an alert"))?;
        tracing::warn!(
            %series, %kind, action = %alert.action, severity = %alert.severity, version = alert.version,
            rules = ?alert.rules, reasons = ?alert.reasons, "sent notification"
        );
        Ok(())
    }
}

/// Notification of a logged alert. Rules unknown to this release are left out.
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
