//! Items and errors as DynamoDB sends them.

use aws_sdk_dynamodb::{
    error::ErrorMetadata,
    operation::{
        get_item::GetItemOutput, put_item::PutItemError, transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
    types::{
        AttributeValue, CancellationReason,
        error::{ConditionalCheckFailedException, TransactionCanceledException},
    },
};
use jiff::Timestamp;
use market_data::Series;
use std::collections::HashMap;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn series() -> Series {
    "eth-usd-1d-h1".parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn item(pairs: &[(&str, AttributeValue)]) -> Item {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

pub(crate) fn found(item: Option<Item>) -> GetItemOutput {
    GetItemOutput::builder().set_item(item).build()
}

/// The condition does not hold. The service sends the code with every error; canned ones need it set.
fn metadata(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).message("as the service words it").build()
}

pub(crate) fn put_refused() -> PutItemError {
    let meta = metadata("ConditionalCheckFailedException");
    PutItemError::ConditionalCheckFailedException(ConditionalCheckFailedException::builder().meta(meta).build())
}

pub(crate) fn update_refused() -> UpdateItemError {
    let meta = metadata("ConditionalCheckFailedException");
    UpdateItemError::ConditionalCheckFailedException(ConditionalCheckFailedException::builder().meta(meta).build())
}

/// A transaction cancelled for these reasons, one per item.
pub(crate) fn cancelled(codes: &[&str]) -> TransactWriteItemsError {
    let reasons = codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
    TransactWriteItemsError::TransactionCanceledException(
        TransactionCanceledException::builder()
            .meta(metadata("TransactionCanceledException"))
            .set_cancellation_reasons(Some(reasons))
            .build(),
    )
}
