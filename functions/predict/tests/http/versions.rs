//! `GET /v1/series/{series}/versions`: its query, and its answer with mocked SDK clients.

use crate::support::{artifact, now, record, series, stored_forecast};
use aws::{
    AlertLog, ForecastStore, ModelRegistry, ObjectStore, RunStore, StoredEvaluation, StoredVerdict, VersionRecord,
    VersionStatus,
};
use aws_sdk_dynamodb::{
    error::ErrorMetadata,
    operation::{
        get_item::GetItemOutput,
        query::{QueryError, QueryOutput},
    },
};
use aws_sdk_s3::{
    operation::get_object::{GetObjectError, GetObjectOutput},
    primitives::ByteStream,
    types::error::NoSuchKey,
};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use contracts::{distribution::OddsConfig, forecast::Edge};
use lambda_http::http::Method;
use predict::{
    PredictService,
    error::ErrorResponse,
    handler::{HttpRequest, respond},
    openapi::OPENAPI,
    problem::Problem,
    request::{DEFAULT_VERSIONS, MAX_VERSIONS, PredictRequest, RequestParts},
    stores::Stores,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const PATH: &str = "/v1/series/eth-usd-1d-h1/versions";

/// Registry, newest forecast and newest report; one that is absent does not answer.
#[derive(Clone, Default)]
struct Fixture {
    versions: Option<Vec<VersionRecord>>,
    forecasts: Option<Vec<aws::ForecastRecord>>,
    report: Option<Vec<u8>>,
}

fn items<T: Serialize>(records: &[T]) -> Vec<HashMap<String, aws_sdk_dynamodb::types::AttributeValue>> {
    records.iter().map(|record| serde_dynamo::to_item(record).unwrap()).collect()
}

impl Fixture {
    /// Versions 4 (shadow), 3 (champion), 2 (rejected) and 1, a mixture and a report.
    fn whole() -> Self {
        let base = |version, status| VersionRecord { status, ..record(version, &artifact()) };
        let evaluation =
            StoredEvaluation::new(&json!({"forecast": {"log_loss": 0.6912, "brier_skill": 0.004}})).unwrap();
        let verdict = |reason: &str| Some(StoredVerdict::not_promoted(vec![reason.to_owned()]));
        let edge = Edge::from_skill(0.008, [-0.003, 0.019], 730);
        let mut mixture = stored_forecast(3);
        mixture.experts.iter_mut().last().unwrap().expert = "version-4".parse().unwrap();
        let part = json!({"n": 41, "gain_over_champion": 0.001, "gain_over_climatology": 0.002, "skill": 0.0029,
            "e_champion": 3.1, "e_climatology": 7.5, "threshold": 400.0, "better": false});
        let report = json!({"performance": {}, "challengers": [{"version": 4, "champion": 3, "from": "2023-09-25T00:00:00Z",
            "through": "2023-11-04T00:00:00Z", "direction": part, "distribution": null}]});
        Self {
            versions: Some(vec![
                VersionRecord {
                    edge,
                    evaluation: evaluation.clone(),
                    verdict: verdict("admitted to the shadow"),
                    ..base(4, VersionStatus::Shadow)
                },
                base(3, VersionStatus::Champion),
                VersionRecord { evaluation, verdict: verdict("no better"), ..base(2, VersionStatus::Rejected) },
                base(1, VersionStatus::Retired),
            ]),
            forecasts: Some(vec![mixture]),
            report: Some(serde_json::to_vec(&report).unwrap()),
        }
    }

    fn tables(&self) -> aws_sdk_dynamodb::Client {
        use aws_sdk_dynamodb::Client;
        let stores = self.clone();
        let get = mock!(Client::get_item).then_output(|| GetItemOutput::builder().build());
        let query = mock!(Client::query).then_compute_response(move |input| {
            let found = match input.table_name().unwrap_or_default() {
                "registry" => stores.versions.as_deref().map(items),
                _ => stores.forecasts.as_deref().map(items),
            };
            assert_eq!(input.scan_index_forward(), Some(false), "newest first");
            let limit = usize::try_from(input.limit().unwrap_or(i32::MAX)).unwrap();
            match found {
                Some(found) => {
                    let page = found.into_iter().take(limit).collect();
                    MockResponse::Output(QueryOutput::builder().set_items(Some(page)).build())
                }
                None => MockResponse::Error(QueryError::generic(
                    ErrorMetadata::builder().code("ValidationException").build(),
                )),
            }
        });
        mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&get, &query])
    }

    fn storage(&self) -> ObjectStore {
        use aws_sdk_s3::Client;
        let report = self.report.clone();
        let get = mock!(Client::get_object).then_compute_response(move |_| match &report {
            Some(bytes) => {
                MockResponse::Output(GetObjectOutput::builder().body(ByteStream::from(bytes.clone())).build())
            }
            None => MockResponse::Error(GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
        });
        ObjectStore::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get]), "bucket")
    }

    async fn ask(&self, path: &str) -> (u16, Value) {
        let tables = self.tables();
        let stores = Stores {
            registry: ModelRegistry::new(tables.clone(), "registry"),
            storage: self.storage(),
            runs: RunStore::new(tables.clone(), "runs"),
            alerts: AlertLog::new(tables.clone(), "forecasts"),
            forecasts: ForecastStore::new(tables, "forecasts"),
        };
        let service = PredictService::with_stores(stores, series(), BTreeMap::new(), OddsConfig::default());
        let response = respond(&service, &HttpRequest { path: path.to_owned(), ..HttpRequest::default() }, None).await;
        (response.status().as_u16(), serde_json::from_slice(response.body().as_ref()).unwrap())
    }

    async fn list(&self) -> Value {
        let (status, list) = self.ask(PATH).await;
        assert_eq!(status, 200, "{list}");
        list
    }
}

