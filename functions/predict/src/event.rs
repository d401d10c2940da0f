//! Events of API Gateway, before `lambda_http` makes requests of them.

use lambda_http::{LambdaEvent, http::header::HOST, request::LambdaRequest};

/// Takes from an event what a URI would be made of besides its path, and keeps the query for itself. `lambda_http` puts
/// query, host and scheme into a URI as the caller wrote them, and panics when that is none; no route asks for it.
#[must_use]
pub fn without_uri(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
        if let Some(Ok(query)) = request.raw_query_string.take().map(|query| query.parse()) {
            request.query_string_parameters = query;
        }
        request.headers.remove("x-forwarded-proto");
        request.headers.remove(HOST);
        request.request_context.domain_name = None;
        if let Some(path) = request.raw_path.as_mut().filter(|path| !path.starts_with('/')) {
            path.insert(0, '/');
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::{Context, Request, RequestExt};
    use serde_json::json;

    fn request(path: &str, query: &str, proto: &str) -> Request {
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
            "headers": {"host": "a b", "x-forwarded-proto": proto, "accept": "x"},
            "requestContext": {
                "accountId": "0", "apiId": "x", "domainName": "a b", "domainPrefix": "x", "requestId": "x",
                "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "x", "userAgent": "x"},
                "routeKey": "$default", "stage": "$default", "time": "x", "timeEpoch": 0,
            },
            "isBase64Encoded": false,
        });
        let payload = serde_json::from_value(event).unwrap();
        without_uri(LambdaEvent::new(payload, Context::default())).payload.into()
    }

    #[test]
    fn what_no_uri_can_hold_does_no_harm_and_the_query_is_kept() {
        for (path, query, proto) in [
            ("/health", "a=<b>&c=\"", "https,http"),
            ("/health", "a=b", "!"),
            ("/v1/series/ \u{1F680}\\^`{}|<>\"/forecast", "", "a b"),
            (":99999", "limit=%zz", "https"),
            ("//", "&&==", ""),
        ] {
            let request = request(path, query, proto);
            assert!(request.raw_http_path().ends_with(path), "{path}");
            assert_eq!(request.headers()["accept"], "x");
        }
        let request = request("/health", "explain=tr%75e&explain=2", "https");
        let query = request.query_string_parameters();
        assert_eq!(query.all("explain").unwrap(), ["true", "2"]);
    }
}
