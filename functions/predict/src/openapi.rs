//! OpenAPI document, generated from the types. `make openapi` writes it to `openapi.json` beside `Cargo.toml`, and a test
//! compares both. The function serves the text of the file, so that it need not generate it.

mod examples;
mod forecasts;
mod inputs;
mod pages;
mod problems;
mod scoring;
mod status;

use crate::problem::{ProblemDocument, ProblemKind};
use contracts::{WarningCode, forecast::ForecastStatus};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Components, HeaderBuilder, HttpMethod, OpenApi as OpenApiDocument, PathItem, Ref, RefOr, Response,
        ResponseBuilder,
        path::Operation,
        schema::{ObjectBuilder, Type},
    },
};

/// Description of the header `x-request-id`.
const REQUEST_ID: &str = "Id of this request in the logs.";

/// OpenAPI document as served.
pub const OPENAPI: &str = include_str!("../openapi.json");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Weathervane",
        description = "Calibrated probabilities of price directions and distributions of price moves, with the evidence for \
                       them. Without evidence, the direction is `abstain` and the distribution is climatology. Not investment advice.\n\nA promotion or a rollback takes effect within \
                       5 s, and for a caller that caches as `Cache-Control` allows within one more minute. All \
                       responses except those of the gateway have the request id in `x-request-id`. `HEAD` is answered \
                       where `GET` is.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "Weathervane", url = "https://github.com/weathervane/weathervane")
    ),
    servers((url = "/", description = "Host that serves this document.")),
    tags(
        (name = "forecasts", description = "Current and past forecasts."),
        (name = "scoring", description = "Predictions in the protocol of MLflow's model servers."),
        (name = "status", description = "State of the service and of its series."),
        (name = "pages", description = "Pages for people."),
    ),
    paths(
        pages::dashboard,
        pages::report,
        status::list_series,
        status::list_versions,
        forecasts::current_forecast,
        forecasts::explained_forecast,
        forecasts::forecast_from_bars,
        forecasts::past_forecasts,
        forecasts::predict,
        scoring::invoke,
        scoring::invoke_series,
        scoring::ping,
        scoring::ping_series,
        status::health,
        status::ready,
        status::version,
        status::version_series,
        status::contract
    ),
    components(schemas(ProblemDocument<'_>, GatewayError, crate::scoring::ScoringError)),
    modifiers(&Common)
)]
struct ApiDoc;

/// Error of the gateway, which did not call the function.
#[derive(Serialize, ToSchema)]
struct GatewayError {
    /// Description of the error.
    message: String,
}

/// Generates the document as indented JSON with a line break at the end.
///
/// # Errors
/// None: the document consists of strings and numbers.
pub fn document() -> Result<String, serde_json::Error> {
    let mut document = serde_json::to_value(ApiDoc::openapi())?;
    complete_schema(&mut document);
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// Adds the parts that the derives cannot express.
fn complete_schema(document: &mut Value) {
    let names: Vec<&str> = ProblemKind::ALL.iter().map(|kind| kind.urn()).collect();
    let components = &mut document["components"];
    components["schemas"]["Problem"]["properties"]["type"]["enum"] = json!(names);
    components["schemas"]["WarningCode"]["description"] = json!(warning_codes());
    components["schemas"]["ForecastStatus"]["description"] = json!(statuses());
    components["securitySchemes"] = json!({"signature": {
        "type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4",
        "description": "AWS Signature Version 4, where the deployment requires it for a group of routes.",
    }});
    // All routes are open unless the deployment requires signatures.
    document["security"] = json!([{}, {"signature": []}]);
    document["paths"]["/predict"]["post"]["requestBody"]["required"] = json!(false);
    add_tuple_items(document);
}

/// Adds `prefixItems` to arrays of exactly two items. Generators write no tuple from `minItems` and `maxItems` alone.
fn add_tuple_items(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let two = Some(&json!(2));
            if fields.get("minItems") == two
                && fields.get("maxItems") == two
                && let Some(item) = fields.get("items").cloned()
            {
                fields.insert("prefixItems".to_owned(), json!([item, item]));
            }
            fields.values_mut().for_each(add_tuple_items);
        }
        Value::Array(items) => items.iter_mut().for_each(add_tuple_items),
        _ => {}
    }
}

