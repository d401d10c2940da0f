//! Example of a list of versions.

use super::{SHA256, after_costs, edge, experts};
use serde_json::{Value, json};

/// Champion, a challenger in the shadow and version 1.
pub(in crate::openapi) fn versions() -> Value {
    let weights = experts().into_iter().filter(|expert| !expert["expert"].as_str().is_some_and(is_version));
    let weights: Vec<Value> =
        weights.map(|expert| json!({"expert": expert["expert"], "weight": expert["weight"]})).collect();
    json!({
        "series": "eth-usd-1d-h1",
        "weights_at": "2026-11-02T00:00:00Z",
        "experts": weights,
        "versions": [challenger(), champion(), baseline()],
        "warnings": [],
    })
}

fn is_version(expert: &str) -> bool {
    expert.starts_with("version-")
}

fn challenger() -> Value {
    json!({
        "version": 4,
        "status": "shadow",
        "family": "ensemble",
        "trained_at": "2026-11-01T06:00:00Z",
        "registered_at": "2026-11-01T06:01:02Z",
        "run": "20261101T060000Z-2-refit",
        "sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        "edge": edge(),
        "holdout_log_loss": 0.6929,
        "holdout_brier_skill": -0.0011,
        "reasons": ["refit of version 3 on all settled rows: its live forecasts will decide"],
        "weight": 0.03,
        "live": {
            "champion": 3,
            "from": "2026-11-02T00:00:00Z",
            "through": "2026-12-13T00:00:00Z",
            "direction": {
                "n": 41, "gain_over_champion": 0.0007, "gain_over_climatology": -0.0004, "skill": -0.0006, "e_champion": 1.4,
                "e_climatology": 1.1, "threshold": 400.0, "better": false,
            },
            "distribution": {
                "n": 41, "gain_over_champion": 0.0002, "gain_over_climatology": 0.0004, "skill": 0.0312, "e_champion": 2.3,
                "e_climatology": 8.9, "threshold": 400.0, "better": false,
            },
        },
    })
}

fn champion() -> Value {
    json!({
        "version": 3,
        "status": "champion",
        "family": "logistic",
        "trained_at": "2026-11-01T06:00:00Z",
        "registered_at": "2026-11-01T06:00:58Z",
        "run": "20261101T060000Z-2",
        "sha256": SHA256,
        "edge": edge(),
        "holdout_log_loss": 0.6929,
        "holdout_brier_skill": -0.0011,
        "reasons": ["its distribution is better than the champion's and than climatology's"],
        "weight": 0.09,
        "live": null,
    })
}

/// Climatology, which served first.
fn baseline() -> Value {
    json!({
        "version": 1,
        "status": "retired",
        "family": "climatology",
        "trained_at": "2026-10-25T06:00:00Z",
        "registered_at": "2026-10-25T06:00:01Z",
        "run": "20261025T060000Z-1",
        "sha256": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
        "edge": {"verdict": "none", "brier_skill": 0.0, "brier_skill_ci": null, "n": 0, "after_costs": after_costs()},
        "holdout_log_loss": null,
        "holdout_brier_skill": null,
        "reasons": [],
        "weight": null,
        "live": null,
    })
}
