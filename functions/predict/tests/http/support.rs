//! Fixtures: a synthetic market, a model of it, and a request with its response.

use aws::{ForecastRecord, StoredEvaluation, VersionRecord, VersionStatus};
use contracts::{
    distribution::{DistributionEvidence, Quantiles},
    expert::{Expert, ExpertForecast, mixed_probability},
    forecast::{Edge, Forecast},
};
use features::WINDOW_BARS;
use jiff::Timestamp;
use lambda_http::{
    Response,
    http::{Method, header::CONTENT_TYPE},
};
use market_data::{
    Bar, Interval, Series,
    gaps::{GapState, QualityReport, TrackedGap},
    quality::{QualityFinding, QualityRule},
    window::BarWindow,
};
use model::{Artifact, DistributionPart};
use predict::{
    baseline::StoredExperts,
    champion::ServingModel,
    error::ErrorResponse,
    forecast::forecast,
    request::{PredictRequest, RequestParts},
    response::{ApiResponse, ResponseContext},
    serving_context::ServingContext,
};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const NOW: &str = "2023-11-05T01:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn series() -> Vec<Series> {
    ["eth-usd-1d-h1", "eth-usd-1h-h24"].iter().map(|slug| slug.parse().unwrap()).collect()
}

/// `count` daily bars up to the one that closed last before [`NOW`]; closes swing by a fixed pattern.
pub(crate) fn bars(count: usize) -> Vec<Bar> {
    let last = Interval::Day.last_closed(now());
    let mut open = 1_800.0;
    (0..count)
        .map(|i| {
            let step = f64::from(u32::try_from((i * 7_919) % 41).unwrap()) - 20.0;
            let close = open * (1.0 + step / 1_000.0);
            let back = i64::try_from(count - 1 - i).unwrap();
            let (high, low) = (f64::max(open, close) * 1.01, f64::min(open, close) * 0.99);
            let bar = Bar { time: Interval::Day.step(last, -back), open, high, low, close, volume: 1_000.0 + step };
            open = close;
            bar
        })
        .collect()
}

pub(crate) fn window(count: usize, source: &str) -> Arc<BarWindow> {
    let symbol = "ETH-USD".parse().unwrap();
    let interval = Interval::Day;
    Arc::new(BarWindow {
        symbol,
        interval,
        source: source.to_owned(),
        updated_at: now(),
        replayed: false,
        bars: bars(count),
        doubtful: Vec::new(),
    })
}

/// Quality report of daily bars: `gaps` gaps of two days, of which the newest and every third before it is open,
/// and `findings` findings, one a day.
pub(crate) fn quality_report(gaps: i64, findings: i64) -> QualityReport {
    let last = Interval::Day.last_closed(now());
    let before = |days: i64| Interval::Day.step(last, -days);
    let gap = |age: i64| TrackedGap {
        from: before(10 * age + 3),
        to: before(10 * age + 2),
        bars: 2,
        state: if age % 3 == 0 { GapState::Open } else { GapState::Outage },
        first_seen: now(),
        tried_at: now(),
        tries: 1,
    };
    let finding = |age: i64| QualityFinding {
        rule: QualityRule::ZeroVolume,
        time: before(age),
        source: "kraken".to_owned(),
        detail: "nothing was traded".to_owned(),
    };
    QualityReport {
        symbol: "ETH-USD".parse().unwrap(),
        interval: Interval::Day,
        updated_at: now(),
        last_source: "coinbase".to_owned(),
        gaps: (0..gaps).rev().map(gap).collect(),
        findings: (0..findings).rev().map(finding).collect(),
    }
}

pub(crate) fn artifact() -> Artifact {
    let at = |text: &str| text.parse().unwrap();
    let (trained, through) = (at("2023-11-01T06:00:00Z"), at("2023-05-01T00:00:00Z"));
    let distribution = Some(DistributionPart {
        run: "20231101T060000Z-1".to_owned(),
        trained_through: through,
        evidence: DistributionEvidence::NONE,
        climatology: climatology(),
        model: None,
    });
    let climatology = Artifact::climatology(series()[0].clone(), 0.53, trained, through, "20231101T060000Z-1");
    Artifact { distribution, ..climatology }
}

/// Distribution of the moves of the synthetic market.
pub(crate) fn climatology() -> Quantiles {
    let mut moves: Vec<f64> = bars(WINDOW_BARS).windows(2).map(|pair| (pair[1].close / pair[0].close).ln()).collect();
    moves.sort_by(f64::total_cmp);
    Quantiles::from_ascending(&moves).unwrap()
}

