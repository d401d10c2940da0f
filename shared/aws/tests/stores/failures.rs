//! What a failed call says in the dead-letter queue.

use crate::support::series;
use aws::{Registry, Trouble, failure::chain};
use aws_sdk_dynamodb::{Client, error::ErrorMetadata, operation::get_item::GetItemError};
use aws_smithy_mocks::{mock, mock_client};

async fn failure(code: &'static str) -> aws::Error {
    let rule = mock!(Client::get_item)
        .then_error(move || GetItemError::generic(ErrorMetadata::builder().code(code).message("its words").build()));
    Registry::new(mock_client!(aws_sdk_dynamodb, [&rule]), "registry").alias(&series()).await.unwrap_err()
}

#[tokio::test]
async fn throttled_denied_and_missing_are_told_apart() {
    for (code, trouble, words) in [
        ("ThrottlingException", Trouble::Throttled, "was throttled"),
        ("ProvisionedThroughputExceededException", Trouble::Throttled, "was throttled"),
        ("AccessDeniedException", Trouble::Denied, "was denied"),
        ("ResourceNotFoundException", Trouble::NotFound, "found no such resource"),
        ("InternalServerError", Trouble::Failed, "failed"),
    ] {
        let error = failure(code).await;
        assert_eq!(error.trouble(), Some(trouble), "{code}");
        let message = chain(&error);
        let expected =
            format!("dynamodb:GetItem on registry [SERIES#eth-usd-1d-h1, ALIAS#champion] {words} ({code}: its words)");
        assert!(message.starts_with(&expected), "{message}");
    }
}
