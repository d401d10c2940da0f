//! Moving the alias `champion`: one transaction, conditional on what was seen, with its history record.

use super::{Alias, AliasChange, ModelRegistry, Promotion, VersionStatus, alias_key, version_key};
use crate::{
    Error, Result,
    table::{ConditionalWrite, Key, number_value, series_pk, string_value},
};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use jiff::Timestamp;
use market_data::Series;

impl ModelRegistry {
    /// Moves the alias to `to`, if it still stands at `expected_current` (`None`: if there is none yet) and the version has
    /// the status `from`, candidate or shadow: a late repeat does not promote one that served before or was rejected.
    /// Alias, history and the status of both versions change together or not at all.
    ///
    /// # Errors
    /// A call failed, or version `to` is not registered.
    pub async fn promote(
        &self,
        series: &Series,
        to: u32,
        from: VersionStatus,
        expected_current: Option<u32>,
        reason: &str,
        at: Timestamp,
    ) -> Result<Promotion> {
        self.move_alias(series, to, from, expected_current, reason, at).await
    }

    async fn move_alias(
        &self,
        series: &Series,
        to: u32,
        status: VersionStatus,
        expected_current: Option<u32>,
        reason: &str,
        at: Timestamp,
    ) -> Result<Promotion> {
        let seen = self.alias(series).await?;
        let current = seen.as_ref().map(|alias| alias.version);
        if current != expected_current || current == Some(to) {
            return Ok(Promotion::Conflict { current });
        }
        if self.version(series, to).await?.is_none() {
            return Err(Error::Missing { target: self.table.target(&version_key(series, to)) });
        }
        let revision = seen.as_ref().map_or(0, |alias| alias.revision) + 1;
        // The history is read by time: a move is never dated before the one that it follows.
        let at = seen.as_ref().map_or(at, |alias| at.max(alias.since));
        let record = AliasChange {
            series: series.clone(),
            version: to,
            previous: current,
            revision,
            at,
            reason: reason.into(),
            stored_at: Some(Timestamp::now()),
        };
        match self
            .table
            .transact(&self.table.target(&alias_key(series)), self.promotion_writes(&record, status)?)
            .await?
        {
            ConditionalWrite::Applied => Ok(Promotion::Promoted),
            ConditionalWrite::ConditionFailed => {
                Ok(Promotion::Conflict { current: self.alias(series).await?.map(|alias| alias.version) })
            }
        }
    }

    /// Moves the alias from version `from` back to the one that served before it. When `from` does not serve (any more),
    /// or none served before, nothing moves: so a rollback that comes twice does not bring back what it took away.
    ///
    /// # Errors
    /// A call failed.
    pub async fn rollback(&self, series: &Series, from: u32, reason: &str, at: Timestamp) -> Result<Promotion> {
        let seen = self.alias(series).await?;
        match seen.as_ref().filter(|alias| alias.version == from).and_then(|alias| alias.previous) {
            Some(previous) => self.move_alias(series, previous, VersionStatus::Retired, Some(from), reason, at).await,
            None => Ok(Promotion::Conflict { current: seen.map(|alias| alias.version) }),
        }
    }

    fn promotion_writes(&self, record: &AliasChange, from_status: VersionStatus) -> Result<Vec<TransactWriteItem>> {
        let AliasChange { series, version, previous, revision, at, .. } = record;
        let alias = Alias { version: *version, previous: *previous, revision: *revision, since: *at };
        let put_alias = Put::builder()
            .table_name(&self.table.name)
            .set_item(Some(self.table.item(alias_key(series), &alias)?))
            .condition_expression(if previous.is_some() { "revision = :seen" } else { "attribute_not_exists(pk)" })
            .set_expression_attribute_values(
                previous.map(|_| [(":seen".to_owned(), number_value(revision - 1))].into()),
            );
        // Nine digits, so that text order is time order.
        let history_key = Key::new(series_pk(series), format!("HISTORY#{at:.9}#{revision:06}"));
        let put_history = Put::builder()
            .table_name(&self.table.name)
            .set_item(Some(self.table.item(history_key, record)?))
            .condition_expression("attribute_not_exists(pk)");
        let incomplete = |source| Error::Request {
            operation: "dynamodb:TransactWriteItems",
            target: self.table.target(&alias_key(series)),
            source,
        };
        let mut items = vec![
            TransactWriteItem::builder().put(put_alias.build().map_err(incomplete)?).build(),
            TransactWriteItem::builder().put(put_history.build().map_err(incomplete)?).build(),
        ];
        let steps = [
            (Some(*version), from_status, VersionStatus::Champion),
            (*previous, VersionStatus::Champion, VersionStatus::Retired),
        ];
        for (version, from, to) in steps {
            let Some(version) = version else { continue };
            let update = Update::builder()
                .table_name(&self.table.name)
                .set_key(Some(version_key(series, version).into_item()))
                .update_expression("SET #status = :status")
                .condition_expression("#status = :from")
                .expression_attribute_names("#status", "status")
                .expression_attribute_values(":status", string_value(to.as_str()))
                .expression_attribute_values(":from", string_value(from.as_str()))
                .build()
                .map_err(incomplete)?;
            items.push(TransactWriteItem::builder().update(update).build());
        }
        Ok(items)
    }
}
