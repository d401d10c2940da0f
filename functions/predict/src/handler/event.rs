//! Events of Lambda as HTTP requests and responses.
//!
//! API Gateway's HTTP APIs and function URLs send payload format 2.0, and only that is read. Any other event, such as one of a
//! REST API, a load balancer or the console, is rejected with a 400 in a format that all these senders read. No payload
//! panics. The conversion of `lambda_http` does, on invalid base64 and on characters that no URI can hold.

use crate::{
    problem::{Problem, ProblemKind},
    truncate::{MAX_NAME_CHARS, truncate},
};
use lambda_http::{
    Body, Response,
    aws_lambda_events::{encodings::Base64Data, query_map::QueryMap},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;

/// Fields of payload format 2.0 that a response depends on. Lambda's documentation has all of them.
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
}

#[derive(Deserialize)]
struct HttpLine {
    method: String,
}

/// Fields that identify the other senders of HTTP requests.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OtherEvent<'a> {
    #[serde(borrow)]
    http_method: Option<&'a RawValue>,
    #[serde(borrow)]
    request_context: Option<OtherContext<'a>>,
    #[serde(borrow)]
    raw_path: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OtherContext<'a> {
    #[serde(borrow)]
    elb: Option<&'a RawValue>,
    #[serde(borrow)]
    connection_id: Option<&'a RawValue>,
    #[serde(borrow)]
    service_network_arn: Option<&'a RawValue>,
}

/// HTTP request of an event. Path and query are no URI, which could not hold every text that a caller can send.
#[derive(Debug, Clone, Default)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Path without the query.
    pub path: String,
    /// Query parameters, decoded.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, decoded.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// Decodes an event.
    ///
    /// # Errors
    /// [`ProblemKind::InvalidEvent`]: the event is not an HTTP request in payload format 2.0, or its body is invalid base64.
    pub fn decode(event: &RawValue) -> Result<Self, Problem> {
        let http: HttpEvent = serde_json::from_str(event.get()).map_err(|error| describe_event(event, &error))?;
        let method = Method::from_bytes(http.request_context.http.method.as_bytes())
            .map_err(|_| invalid_event("`requestContext.http.method` is not the name of an HTTP method"))?;
        let headers = decode_headers(http.headers.unwrap_or_default())?;
        let body = match http.body {
            None => Vec::new(),
            Some(text) if http.is_base64_encoded.unwrap_or_default() => decode_base64(text)?,
            Some(text) => text.into_bytes(),
        };
        let Ok(query) = http.raw_query_string.unwrap_or_default().parse::<QueryMap>();
        let query = query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let path = if http.raw_path.is_empty() { "/".to_owned() } else { http.raw_path };
        Ok(Self { method, path, query, headers, body })
    }
}

fn invalid_event(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::InvalidEvent, detail)
}

/// Problem of an event that is not a request, with its sender where that is known.
fn describe_event(event: &RawValue, error: &serde_json::Error) -> Problem {
    // serde repeats a text of the event whole, however long it is.
    let reason = error.to_string();
    let error = truncate(&reason, MAX_NAME_CHARS);
    let other: OtherEvent<'_> = serde_json::from_str(event.get()).unwrap_or_default();
    let context = other.request_context.unwrap_or_default();
    let sender = if context.elb.is_some() {
        "an Application Load Balancer"
    } else if context.connection_id.is_some() {
        "a WebSocket API"
    } else if context.service_network_arn.is_some() {
        "a VPC Lattice service"
    } else if other.http_method.is_some() && other.raw_path.is_none() {
        "a REST API, or of an HTTP API with payload format 1.0"
    } else if other.raw_path.is_some() || other.method.is_some() {
        return invalid_event(format!("the event is not a whole HTTP request in payload format 2.0: {error}"));
    } else {
        return invalid_event(format!("the event is not an HTTP request, expected payload format 2.0: {error}"));
    };
    invalid_event(format!(
        "the event is one of {sender}; this function reads payload format 2.0, of HTTP APIs and function URLs"
    ))
}

fn decode_headers(named: BTreeMap<String, String>) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        let header = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_bytes(value.as_bytes()).ok());
        let (name, value) = header.ok_or_else(|| {
            invalid_event(format!("`{}` is not an HTTP header", truncate(&name, MAX_NAME_CHARS).escape_debug()))
        })?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn decode_base64(text: String) -> Result<Vec<u8>, Problem> {
    let data: Base64Data = serde_json::from_value(Value::String(text))
        .map_err(|error| invalid_event(format!("`isBase64Encoded` is true, but `body` is not base64: {error}")))?;
    Ok(data.0)
}

