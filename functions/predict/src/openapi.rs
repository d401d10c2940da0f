//! The contract, made from the types: `openapi.json` beside `Cargo.toml` is this document, and a test compares them.
//! `make openapi` writes it. The function serves the file's text, so that nothing is built while it starts.

mod examples;
mod forecasts;
mod inputs;
mod pages;
mod problems;
mod scoring;
mod status;

use crate::problem::{ProblemDocument, ProblemKind};
use contracts::WarningCode;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Components, HeaderBuilder, HttpMethod, OpenApi as Contract, PathItem, Ref, RefOr, Response, ResponseBuilder,
        path::Operation,
        schema::{ObjectBuilder, Type},
    },
};

/// What the header is for.
const REQUEST_ID: &str = "Names this request in the logs.";

/// The contract as served.
pub const OPENAPI: &str = include_str!("../openapi.json");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Weathervane",
        description = "Calibrated probabilities of which way a price goes, with the evidence for them. Without evidence \
                       the direction is `abstain`. Not investment advice.\n\nA promotion or a rollback reaches every \
                       answer within 5 s, and a caller that keeps answers as `Cache-Control` allows within a minute \
                       more. Every answer but the gateway's own names its request in `x-request-id`. `HEAD` is answered \
                       where `GET` is.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "Weathervane", url = "https://github.com/weathervane/weathervane")
    ),
    servers((url = "/", description = "The host that serves this document.")),
    tags(
        (name = "forecasts", description = "Forecasts, and what came of earlier ones."),
        (name = "scoring", description = "Predictions by the protocol of MLflow's model servers."),
        (name = "status", description = "State of the service and of its series."),
        (name = "pages", description = "Pages for people."),
    ),
    paths(
        pages::dashboard,
        pages::report,
        status::list_series,
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

/// An answer of the gateway itself, before the function is asked.
#[derive(Serialize, ToSchema)]
struct GatewayError {
    /// Its words.
    message: String,
}

/// The contract as the types have it: indented JSON with a line break at the end.
///
/// # Errors
/// None: it consists of strings and numbers.
pub fn document() -> Result<String, serde_json::Error> {
    let mut contract = serde_json::to_value(ApiDoc::openapi())?;
    complete_schema(&mut contract);
    Ok(serde_json::to_string_pretty(&contract)? + "\n")
}

/// Parts that the derives cannot state.
fn complete_schema(contract: &mut Value) {
    let names: Vec<&str> = ProblemKind::ALL.iter().map(|kind| kind.urn()).collect();
    let components = &mut contract["components"];
    components["schemas"]["Problem"]["properties"]["type"]["enum"] = json!(names);
    components["schemas"]["WarningCode"]["description"] = json!(warning_codes());
    components["securitySchemes"] = json!({"signature": {
        "type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4",
        "description": "AWS Signature Version 4, where the deployment asks for it of the routes of a group.",
    }});
    // Each route is open unless the deployment says otherwise.
    contract["security"] = json!([{}, {"signature": []}]);
    contract["paths"]["/predict"]["post"]["requestBody"]["required"] = json!(false);
    name_pairs(contract);
}

/// Makes a pair of every array of two: `minItems` and `maxItems` alone make no generator write a tuple.
fn name_pairs(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let two = Some(&json!(2));
            if fields.get("minItems") == two
                && fields.get("maxItems") == two
                && let Some(item) = fields.get("items").cloned()
            {
                fields.insert("prefixItems".to_owned(), json!([item, item]));
            }
            fields.values_mut().for_each(name_pairs);
        }
        Value::Array(items) => items.iter_mut().for_each(name_pairs),
        _ => {}
    }
}

/// Table of the warning codes, in Markdown.
fn warning_codes() -> String {
    let mut text = "Kind of a warning. A code keeps its meaning; releases may add codes.\n".to_owned();
    for code in WarningCode::ALL {
        let name = serde_json::to_value(code).unwrap_or_default();
        text += &format!("\n- `{}`: {}", name.as_str().unwrap_or_default(), code.meaning());
    }
    text
}

/// What every operation has.
struct Common;

impl Modify for Common {
    fn modify(&self, contract: &mut Contract) {
        let components = contract.components.get_or_insert_with(Components::new);
        components
            .responses
            .extend(problems::responses().map(|(name, response)| (name.to_owned(), RefOr::T(response))));
        for (path, item) in &mut contract.paths.paths {
            for (method, operation) in operations(item) {
                let kept = operation
                    .responses
                    .responses
                    .get("200")
                    .is_some_and(|_| method == HttpMethod::Get && is_kept(path));
                if kept {
                    let unchanged = Response::new("What the caller has by `If-None-Match` still holds.");
                    operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
                }
                for (status, name) in problems::of(path, &method) {
                    let shared = RefOr::Ref(Ref::from_response_name(name));
                    operation.responses.responses.entry(status).or_insert(shared);
                }
                for (status, response) in &mut operation.responses.responses {
                    if let RefOr::T(response) = response {
                        add_headers(response, kept && (status == "200" || status == "304"), status == "503");
                    }
                }
            }
        }
    }
}

/// True if answers of the path may be kept.
fn is_kept(path: &str) -> bool {
    !["/health", "/ready", "/version", "/ping"].iter().any(|end| path.ends_with(end))
}

fn operations(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    let get = item.get.as_mut().map(|operation| (HttpMethod::Get, operation));
    let post = item.post.as_mut().map(|operation| (HttpMethod::Post, operation));
    get.into_iter().chain(post).collect()
}

fn add_headers(response: &mut Response, kept: bool, later: bool) {
    let text = |description: &str| {
        let schema = ObjectBuilder::new().schema_type(Type::String).build();
        HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
    };
    let mut headers = vec![("x-request-id", REQUEST_ID)];
    if kept {
        headers.push(("etag", "Changes when the answer does; the seconds in `age_seconds` do not count."));
        headers.push(("cache-control", "How long the answer may be kept: until the next bar, at most a minute."));
    }
    if later {
        headers.push(("retry-after", "Seconds after which to ask again."));
    }
    for (name, description) in headers {
        response.headers.insert(name.to_owned(), RefOr::T(text(description)));
    }
}

/// A response without content.
fn described(description: &str) -> ResponseBuilder {
    ResponseBuilder::new().description(description)
}
