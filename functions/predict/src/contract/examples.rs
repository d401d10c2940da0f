//! Examples of answers. Tests read them as values of the types.

use serde_json::{Value, json};

/// A forecast without an edge.
pub(super) fn forecast() -> Value {
    json!({
        "series": "eth-usd-1d-h1",
        "decision_time": "2026-11-02T00:00:00Z",
        "target_time": "2026-11-03T00:00:00Z",
        "expires_at": "2026-11-03T00:00:00Z",
        "probability_up": 0.5142,
        "direction": "abstain",
        "interval": [
            0.4631,
            0.5653
        ],
        "edge": {
            "verdict": "none",
            "brier_skill": -0.0011,
            "brier_skill_ci": [
                -0.0093,
                0.0068
            ],
            "n": 730
        },
        "baseline_probability": 0.5173,
        "model": {
            "version": 3,
            "trained_at": "2026-11-01T06:00:00Z",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        },
        "data": {
            "last_bar": "2026-11-01T00:00:00Z",
            "age_seconds": 5400,
            "source": "coinbase"
        },
        "warnings": []
    })
}

/// The same for bars of the caller.
pub(super) fn forecast_from_bars() -> Value {
    let mut forecast = forecast();
    forecast["data"]["source"] = json!("caller");
    forecast
}

/// A bar of the caller.
pub(super) fn bars() -> Value {
    json!({"bars": [
        {"time": "2023-01-01T00:00:00Z", "open": 1196.1, "high": 1203.5, "low": 1191.3, "close": 1200.0, "volume": 62000.5}
    ]})
}

/// A page with one settled forecast.
pub(super) fn history() -> Value {
    let mut past = forecast();
    past["made_at"] = json!("2026-11-02T00:07:10Z");
    past["stored_at"] = json!("2026-11-02T00:07:10Z");
    past["replayed"] = json!(false);
    past["outcome"] = json!("up");
    past["settled_at"] = json!("2026-11-03T00:07:09Z");
    json!({
        "series": "eth-usd-1d-h1",
        "from": "2026-10-01T00:00:00Z",
        "to": "2026-11-03T00:00:00Z",
        "forecasts": [past],
        "next": "/v1/series/eth-usd-1d-h1/forecasts?cursor=000000006906a1010000000069080300000001"
    })
}

/// A series without fresh bars.
pub(super) fn not_ready() -> Value {
    json!({"ready": false, "series": [{
        "series": "eth-usd-1d-h1", "ready": false, "champion": 3,
        "reasons": [{"code": "stale_data", "message": "the last bar closed at 2026-10-29T00:00:00Z"}]
    }]})
}

/// One series.
pub(super) fn overview() -> Value {
    json!({
        "series": [
            {
                "series": "eth-usd-1d-h1",
                "symbol": "ETH-USD",
                "interval": "1d",
                "horizon": 1,
                "champion": {
                    "version": 3,
                    "family": "logistic",
                    "trained_at": "2026-11-01T06:00:00Z",
                    "age_seconds": 77400,
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "edge": {
                        "verdict": "none",
                        "brier_skill": -0.0011,
                        "brier_skill_ci": [
                            -0.0093,
                            0.0068
                        ],
                        "n": 730
                    }
                },
                "data": {
                    "last_bar": "2026-11-01T00:00:00Z",
                    "age_seconds": 5400,
                    "source": "coinbase",
                    "quality": {
                        "updated_at": "2026-11-02T00:07:09Z",
                        "open_gaps": 1,
                        "open_gap_bars": 1,
                        "outages": 1,
                        "outage_bars": 2,
                        "latest_gaps": [
                            {
                                "from": "2026-10-30T00:00:00Z",
                                "to": "2026-10-30T00:00:00Z",
                                "bars": 1,
                                "state": "open"
                            },
                            {
                                "from": "2026-03-14T00:00:00Z",
                                "to": "2026-03-15T00:00:00Z",
                                "bars": 2,
                                "state": "outage"
                            }
                        ],
                        "flags": [
                            {
                                "rule": "zero_volume",
                                "time": "2026-10-12T00:00:00Z",
                                "source": "kraken",
                                "detail": "nothing was traded"
                            }
                        ]
                    }
                },
                "stale": false,
                "realised": null,
                "training_schedule": "cron(0 6 ? * SUN *)",
                "warnings": []
            }
        ]
    })
}
