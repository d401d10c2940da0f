//! What was announced about each series, in the table of the forecasts.
//!
//! Keys: `ALERTS#{slug}`, `{as_of}#{kind}`, the time in RFC 3339 and whole seconds, so that text order is time order.
//! The log is also the memory of alerting: what is open and what cools down is read from it.

use crate::{
    Result,
    table::{Key, Table, Write, s},
};
use aws_sdk_dynamodb::Client;
use domain::{
    Series,
    event::Alert,
    monitor::{Action, AlertKind, Announced, Severity},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One announcement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRecord {
    /// The series.
    pub series: Series,
    /// What counted as now.
    pub as_of: Timestamp,
    /// Why it was sent.
    pub kind: AlertKind,
    /// What was done.
    pub action: Action,
    /// How urgent it was.
    pub severity: Severity,
    /// Ids of the rules that fired.
    pub rules: Vec<String>,
    /// The whole mail text.
    pub text: String,
    /// Where the report is in the bucket.
    pub report_key: String,
    /// Champion version at that time.
    pub version: u32,
    /// Before when nothing more of this kind is announced, unless it is stronger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<Timestamp>,
    /// How often the same evidence against the same champion has been announced with such an action, this one included.
    #[serde(default)]
    pub repeats: u32,
    /// Time by the clock at which it was stored; absent in records of older releases, and in reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_at: Option<Timestamp>,
}

impl AlertRecord {
    /// The record of a message, with what has to be remembered of it, as the clock reads `stored_at`.
    #[must_use]
    pub fn of(alert: &Alert, announced: &Announced, stored_at: Timestamp) -> Self {
        Self {
            series: alert.series.clone(),
            as_of: alert.as_of,
            kind: alert.kind,
            action: alert.action,
            severity: alert.severity,
            rules: alert.rules.clone(),
            text: alert.text.clone(),
            report_key: alert.report_key.clone(),
            version: alert.version,
            quiet_until: announced.quiet_until,
            repeats: announced.repeats,
            stored_at: Some(stored_at),
        }
    }

    /// What is remembered of it. Rules that this release does not know are forgotten.
    #[must_use]
    pub fn announced(&self) -> Announced {
        Announced {
            as_of: self.as_of,
            kind: self.kind,
            action: self.action,
            rules: self.rules.iter().filter_map(|rule| rule.parse().ok()).collect(),
            version: self.version,
            repeats: self.repeats,
            quiet_until: self.quiet_until,
        }
    }
}

/// The log of alerts.
#[derive(Debug, Clone)]
pub struct AlertLog {
    table: Table,
}

impl AlertLog {
    /// A view of the forecasts table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Stores an alert, once: `false` when one of its kind and time is already there, which then stays.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put(&self, record: &AlertRecord) -> Result<bool> {
        let key = Key::new(alerts_pk(&record.series), format!("{:.0}#{}", record.as_of, record.kind));
        let target = self.table.target(&key);
        let item = self.table.item(key, record)?;
        let write = self.table.put_if(&target, item, "attribute_not_exists(pk)", Default::default()).await?;
        Ok(write == Write::Done)
    }

    /// Alerts, the newest first, at most `limit`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn latest(&self, series: &Series, limit: usize) -> Result<Vec<AlertRecord>> {
        self.table.newest(&alerts_pk(series), limit).await
    }

    /// All alerts that were sent at `from` or later, the newest first, as they are at this moment.
    ///
    /// # Errors
    /// The call failed.
    pub async fn since(&self, series: &Series, from: Timestamp) -> Result<Vec<AlertRecord>> {
        let pk = alerts_pk(series);
        let query = self
            .table
            .query()
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk >= :from")
            .expression_attribute_values(":pk", s(&pk))
            .expression_attribute_values(":from", s(format!("{from:.0}")))
            .scan_index_forward(false);
        self.table.collect(query, &pk, usize::MAX).await
    }
}

fn alerts_pk(series: &Series) -> String {
    format!("ALERTS#{series}")
}
