//! Announces what is due, each message once.
//!
//! The log of alerts says what was told. A message is sent and then logged, both under a lock of the message's own name that
//! is kept on success and expires by itself: a delivery that comes twice finds the lock or the log. After a crash neither
//! is there for long, and the retry or the next bar's event sends. A crash between sending and logging can make a message
//! come twice; train takes the second for the same run.

use crate::{
    alert::{self, Place},
    error::ScoreError,
    findings::Findings,
};
use aws::{AlertLog, AlertRecord, Alerts, Locks};
use domain::{
    Series,
    drift::DriftConfig,
    monitor::{Announced, Announcement, Decision, announce},
};
use jiff::{SignedDuration, Timestamp};

/// Alerts that are remembered: with silences that double, far more than a year of them.
pub(crate) const REMEMBERED: usize = 50;
/// Long enough for deliveries at the same time, short enough for the second retry after a crash.
const LOCKED: SignedDuration = SignedDuration::from_secs(110);

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
    pub(crate) clock: Timestamp,
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
    /// Until when what fires is not told again.
    pub(crate) held_until: Option<Timestamp>,
}

impl Town {
    /// What was announced up to and at this moment, the newest first.
    pub(crate) async fn log(&self, series: &Series, as_of: Timestamp) -> Result<Vec<AlertRecord>, ScoreError> {
        self.log.until(series, as_of, REMEMBERED).await.map_err(ScoreError::at("reading the log of alerts"))
    }

    /// Sends and logs what is due, given what was announced.
    pub(crate) async fn tell(
        &self,
        moment: Moment<'_>,
        decision: &Decision,
        log: &[AlertRecord],
        findings: Option<&Findings<'_>>,
        place: &Place,
    ) -> Result<Told, ScoreError> {
        let Moment { series, as_of, version, config, .. } = moment;
        let known: Vec<Announced> = log.iter().map(AlertRecord::announced).collect();
        let announcements = announce(series, as_of, version, decision, &known, config);
        let mut told = Told { held_until: announcements.held_until, ..Told::default() };
        for announcement in announcements.due {
            let kind = announcement.announced.kind;
            let before = known.iter().any(|one| one.kind == kind && one.as_of == as_of);
            if before || !self.send(moment, &announcement, findings, place).await? {
                told.repeated = true;
            } else {
                told.sent.push(announcement.announced);
            }
        }
        Ok(told)
    }

    /// `false` when another delivery of the same event is sending it or has sent it.
    async fn send(
        &self,
        moment: Moment<'_>,
        announcement: &Announcement,
        findings: Option<&Findings<'_>>,
        place: &Place,
    ) -> Result<bool, ScoreError> {
        let Moment { series, as_of, clock, .. } = moment;
        let kind = announcement.announced.kind;
        let name = format!("alert#{series}#{kind}#{as_of:.0}");
        let at = ScoreError::at("locking an alert");
        let Some(lock) = self.locks.acquire(&name, None, LOCKED, clock).await.map_err(at)? else { return Ok(false) };
        let alert = alert::alert(series, announcement, findings, place);
        let sent = match self.alerts.publish(&alert::subject(series, announcement), &alert).await {
            Ok(()) => {
                let record = AlertRecord::of(&alert, &announcement.announced);
                self.log.put(&record).await.map(|_| ()).map_err(ScoreError::at("logging an alert"))
            }
            Err(error) => Err(ScoreError::at("sending an alert")(error)),
        };
        if let Err(error) = sent {
            // The retry of this invocation must not find a lock.
            self.locks.release(lock).await.map_err(ScoreError::at("unlocking an alert"))?;
            return Err(error);
        }
        tracing::warn!(
            %series, %kind, action = %alert.action, severity = %alert.severity, version = alert.version,
            rules = ?alert.rules, reasons = ?alert.reasons, "announced"
        );
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
