//! Events of Lambda as HTTP requests: payload format 2.0 of HTTP APIs.

use lambda_http::{
    Body,
    aws_lambda_events::{encodings::Base64Data, query_map::QueryMap},
};
use mlflow_protocol::{ApiError, ErrorCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Fields of payload format 2.0 that a response depends on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpEvent {
    raw_path: String,
    raw_query_string: Option<String>,
    headers: Option<BTreeMap<String, String>>,
    request_context: HttpContext,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
struct HttpContext {
    http: HttpLine,
    authorizer: Option<Authorizer>,
}

#[derive(Deserialize)]
struct HttpLine {
    method: String,
}

#[derive(Deserialize)]
struct Authorizer {
    iam: Option<Signer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signer {
    user_arn: Option<String>,
}

/// HTTP request of an event.
#[derive(Debug, Clone, Default)]
pub(crate) struct HttpRequest {
    /// Method in capitals.
    pub(crate) method: String,
    /// Path without the query, as the gateway passes it on.
    pub(crate) path: String,
    /// Query parameters, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// Headers by names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    /// ARN of the caller whose signature the gateway has checked.
    pub(crate) signer: Option<String>,
    /// Body, decoded.
    pub(crate) body: Vec<u8>,
}

impl HttpRequest {
    /// Decodes an event.
    pub(crate) fn decode(event: &RawValue) -> Result<Self, ApiError> {
        let bad = |message: &str| ApiError::new(ErrorCode::BadRequest, message);
        let event: HttpEvent = serde_json::from_str(event.get())
            .map_err(|_| bad("the event is not an HTTP request in payload format 2.0"))?;
        let body = match event.body {
            Some(text) if event.is_base64_encoded.unwrap_or_default() => {
                let data: Result<Base64Data, _> = serde_json::from_value(serde_json::Value::String(text));
                data.map_err(|_| bad("the body is not base64"))?.0
            }
            body => body.unwrap_or_default().into_bytes(),
        };
        let Ok(query) = event.raw_query_string.unwrap_or_default().parse::<QueryMap>();
        let headers = event.headers.unwrap_or_default().into_iter();
        Ok(Self {
            method: event.request_context.http.method.to_ascii_uppercase(),
            path: event.raw_path,
            query: query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            signer: event.request_context.authorizer.and_then(|authorizer| authorizer.iam?.user_arn),
            body,
        })
    }
}

/// HTTP response in the format of HTTP APIs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    pub(crate) status_code: u16,
    pub(crate) headers: BTreeMap<&'static str, String>,
    pub(crate) body: Body,
    pub(crate) is_base64_encoded: bool,
}
