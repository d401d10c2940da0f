//! The OpenAPI document says what the code does.

use crate::{
    answers::with_edge,
    support::{ask, get_forecast, ledger, now, series, situation},
};
use aws::{ForecastRecord, Outcome};
use domain::{forecast::Forecast, quality::Finding};
use lambda_http::http::Method;
use predict::{
    command::MAX_LIMIT,
    explanation::NAMED,
    forecast::Situation,
    handler::OPENAPI,
    history::Past,
    overview::{Known, SeriesStatus},
    problem::{Kind, Problem},
    route::ROUTES,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

fn contract() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

/// The properties of a schema, which for an object of ours are all that it has.
fn properties(schema: &str) -> BTreeSet<String> {
    names(&contract()["components"]["schemas"][schema]["properties"])
}

fn required(schema: &str) -> BTreeSet<String> {
    let list = contract()["components"]["schemas"][schema]["required"].clone();
    serde_json::from_value(list).unwrap()
}

#[test]
fn the_routes_are_those_of_the_router() {
    let contract = contract();
    let mut documented = BTreeSet::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            documented.insert((method.to_uppercase(), path.clone()));
        }
    }
    let routed = ROUTES.map(|(method, path)| (method.to_owned(), path.to_owned()));
    assert_eq!(documented, BTreeSet::from(routed));
}

#[test]
fn a_forecast_has_exactly_the_documented_fields() {
    let forecast = serde_json::to_value(get_forecast(&situation())).unwrap();
    for (schema, value) in [
        ("Forecast", &forecast),
        ("Edge", &forecast["edge"]),
        ("Model", &forecast["model"]),
        ("Data", &forecast["data"]),
    ] {
        assert_eq!(names(value), properties(schema), "{schema}");
        assert_eq!(required(schema), properties(schema), "{schema}");
    }
}

#[test]
fn the_series_and_the_past_have_the_documented_fields() {
    let known = Known { situation: situation(), ledger: Some(Arc::new(ledger(1, 1))), ..Known::default() };
    let status = serde_json::to_value(SeriesStatus::of(series()[0].clone(), known, now())).unwrap();
    let example =
        &contract()["paths"]["/v1/series"]["get"]["responses"]["200"]["content"]["application/json"]["example"];
    for status in [&status, &example["series"][0]] {
        let quality = &status["data"]["quality"];
        for (schema, value) in [
            ("SeriesStatus", status),
            ("ChampionStatus", &status["champion"]),
            ("DataStatus", &status["data"]),
            ("Quality", quality),
            ("Gap", &quality["latest_gaps"][0]),
            ("Finding", &quality["flags"][0]),
        ] {
            assert_eq!(names(value), properties(schema), "{schema}");
            assert_eq!(required(schema), properties(schema), "{schema}");
        }
    }

    let own = names(&contract()["components"]["schemas"]["Answer"]["allOf"][1]["properties"]);
    let target = "/v1/series/eth-usd-1d-h1/forecast?explain=true";
    let explained = ask(&Method::GET, target, b"", &Situation { champion: Some(with_edge()), ..situation() }).body;
    assert_eq!(names(&explained), own.union(&properties("Forecast")).cloned().collect());
    let explanation = &explained["explanation"];
    let example = &contract()["components"]["schemas"]["Explanation"]["example"];
    for explanation in [explanation, example] {
        for (schema, value) in [("Explanation", explanation), ("Contribution", &explanation["contributions"][0])] {
            assert_eq!(names(value), properties(schema), "{schema}");
            assert_eq!(required(schema), properties(schema), "{schema}");
        }
    }

    let record = ForecastRecord::open(get_forecast(&situation()), now());
    let past = serde_json::to_value(Past::from(ForecastRecord { outcome: Some(Outcome::Tie), ..record })).unwrap();
    let own = names(&contract()["components"]["schemas"]["Past"]["allOf"][1]["properties"]);
    assert_eq!(names(&past), own.union(&properties("Forecast")).cloned().collect());
}

#[test]
fn the_problems_are_the_documented_ones() {
    let schema = &contract()["components"]["schemas"]["Problem"]["properties"];
    let documented: BTreeSet<String> = serde_json::from_value(schema["type"]["enum"].clone()).unwrap();
    assert_eq!(documented, Kind::ALL.iter().map(|kind| kind.urn().to_owned()).collect());
    let problem: Value = serde_json::from_slice(&Problem::in_bar(1, "high", "x").to_json(Some("id"))).unwrap();
    assert_eq!(names(&problem), names(schema));
}

#[test]
fn the_examples_are_values_of_our_types() {
    let contract = contract();
    let get = &contract["paths"]["/v1/series/{series}/forecast"]["get"]["responses"]["200"];
    let example = &get["content"]["application/json"]["example"];
    let forecast: Forecast = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(serde_json::to_value(&forecast).unwrap(), *example);
    let overview =
        &contract["paths"]["/v1/series"]["get"]["responses"]["200"]["content"]["application/json"]["example"];
    let flag = &overview["series"][0]["data"]["quality"]["flags"][0];
    let finding: Finding = serde_json::from_value(flag.clone()).unwrap();
    assert_eq!(serde_json::to_value(&finding).unwrap(), *flag);
    let limit = &contract["paths"]["/v1/series/{series}/forecasts"]["get"]["parameters"][2]["schema"];
    assert_eq!(limit["maximum"], json!(MAX_LIMIT));
    let contributions = &contract["components"]["schemas"]["Explanation"]["properties"]["contributions"];
    assert_eq!(contributions["maxItems"], json!(NAMED));
}
