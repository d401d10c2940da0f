"""The parts of the chaos test that need no system."""

from __future__ import annotations

import json

import pytest
from chaos import equal, plan, writes
from chaos.deliveries import Deliveries, Settings, drawn
from chaos.state import State


def dynamodb(operation: str, request: dict) -> tuple[str, str, dict[str, str], bytes]:
    return "POST", "/", {"x-amz-target": f"DynamoDB_20120810.{operation}"}, json.dumps(request).encode()


def item(**fields: str) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in fields.items()}


RUN = item(pk="SERIES#eth-usd-1d-h1", sk="RUN#20240101T000000Z-7810e4133b24", status="running")
MOVE = [
    {"Put": {"TableName": "weathervane-registry", "Item": item(pk="SERIES#eth-usd-1d-h1", sk="ALIAS#champion")}},
    {"Update": {"TableName": "weathervane-registry", "Key": item(pk="SERIES#eth-usd-1d-h1", sk="VERSION#000002")}},
    {"Update": {"TableName": "weathervane-registry", "Key": item(pk="SERIES#eth-usd-1d-h1", sk="VERSION#000001")}},
]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (("PUT", "/bucket/bars/ETH-USD/1d/2023.parquet", {}, b""), "s3:PutObject bars/*.parquet"),
        (("PUT", "/bucket/window/ETH-USD/1d.note.json", {}, b""), "s3:PutObject window/*.note.json"),
        (("PUT", "/bucket/reports/eth-usd-1d-h1/latest.json", {}, b""), "s3:PutObject reports/latest.json"),
        (("PUT", "/bucket/models/eth-usd-1d-h1/2/model.wvm", {}, b""), "s3:PutObject models/model.wvm"),
        (("GET", "/bucket/bars/ETH-USD/1d/2023.parquet", {}, b""), None),
        (dynamodb("PutItem", {"TableName": "weathervane-runs", "Item": RUN}), "dynamodb:PutItem runs SERIES/RUN running"),
        (dynamodb("TransactWriteItems", {"TransactItems": MOVE}), "dynamodb:TransactWriteItems registry SERIES/ALIAS#champion+registry SERIES/VERSION"),
        (dynamodb("DeleteItem", {"TableName": "weathervane-locks", "Key": item(pk="LOCK#train#eth-usd-1d-h1")}), "dynamodb:DeleteItem locks LOCK#train"),
        (dynamodb("Query", {"TableName": "weathervane-runs"}), None),
        (("POST", "/", {"x-amz-target": "AWSEvents.PutEvents"}, b'{"Entries": [{"DetailType": "BarsIngested"}]}'), "events:PutEvents BarsIngested"),
        (("POST", "/", {}, b"Action=Publish&MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.StringValue=drift"), "sns:Publish drift"),
    ],
)
def test_a_write_has_a_kind_and_a_read_has_none(request_, expected):
    assert writes.kind(*request_) == expected


def test_every_kind_is_killed_before_and_after_its_write():
    written = {"rare": 1, "seldom": 3, "often": 400}
    kills = plan.kills(written, seed=13)
    assert kills == plan.kills(written, seed=13)
    assert [(kill["occurrence"], kill["moment"]) for kill in kills if kill["kind"] == "rare"] == [(1, "before"), (2, "after")]
    assert plan.shortfall(written, kills) == []
    done = [kill for kill in kills if (kill["kind"], kill["moment"]) != ("rare", "after")]
    assert plan.shortfall(written, done) == ["rare: not killed after the write"]


def test_what_differs_is_named_and_what_is_about_the_attempt_is_not():
    def state(probability: str, stored: str, object_: bytes) -> State:
        record = {"forecast": {"probability_up": probability}, "stored_at": stored}
        return State({"bars/ETH-USD/1d/2023.parquet": object_}, {"forecasts SERIES#eth-usd-1d-h1 2023-01-01T00:00:00Z": record})

    first = state("0.5", "2026-01-01T00:00:00Z", b"same")
    assert equal.differences(first, state("0.5", "2026-01-02T00:00:00Z", b"same")) == []
    found = equal.differences(first, state("0.6", "2026-01-01T00:00:00Z", b"some"))
    assert [line.partition(": ")[0].split()[0] for line in found] == ["s3", "forecasts"]
    assert "forecast.probability_up: 0.5 -> 0.6" in found[1]
    gone = State({}, first.records)
    assert equal.differences(first, gone) == ["s3 bars/ETH-USD/1d/2023.parquet: only in the undisturbed year"]


def test_a_dead_delivery_is_tried_thrice_and_then_given_up():
    tried, given_up = [], []

    def execute(func: dict, event: object) -> dict:
        tried.append(event)
        return {"error": True, "body": "died"}

    deliveries = Deliveries(Settings(pause=0.001), execute, lambda *left: given_up.append(left))
    deliveries.accept({"FunctionName": "weathervane-train"}, {"series": "eth-usd-1d-h1"})
    while deliveries.status()["in_flight"]:
        pass
    assert len(tried) == 3 and len(given_up) == 1
    assert deliveries.status()["dead"] == 1


def test_the_same_events_come_again_in_every_run():
    def bus(id_: str, day: int) -> dict:
        return {"id": id_, "time": f"2026-12-01T00:00:{day:02}Z", "detail-type": "BarsIngested", "detail": {"as_of": f"2023-01-{day:02}"}}

    draws = {day: drawn(13, "score", bus("a", day)) for day in range(1, 29)}
    assert draws == {day: drawn(13, "score", bus("b", day)) for day in draws}
    assert len(set(draws.values())) == len(draws)


def test_the_share_of_deliveries_comes_again_and_at_once():
    seen = []
    settings = Settings(seed=13, later={"score": 0.05}, at_once={"score": 0.02})
    deliveries = Deliveries(settings, lambda func, event: seen.append(event) or {}, lambda *_: None)
    for day in range(2000):
        deliveries.accept({"FunctionName": "weathervane-score"}, {"day": day})
    deliveries.redeliver()
    while deliveries.status()["in_flight"]:
        pass
    counts = deliveries.report()["counts"]
    assert 70 < counts["score again later"] < 130 and 20 < counts["score twice at the same time"] < 60
    assert len(seen) == 2000 + counts["score again later"] + counts["score twice at the same time"]