/// HTTP response in the format that every sender of HTTP events reads.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: Body,
    is_base64_encoded: bool,
}

impl From<Response<Body>> for HttpResponse {
    fn from(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        // Written as null, an empty body is an error to some gateways.
        let body = if matches!(body, Body::Empty) { Body::Text(String::new()) } else { body };
        let is_base64_encoded = matches!(body, Body::Binary(_));
        Self { status_code: head.status.as_u16(), headers, body, is_base64_encoded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(path: &str, query: &str) -> Value {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
            "headers": {"host": "a b", "x-forwarded-proto": "!", "accept": "x"},
            "requestContext": {"domainName": "a b", "http": {"method": "GET", "path": path}, "stage": "$default"},
            "isBase64Encoded": false,
        })
    }

    fn decode(event: &Value) -> Result<HttpRequest, Problem> {
        HttpRequest::decode(&serde_json::value::to_raw_value(event).unwrap())
    }

    fn rejection(event: &Value) -> String {
        let problem = decode(event).unwrap_err();
        assert_eq!(problem.kind.status(), 400, "{event}");
        problem.detail
    }

    #[test]
    fn a_path_that_no_uri_can_hold_is_decoded() {
        for (path, query) in [
            ("/health", "a=<b>&c=\""),
            ("/v1/series/ \u{1F680}\\^`{}|<>\"/forecast", ""),
            (":99999", "limit=%zz"),
            ("//", "&&==%ff"),
            ("", ""),
        ] {
            let request = decode(&event(path, query)).unwrap();
            assert_eq!(request.path, if path.is_empty() { "/" } else { path });
            assert_eq!(request.headers["accept"], "x");
        }
        let request = decode(&event("/health", "explain=tr%75e&explain=2")).unwrap();
        let pair = |value: &str| ("explain".to_owned(), value.to_owned());
        assert_eq!(request.query, [pair("true"), pair("2")]);
    }

    #[test]
    fn a_body_of_invalid_base64_is_rejected() {
        let mut event = event("/predict", "");
        (event["isBase64Encoded"], event["body"]) = (json!(true), json!("e30="));
        assert_eq!(decode(&event).unwrap().body, b"{}");
        for body in ["%%%", "e30", "{}", "e30=\n", "\u{1F680}"] {
            event["body"] = json!(body);
            let detail = rejection(&event);
            assert!(detail.starts_with("`isBase64Encoded` is true, but `body` is not base64"), "{detail}");
        }
    }

    #[test]
    fn events_of_other_senders_are_rejected_by_name() {
        for (event, named) in [
            (
                json!({"resource": "/", "path": "/", "httpMethod": "GET", "requestContext": {"stage": "x"}}),
                "a REST API",
            ),
            (json!({"path": "/", "httpMethod": "GET", "requestContext": {"elb": {}}}), "an Application Load Balancer"),
            (json!({"requestContext": {"connectionId": "x"}}), "a WebSocket API"),
            (
                json!({"path": "/", "method": "GET", "requestContext": {"serviceNetworkArn": "x"}}),
                "a VPC Lattice service",
            ),
            (json!({"rawPath": "/"}), "not a whole HTTP request in payload format 2.0: missing field `requestContext`"),
            (json!({"key1": "value1"}), "not an HTTP request, expected payload format 2.0"),
            (json!(null), "not an HTTP request"),
            (json!([]), "not an HTTP request"),
        ] {
            let detail = rejection(&event);
            assert!(detail.contains(named), "{event}: {detail}");
        }
    }

    #[test]
    fn invalid_methods_and_headers_are_rejected() {
        let mut bad_method = event("/", "");
        bad_method["requestContext"]["http"]["method"] = json!("G T");
        assert!(rejection(&bad_method).contains("method"));
        let mut bad_header = event("/", "");
        bad_header["headers"]["a b"] = json!("x");
        assert_eq!(rejection(&bad_header), "`a b` is not an HTTP header");
        let mut bad_value = event("/", "");
        bad_value["headers"]["accept"] = json!("x\u{1}");
        assert_eq!(rejection(&bad_value), "`accept` is not an HTTP header");
    }
}
