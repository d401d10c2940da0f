//! Announces what is due, each message once.
//!
//! The log of alerts says what was told. It is read, what is due is decided, sent and logged under one lock for the series:
//! a delivery that comes twice finds the log, two that come at once come one after the other. An event that comes after a
//! later one was told of is late: what it found is history, and nothing is sent. The retry of an invocation that died waits
//! until its lease is over and does what is left. A crash between sending and logging makes a message come twice; train takes the
//! second for the same run.

use crate::{
    alert::{self, Place},
    clock::Clock,
    error::ScoreError,
    findings::Findings,
};
use aws::{AlertLog, AlertRecord, Alerts, Locks};
use domain::{
    Series,
    drift::DriftConfig,
    monitor::{Announced, Announcement, Decision, announce},
};
use jiff::Timestamp;
use std::time::Duration;

/// How far the log is read back, in longest silences: what is open was told of within two, and silences double up to the
/// longest in less than the others.
const REMEMBERED: i64 = 10;
/// Time that another delivery is waited for: telling takes a second or two, and one that was killed holds its lock for a lease.
const PATIENCE: Duration = Duration::from_secs(30);

/// The stores that telling needs.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) locks: Locks,
    pub(crate) alerts: Alerts,
    pub(crate) log: AlertLog,
}

/// One series at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) series: &'a Series,
    pub(crate) as_of: Timestamp,
    pub(crate) clock: Clock,
    pub(crate) version: u32,
    pub(crate) config: &'a DriftConfig,
}

/// What became of the announcements.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// What was sent now.
    pub(crate) sent: Vec<Announced>,
    /// Whether anything due had been sent before, for this very event.
    pub(crate) repeated: bool,
    /// Whether a later moment was told of before: then nothing was sent.
    pub(crate) late: bool,
    /// Until when what fires is not told again.
    pub(crate) held_until: Option<Timestamp>,
}

impl Town {
    /// What was announced before this moment, the newest first, at most `limit`: for the reader.
    pub(crate) async fn before(&self, moment: Moment<'_>, limit: usize) -> Result<Vec<AlertRecord>, ScoreError> {
        let log = self.remembered(moment).await?;
        // A report is the same however late its alerts were stored.
        let shown = |one| AlertRecord { stored_at: None, ..one };
        Ok(log.into_iter().filter(|one| one.as_of < moment.as_of).take(limit).map(shown).collect())
    }

    /// What is remembered at this moment, later entries included; the newest first.
    async fn remembered(&self, moment: Moment<'_>) -> Result<Vec<AlertRecord>, ScoreError> {
        let bars = REMEMBERED.saturating_mul(i64::from(moment.config.max_cooldown_bars));
        let from = moment.series.interval.step(moment.as_of, -bars);
        self.log.since(moment.series, from).await.map_err(ScoreError::at("reading the log of alerts"))
    }

    /// Sends and logs what is due, given what was announced.
    pub(crate) async fn tell(
        &self,
        moment: Moment<'_>,
        decision: &Decision,
        findings: Option<&Findings<'_>>,
        place: &Place,
    ) -> Result<Told, ScoreError> {
        let name = format!("alerts#{}", moment.series);
        let work = self.tell_alone(moment, decision, findings, place);
        self.locks.hold(&name, moment.clock.now(), PATIENCE, work).await
    }

    async fn tell_alone(
        &self,
        moment: Moment<'_>,
        decision: &Decision,
        findings: Option<&Findings<'_>>,
        place: &Place,
    ) -> Result<Told, ScoreError> {
        let Moment { series, as_of, version, config, .. } = moment;
        let known: Vec<Announced> = self.remembered(moment).await?.iter().map(AlertRecord::announced).collect();
        if let Some(later) = known.iter().map(|one| one.as_of).find(|at| *at > as_of) {
            tracing::warn!(%series, %as_of, %later, "a later moment was told of: nothing is sent");
            return Ok(Told { late: true, ..Told::default() });
        }
        let announcements = announce(series, as_of, version, decision, &known, config);
        let mut told = Told { held_until: announcements.held_until, ..Told::default() };
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
        moment: Moment<'_>,
        announcement: &Announcement,
        findings: Option<&Findings<'_>>,
        place: &Place,
    ) -> Result<(), ScoreError> {
        let Moment { series, clock, .. } = moment;
        let kind = announcement.announced.kind;
        let alert = alert::alert(series, announcement, findings, place);
        let published = self.alerts.publish(&alert::subject(series, announcement), &alert).await;
        published.map_err(ScoreError::at("sending an alert"))?;
        let record = AlertRecord::of(&alert, &announcement.announced, clock.now());
        self.log.put(&record).await.map_err(ScoreError::at("logging an alert"))?;
        tracing::warn!(
            %series, %kind, action = %alert.action, severity = %alert.severity, version = alert.version,
            rules = ?alert.rules, reasons = ?alert.reasons, "announced"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests;
