//! Artifacts that differ from the registered ones never serve.

use crate::support::{artifact, champion, get_forecast, healthy_context, record, window};
use contracts::{Warning, WarningCode};
use market_data::window::BarWindow;
use model::Artifact;
use predict::{champion::ServingModel, serving_context::ServingContext, window};

#[test]
fn a_wrong_artifact_is_rejected_with_its_reason() {
    let good = artifact();
    let bytes = good.to_bytes().unwrap();
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut format = bytes.clone();
    format[4] ^= 0x7f;
    let rehashed = |bytes: &[u8]| {
        let mut record = record(3, &good);
        record.sha256 = Artifact::sha256(bytes);
        record
    };
    let mut other = artifact();
    other.series = "eth-usd-1d-h7".parse().unwrap();
    let cases = [
        ("missing", record(3, &good), None, "there is no object models/eth-usd-1d-h1/3/model.wvm"),
        ("tampered", record(3, &good), Some(flipped), "was registered"),
        ("empty", record(3, &good), Some(Vec::new()), "was registered"),
        ("other format", rehashed(&format), Some(format.clone()), "format"),
        ("no artifact", rehashed(b"<html>"), Some(b"<html>".to_vec()), "not a model artifact"),
        ("other series", rehashed(&other.to_bytes().unwrap()), Some(other.to_bytes().unwrap()), "eth-usd-1d-h7"),
    ];
    for (case, record, bytes, reason) in cases {
        let refusal = ServingModel::from_verified_bytes(record, bytes.as_deref()).unwrap_err();
        assert!(refusal.reason.contains(reason), "{case}: {refusal}");
    }
}

#[test]
fn a_fallback_is_named_in_a_warning() {
    let fallback = champion().as_fallback("model version 4 of eth-usd-1d-h1 was refused: wrong hash");
    let forecast = get_forecast(&ServingContext { champion: Some(fallback), ..healthy_context() });
    assert_eq!(forecast.model.version, 3);
    assert_eq!(
        forecast.warnings,
        [Warning::new(
            WarningCode::ModelReplaced,
            "model version 4 of eth-usd-1d-h1 was refused: wrong hash; version 3 serves instead"
        )]
    );

    let base_rate = ServingModel::base_rate_of(record(4, &artifact()), "model version 4 was refused");
    let forecast = get_forecast(&ServingContext { champion: Some(base_rate), ..healthy_context() });
    assert!((forecast.probability_up - 0.53).abs() < 1e-12);
    assert!(forecast.interval[1] - forecast.interval[0] > 0.05, "a base rate is no certainty: {:?}", forecast.interval);
    assert_eq!(forecast.warnings.len(), 1, "{:?}", forecast.warnings);
}

#[test]
fn a_corrupt_window_is_rejected() {
    let good = window(100, "coinbase");
    let read = |window: &BarWindow| window::read(&serde_json::to_vec(window).unwrap(), &good.symbol, good.interval);
    assert_eq!(read(&good).unwrap(), *good);
    let mut empty = (*good).clone();
    empty.bars.clear();
    let mut unordered = (*good).clone();
    unordered.bars.swap(1, 2);
    let mut negative = (*good).clone();
    negative.bars[3].close = -1.0;
    let mut other = (*good).clone();
    other.symbol = "BTC-USD".parse().unwrap();
    for bad in [empty, unordered, negative, other] {
        assert!(read(&bad).is_err());
    }
    for bytes in [&b""[..], b"{}", b"<html>", b"{\"symbol\":\"ETH-USD\""] {
        assert!(window::read(bytes, &good.symbol, good.interval).is_err());
    }
}
