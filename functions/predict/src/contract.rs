//! The contract, made from the types: `openapi.json` beside `Cargo.toml` is this document, and a test compares them.
//! `make openapi` writes it. The function serves the file's text, so that nothing is built while it starts.

mod examples;
mod forecasts;
mod pages;
mod problems;
mod status;

use crate::problem::{Document, Kind};
use domain::WarningCode;
use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        HeaderBuilder, HttpMethod, OpenApi as Contract, PathItem, RefOr, Response, ResponseBuilder,
        path::Operation,
        schema::{ObjectBuilder, Type},
    },
};

/// What the header is for.
const REQUEST_ID: &str = "Names this request in the logs.";

/// What the gateway answers itself, before the function is asked.
const BY_THE_GATEWAY: [(&str, &str); 2] = [
    ("403", "The gateway's own: the request is not signed as the deployment asks of these routes."),
    ("429", "The gateway's own: more requests than the deployment lets through. Come back after a second."),
];

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
        license(name = "Apache-2.0", identifier = "Apache-2.0")
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
        status::health,
        status::ready,
        status::version,
        status::contract
    ),
    components(schemas(Document<'_>)),
    modifiers(&Common)
)]
struct Contract31;

/// The contract as the types have it: indented JSON with a line break at the end.
///
/// # Errors
/// None: it consists of strings and numbers.
pub fn document() -> Result<String, serde_json::Error> {
    let mut contract = serde_json::to_value(Contract31::openapi())?;
    add_scoring(&mut contract)?;
    refine(&mut contract);
    Ok(serde_json::to_string_pretty(&contract)? + "\n")
}

/// The scoring protocol: its tables are MLflow's, no types of ours.
const SCORING: &str = include_str!("contract/scoring.json");

/// Adds the scoring routes.
fn add_scoring(contract: &mut Value) -> Result<(), serde_json::Error> {
    let mut scoring: Value = serde_json::from_str(SCORING)?;
    if let Value::Object(schemas) = scoring["schemas"].take() {
        for (name, schema) in schemas {
            contract["components"]["schemas"][name] = schema;
        }
    }
    let names = domain::features::feature_names();
    contract["components"]["schemas"]["Features"] = json!({
        "type": "object",
        "description": "A feature row: all of them, finite.",
        "properties": names.iter().map(|name| ((*name).to_owned(), json!({"type": "number"}))).collect::<serde_json::Map<_, _>>(),
        "required": names,
    });
    let mut invocations = json!({"requestBody": scoring["requestBody"], "responses": scoring["responses"]});
    invocations["summary"] = json!("Predictions by the scoring protocol of MLflow's model servers");
    let mut ping = json!({"responses": {"200": {"description": "They can."}}});
    ping["summary"] = json!("Whether predictions can be asked for, as MLflow's clients and SageMaker's ask");
    let headers = json!({"x-request-id": {"description": REQUEST_ID, "schema": {"type": "string"}}});
    for operation in [&mut invocations, &mut ping] {
        if let Value::Object(responses) = &mut operation["responses"] {
            responses.values_mut().for_each(|response| response["headers"] = headers.clone());
        }
    }
    let series = contract["paths"]["/v1/series/{series}/forecast"]["get"]["parameters"][0].clone();
    for (method, path, name, mut operation) in
        [("get", "ping", "ping", ping), ("post", "invocations", "invoke", invocations)]
    {
        operation["operationId"] = json!(format!("{name}Series"));
        operation["parameters"] = json!([series]);
        if method == "get" {
            operation["responses"]["404"] =
                contract["paths"]["/v1/series/{series}/forecast"]["get"]["responses"]["404"].clone();
        }
        contract["paths"][format!("/v1/series/{{series}}/{path}")] = json!({method: operation});
        operation["operationId"] = json!(name);
        if let Value::Object(fields) = &mut operation {
            fields.remove("parameters");
        }
        if let Value::Object(responses) = &mut operation["responses"] {
            responses.remove("404");
        }
        contract["paths"][format!("/{path}")] = json!({method: operation});
    }
    Ok(())
}

/// What the derives cannot say.
fn refine(contract: &mut Value) {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.urn()).collect();
    let schemas = &mut contract["components"]["schemas"];
    schemas["Problem"]["properties"]["type"]["enum"] = json!(names);
    schemas["WarningCode"]["description"] = json!(warning_codes());
    for closed in ["Bar", "Bars", "OptionalBars"] {
        schemas[closed]["additionalProperties"] = json!(false);
    }
    contract["paths"]["/predict"]["post"]["requestBody"]["required"] = json!(false);
    let Some(paths) = contract["paths"].as_object_mut() else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        for (status, description) in BY_THE_GATEWAY {
            let message =
                json!({"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}});
            operation["responses"][status] =
                json!({"description": description, "content": {"application/json": {"schema": message}}});
        }
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
                for (status, response) in problems::of(path, &method) {
                    operation.responses.responses.entry(status).or_insert(RefOr::T(response));
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

/// Whether answers of the path may be kept.
fn is_kept(path: &str) -> bool {
    !matches!(path, "/health" | "/ready" | "/version" | "/ping") && !path.ends_with("/ping")
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
