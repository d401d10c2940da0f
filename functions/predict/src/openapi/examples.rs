//! Examples of requests and answers. Tests decode them as values of the types.

mod versions;

pub(super) use versions::versions;

use crate::bars::MIN_BARS;
use contracts::distribution::{
    Coverage, Distribution, DistributionBasis, DistributionEvidence, LEVEL_COUNT, OddsSizes, Quantiles, SkillVerdict,
    StoredDistribution,
};
use jiff::{Span, civil::Date};
use market_data::Series;
use serde_json::{Value, json};

/// SHA-256 of the champion's artifact.
const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Forecast without an edge.
pub(super) fn forecast() -> Value {
    json!({
        "series": "eth-usd-1d-h1",
        "decision_time": "2026-11-02T00:00:00Z",
        "target_time": "2026-11-03T00:00:00Z",
        "expires_at": "2026-11-03T00:00:00Z",
        "probability_up": 0.5142,
        "status": "ok",
        "direction": "abstain",
        "interval": [
            0.4631,
            0.5653
        ],
        "edge": edge(),
        "baseline_probability": 0.5173,
        "experts": experts(),
        "distribution": distribution(),
        "novelty": {"score": 0.0, "threshold": 0.031},
        "model": {
            "version": 3,
            "trained_at": "2026-11-01T06:00:00Z",
            "sha256": SHA256
        },
        "data": {
            "last_bar": "2026-11-01T00:00:00Z",
            "age_seconds": 5400,
            "source": "coinbase"
        },
        "warnings": []
    })
}

/// Edge that is not shown.
fn edge() -> Value {
    json!({
        "verdict": "none", "brier_skill": -0.0011, "brier_skill_ci": [-0.0093, 0.0068], "n": 730,
        "after_costs": after_costs(),
    })
}

/// Experts of the forecast: its probability is their weighted mean. Version 3 serves, version 4 is a challenger.
fn experts() -> Vec<Value> {
    let expert = |(expert, weight, probability_up): (&str, f64, f64)| json!({"expert": expert, "weight": weight, "probability_up": probability_up});
    [
        ("climatology", 0.72, 0.5173),
        ("last_bar", 0.04, 0.5081),
        ("last_two_bars", 0.04, 0.5043),
        ("last_move", 0.04, 0.5081),
        ("calendar", 0.04, 0.521),
        ("version-3", 0.09, 0.4984),
        ("version-4", 0.03, 0.5075),
    ]
    .map(expert)
    .into()
}

/// Returns of a model that named no direction on its hold-out.
fn after_costs() -> Value {
    json!({
        "verdict": "not_tradable", "annual_return": null, "annual_return_ci": null, "sharpe": null, "sharpe_ci": null,
        "fee": 0.001, "slippage": 0.0005,
    })
}

/// Log returns of a day of ETH at the levels.
const LOG_RETURNS: [f64; LEVEL_COUNT] = [
    -0.0975, -0.0722, -0.0538, -0.0362, -0.0262, -0.0191, -0.0137, -0.0093, -0.0059, -0.0031, -0.0009, 0.0009, 0.0031,
    0.006, 0.0092, 0.013, 0.0176, 0.023, 0.0289, 0.0369, 0.0551, 0.0729, 0.0958,
];

/// Distribution with evidence.
fn distribution() -> Option<Value> {
    let series: Series = "eth-usd-1d-h1".parse().ok()?;
    let quantiles = Quantiles::new(LOG_RETURNS).ok()?;
    let evidence = DistributionEvidence {
        verdict: SkillVerdict::Shown,
        crps_skill: 0.0219,
        crps_skill_ci: Some([0.0112, 0.0331]),
        n: 730,
        coverage_80: Some(Coverage { share: 0.8068, n: 730 }),
    };
    let stored = StoredDistribution {
        basis: DistributionBasis::Model,
        close: 3_842.5,
        quantiles: quantiles.with_probability_up(0.5142),
        baseline: quantiles,
        evidence,
    };
    let mut distribution = json!(Distribution::new(&series, &stored, &OddsSizes::for_series(&series)));
    round(&mut distribution);
    Some(distribution)
}

/// Rounds numbers to six decimals.
fn round(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(round),
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Number(number) if number.is_f64() => {
            *value = json!((number.as_f64().unwrap_or_default() * 1e6).round() / 1e6 + 0.0);
        }
        _ => {}
    }
}

/// Forecast from bars of the caller.
pub(super) fn forecast_from_bars() -> Value {
    let mut forecast = forecast();
    forecast["data"]["source"] = json!("caller");
    if let Some(fields) = forecast.as_object_mut() {
        fields.remove("experts");
    }
    forecast
}

