//! An artifact that is not what was registered never serves.

use crate::support::{artifact, champion, get_forecast, record, situation, window};
use contracts::{Warning, WarningCode};
use market_data::window::BarWindow;
use model::Artifact;
use predict::{champion::ServingModel, forecast::ServingContext, window};

#[test]
fn wrong_bytes_hash_format_or_series_are_refused_with_the_reason() {
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
fn who_stands_in_is_named_and_warned_of() {
    let stand_in = champion().as_fallback("model version 4 of eth-usd-1d-h1 was refused: wrong hash");
    let forecast = get_forecast(&ServingContext { champion: Some(stand_in), ..situation() });
    assert_eq!(forecast.model.version, 3);
    assert_eq!(
        forecast.warnings,
        [Warning::new(
            WarningCode::ModelReplaced,
            "model version 4 of eth-usd-1d-h1 was refused: wrong hash; version 3 serves instead"
        )]
    );

    let base_rate = ServingModel::base_rate_of(record(4, &artifact()), "model version 4 was refused");
    let forecast = get_forecast(&ServingContext { champion: Some(base_rate), ..situation() });
    assert!((forecast.probability_up - 0.53).abs() < 1e-12);
    assert!(forecast.interval[1] - forecast.interval[0] > 0.05, "a base rate is no certainty: {:?}", forecast.interval);
    assert_eq!(forecast.warnings.len(), 1, "{:?}", forecast.warnings);
}

#[test]
fn a_corrupt_window_is_refused() {
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
