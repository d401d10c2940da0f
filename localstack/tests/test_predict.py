"""Tests of predict through API Gateway: forecasts, and problem JSON for bad requests."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from localstack.system import DAILY, SYMBOL, Json, System
from localstack.tests.functions import restart

FORECAST = {
    "series",
    "decision_time",
    "target_time",
    "expires_at",
    "probability_up",
    "status",
    "direction",
    "interval",
    "edge",
    "baseline_probability",
    "distribution",
    "experts",
    "novelty",
    "model",
    "data",
    "warnings",
}


def test_the_current_forecast_has_its_evidence(system: System, scored: Json) -> None:
    status, headers, forecast = system.api("GET", f"/v1/series/{DAILY}/forecast")
    assert status == 200, forecast
    assert set(forecast) == FORECAST
    assert (forecast["status"], forecast["direction"]) == ("ok", "abstain"), forecast["warnings"]
    assert forecast["edge"]["verdict"] in ("none", "weak")
    assert forecast["edge"]["after_costs"]["verdict"] in ("not_tradable", "unknown")
    assert 0 < forecast["probability_up"] < 1
    moves = forecast["distribution"]["quantiles"]["log_returns"]
    assert moves == sorted(moves) and moves[0] < 0 < moves[-1]
    assert headers["content-type"].startswith("application/json")


def test_forecast_and_stored_forecast_agree(system: System, scored: Json) -> None:
    _, _, live = system.api("GET", f"/v1/series/{DAILY}/forecast")
    at = live["decision_time"]
    _, _, page = system.api("GET", f"/v1/series/{DAILY}/forecasts?from={at}&to={at}")
    stored = page["forecasts"][0]
    assert math.isclose(stored["probability_up"], live["probability_up"], rel_tol=1e-9)
    assert [stored[name] for name in ("status", "direction")] == [live[name] for name in ("status", "direction")]


def test_bars_of_the_caller_give_the_forecast_of_the_champion(system: System, scored: Json) -> None:
    window = json.loads(system.object(f"window/{SYMBOL}/1d.json"))
    _, _, live = system.api("GET", f"/v1/series/{DAILY}/forecast")
    for path in (f"/v1/series/{DAILY}/forecast", "/predict"):
        status, _, own = system.api("POST", path, {"bars": window["bars"]})
        assert status == 200, own
        champion = f"version-{live['model']['version']}"
        alone = next(expert for expert in live["experts"] if expert["expert"] == champion)
        assert math.isclose(own["probability_up"], alone["probability_up"], rel_tol=1e-9)
        assert own["data"]["source"] == "caller"


def test_series_health_and_contract_are_served(system: System, scored: Json) -> None:
    status, _, overview = system.api("GET", "/v1/series")
    assert status == 200
    assert {entry["series"] for entry in overview["series"]} == set(system.outputs["series"])
    assert system.api("GET", "/health")[0] == 200
    status, _, contract = system.api("GET", "/openapi.json")
    assert status == 200 and contract["openapi"].startswith("3.1")


def bars_with(system: System, change: Callable[[list[Json]], Any]) -> Json:
    bars = json.loads(system.object(f"window/{SYMBOL}/1d.json"))["bars"]
    change(bars)
    return {"bars": bars}


BAD_BARS = {
    "too few": (lambda bars: bars.__delitem__(slice(3, None)), "bars"),
    "unordered": (lambda bars: bars.reverse(), "time"),
    "duplicate": (lambda bars: bars.insert(4, bars[4]), "time"),
    "null": (lambda bars: bars[5].update(close=None), "close"),
    "negative": (lambda bars: bars[5].update(low=-1.0), "low"),
    "high below low": (lambda bars: bars[5].update(high=bars[5]["low"] / 2), "high"),
    "text": (lambda bars: bars[5].update(volume="many"), "volume"),
}


@pytest.mark.parametrize("name", BAD_BARS)
def test_bad_bars_are_422_and_name_the_field(system: System, scored: Json, name: str) -> None:
    change, fieldname = BAD_BARS[name]
    status, headers, problem = system.api("POST", f"/v1/series/{DAILY}/forecast", bars_with(system, change))
    assert status == 422, problem
    assert headers["content-type"].startswith("application/problem+json")
    assert problem["field"] == fieldname
    if name != "too few":
        assert problem["bar"] == (1 if name == "unordered" else 5), problem
    assert headers["x-request-id"] == problem["request_id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/predict", b"not json", 400),
        ("POST", "/predict", b'{"bars": [NaN]}', 400),
        ("GET", "/v1/series/eth-usd-1d-h2/forecast", None, 404),
        ("GET", "/v1/series/..%2f..%2fetc/forecast", None, 404),
        ("GET", "/nothing", None, 404),
        ("GET", f"/v1/series/{DAILY}/forecasts?from=yesterday", None, 400),
        ("POST", "/predict", b'{"bars": [' + b" " * 1_100_000 + b"]}", 413),
    ],
)
def test_bad_requests_are_problem_json(
    system: System, scored: Json, method: str, path: str, body: Any, status: int
) -> None:
    answered, headers, problem = system.api(method, path, body)
    assert answered == status, problem
    assert headers["content-type"].startswith("application/problem+json")
    assert problem["type"].startswith("urn:weathervane:problem:")
    assert problem["status"] == status


def test_a_corrupt_model_is_rejected_and_predict_abstains(system: System, trained: Json, scored: Json) -> None:
    champion = next(v for v in system.versions(DAILY) if v["version"] == trained["champion"])
    bucket, s3, key = system.outputs["bucket"], system.client("s3"), champion["artifact_key"]
    good = system.object(key)
    s3.put_object(Bucket=bucket, Key=key, Body=good[:-1] + bytes([good[-1] ^ 1]))
    try:
        restart(system, "predict")
        status, _, forecast = system.api("GET", f"/v1/series/{DAILY}/forecast")
        assert status == 200, forecast
        assert (forecast["status"], forecast["direction"]) == ("degraded", "abstain")
        assert any("model" in warning["message"] for warning in forecast["warnings"])
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=good)
        restart(system, "predict")
