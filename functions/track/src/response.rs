//! Responses.

use crate::event::HttpResponse;
use lambda_http::Body;
use mlflow_protocol::ApiError;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Response to a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ApiResponse {
    /// JSON with status 200.
    Json(Value),
    /// Content of a file.
    File { bytes: Vec<u8>, content_type: &'static str },
    /// Address at which the file is.
    Redirect(String),
    /// Refusal.
    Error(ApiError),
}

impl ApiResponse {
    /// The empty object, which most routes return.
    pub(crate) fn empty() -> Self {
        Self::Json(json!({}))
    }

    /// HTTP status.
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Json(_) | Self::File { .. } => 200,
            Self::Redirect(_) => 302,
            Self::Error(error) => error.code.status(),
        }
    }

    /// Response in the format of the gateway.
    pub(crate) fn into_http(self, request_id: &str) -> HttpResponse {
        let status_code = self.status();
        let mut headers = BTreeMap::from([
            ("cache-control", "no-store".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("x-request-id", request_id.to_owned()),
        ]);
        let (content_type, body, is_base64_encoded) = match self {
            Self::Json(value) => ("application/json", Body::Text(value.to_string()), false),
            Self::Error(error) => ("application/json", Body::Text(error.body().to_string()), false),
            Self::Redirect(address) => {
                headers.insert("location", address);
                ("application/json", Body::Text("{}".to_owned()), false)
            }
            Self::File { bytes, content_type } => {
                // A browser must never run a caller's file on this host.
                headers.insert("content-disposition", "attachment".to_owned());
                (content_type, Body::Binary(bytes), true)
            }
        };
        headers.insert("content-type", content_type.to_owned());
        HttpResponse { status_code, headers, body, is_base64_encoded }
    }
}
