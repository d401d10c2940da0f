//! Events of Lambda, before they are requests.
//!
//! API Gateway's HTTP APIs and function URLs send payload format 2.0, and only that is read. Any other event, a REST API's, a load
//! balancer's or a test event of the console, is refused with a 400 in the shape that all of these senders read. No payload
//! panics: `lambda_http`'s own conversion does, on base64 that is none and on what no URI can hold.

use crate::problem::{Problem, ProblemKind};
use lambda_http::{
    Body, Context, Request, RequestExt as _, Response,
    aws_lambda_events::{encodings::Base64Data, query_map::QueryMap},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;

/// Part of a request in payload format 2.0 that an answer follows from. Lambda's documentation has the whole.
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

/// Fields by which the other senders of HTTP requests are told apart.
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

/// Answer to an event: `statusCode`, `headers`, `body` and `isBase64Encoded`, as every sender of HTTP events reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpAnswer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: Body,
    is_base64_encoded: bool,
}

impl From<Response<Body>> for HttpAnswer {
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

/// Request of an event. Its path and query are kept apart from its URI, which no route asks for and which could not hold
/// everything that a caller can send.
///
/// # Errors
/// [`Kind::InvalidEvent`]: the event is no HTTP request in payload format 2.0, or its body is not the base64 that it claims to be.
pub fn request(event: &RawValue, context: Context) -> Result<Request, Problem> {
    let event: HttpEvent = serde_json::from_str(event.get()).map_err(|error| unread(event, &error))?;
    let method = Method::from_bytes(event.request_context.http.method.as_bytes())
        .map_err(|_| refused("`requestContext.http.method` is not the name of an HTTP method"))?;
    let headers = headers(event.headers.unwrap_or_default())?;
    let body = match event.body {
        None => Body::Empty,
        Some(text) if event.is_base64_encoded.unwrap_or_default() => Body::Binary(decoded(text)?),
        Some(text) => Body::Text(text),
    };
    let Ok(query) = event.raw_query_string.unwrap_or_default().parse::<QueryMap>();
    let request = Request::new(body).with_raw_http_path(event.raw_path).with_query_string_parameters(query);
    let mut request = request.with_lambda_context(context);
    *request.method_mut() = method;
    *request.headers_mut() = headers;
    Ok(request)
}

fn refused(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::InvalidEvent, detail)
}

/// Reason why an event is no request, with its sender where that is known.
fn unread(event: &RawValue, error: &serde_json::Error) -> Problem {
    // serde repeats a text of the event whole, however long it is.
    let reason = error.to_string();
    let error = crate::route::truncate(&reason);
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
        return refused(format!("the event is not a whole HTTP request in payload format 2.0: {error}"));
    } else {
        return refused(format!("the event is not an HTTP request, expected payload format 2.0: {error}"));
    };
    refused(format!(
        "the event is one of {sender}; this function reads payload format 2.0, of HTTP APIs and function URLs"
    ))
}

fn headers(named: BTreeMap<String, String>) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        let header = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_bytes(value.as_bytes()).ok());
        let shown = || crate::route::truncate(&name).escape_debug();
        let (name, value) = header.ok_or_else(|| refused(format!("`{}` is not an HTTP header", shown())))?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn decoded(text: String) -> Result<Vec<u8>, Problem> {
    let data: Base64Data = serde_json::from_value(Value::String(text))
        .map_err(|error| refused(format!("`isBase64Encoded` is true, but `body` is not base64: {error}")))?;
    Ok(data.0)
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

    fn read(event: &Value) -> Result<Request, Problem> {
        request(&serde_json::value::to_raw_value(event).unwrap(), Context::default())
    }

    fn refusal(event: &Value) -> String {
        let problem = read(event).unwrap_err();
        assert_eq!(problem.kind.status(), 400, "{event}");
        problem.detail
    }

    #[test]
    fn what_no_uri_can_hold_does_no_harm_and_the_query_is_kept() {
        for (path, query) in [
            ("/health", "a=<b>&c=\""),
            ("/v1/series/ \u{1F680}\\^`{}|<>\"/forecast", ""),
            (":99999", "limit=%zz"),
            ("//", "&&==%ff"),
            ("", ""),
        ] {
            let request = read(&event(path, query)).unwrap();
            assert_eq!(request.raw_http_path(), path);
            assert_eq!(request.headers()["accept"], "x");
        }
        let request = read(&event("/health", "explain=tr%75e&explain=2")).unwrap();
        let query = request.query_string_parameters();
        assert_eq!(query.all("explain").unwrap(), ["true", "2"]);
    }

    #[test]
    fn a_body_that_is_not_the_base64_it_claims_is_refused() {
        let mut event = event("/predict", "");
        (event["isBase64Encoded"], event["body"]) = (json!(true), json!("e30="));
        assert_eq!(read(&event).unwrap().body().as_ref(), b"{}");
        for body in ["%%%", "e30", "{}", "e30=\n", "\u{1F680}"] {
            event["body"] = json!(body);
            let detail = refusal(&event);
            assert!(detail.starts_with("`isBase64Encoded` is true, but `body` is not base64"), "{detail}");
        }
    }

    #[test]
    fn events_of_other_senders_are_refused_by_their_name() {
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
            let detail = refusal(&event);
            assert!(detail.contains(named), "{event}: {detail}");
        }
    }

    #[test]
    fn methods_and_headers_that_http_has_not_are_refused() {
        let mut bad_method = event("/", "");
        bad_method["requestContext"]["http"]["method"] = json!("G T");
        assert!(refusal(&bad_method).contains("method"));
        let mut bad_header = event("/", "");
        bad_header["headers"]["a b"] = json!("x");
        assert_eq!(refusal(&bad_header), "`a b` is not an HTTP header");
        let mut bad_value = event("/", "");
        bad_value["headers"]["accept"] = json!("x\u{1}");
        assert_eq!(refusal(&bad_value), "`accept` is not an HTTP header");
    }
}
