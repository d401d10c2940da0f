//! Errors as MLflow's client reads them: `{"error_code": "...", "message": "..."}` with an HTTP status.

use serde_json::{Value, json};

/// Error code of a response. The client raises an exception with this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// A value is malformed, too long or not allowed.
    InvalidParameterValue,
    /// The request as a whole is malformed.
    BadRequest,
    /// The experiment, run, model or file does not exist, or is deleted.
    ResourceDoesNotExist,
    /// The name is taken.
    ResourceAlreadyExists,
    /// Another request changed the same thing first; nothing was written.
    ResourceConflict,
    /// The caller is not known.
    Unauthenticated,
    /// The caller may not do this, or nobody may.
    PermissionDenied,
    /// MLflow has no such route.
    EndpointNotFound,
    /// MLflow has this route and this server does not.
    NotImplemented,
    /// The body is larger than the route accepts.
    RequestTooLarge,
    /// A store cannot be reached; a later attempt can succeed.
    TemporarilyUnavailable,
    /// A fault of the server.
    InternalError,
}

impl ErrorCode {
    /// Name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidParameterValue => "INVALID_PARAMETER_VALUE",
            Self::BadRequest | Self::RequestTooLarge => "BAD_REQUEST",
            Self::ResourceDoesNotExist => "RESOURCE_DOES_NOT_EXIST",
            Self::ResourceAlreadyExists => "RESOURCE_ALREADY_EXISTS",
            Self::ResourceConflict => "RESOURCE_CONFLICT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::EndpointNotFound => "ENDPOINT_NOT_FOUND",
            Self::NotImplemented => "NOT_IMPLEMENTED",
            Self::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }

    /// HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidParameterValue | Self::BadRequest | Self::ResourceAlreadyExists => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::ResourceDoesNotExist | Self::EndpointNotFound => 404,
            Self::ResourceConflict => 409,
            Self::RequestTooLarge => 413,
            Self::InternalError => 500,
            Self::NotImplemented => 501,
            Self::TemporarilyUnavailable => 503,
        }
    }
}

/// Refusal of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", .code.name())]
pub struct ApiError {
    /// Its code.
    pub code: ErrorCode,
    /// Text for the caller: what was refused, and what to do.
    pub message: String,
}

impl ApiError {
    /// Error with a code and a message.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A value is malformed, too long or not allowed.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidParameterValue, message)
    }

    /// A resource does not exist.
    #[must_use]
    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ResourceDoesNotExist, message)
    }

    /// An action that is not permitted.
    #[must_use]
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::PermissionDenied, message)
    }

    /// Body of the response.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({"error_code": self.code.name(), "message": self.message})
    }
}
