//! Messages of failed calls, as the dead-letter queue shows them.

use crate::support::series;
use aws::{ErrorKind, ModelRegistry};
use aws_sdk_dynamodb::{Client, error::ErrorMetadata, operation::get_item::GetItemError};
use aws_smithy_mocks::{mock, mock_client};
use observability::error_chain;

async fn failure(code: &'static str) -> aws::Error {
    let rule = mock!(Client::get_item)
        .then_error(move || GetItemError::generic(ErrorMetadata::builder().code(code).message("its words").build()));
    ModelRegistry::new(mock_client!(aws_sdk_dynamodb, [&rule]), "registry").alias(&series()).await.unwrap_err()
}

#[tokio::test]
async fn throttled_denied_and_missing_are_told_apart() {
    for (code, kind, words) in [
        ("ThrottlingException", ErrorKind::Throttled, "was throttled"),
        ("ProvisionedThroughputExceededException", ErrorKind::Throttled, "was throttled"),
        ("AccessDeniedException", ErrorKind::Denied, "was denied"),
        ("ResourceNotFoundException", ErrorKind::NotFound, "found no such resource"),
        ("InternalServerError", ErrorKind::Failed, "failed"),
    ] {
        let error = failure(code).await;
        assert_eq!(error.error_kind(), Some(kind), "{code}");
        let message = error_chain(&error);
        let expected =
            format!("dynamodb:GetItem on registry [SERIES#eth-usd-1d-h1, ALIAS#champion] {words} ({code}: its words)");
        assert!(message.starts_with(&expected), "{message}");
    }
}