fn decode(path: &str, pairs: &[(&str, &str)]) -> Result<u16, Problem> {
    let query: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let parts = RequestParts {
        method: &Method::GET,
        path,
        query: &query,
        content_type: None,
        content_encoding: None,
        body: b"",
    };
    match PredictRequest::decode(&parts, &series(), now()) {
        Ok(PredictRequest::Versions { limit, .. }) => Ok(limit),
        Err(ErrorResponse::Problem(problem)) => Err(problem),
        _ => unreachable!("not a list of versions"),
    }
}

#[tokio::test]
async fn a_version_has_its_status_evidence_and_weight() {
    let list = Fixture::whole().list().await;
    let versions = list["versions"].as_array().unwrap();
    let column = |name: &str| versions.iter().map(|version| version[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("version"), [4, 3, 2, 1]);
    assert_eq!(column("status"), ["shadow", "champion", "rejected", "retired"]);
    assert_eq!(column("weight"), [json!(0.05), json!(0.25), Value::Null, Value::Null]);
    assert_eq!(column("holdout_log_loss"), [json!(0.6912), Value::Null, json!(0.6912), Value::Null]);
    assert_eq!(column("holdout_brier_skill"), [json!(0.004), Value::Null, json!(0.004), Value::Null]);
    assert_eq!(column("reasons"), [json!(["admitted to the shadow"]), json!([]), json!(["no better"]), json!([])]);
    assert_eq!(versions[0]["edge"]["brier_skill_ci"], json!([-0.003, 0.019]));
    assert_eq!(versions[1]["sha256"].as_str().unwrap().len(), 64);
    let live = &versions[0]["live"];
    assert_eq!((&live["champion"], &live["through"]), (&json!(3), &json!("2023-11-04T00:00:00Z")));
    let direction = &live["direction"];
    let numbers = ["n", "skill", "e_champion", "e_climatology", "threshold", "better"].map(|name| &direction[name]);
    assert_eq!(json!(numbers), json!([41, 0.0029, 3.1, 7.5, 400.0, false]));
    assert!(live["distribution"].is_null() && versions[1..].iter().all(|version| version["live"].is_null()));
    assert_eq!((&list["weights_at"], &list["warnings"]), (&json!("2023-11-05T00:00:00Z"), &json!([])));
    let others = json!([{"expert": "climatology", "weight": 0.6}, {"expert": "last_bar", "weight": 0.1}]);
    assert_eq!(list["experts"], others, "with the versions they add up to 1");
}

#[tokio::test]
async fn before_forecasts_and_reports_there_are_no_weights_and_no_live_evidence() {
    for forecasts in [Vec::new(), vec![aws::ForecastRecord { experts: Vec::new(), ..stored_forecast(3) }]] {
        let list = Fixture { forecasts: Some(forecasts), report: None, ..Fixture::whole() }.list().await;
        assert_eq!((&list["weights_at"], &list["experts"], &list["warnings"]), (&Value::Null, &json!([]), &json!([])));
        let versions = list["versions"].as_array().unwrap();
        assert!(versions.len() == 4 && versions.iter().all(|version| version["weight"].is_null()), "{list}");
        assert!(versions.iter().all(|version| version["live"].is_null()), "{list}");
    }
    let none = Fixture { versions: Some(Vec::new()), ..Fixture::whole() }.list().await;
    assert_eq!(none["versions"], json!([]));
}

#[tokio::test]
async fn an_unread_report_is_a_warning_and_an_unread_table_is_503() {
    let list = Fixture { report: Some(b"<html>".to_vec()), ..Fixture::whole() }.list().await;
    assert_eq!(list["warnings"][0]["code"], "track_record_unavailable");
    assert!(list["versions"][0]["live"].is_null() && list["versions"][0]["weight"] == 0.05, "{list}");
    for unread in [Fixture { versions: None, ..Fixture::whole() }, Fixture { forecasts: None, ..Fixture::whole() }] {
        let (status, problem) = unread.ask(PATH).await;
        assert_eq!((status, &problem["type"]), (503, &json!("urn:weathervane:problem:unavailable")), "{problem}");
    }
}

#[test]
fn the_limit_is_a_number_with_a_default() {
    assert_eq!(decode(PATH, &[]).unwrap(), DEFAULT_VERSIONS);
    assert_eq!(decode(PATH, &[("limit", "100")]).unwrap(), MAX_VERSIONS);
    for (name, value) in
        [("limit", "0"), ("limit", "101"), ("limit", "-1"), ("limit", "all"), ("limit", ""), ("from", "1")]
    {
        let problem = decode(PATH, &[(name, value)]).unwrap_err();
        assert_eq!((problem.kind.status(), problem.field.as_deref()), (400, Some(name)), "{value}: {problem:?}");
    }
    assert_eq!(decode(PATH, &[("limit", "1"), ("limit", "2")]).unwrap_err().field.as_deref(), Some("limit"));
    assert_eq!(decode("/v1/series/btc-usd-1d-h1/versions", &[]).unwrap_err().kind.status(), 404);
}

/// Names of the fields of all objects of a value, by schema.
fn fields(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn answer_and_example_have_the_documented_fields() {
    let contract: Value = serde_json::from_str(OPENAPI).unwrap();
    let operation = &contract["paths"]["/v1/series/{series}/versions"]["get"];
    let limit =
        &operation["parameters"].as_array().unwrap().iter().find(|one| one["name"] == "limit").unwrap()["schema"];
    assert_eq!((&limit["maximum"], &limit["default"]), (&json!(MAX_VERSIONS), &json!(DEFAULT_VERSIONS)));
    let example = &operation["responses"]["200"]["content"]["application/json"]["example"];
    let schemas = &contract["components"]["schemas"];
    for list in [&Fixture::whole().list().await, example] {
        let version = &list["versions"][0];
        for (schema, value) in [
            ("VersionList", list),
            ("ExpertWeight", &list["experts"][0]),
            ("VersionEntry", version),
            ("LiveEvidence", &version["live"]),
            ("LivePart", &version["live"]["direction"]),
            ("Edge", &version["edge"]),
        ] {
            assert_eq!(fields(value), fields(&schemas[schema]["properties"]), "{schema}");
        }
        let weight = |items: &Value| -> f64 {
            items.as_array().unwrap().iter().filter_map(|item| item["weight"].as_f64()).sum()
        };
        assert!((weight(&list["experts"]) + weight(&list["versions"]) - 1.0).abs() < 1e-9, "{list}");
    }
}
