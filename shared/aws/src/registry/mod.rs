//! The model registry: numbered versions per series, the alias `champion`, and the history of its moves.
//!
//! Keys: `pk` is `SERIES#{slug}`; `sk` is `VERSION#{000001}`, `ALIAS#champion`, `HISTORY#{time}#{revision}`, `COUNTER`,
//! `SHADOW` or `RUN#{run}`, which ties a run to the number it got.

mod promote;
mod record;
mod shadow;

pub use record::{Alias, AliasChange, NewVersion, Promotion, VersionRecord, VersionStatus};
pub use shadow::{MAX_SHADOW_VERSIONS, Shadow};

use crate::{
    Error, Result,
    table::{ConditionalWrite, Key, Table, conditional_result, number_value, series_pk, string_value},
};
use aws_sdk_dynamodb::{
    Client,
    types::{Put, TransactWriteItem, Update},
};
use jiff::Timestamp;
use market_data::Series;
use serde::Deserialize;
use std::time::Duration;

/// Largest number of attempts at a conflicting write.
const ATTEMPTS: u32 = 8;

/// The registry.
#[derive(Debug, Clone)]
pub struct ModelRegistry {
    table: Table,
}

#[derive(Deserialize)]
struct Counter {
    last: u32,
}

#[derive(Deserialize)]
struct RunMarker {
    version: u32,
}

impl ModelRegistry {
    /// A view of the registry table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Number of the version of `run`: the next free one, or the same as before for a repeated call. The
    /// artifact can be stored under it before [`ModelRegistry::register`] makes the version visible.
    ///
    /// # Errors
    /// A call failed, or others allocated numbers all the time.
    pub async fn allocate_version(&self, series: &Series, run: &str) -> Result<u32> {
        let marker = || Key::new(series_pk(series), format!("RUN#{run}"));
        for attempt in 1..=ATTEMPTS {
            if let Some(known) = self.table.get::<RunMarker>(marker()).await? {
                return Ok(known.version);
            }
            let counter = Key::new(series_pk(series), "COUNTER");
            let last = self.table.get::<Counter>(counter.clone()).await?.map_or(0, |counter| counter.last);
            let next = last + 1;
            let bump = Update::builder()
                .table_name(&self.table.name)
                .set_key(Some(counter.into_item()))
                .update_expression("SET #last = :next")
                .condition_expression("attribute_not_exists(#last) OR #last = :last")
                .expression_attribute_names("#last", "last")
                .expression_attribute_values(":next", number_value(next))
                .expression_attribute_values(":last", number_value(last))
                .build();
            let mut item = marker().into_item();
            item.insert("version".to_owned(), number_value(next));
            let tie = Put::builder()
                .table_name(&self.table.name)
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(pk)")
                .build();
            let target = self.table.target(&marker());
            let incomplete =
                |source| Error::Request { operation: "dynamodb:TransactWriteItems", target: target.clone(), source };
            let items = vec![
                TransactWriteItem::builder().update(bump.map_err(incomplete)?).build(),
                TransactWriteItem::builder().put(tie.map_err(incomplete)?).build(),
            ];
            if self.table.transact(&target, items).await? == ConditionalWrite::Applied {
                return Ok(next);
            }
            tokio::time::sleep(Duration::from_millis(20 * u64::from(attempt))).await;
        }
        Err(Error::Contention { target: self.table.target(&marker()), attempts: ATTEMPTS })
    }

    /// Makes a version visible, as a candidate. A version that is already there is returned as it is.
    ///
    /// # Errors
    /// A call failed, or the number belongs to another run.
    pub async fn register(&self, new: &NewVersion) -> Result<VersionRecord> {
        let key = version_key(&new.series, new.version);
        let target = self.table.target(&key);
        let record = VersionRecord::from(new);
        let item = self.table.item(key, &record)?;
        match self.table.put_if(&target, item, "attribute_not_exists(pk)", Default::default()).await? {
            ConditionalWrite::Applied => Ok(record),
            ConditionalWrite::ConditionFailed => match self.version(&new.series, new.version).await? {
                Some(existing) if existing.run == new.run => Ok(existing),
                _ => Err(Error::Contention { target, attempts: 1 }),
            },
        }
    }

