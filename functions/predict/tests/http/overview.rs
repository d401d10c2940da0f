//! `GET /v1/series` through the handler, with mocked SDK clients.

use crate::support::{quality_report, series, window};
use aws::{AlertLog, ForecastStore, ModelRegistry, ObjectStore, RunStore, keys};
use aws_sdk_dynamodb::operation::{get_item::GetItemOutput, query::QueryOutput};
use aws_sdk_s3::{
    operation::get_object::{GetObjectError, GetObjectOutput},
    primitives::ByteStream,
    types::error::NoSuchKey,
};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use contracts::distribution::OddsConfig;
use features::WINDOW_BARS;
use market_data::{
    Interval,
    gaps::{QualityReport, TrackedGap},
};
use predict::{
    PredictService,
    handler::{HttpRequest, respond},
    stores::Stores,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Bucket in memory that records the keys of reads.
#[derive(Default)]
pub(crate) struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    reads: Arc<Mutex<Vec<String>>>,
}

impl Bucket {
    /// Bucket with the window of daily bars and, where given, this object as their quality report.
    pub(crate) fn with_quality_report(report: Option<Vec<u8>>) -> Self {
        let symbol = "ETH-USD".parse().unwrap();
        let window = serde_json::to_vec(&*window(WINDOW_BARS, "coinbase")).unwrap();
        let mut objects = BTreeMap::from([(keys::bar_window(&symbol, Interval::Day), window)]);
        objects.extend(report.map(|report| (keys::quality(&symbol, Interval::Day), report)));
        Self { objects, ..Self::default() }
    }

    fn storage(&self) -> ObjectStore {
        use aws_sdk_s3::Client;
        let (objects, reads) = (self.objects.clone(), Arc::clone(&self.reads));
        let get = mock!(Client::get_object).then_compute_response(move |input| {
            let key = input.key().unwrap_or_default();
            reads.lock().unwrap().push(key.to_owned());
            match objects.get(key) {
                Some(bytes) => {
                    MockResponse::Output(GetObjectOutput::builder().body(ByteStream::from(bytes.clone())).build())
                }
                None => MockResponse::Error(GetObjectError::NoSuchKey(NoSuchKey::builder().build())),
            }
        });
        ObjectStore::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get]), "bucket")
    }

    /// Service with this bucket and without any model.
    pub(crate) fn service(&self) -> PredictService {
        let tables = empty_tables();
        let stores = Stores {
            registry: ModelRegistry::new(tables.clone(), "registry"),
            storage: self.storage(),
            runs: RunStore::new(tables.clone(), "runs"),
            alerts: AlertLog::new(tables.clone(), "forecasts"),
            forecasts: ForecastStore::new(tables, "forecasts"),
        };
        PredictService::with_stores(stores, series(), BTreeMap::new(), OddsConfig::default())
    }

    /// Number of reads of objects below `prefix`.
    fn reads(&self, prefix: &str) -> usize {
        self.reads.lock().unwrap().iter().filter(|key| key.starts_with(prefix)).count()
    }
}

fn empty_tables() -> aws_sdk_dynamodb::Client {
    use aws_sdk_dynamodb::Client;
    let get = mock!(Client::get_item).then_output(|| GetItemOutput::builder().build());
    let query = mock!(Client::query).then_output(|| QueryOutput::builder().set_items(Some(Vec::new())).build());
    mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&get, &query])
}

async fn get(service: &PredictService, path: &str) -> Value {
    let request = HttpRequest { path: path.to_owned(), ..HttpRequest::default() };
    let response = respond(service, &request, None).await;
    let body: Value = serde_json::from_slice(response.body().as_ref()).unwrap();
    assert_eq!(response.status().as_u16(), 200, "{body}");
    body
}

