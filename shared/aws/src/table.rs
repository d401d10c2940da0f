//! A DynamoDB table: items as records, with errors that name table and key.

use crate::{Error, Result};
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::query::builders::QueryFluentBuilder,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, TransactWriteItem},
};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// Partition key, and sort key where the table has one.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: Option<String>,
}

impl Key {
    pub(crate) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: Some(sk.into()) }
    }

    pub(crate) fn hash(pk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: None }
    }

    pub(crate) fn into_item(self) -> Item {
        let mut item = Item::from([("pk".to_owned(), AttributeValue::S(self.pk))]);
        if let Some(sk) = self.sk {
            item.insert("sk".to_owned(), AttributeValue::S(sk));
        }
        item
    }
}

pub(crate) fn string_value(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number_value(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Rounds numbers to what DynamoDB takes: it refuses sizes below 1e-130, but for zero, and above 9.99e125, and a probability may
/// be smaller.
fn clamp_numbers(value: &mut AttributeValue) {
    const SMALLEST: f64 = 1e-130;
    const LARGEST: f64 = 9.9e125;
    match value {
        AttributeValue::N(text) => match text.parse::<f64>() {
            Ok(number) if number.abs() > LARGEST => *text = LARGEST.copysign(number).to_string(),
            Ok(number) if number.abs() < SMALLEST => *text = "0".to_owned(),
            _ => {}
        },
        AttributeValue::L(values) => values.iter_mut().for_each(clamp_numbers),
        AttributeValue::M(fields) => fields.values_mut().for_each(clamp_numbers),
        _ => {}
    }
}

/// The partition of everything that belongs to one series.
pub(crate) fn series_pk(series: &market_data::Series) -> String {
    format!("SERIES#{series}")
}

/// Outcome of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConditionalWrite {
    /// It was applied.
    Applied,
    /// Its condition did not hold; nothing was written.
    ConditionFailed,
}

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
}

impl Table {
    pub(crate) fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    pub(crate) fn target(&self, key: &Key) -> String {
        match &key.sk {
            Some(sk) => format!("{} [{}, {sk}]", self.name, key.pk),
            None => format!("{} [{}]", self.name, key.pk),
        }
    }

    /// `record` with the key attributes added.
    pub(crate) fn item<T: Serialize>(&self, key: Key, record: &T) -> Result<Item> {
        let mut item: Item =
            serde_dynamo::to_item(record).map_err(|source| Error::Item { target: self.target(&key), source })?;
        item.values_mut().for_each(clamp_numbers);
        item.extend(key.into_item());
        Ok(item)
    }

    /// Value of one attribute, in numbers that DynamoDB takes.
    pub(crate) fn attribute<T: Serialize>(&self, target: &str, value: &T) -> Result<AttributeValue> {
        let mut value = serde_dynamo::to_attribute_value(value)
            .map_err(|source| Error::Item { target: target.to_owned(), source })?;
        clamp_numbers(&mut value);
        Ok(value)
    }

    pub(crate) fn record<T: DeserializeOwned>(&self, target: impl Into<String>, item: Item) -> Result<T> {
        serde_dynamo::from_item(item).map_err(|source| Error::Item { target: target.into(), source })
    }

    /// Strongly consistent read.
    pub(crate) async fn get<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>> {
        let target = self.target(&key);
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::call("dynamodb:GetItem", &target, error))?;
        answer.item.map(|item| self.record(target, item)).transpose()
    }

    pub(crate) async fn put<T: Serialize>(&self, key: Key, record: &T) -> Result<()> {
        let target = self.target(&key);
        let item = self.item(key, record)?;
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .send()
            .await
            .map_err(|error| Error::call("dynamodb:PutItem", target, error))?;
        Ok(())
    }

    /// Puts `item` when `condition` holds; `values` are the condition's placeholders.
    pub(crate) async fn put_if(
        &self,
        target: &str,
        item: Item,
        condition: &str,
        values: Item,
    ) -> Result<ConditionalWrite> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
            .send()
            .await;
        conditional_result(answer, "dynamodb:PutItem", target)
    }

    /// Writes all of `items` or none.
    pub(crate) async fn transact(&self, target: &str, items: Vec<TransactWriteItem>) -> Result<ConditionalWrite> {
        let answer = self.client.transact_write_items().set_transact_items(Some(items)).send().await;
        match answer {
            Ok(_) => Ok(ConditionalWrite::Applied),
            Err(error) if error.as_service_error().is_some_and(is_write_conflict) => {
                Ok(ConditionalWrite::ConditionFailed)
            }
            Err(error) => Err(Error::call("dynamodb:TransactWriteItems", target, error)),
        }
    }

    pub(crate) fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name)
    }

    /// The records of the partition `pk`, the last sort key first.
    pub(crate) async fn query_descending<T: DeserializeOwned>(&self, pk: &str, limit: usize) -> Result<Vec<T>> {
        let query = self
            .query()
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", string_value(pk))
            .scan_index_forward(false);
        self.query_all(query, pk, limit).await
    }

    /// Runs `query` over as many pages as `limit` records need.
    pub(crate) async fn query_all<T: DeserializeOwned>(
        &self,
        query: QueryFluentBuilder,
        target: &str,
        limit: usize,
    ) -> Result<Vec<T>> {
        let mut records = Vec::new();
        let mut start = None;
        while records.len() < limit {
            let page = i32::try_from((limit - records.len()).min(1_000)).unwrap_or(1_000);
            let answer = query
                .clone()
                .limit(page)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| Error::call("dynamodb:Query", target, error))?;
            for item in answer.items.unwrap_or_default() {
                records.push(self.record(target, item)?);
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
            }
        }
        records.truncate(limit);
        Ok(records)
    }
}

/// Outcome of a conditional write. A failed condition is an outcome, everything else an error.
pub(crate) fn conditional_result<T, E>(
    answer: Result<T, SdkError<E>>,
    operation: &'static str,
    target: &str,
) -> Result<ConditionalWrite>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match answer {
        Ok(_) => Ok(ConditionalWrite::Applied),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(ConditionalWrite::ConditionFailed),
        Err(error) => Err(Error::call(operation, target, error)),
    }
}

/// True if a transaction was cancelled only because another write came first. Throttling also cancels transactions, and is an
/// error.
fn is_write_conflict(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return false };
    let codes = || cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    codes().any(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
        && codes().all(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict" | "None"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::{Config, config::BehaviorVersion};
    use serde_json::json;

    #[test]
    fn numbers_that_dynamodb_would_refuse_are_rounded() {
        let config = Config::builder().behavior_version(BehaviorVersion::latest()).build();
        let table = Table::new(Client::from_conf(config), "runs");
        let record = json!({"tiny": 1e-200, "large": {"up": [1e300, 0.25]}, "down": -1e300, "small": -1e-129});
        let item = table.item(Key::hash("RUN#1"), &record).unwrap();
        let read: serde_json::Value = table.record("runs", item).unwrap();
        let expected = json!({"tiny": 0, "large": {"up": [9.9e125, 0.25]}, "down": -9.9e125, "small": -1e-129});
        for pointer in ["/tiny", "/large/up/0", "/large/up/1", "/down", "/small"] {
            let [read, expected] = [&read, &expected].map(|value| value.pointer(pointer).unwrap().as_f64().unwrap());
            assert_eq!(read.to_bits(), expected.to_bits(), "{pointer}: {read}");
        }
    }
}
