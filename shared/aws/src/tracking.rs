//! The table `tracking`: documents of experiments, runs and registered models.
//!
//! An item is a key, a revision and a document in JSON. Texts in JSON keep every number, NaN included, and are read without a
//! conversion of attributes. Every write is conditional: on the absence of the document, or on the revision that was read.
//! Nothing is ever deleted; a document that is deleted for the caller says so itself. Documents with a time of change are
//! also in the index `by_change`.

use crate::{
    Error, Result,
    table::{ConditionalWrite, Item, Key, Table, number_value, string_value},
};
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Put, TransactWriteItem},
};
use serde::{Serialize, de::DeserializeOwned};

/// Bytes of a document. DynamoDB's items have at most 400 KB with their keys.
pub const MAX_DOCUMENT_BYTES: usize = 390_000;

/// A document with the revision that a later write has to expect.
#[derive(Debug, Clone, PartialEq)]
pub struct Document<T> {
    /// Sort key.
    pub sk: String,
    /// Content.
    pub value: T,
    /// Number of writes so far.
    pub revision: u64,
}

/// Condition of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// There is no such document.
    Absent,
    /// The document has this revision.
    Revision(u64),
}

/// A document to write.
#[derive(Debug, Clone)]
pub struct Write {
    pk: String,
    sk: String,
    body: String,
    changed: Option<String>,
    expected: Expected,
}

impl Write {
    /// Write of a document.
    ///
    /// # Errors
    /// The document has no JSON, or [`Error::TooLarge`].
    pub fn new<T: Serialize>(
        pk: impl Into<String>,
        sk: impl Into<String>,
        value: &T,
        expected: Expected,
    ) -> Result<Self> {
        let (pk, sk) = (pk.into(), sk.into());
        let target = || format!("tracking [{pk}, {sk}]");
        let body = serde_json::to_string(value).map_err(|source| Error::Json { target: target(), source })?;
        if body.len() > MAX_DOCUMENT_BYTES {
            return Err(Error::TooLarge { target: target(), bytes: body.len(), limit: MAX_DOCUMENT_BYTES });
        }
        Ok(Self { pk, sk, body, changed: None, expected })
    }

    /// The same write of a document that is listed by its time of change, whose text order is the order of time.
    #[must_use]
    pub fn changed_at(self, time: impl Into<String>) -> Self {
        Self { changed: Some(time.into()), ..self }
    }

    fn into_parts(self) -> (Key, Item, &'static str, Item) {
        let key = Key::new(self.pk, self.sk);
        let (condition, revision, values) = match self.expected {
            Expected::Absent => ("attribute_not_exists(pk)", 1, Item::new()),
            Expected::Revision(seen) => {
                ("revision = :seen", seen + 1, Item::from([(":seen".to_owned(), number_value(seen))]))
            }
        };
        let mut item = key.clone().into_item();
        item.insert("body".to_owned(), AttributeValue::S(self.body));
        item.insert("revision".to_owned(), number_value(revision));
        item.extend(self.changed.map(|time| ("changed".to_owned(), AttributeValue::S(time))));
        (key, item, condition, values)
    }
}

/// Part of a partition, in the order of the sort key.
#[derive(Debug, Clone)]
pub enum Range<'a> {
    /// Sort keys that begin with a text.
    Prefix(&'a str),
    /// Sort keys from the first to the second, both included.
    Between(&'a str, &'a str),
    /// Documents of the partition that changed at a time or later.
    ChangedSince(&'a str),
}

/// The table.
#[derive(Debug, Clone)]
pub struct TrackingTable {
    table: Table,
}

impl TrackingTable {
    /// A view of the table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// A document, by a strongly consistent read.
    ///
    /// # Errors
    /// The call failed, or the document is no `T`.
    pub async fn get<T: DeserializeOwned>(&self, pk: &str, sk: &str) -> Result<Option<Document<T>>> {
        let key = Key::new(pk, sk);
        let target = self.table.target(&key);
        let answer = self.table.client.get_item().table_name(&self.table.name).set_key(Some(key.into_item()));
        let answer = answer.consistent_read(true).send().await;
        let answer = answer.map_err(|error| Error::call("dynamodb:GetItem", &target, error))?;
        answer.item.map(|item| document(&target, &item)).transpose()
    }

    /// Writes a document; `false` if its condition does not hold.
    ///
    /// # Errors
    /// The call failed.
    pub async fn write(&self, write: Write) -> Result<bool> {
        let (key, item, condition, values) = write.into_parts();
        let target = self.table.target(&key);
        Ok(self.table.put_if(&target, item, condition, values).await? == ConditionalWrite::Applied)
    }

    /// Writes all documents, or none: `false` if a condition does not hold or another write is in progress.
    ///
    /// # Errors
    /// The call failed.
    pub async fn write_all(&self, writes: Vec<Write>) -> Result<bool> {
        let mut items = Vec::with_capacity(writes.len());
        let mut target = self.table.name.clone();
        for write in writes {
            let (key, item, condition, values) = write.into_parts();
            target = self.table.target(&key);
            let put = Put::builder()
                .table_name(&self.table.name)
                .set_item(Some(item))
                .condition_expression(condition)
                .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
                .build()
                .map_err(|source| Error::Request {
                    operation: "dynamodb:TransactWriteItems",
                    target: target.clone(),
                    source,
                })?;
            items.push(TransactWriteItem::builder().put(put).build());
        }
        Ok(self.table.transact(&target, items).await? == ConditionalWrite::Applied)
    }

    /// Documents of a part of a partition, by strongly consistent reads.
    ///
    /// # Errors
    /// A call failed, or a document is no `T`.
    pub async fn query<T: DeserializeOwned>(&self, pk: &str, range: Range<'_>) -> Result<Vec<Document<T>>> {
        let query = self.table.query().consistent_read(true).expression_attribute_values(":pk", string_value(pk));
        let query = match range {
            Range::Prefix(prefix) => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", string_value(prefix)),
            Range::Between(first, last) => query
                .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                .expression_attribute_values(":first", string_value(first))
                .expression_attribute_values(":last", string_value(last)),
            Range::ChangedSince(time) => query
                .index_name("by_change")
                .key_condition_expression("pk = :pk AND changed >= :time")
                .expression_attribute_values(":time", string_value(time)),
        };
        let mut documents = Vec::new();
        let mut pages = query.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Error::call("dynamodb:Query", pk, error))?;
            for item in page.items.unwrap_or_default() {
                documents.push(document(pk, &item)?);
            }
        }
        Ok(documents)
    }
}

/// Document of an item.
fn document<T: DeserializeOwned>(target: &str, item: &Item) -> Result<Document<T>> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let missing = || Error::Missing { target: format!("the content of {target}") };
    let sk = text("sk").ok_or_else(missing)?.clone();
    let revision = item.get("revision").and_then(|value| value.as_n().ok()?.parse().ok()).ok_or_else(missing)?;
    let value = serde_json::from_str(text("body").ok_or_else(missing)?)
        .map_err(|source| Error::Json { target: format!("{target}, {sk}"), source })?;
    Ok(Document { sk, value, revision })
}
