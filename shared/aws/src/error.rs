//! Errors of calls to AWS.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::fmt;

/// The kind of failure, for messages and for deciding what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The service refused the rate of calls, after the SDK's own retries.
    Throttled,
    /// The role lacks the permission, or the credentials are not valid.
    Denied,
    /// The table, bucket, bus or topic does not exist.
    NotFound,
    /// No answer in time, after the SDK's own retries.
    TimedOut,
    /// The service could not be reached.
    Unreachable,
    /// Anything else; the code and message say what.
    Failed,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttled => "was throttled",
            Self::Denied => "was denied",
            Self::NotFound => "found no such resource",
            Self::TimedOut => "timed out",
            Self::Unreachable => "could not reach the service",
            Self::Failed => "failed",
        })
    }
}

/// Failure of a call to AWS, or of the conversion of its data.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The call itself failed.
    #[error("{operation} on {target} {kind} ({code}: {message})")]
    Call {
        /// `dynamodb:GetItem`, the name an IAM policy uses.
        operation: &'static str,
        /// The key, table, bus or topic.
        target: String,
        /// Kind of failure.
        kind: ErrorKind,
        /// The service's error code; `none` when no answer arrived.
        code: String,
        /// The service's message.
        message: String,
        /// The SDK's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A request could not be built: a programming error.
    #[error("{operation} on {target}: the request is incomplete")]
    Request {
        /// The operation.
        operation: &'static str,
        /// The key, table, bus or topic.
        target: String,
        /// Cause.
        source: aws_sdk_dynamodb::error::BuildError,
    },
    /// The body of an object stopped half-way.
    #[error("reading the body of {key}")]
    Body {
        /// The S3 key.
        key: String,
        /// The transport's error.
        source: aws_sdk_s3::primitives::ByteStreamError,
    },
    /// An object is larger than any that this code writes under such a key.
    #[error("{target} holds {bytes} bytes or more, at most {limit} expected: it was not written by this system")]
    TooLarge {
        /// Bucket and key.
        target: String,
        /// Its stated size, or the bytes that had come when it was given up.
        bytes: usize,
        /// The limit of its kind.
        limit: usize,
    },
    /// A record does not fit its type, or a type cannot be stored.
    #[error("converting the item {target}")]
    Item {
        /// Table and key.
        target: String,
        /// Cause.
        source: serde_dynamo::Error,
    },
    /// An object or message is not the JSON it should be.
    #[error("converting the JSON of {target}")]
    Json {
        /// Key or message type.
        target: String,
        /// Cause.
        source: serde_json::Error,
    },
    /// The bus took the call and refused the event.
    #[error("events:PutEvents on {bus}: {detail_type} was refused ({code}: {message})")]
    EventRefused {
        /// The bus.
        bus: String,
        /// Detail type of the event.
        detail_type: String,
        /// The entry's error code.
        code: String,
        /// The entry's error message.
        message: String,
    },
    /// Every attempt conflicted with another write to the record.
    #[error("{target}: gave up after {attempts} conflicting writes")]
    Contention {
        /// Table and key.
        target: String,
        /// Number of attempts.
        attempts: u32,
    },
    /// Another invocation wrote the object after it was read.
    #[error("{target} was changed by another invocation after it was read; nothing was written, try again")]
    Changed {
        /// Bucket and key.
        target: String,
    },
    /// A record that another record refers to is not there.
    #[error("{target} is missing")]
    Missing {
        /// Table and key.
        target: String,
    },
}

impl Error {
    /// Wraps what the SDK reports, with its code and message brought to the front.
    pub(crate) fn call<E, R>(operation: &'static str, target: impl Into<String>, source: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: fmt::Debug + Send + Sync + 'static,
    {
        let code = source.code().unwrap_or("none").to_owned();
        let message = source.message().unwrap_or("no message").to_owned();
        let kind = match &source {
            SdkError::TimeoutError(_) => ErrorKind::TimedOut,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => ErrorKind::TimedOut,
            SdkError::DispatchFailure(_) => ErrorKind::Unreachable,
            _ => error_kind_of(&code),
        };
        Self::Call { operation, target: target.into(), kind, code, message, source: Box::new(source) }
    }

    /// Name of the cause for callers, dead letters and logs: `Changed` or `AwsFailed`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "Changed",
            _ => "AwsFailed",
        }
    }

    /// The kind of failure, when a call failed.
    #[must_use]
    pub fn error_kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Call { kind, .. } => Some(*kind),
            _ => None,
        }
    }
}

fn error_kind_of(code: &str) -> ErrorKind {
    match code {
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown" => ErrorKind::Throttled,
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "ExpiredTokenException" => ErrorKind::Denied,
        "ResourceNotFoundException" | "NoSuchBucket" | "NotFound" => ErrorKind::NotFound,
        _ => ErrorKind::Failed,
    }
}