/// Registered version with this artifact.
pub(crate) fn record(version: u32, artifact: &Artifact) -> VersionRecord {
    VersionRecord {
        series: artifact.series.clone(),
        version,
        run: artifact.run.clone(),
        family: artifact.family().to_string(),
        artifact_key: format!("models/eth-usd-1d-h1/{version}/model.wvm"),
        drift_key: None,
        sha256: Artifact::sha256(&artifact.to_bytes().unwrap()),
        format: model::FORMAT_VERSION,
        trained_at: artifact.trained_at,
        registered_at: artifact.trained_at,
        status: VersionStatus::Champion,
        edge: Edge::NONE,
        base_rate: artifact.base_rate,
        evaluation: StoredEvaluation::default(),
        verdict: None,
        judged_against: None,
        live_alpha: None,
        stored_at: None,
    }
}

pub(crate) fn champion() -> ServingModel {
    let artifact = artifact();
    ServingModel::from_verified_bytes(record(3, &artifact), Some(&artifact.to_bytes().unwrap())).unwrap()
}

/// Mixture that was stored for the newest bar while this version served. The challenger 9 has a distribution.
pub(crate) fn stored_forecast(version: u32) -> ForecastRecord {
    let expert = |expert, weight, probability_up| ExpertForecast { expert, weight, probability_up, quantiles: None };
    let mut forecast = get_forecast(&healthy_context());
    forecast.model.version = version;
    let experts = vec![
        expert(Expert::Climatology, 0.6, 0.52),
        expert(Expert::LastBar, 0.1, 0.49),
        expert(Expert::Version(version), 0.25, 0.58),
        ExpertForecast { quantiles: Some(climatology()), ..expert(Expert::Version(9), 0.05, 0.47) },
    ];
    forecast.probability_up = mixed_probability(&experts);
    ForecastRecord { experts, ..ForecastRecord::open(forecast, now()) }
}

/// Healthy context with the mixture that was stored while this version served.
pub(crate) fn mixed_context(version: u32) -> ServingContext {
    let experts = Some(Arc::new(StoredExperts::from(&stored_forecast(version))));
    ServingContext { experts, ..healthy_context() }
}

pub(crate) fn healthy_context() -> ServingContext {
    ServingContext {
        champion: Some(champion()),
        window: Some(window(WINDOW_BARS, "coinbase")),
        ..ServingContext::default()
    }
}

/// Parts of a response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Value,
    pub(crate) allow: Option<String>,
}

/// Response to a request for `target`, a path with or without a query.
pub(crate) fn ask(method: &Method, target: &str, body: &[u8], context: &ServingContext) -> Answer {
    ask_as(None, method, target, body, context)
}

/// Response to a request with a content type.
pub(crate) fn ask_as(
    content_type: Option<&str>,
    method: &Method,
    target: &str,
    body: &[u8],
    context: &ServingContext,
) -> Answer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let parts = RequestParts { method, path, query: &query, content_type, content_encoding: None, body };
    let result = match PredictRequest::decode(&parts, &series(), now()) {
        Ok(PredictRequest::Forecast { series, bars, detail }) => {
            let result = forecast(&series, context, bars.as_ref(), detail, now());
            result.and_then(|answer| ApiResponse::json(&answer)).map_err(ErrorResponse::from)
        }
        Ok(other) => panic!("{method} {path} is {other:?}"),
        Err(error) => Err(error),
    };
    let response_context = ResponseContext { request_id: Some("id-1"), ..ResponseContext::default() };
    let response = result
        .unwrap_or_else(|error| ApiResponse::error(&error, response_context.request_id))
        .respond(&response_context);
    assert_eq!(response.headers()["x-request-id"], "id-1");
    assert_eq!(response.headers()["cache-control"], "no-store");
    received(&response)
}

fn received(response: &Response<lambda_http::Body>) -> Answer {
    Answer {
        status: response.status().as_u16(),
        content_type: response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned(),
        body: serde_json::from_slice(response.body().as_ref()).unwrap(),
        allow: response.headers().get("allow").map(|value| value.to_str().unwrap().to_owned()),
    }
}

pub(crate) fn get_forecast(context: &ServingContext) -> Forecast {
    let answer = ask(&Method::GET, "/v1/series/eth-usd-1d-h1/forecast", b"", context);
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json"), "{}", answer.body);
    serde_json::from_value(answer.body).unwrap()
}

pub(crate) fn body_of(bars: &[Bar]) -> Value {
    json!({ "bars": bars })
}