#[tokio::test]
async fn gaps_outages_and_flags_are_part_of_the_data() {
    let stored = quality_report(7, 12);
    let overview = get(&Bucket::with_quality_report(serde_json::to_vec(&stored).ok()).service(), "/v1/series").await;
    let daily = &overview["series"][0];
    // The service asks the clock, and these bars ended in 2023.
    let codes: Vec<&Value> = daily["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert_eq!((&daily["series"], codes), (&json!("eth-usd-1d-h1"), vec![&json!("expired")]));
    assert_eq!(daily["data"]["source"], "coinbase");

    let quality = &daily["data"]["quality"];
    let numbers = ["open_gaps", "open_gap_bars", "outages", "outage_bars"].map(|name| quality[name].as_i64().unwrap());
    assert_eq!(numbers, [3, 6, 4, 8]);
    assert_eq!(quality["updated_at"], "2023-11-05T01:00:00Z");

    let newest = json!({"from": "2023-11-01T00:00:00Z", "to": "2023-11-02T00:00:00Z", "bars": 2, "state": "open"});
    assert_eq!(quality["latest_gaps"][0], newest);
    let states: Vec<&str> =
        quality["latest_gaps"].as_array().unwrap().iter().map(|gap| gap["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["open", "open", "open", "outage", "outage"], "open gaps come first");

    let flags = quality["flags"].as_array().unwrap();
    let times: Vec<&str> = flags.iter().map(|flag| flag["time"].as_str().unwrap()).collect();
    assert_eq!((times.len(), times[0], times[9]), (10, "2023-11-04T00:00:00Z", "2023-10-26T00:00:00Z"));
    assert_eq!(
        flags[0],
        json!({
            "rule": "zero_volume",
            "time": "2023-11-04T00:00:00Z",
            "source": "kraken",
            "detail": "nothing was traded",
        })
    );
}

#[tokio::test]
async fn a_missing_or_broken_quality_report_is_null_with_warning() {
    let other = QualityReport { symbol: "BTC-USD".parse().unwrap(), ..quality_report(1, 1) };
    let cases = [
        ("missing", None, "there is no record"),
        ("not JSON", Some(b"<html>".to_vec()), "could not be read"),
        ("cut off", Some(b"{\"symbol\":\"ETH-USD\"".to_vec()), "could not be read"),
        ("of another market", serde_json::to_vec(&other).ok(), "could not be read"),
    ];
    for (case, object, warning) in cases {
        let overview = get(&Bucket::with_quality_report(object).service(), "/v1/series").await;
        let daily = &overview["series"][0];
        assert_eq!(daily["data"].get("quality"), Some(&Value::Null), "{case}");
        let warnings = daily["warnings"].as_array().unwrap();
        assert_eq!((warnings.len(), &warnings[1]["code"]), (2, &json!("expired")), "{case}: {warnings:?}");
        assert!(warnings[0]["message"].as_str().unwrap().contains(warning), "{case}: {warnings:?}");
    }
}

#[tokio::test]
async fn overflowing_counts_are_saturated() {
    let mut absurd = quality_report(2, 0);
    absurd.gaps = absurd.gaps.into_iter().map(|gap| TrackedGap { bars: i64::MAX, ..gap }).collect();
    absurd.gaps.extend(absurd.gaps.clone());
    let overview = get(&Bucket::with_quality_report(serde_json::to_vec(&absurd).ok()).service(), "/v1/series").await;
    assert_eq!(overview["series"][0]["data"]["quality"]["outage_bars"], i64::MAX);
}

#[tokio::test]
async fn the_quality_report_is_cached_and_delays_no_forecast() {
    let bucket = Bucket::with_quality_report(serde_json::to_vec(&quality_report(1, 1)).ok());
    let service = bucket.service();
    let forecast = get(&service, "/v1/series/eth-usd-1d-h1/forecast").await;
    assert!(forecast["data"].get("quality").is_none(), "{forecast}");
    assert_eq!(bucket.reads("quality/"), 0);
    for _ in 0..2 {
        get(&service, "/v1/series").await;
    }
    assert_eq!(bucket.reads("quality/ETH-USD/1d.json"), 1);
}
