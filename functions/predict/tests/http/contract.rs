//! OpenAPI document: it is current, and its examples are values of the types.

use crate::support::{ask, climatology, get_forecast, healthy_context, mixed_context, series, stored_forecast};
use aws::ForecastRecord;
use contracts::{
    Outcome,
    distribution::{DistributionBasis, DistributionEvidence, OddsSizes, StoredDistribution},
    expert::mixed_probability,
    forecast::Forecast,
};
use features::feature_names;
use lambda_http::http::Method;
use predict::{
    bars::{MAX_BARS, MIN_BARS},
    explanation::MAX_CONTRIBUTIONS,
    history::StoredForecast,
    openapi::{OPENAPI, document},
    request::{DEFAULT_LIMIT, MAX_LIMIT, MAX_TABLE_BYTES},
    route::ROUTES,
    scoring::MAX_ROWS,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn contract() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

/// Response, or the shared one that it refers to.
fn resolved<'a>(contract: &'a Value, response: &'a Value) -> &'a Value {
    response["$ref"].as_str().map_or(response, |way| contract.pointer(way.trim_start_matches('#')).unwrap())
}

#[test]
fn the_document_is_current() {
    assert!(document().unwrap() == OPENAPI, "openapi.json is not current: `make openapi` writes it");
    assert_eq!(contract()["openapi"], "3.1.0");
}

#[test]
fn documented_routes_are_those_of_the_router() {
    let contract = contract();
    let mut documented = BTreeSet::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            documented.insert((method.to_uppercase(), path.clone()));
        }
    }
    let routed = ROUTES.map(|(method, path)| (method.to_owned(), path.to_owned()));
    assert_eq!(documented, BTreeSet::from(routed));
}

#[test]
fn every_operation_has_its_errors_and_request_id() {
    let contract = contract();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            let by_the_gateway = |status: &str| ["403", "429"].contains(&status);
            for (status, response) in responses.iter().filter(|(status, _)| !by_the_gateway(status)) {
                let response = resolved(&contract, response);
                assert!(response["headers"].get("x-request-id").is_some(), "{method} {path} {status}");
            }
            assert!(["403", "429"].iter().all(|status| responses.contains_key(*status)), "{method} {path}");
            let has = |status: &str| responses.contains_key(status);
            assert!(!path.contains("{series}") || has("404"), "{method} {path}");
            assert!(method != "post" || has("413"), "{method} {path}");
        }
    }
}

#[test]
fn a_forecast_has_exactly_the_documented_fields() {
    let forecast = serde_json::to_value(get_forecast(&mixed_context(3))).unwrap();
    let schemas = &contract()["components"]["schemas"];
    for (schema, value) in [
        ("Forecast", &forecast),
        ("Edge", &forecast["edge"]),
        ("ModelRef", &forecast["model"]),
        ("DataRef", &forecast["data"]),
        ("ExpertForecast", &forecast["experts"][0]),
        ("Distribution", &forecast["distribution"]),
        ("QuantileTable", &forecast["distribution"]["quantiles"]),
        ("Band", &forecast["distribution"]["bands"][0]),
        ("Odds", &forecast["distribution"]["odds"][0]),
        ("DistributionEvidence", &forecast["distribution"]["evidence"]),
    ] {
        let required: BTreeSet<String> = serde_json::from_value(schemas[schema]["required"].clone()).unwrap();
        assert_eq!(names(value), names(&schemas[schema]["properties"]), "{schema}");
        // Version 0 has no artifact, old records have no distribution, and not every forecast is a mixture.
        let optional: &[&str] = match schema {
            "ModelRef" => &["sha256"],
            "Forecast" => &["distribution", "experts"],
            _ => &[],
        };
        let always: BTreeSet<String> =
            names(value).into_iter().filter(|name| !optional.contains(&name.as_str())).collect();
        assert_eq!(always, required, "{schema}");
    }
    let sizes = OddsSizes::for_series(&series()[0]);
    let record = stored_forecast(3);
    let stored = StoredDistribution {
        basis: DistributionBasis::Climatology,
        close: 100.0,
        quantiles: climatology(),
        baseline: climatology(),
        evidence: DistributionEvidence::NONE,
    };
    let scores = serde_json::to_value(stored.score(0.0)).unwrap();
    assert_eq!(names(&scores), names(&schemas["DistributionScores"]["properties"]));
    let settled = ForecastRecord { outcome: Some(Outcome::Tie), distribution: Some(stored), ..record };
    let past = serde_json::to_value(StoredForecast::new(settled, &sizes)).unwrap();
    let own = names(&schemas["StoredForecast"]["allOf"][1]["properties"]);
    assert_eq!(names(&past), own.union(&names(&forecast)).cloned().collect());
}

