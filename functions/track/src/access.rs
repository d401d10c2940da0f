//! Callers and their rights.
//!
//! Without a secret the gateway accepts signed requests only and passes the signer on. With one, the gateway lets every
//! request through, and a caller is known by a bearer token, of which the secret has the SHA-256 hash.

use crate::event::HttpRequest;
use aws::Secret;
use mlflow_protocol::{ApiError, ErrorCode};
use observability::error_chain;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Age at which the tokens are read again: a token that was removed is refused after it.
const TOKENS_VALID_FOR: Duration = Duration::from_mins(1);

/// A caller who may send the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// ARN of the signer, or name of the token.
    pub(crate) name: String,
}

/// Way in which callers are known.
#[derive(Debug)]
pub(crate) enum Access {
    /// By the signature that the gateway has checked.
    Signed,
    /// By a token.
    Tokens { secret: Secret, known: Mutex<Option<(Instant, Tokens)>> },
}

/// Content of the secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tokens {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    name: String,
    /// SHA-256 of the token, 64 hexadecimal digits.
    sha256: String,
    access: Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Right {
    Read,
    Write,
}

impl Access {
    /// Access by tokens if there is a secret, else by signatures.
    pub(crate) fn new(secret: Option<Secret>) -> Self {
        secret.map_or(Self::Signed, |secret| Self::Tokens { secret, known: Mutex::new(None) })
    }

    /// Caller of a request that reads or writes.
    ///
    /// # Errors
    /// The caller is not known, or may not write.
    pub(crate) async fn caller(&self, request: &HttpRequest, writes: bool) -> Result<Caller, ApiError> {
        match self {
            Self::Signed => {
                let signer = request.signer.as_ref().filter(|arn| !arn.is_empty());
                let name =
                    signer.ok_or_else(|| unauthenticated("the request is not signed by AWS Signature Version 4"))?;
                Ok(Caller { name: name.clone() })
            }
            Self::Tokens { secret, known } => {
                let presented = request.headers.get("authorization").and_then(|value| {
                    let (scheme, token) = value.split_once(' ')?;
                    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
                });
                let presented =
                    presented.ok_or_else(|| unauthenticated("the header Authorization has no bearer token"))?;
                tokens(secret, known).await?.caller(presented, writes)
            }
        }
    }
}

/// Tokens, read again after a minute. If that fails, the ones that were read before are used.
async fn tokens(secret: &Secret, known: &Mutex<Option<(Instant, Tokens)>>) -> Result<Tokens, ApiError> {
    let before = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((read, tokens)) = &before
        && read.elapsed() < TOKENS_VALID_FOR
    {
        return Ok(tokens.clone());
    }
    let parsed = match secret.text().await {
        Ok(text) => serde_json::from_str::<Tokens>(text.as_deref().unwrap_or(r#"{"tokens":[]}"#))
            // The error would repeat a part of the secret.
            .map_err(|error| {
                format!("the secret is not a list of tokens: line {}, column {}", error.line(), error.column())
            }),
        Err(error) => Err(error_chain(&error)),
    };
    match (parsed, before) {
        (Ok(tokens), _) => {
            *known.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), tokens.clone()));
            Ok(tokens)
        }
        (Err(error), Some((_, tokens))) => {
            tracing::warn!(error, "failed to read the tokens again; those read before are used");
            Ok(tokens)
        }
        (Err(error), None) => {
            tracing::error!(error, "failed to read the tokens");
            Err(ApiError::new(ErrorCode::TemporarilyUnavailable, "the tokens cannot be read; try again"))
        }
    }
}

impl Tokens {
    fn caller(&self, presented: &str, writes: bool) -> Result<Caller, ApiError> {
        let hash = Sha256::digest(presented.as_bytes());
        // Every token is compared, so that the time does not depend on which one matches.
        let mut found = None;
        for token in &self.tokens {
            if equal_in_constant_time(&hash, &token.sha256) {
                found = Some(token);
            }
        }
        match found {
            None => Err(unauthenticated("the token is not known")),
            Some(token) if writes && token.access == Right::Read => {
                Err(ApiError::denied(format!("the token '{}' may only read", token.name)))
            }
            Some(token) => Ok(Caller { name: token.name.clone() }),
        }
    }
}

/// True if `hexadecimal` is the text of `hash`. The time does not depend on the digits.
fn equal_in_constant_time(hash: &[u8], hexadecimal: &str) -> bool {
    let expected: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let lower = hexadecimal.to_ascii_lowercase();
    let difference = expected.bytes().zip(lower.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b));
    lower.len() == expected.len() && difference == 0
}

fn unauthenticated(message: &str) -> ApiError {
    ApiError::new(ErrorCode::Unauthenticated, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_or_writes_by_its_right() {
        // printf secret | sha256sum; printf other | sha256sum
        let text = r#"{"tokens":[
            {"name":"ci","sha256":"2BB80D537B1DA3E38BD30361AA855686BDE0EACD7162FEF6A25FE97BF527A25B","access":"write"},
            {"name":"page","sha256":"d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa","access":"read"}]}"#;
        let tokens: Tokens = serde_json::from_str(text).unwrap();
        assert_eq!(tokens.caller("secret", true).map(|caller| caller.name), Ok("ci".to_owned()));
        assert_eq!(tokens.caller("other", false).map(|caller| caller.name), Ok("page".to_owned()));
        assert_eq!(tokens.caller("other", true).map_err(|error| error.code), Err(ErrorCode::PermissionDenied));
        for token in ["", "Secret", "secret ", &"x".repeat(100_000)] {
            assert_eq!(tokens.caller(token, false).map_err(|error| error.code), Err(ErrorCode::Unauthenticated));
        }
    }

    #[tokio::test]
    async fn a_request_without_a_signer_is_not_accepted() {
        let access = Access::new(None);
        let mut request = HttpRequest::default();
        assert!(access.caller(&request, false).await.is_err_and(|error| error.code == ErrorCode::Unauthenticated));
        request.signer = Some("arn:aws:iam::1:user/ada".to_owned());
        assert_eq!(
            access.caller(&request, true).await.map(|caller| caller.name),
            Ok("arn:aws:iam::1:user/ada".to_owned())
        );
    }

    #[test]
    fn a_malformed_secret_has_no_tokens() {
        for text in ["[]", "{}", r#"{"tokens":[{"name":"a","token":"plain","access":"read"}]}"#] {
            assert!(serde_json::from_str::<Tokens>(text).is_err(), "{text}");
        }
    }
}