/// Minimum number of bars of a caller.
pub(super) fn bars() -> Value {
    let bar = |(index, date): (usize, Date)| {
        let price =
            |step: usize| 1_800.0 + 5.0 * f64::from(u16::try_from((index + step) * 37 % 41).unwrap_or_default());
        let (open, close) = (price(0), price(1));
        json!({
            "time": format!("{date}T00:00:00Z"), "open": open, "high": open.max(close) + 2.5, "low": open.min(close) - 2.5,
            "close": close, "volume": 60_000.0 + price(2),
        })
    };
    json!({ "bars": days().enumerate().map(bar).collect::<Vec<_>>() })
}

fn days() -> impl Iterator<Item = Date> {
    Date::constant(2023, 7, 6).series(Span::new().days(1)).take(MIN_BARS)
}

/// Two bars in the form in which MLflow's client sends a data frame.
pub(super) fn split() -> Value {
    json!({"dataframe_split": {
        "columns": ["timestamp", "open", "high", "low", "close", "volume"],
        "index": [0, 1],
        "data": [
            ["2023-11-03T00:00:00Z", 1800.0, 1850.5, 1790.0, 1835.25, 62000.5],
            ["2023-11-04T00:00:00Z", 1835.25, 1840.0, 1795.0, 1801.0, 58000.0],
        ],
    }})
}

/// One bar, as a record.
pub(super) fn records() -> Value {
    json!({"dataframe_records": [
        {"time": "2023-11-04T00:00:00Z", "open": 1835.25, "high": 1840.0, "low": 1795.0, "close": 1801.0, "volume": 58000.0},
    ]})
}

/// Two bars, as columns.
pub(super) fn columns() -> Value {
    json!({"inputs": {
        "time": [1_698_969_600, 1_699_056_000],
        "open": [1800.0, 1835.25], "high": [1850.5, 1840.0], "low": [1790.0, 1795.0], "close": [1835.25, 1801.0],
        "volume": [62000.5, 58000.0],
    }})
}

/// Two bars, as CSV.
pub(super) const CSV: &str = "timestamp,open,high,low,close,volume\n2023-11-03,1800,1850.5,1790,1835.25,62000.5\n\
                              2023-11-04,1835.25,1840,1795,1801,58000\n";

/// Predictions of two bars; the first one is within the warm-up.
pub(super) fn predictions() -> Value {
    json!({
        "predictions": [null, 0.5142],
        "row_warnings": [
            {"code": "too_few_bars", "message": "120 bars in a row up to this one, the features need 121"},
            null,
        ],
    })
}

/// Two bars with a request for their quantiles.
pub(super) fn quantiles_request() -> Value {
    let mut request = split();
    request["params"] = json!({"output": "quantiles", "levels": [0.1, 0.5, 0.9]});
    request
}

/// Quantiles of two bars; the first one is within the warm-up.
pub(super) fn quantiles() -> Value {
    let mut answer = predictions();
    answer["predictions"] = json!([null, [-0.036_218, 0.000_947, 0.036_935]]);
    answer
}

/// Odds of two bars; the first one is within the warm-up.
pub(super) fn odds() -> Value {
    let mut answer = predictions();
    answer["predictions"] = json!([null, [
        {"size": 0.03, "up": 0.1389, "down": 0.1377, "either": 0.2766},
        {"size": 0.05, "up": 0.0514, "down": 0.0554, "either": 0.1068},
    ]]);
    answer
}

/// Page with one settled forecast.
pub(super) fn history() -> Value {
    let mut past = forecast();
    past["made_at"] = json!("2026-11-02T00:07:10Z");
    past["stored_at"] = json!("2026-11-02T00:07:10Z");
    past["replayed"] = json!(false);
    past["outcome"] = json!("up");
    past["settled_at"] = json!("2026-11-03T00:07:09Z");
    past["settled_move"] = json!(0.0131);
    past["distribution_scores"] =
        json!({"crps": 0.0091, "baseline_crps": 0.0098, "pit": 0.701, "in_band": [true, true, true]});
    json!({
        "series": "eth-usd-1d-h1",
        "from": "2026-10-01T00:00:00Z",
        "to": "2026-11-03T00:00:00Z",
        "forecasts": [past],
        "next": "/v1/series/eth-usd-1d-h1/forecasts?cursor=000000006906a1010000000069080300000001"
    })
}

/// Readiness of a series whose forecast has expired.
pub(super) fn not_ready() -> Value {
    json!({"ready": false, "series": [{
        "series": "eth-usd-1d-h1", "ready": false, "champion": 3,
        "reasons": [{"code": "expired", "message": "expired at 2026-11-03T00:00:00Z: the bar that closed then is missing, so no direction is named"}]
    }]})
}

/// Status of one series.
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
                    "sha256": SHA256,
                    "edge": edge()
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