    /// Marks a candidate as rejected. Any other status stays; returns whether it was a candidate.
    ///
    /// # Errors
    /// The call failed.
    pub async fn reject(&self, series: &Series, version: u32) -> Result<bool> {
        let key = version_key(series, version);
        let target = self.table.target(&key);
        let answer = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .set_key(Some(key.into_item()))
            .update_expression("SET #status = :rejected")
            .condition_expression("#status = :candidate")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":rejected", string_value(VersionStatus::Rejected.as_str()))
            .expression_attribute_values(":candidate", string_value(VersionStatus::Candidate.as_str()))
            .send()
            .await;
        Ok(conditional_result(answer, "dynamodb:UpdateItem", &target)? == ConditionalWrite::Applied)
    }

    /// Alias of the serving version alone, one small read.
    ///
    /// # Errors
    /// The call failed.
    pub async fn alias(&self, series: &Series) -> Result<Option<Alias>> {
        self.table.get(alias_key(series)).await
    }

    /// The version that serves.
    ///
    /// # Errors
    /// A call failed, or the alias names a version that is not there.
    pub async fn champion(&self, series: &Series) -> Result<Option<VersionRecord>> {
        let Some(alias) = self.alias(series).await? else { return Ok(None) };
        let missing = || Error::Missing { target: self.table.target(&version_key(series, alias.version)) };
        self.version(series, alias.version).await?.ok_or_else(missing).map(Some)
    }

    /// One version.
    ///
    /// # Errors
    /// The call failed.
    pub async fn version(&self, series: &Series, version: u32) -> Result<Option<VersionRecord>> {
        self.table.get(version_key(series, version)).await
    }

    /// Versions, newest first.
    ///
    /// # Errors
    /// The call failed.
    pub async fn versions(&self, series: &Series, limit: usize) -> Result<Vec<VersionRecord>> {
        self.newest(series, "VERSION#", limit).await
    }

    /// Moves of the alias, newest first.
    ///
    /// # Errors
    /// The call failed.
    pub async fn history(&self, series: &Series, limit: usize) -> Result<Vec<AliasChange>> {
        self.newest(series, "HISTORY#", limit).await
    }

    /// Champion at the time `at`.
    ///
    /// # Errors
    /// A call failed, or the history names a version that is not there.
    pub async fn champion_at(&self, series: &Series, at: Timestamp) -> Result<Option<VersionRecord>> {
        let pk = series_pk(series);
        // `~` sorts after every digit: all revisions at `at` itself are included.
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", string_value(&pk))
            .expression_attribute_values(":first", string_value("HISTORY#"))
            .expression_attribute_values(":last", string_value(format!("HISTORY#{at:.9}#~")))
            .scan_index_forward(false);
        let moves: Vec<AliasChange> = self.table.query_all(query, &pk, 1).await?;
        let Some(last) = moves.first() else { return Ok(None) };
        let missing = || Error::Missing { target: self.table.target(&version_key(series, last.version)) };
        self.version(series, last.version).await?.ok_or_else(missing).map(Some)
    }

    async fn newest<T: serde::de::DeserializeOwned>(
        &self,
        series: &Series,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<T>> {
        let pk = series_pk(series);
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", string_value(&pk))
            .expression_attribute_values(":prefix", string_value(prefix))
            // A training under the series' lock has to see what the one before it wrote.
            .consistent_read(true)
            .scan_index_forward(false);
        self.table.query_all(query, &pk, limit).await
    }
}

fn version_key(series: &Series, version: u32) -> Key {
    Key::new(series_pk(series), format!("VERSION#{version:06}"))
}

fn alias_key(series: &Series) -> Key {
    Key::new(series_pk(series), "ALIAS#champion")
}
