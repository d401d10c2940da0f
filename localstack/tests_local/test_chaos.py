"""Tests of the parts of the chaos test that need no system."""

from __future__ import annotations

import json
import os
import socket
from contextlib import ExitStack

import pytest

from localstack.chaos import equal, plan, writes
from localstack.chaos.callers import inode_of
from localstack.chaos.deliveries import Deliveries, Settings, draw
from localstack.chaos.state import State
from localstack.system import Json


def dynamodb(operation: str, request: Json) -> tuple[str, str, dict[str, str], bytes]:
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
        (("PUT", "/bucket/pending/ETH-USD/1d.json", {}, b""), "s3:PutObject pending/*.json"),
        (("PUT", "/bucket/reports/eth-usd-1d-h1/latest.json", {}, b""), "s3:PutObject reports/latest.json"),
        (("PUT", "/bucket/models/eth-usd-1d-h1/2/model.wvm", {}, b""), "s3:PutObject models/model.wvm"),
        (("GET", "/bucket/bars/ETH-USD/1d/2023.parquet", {}, b""), None),
        (
            dynamodb("PutItem", {"TableName": "weathervane-runs", "Item": RUN}),
            "dynamodb:PutItem runs SERIES/RUN running",
        ),
        (
            dynamodb("TransactWriteItems", {"TransactItems": MOVE}),
            "dynamodb:TransactWriteItems registry SERIES/ALIAS#champion+registry SERIES/VERSION",
        ),
        (
            dynamodb("DeleteItem", {"TableName": "weathervane-locks", "Key": item(pk="LOCK#train#eth-usd-1d-h1")}),
            "dynamodb:DeleteItem locks LOCK#train",
        ),
        (dynamodb("Query", {"TableName": "weathervane-runs"}), None),
        (
            ("POST", "/", {"x-amz-target": "AWSEvents.PutEvents"}, b'{"Entries": [{"DetailType": "BarsIngested"}]}'),
            "events:PutEvents BarsIngested",
        ),
        (
            (
                "POST",
                "/",
                {},
                b"Action=Publish&MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.StringValue=drift",
            ),
            "sns:Publish drift",
        ),
    ],
)
def test_a_write_has_a_kind_and_a_read_has_none(
    request_: tuple[str, str, dict[str, str], bytes], expected: str | None
) -> None:
    assert writes.kind(*request_) == expected


def test_the_plan_kills_each_kind_before_and_after_its_write() -> None:
    written = {"rare": 1, "seldom": 3, "often": 400}
    kills = plan.kills(written, seed=13)
    assert kills == plan.kills(written, seed=13)
    assert [(kill["occurrence"], kill["moment"]) for kill in kills if kill["kind"] == "rare"] == [
        (1, "before"),
        (2, "after"),
    ]
    assert plan.shortfall(written, kills) == []
    done = [kill for kill in kills if (kill["kind"], kill["moment"]) != ("rare", "after")]
    assert plan.shortfall(written, done) == ["rare: not killed after the write"]


def test_differences_exclude_fields_of_the_attempt() -> None:
    def state(probability: str, stored: str, object_: bytes) -> State:
        record = {"forecast": {"probability_up": probability}, "stored_at": stored}
        return State(
            {"bars/ETH-USD/1d/2023.parquet": object_}, {"forecasts SERIES#eth-usd-1d-h1 2023-01-01T00:00:00Z": record}
        )

    first = state("0.5", "2026-01-01T00:00:00Z", b"same")
    assert equal.differences(first, state("0.5", "2026-01-02T00:00:00Z", b"same")) == []
    found = equal.differences(first, state("0.6", "2026-01-01T00:00:00Z", b"some"))
    assert [line.partition(": ")[0].split()[0] for line in found] == ["s3", "forecasts"]
    assert "forecast.probability_up: 0.5 -> 0.6" in found[1]
    gone = State({}, first.records)
    assert equal.differences(first, gone) == ["s3 bars/ETH-USD/1d/2023.parquet: only in the undisturbed run"]


def test_a_failing_delivery_is_tried_three_times() -> None:
    tried: list[object] = []
    given_up: list[tuple[object, ...]] = []

    def execute(func: Json, event: object) -> Json:
        tried.append(event)
        return {"error": True, "body": "died"}

    deliveries = Deliveries(Settings(pause=0.001), execute, lambda *left: given_up.append(left))
    deliveries.accept({"FunctionName": "weathervane-train"}, {"series": "eth-usd-1d-h1"})
    while deliveries.status()["in_flight"]:
        pass
    assert len(tried) == 3 and len(given_up) == 1
    assert deliveries.status()["dead"] == 1


def test_the_same_events_are_repeated_in_every_run() -> None:
    def bus_event(id_: str, day: int) -> Json:
        detail = {"as_of": f"2023-01-{day:02}"}
        return {"id": id_, "time": f"2026-12-01T00:00:{day:02}Z", "detail-type": "BarsIngested", "detail": detail}

    draws = {day: draw(13, "score", bus_event("a", day)) for day in range(1, 29)}
    assert draws == {day: draw(13, "score", bus_event("b", day)) for day in draws}
    assert len(set(draws.values())) == len(draws)


def test_a_share_of_deliveries_is_repeated() -> None:
    seen: list[object] = []

    def execute(func: Json, event: object) -> Json:
        seen.append(event)
        return {}

    settings = Settings(seed=13, later={"score": 0.05}, at_once={"score": 0.02})
    deliveries = Deliveries(settings, execute, lambda *_: None)
    for day in range(2000):
        deliveries.accept({"FunctionName": "weathervane-score"}, {"day": day})
    deliveries.redeliver()
    while deliveries.status()["in_flight"]:
        pass
    counts = deliveries.report()["counts"]
    assert 70 < counts["score repeated later"] < 130 and 20 < counts["score repeated at the same time"] < 60
    assert len(seen) == 2000 + counts["score repeated later"] + counts["score repeated at the same time"]


def test_a_connection_is_found_beside_another_from_the_same_port() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        local, inodes = 0, {}
        for server in servers:
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.bind(("127.0.0.1", local))
            client.connect(server.getsockname())
            local = client.getsockname()[1]
            inodes[server.getsockname()[1]] = str(os.fstat(client.fileno()).st_ino)
        assert {port: inode_of(local, port) for port in inodes} == inodes