#[test]
fn the_examples_are_values_of_the_types() {
    let contract = contract();
    let get = &contract["paths"]["/v1/series/{series}/forecast"]["get"]["responses"]["200"];
    let example = &get["content"]["application/json"]["example"];
    let forecast: Forecast = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(serde_json::to_value(&forecast).unwrap(), *example);
    let mixed = mixed_probability(&forecast.experts);
    assert!((mixed - forecast.probability_up).abs() < 5e-5, "the example is a mixture: {mixed}");
}

#[test]
fn the_limits_are_those_of_the_code() {
    let contract = contract();
    let schemas = &contract["components"]["schemas"];
    for name in ["Bars", "OptionalBars"] {
        let bars = &schemas[name]["properties"]["bars"];
        assert_eq!((&bars["minItems"], &bars["maxItems"]), (&json!(MIN_BARS), &json!(MAX_BARS)), "{name}");
    }
    assert_eq!(schemas["ForecastExplanation"]["properties"]["contributions"]["maxItems"], json!(MAX_CONTRIBUTIONS));
    let parameters = contract["paths"]["/v1/series/{series}/forecasts"]["get"]["parameters"].as_array().unwrap();
    let limit = &parameters.iter().find(|parameter| parameter["name"] == "limit").unwrap()["schema"];
    assert_eq!((&limit["maximum"], &limit["default"]), (&json!(MAX_LIMIT), &json!(DEFAULT_LIMIT)));
    for (table, field) in [("SplitTable", "data"), ("RecordsRequest", "dataframe_records")] {
        assert_eq!(schemas[table]["properties"][field]["maxItems"], json!(MAX_ROWS), "{table}");
    }
    for field in ["predictions", "row_warnings"] {
        assert_eq!(schemas["Predictions"]["properties"][field]["maxItems"], json!(MAX_ROWS), "{field}");
    }
    let text = contract["paths"]["/invocations"]["post"]["description"].as_str().unwrap();
    assert!(text.contains(&format!("1 to {MAX_ROWS} rows")), "{text}");
    assert!(text.contains(&format!("{} features", feature_names().len())), "{text}");
    assert!(text.contains(&format!("{} MiB", MAX_TABLE_BYTES / 1024 / 1024)), "{text}");
}

#[test]
fn every_feature_has_meaning_unit_and_range() {
    let features = &contract()["components"]["schemas"]["Features"];
    assert_eq!(names(&features["properties"]), feature_names().iter().map(|name| (*name).to_owned()).collect());
    for (name, schema) in features["properties"].as_object().unwrap() {
        let text = schema["description"].as_str().unwrap();
        assert!(text.contains("Unit: ") && text.contains("Range: "), "{name}: {text}");
    }
}

#[test]
fn errors_are_shared_and_security_is_declared() {
    let contract = contract();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (status, response) in
            item.as_object().unwrap().values().flat_map(|operation| operation["responses"].as_object().unwrap())
        {
            let own = ["200", "304"].contains(&status.as_str()) || (path == "/ready" && status == "503");
            assert_eq!(response["$ref"].is_null(), own, "{path} {status}");
        }
    }
    assert!(contract["servers"][0]["url"].is_string());
    let schemes = names(&contract["components"]["securitySchemes"]);
    let used = contract["security"].as_array().unwrap().iter().flat_map(names).collect::<BTreeSet<_>>();
    assert_eq!(used, schemes);
}

#[test]
fn the_example_of_bars_has_a_forecast() {
    let contract = contract();
    let body = &contract["paths"]["/v1/series/{series}/forecast"]["post"]["requestBody"]["content"]["application/json"];
    let answer = ask(
        &Method::POST,
        "/v1/series/eth-usd-1d-h1/forecast",
        body["example"].to_string().as_bytes(),
        &healthy_context(),
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
}