/// Table of the warning codes, in Markdown.
fn warning_codes() -> String {
    let mut text =
        "Kind of a warning, with the status that it gives a forecast. A code keeps its meaning; releases may add codes.\n"
            .to_owned();
    for code in WarningCode::ALL {
        text += &format!("\n- {} ({}): {}", quoted(code), code.status().as_str(), code.meaning());
    }
    text
}

/// Statuses with the warning codes that cause them, in Markdown.
fn statuses() -> String {
    let mut text =
        "Validity of a forecast: the most serious status among those of its warnings, in ascending order. With any \
                    status but `ok`, the direction is `abstain`.\n"
            .to_owned();
    for status in ForecastStatus::ALL {
        let codes: Vec<String> = WarningCode::ALL.iter().filter(|code| code.status() == status).map(quoted).collect();
        let cause = if status == ForecastStatus::Ok { "no warning, or only" } else { "a warning" };
        text += &format!("\n- `{}`: {}; {cause} {}", status.as_str(), status.meaning(), codes.join(", "));
    }
    text
}

/// JSON name of a code, as code in Markdown.
fn quoted(code: &WarningCode) -> String {
    format!("`{}`", serde_json::to_value(code).unwrap_or_default().as_str().unwrap_or_default())
}

/// Modifier for the parts that all operations have.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut OpenApiDocument) {
        let components = document.components.get_or_insert_with(Components::new);
        components
            .responses
            .extend(problems::responses().map(|(name, response)| (name.to_owned(), RefOr::T(response))));
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                let is_cached = operation
                    .responses
                    .responses
                    .get("200")
                    .is_some_and(|_| method == HttpMethod::Get && is_cacheable(path));
                if is_cached {
                    let unchanged = Response::new("The response that `If-None-Match` names is still current.");
                    operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
                }
                for (status, name) in problems::for_operation(path, &method) {
                    let shared = RefOr::Ref(Ref::from_response_name(name));
                    operation.responses.responses.entry(status).or_insert(shared);
                }
                for (status, response) in &mut operation.responses.responses {
                    if let RefOr::T(response) = response {
                        add_headers(response, is_cached && (status == "200" || status == "304"), status == "503");
                    }
                }
            }
        }
    }
}

/// True if responses of the path may be cached.
fn is_cacheable(path: &str) -> bool {
    !["/health", "/ready", "/version", "/ping"].iter().any(|end| path.ends_with(end))
}

fn operations(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    let get = item.get.as_mut().map(|operation| (HttpMethod::Get, operation));
    let post = item.post.as_mut().map(|operation| (HttpMethod::Post, operation));
    get.into_iter().chain(post).collect()
}

fn add_headers(response: &mut Response, is_cached: bool, is_temporary: bool) {
    let text = |description: &str| {
        let schema = ObjectBuilder::new().schema_type(Type::String).build();
        HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
    };
    let mut headers = vec![("x-request-id", REQUEST_ID)];
    if is_cached {
        headers.push(("etag", "Tag of the answer. It does not depend on `age_seconds`."));
        headers.push((
            "cache-control",
            "Time for which the answer may be cached: until the next bar, at most one minute.",
        ));
    }
    if is_temporary {
        headers.push(("retry-after", "Seconds until the next try."));
    }
    for (name, description) in headers {
        response.headers.insert(name.to_owned(), RefOr::T(text(description)));
    }
}

/// Response without content.
fn described(description: &str) -> ResponseBuilder {
    ResponseBuilder::new().description(description)
}
