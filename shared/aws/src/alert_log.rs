//! Log of the alerts of each series, in the table of the forecasts.
//!
//! Keys: `ALERTS#{slug}`, `{as_of}#{kind}`, the time in RFC 3339 and whole seconds, so that text order is time order.
//! Open alerts and cool-downs are read from this log.

use crate::{
    Result,
    table::{ConditionalWrite, Key, Table, string_value},
};
use aws_sdk_dynamodb::Client;
use contracts::{
    action::{AlertAction, AlertKind, Severity},
    events::Alert,
};
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRecord {
    /// The series.
    pub series: Series,
    /// Time that counted as now.
    pub as_of: Timestamp,
    /// Kind of the alert.
    pub kind: AlertKind,
    /// Action that the system took.
    pub action: AlertAction,
    /// Severity for a person.
    pub severity: Severity,
    /// Ids of the rules that fired; for a recovery, of the rules that closed.
    pub rules: Vec<String>,
    /// The whole mail text.
    pub text: String,
    /// Key of the report in the bucket.
    pub report_key: String,
    /// Champion version at that time.
    pub version: u32,
    /// End of the cool-down: until then only a stronger action is notified. Absent for a recovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<Timestamp>,
    /// Number of notifications for the same evidence, including this one.
    #[serde(default)]
    pub repeats: u32,
    /// Time by the clock at which it was stored; absent in records of older releases, and in reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_at: Option<Timestamp>,
}

impl AlertRecord {
    /// Record of an alert that is sent now, with the end of its cool-down, its number of repeats and the time by the
    /// clock.
    #[must_use]
    pub fn from_alert(alert: &Alert, quiet_until: Option<Timestamp>, repeats: u32, stored_at: Timestamp) -> Self {
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
            quiet_until,
            repeats,
            stored_at: Some(stored_at),
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
        Ok(write == ConditionalWrite::Applied)
    }

    /// Newest alerts first, at most `limit`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn latest(&self, series: &Series, limit: usize) -> Result<Vec<AlertRecord>> {
        self.table.query_descending(&alerts_pk(series), limit).await
    }

    /// All alerts sent at `from` or later, newest first, read consistently.
    ///
    /// # Errors
    /// The call failed.
    pub async fn alerts_since(&self, series: &Series, from: Timestamp) -> Result<Vec<AlertRecord>> {
        let pk = alerts_pk(series);
        let query = self
            .table
            .query()
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk >= :from")
            .expression_attribute_values(":pk", string_value(&pk))
            .expression_attribute_values(":from", string_value(format!("{from:.0}")))
            .scan_index_forward(false);
        self.table.query_all(query, &pk, usize::MAX).await
    }
}

fn alerts_pk(series: &Series) -> String {
    format!("ALERTS#{series}")
}
