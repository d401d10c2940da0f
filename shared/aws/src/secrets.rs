//! Secrets of Secrets Manager.

use crate::{Error, Result};
use aws_sdk_secretsmanager::{Client, error::ProvideErrorMetadata as _};

/// One secret.
#[derive(Debug, Clone)]
pub struct Secret {
    client: Client,
    id: String,
}

impl Secret {
    /// A view of the secret with this name or ARN.
    #[must_use]
    pub fn new(client: Client, id: impl Into<String>) -> Self {
        Self { client, id: id.into() }
    }

    /// Text of the secret; `None` if it has no value yet.
    ///
    /// # Errors
    /// The call failed.
    pub async fn text(&self) -> Result<Option<String>> {
        match self.client.get_secret_value().secret_id(&self.id).send().await {
            Ok(answer) => Ok(answer.secret_string),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(Error::call("secretsmanager:GetSecretValue", &self.id, error)),
        }
    }
}
