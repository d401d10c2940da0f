"""Tests of actions that a function's role is denied and another role of the same table or bus is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localstack.system import DAILY, SYMBOL, Json, System
from localstack.tests.roles import DENIED, as_role_of

# Lock that each function holds while it works.
LOCKS = {"ingest": f"LOCK#ingest#{SYMBOL}#1d", "train": f"LOCK#train#{DAILY}", "score": f"LOCK#alerts#{DAILY}"}


def denied(attempt: Callable[[], Any]) -> None:
    with pytest.raises(ClientError) as caught:
        attempt()
    assert caught.value.response["Error"]["Code"] in DENIED


def test_predict_may_read_the_window_and_write_nothing(system: System, scored: Json) -> None:
    session, bucket, window = as_role_of(system, "predict"), system.outputs["bucket"], f"window/{SYMBOL}/1d.json"
    s3, key = session.client("s3"), {"pk": {"S": "x"}, "sk": {"S": "y"}}
    assert s3.get_object(Bucket=bucket, Key=window)["ContentLength"] > 0
    denied(lambda: s3.put_object(Bucket=bucket, Key=window, Body=b"{}"))
    denied(lambda: s3.get_object(Bucket=bucket, Key=f"bars/{SYMBOL}/1d/2023.parquet"))
    denied(lambda: session.client("sns").publish(TopicArn=system.outputs["alert_topic_arn"], Message="x"))
    registry = system.outputs["table_names"]["registry"]
    denied(lambda: session.client("dynamodb").delete_item(TableName=registry, Key=key))


@pytest.mark.parametrize("function", LOCKS)
def test_a_role_cannot_take_or_release_locks_of_another_function(system: System, function: str) -> None:
    """Each lock has a name of its own, so that no running function is disturbed."""
    table = system.outputs["table_names"]["locks"]
    dynamodb = as_role_of(system, function).client("dynamodb")
    for owner, name in LOCKS.items():
        key = {"pk": {"S": f"{name}-for-test"}}
        attempts: list[Callable[..., Any]] = [
            partial(dynamodb.put_item, TableName=table, Item=key),
            partial(dynamodb.delete_item, TableName=table, Key=key),
        ]
        for attempt in attempts:
            if owner == function:
                attempt()
            else:
                denied(attempt)


def test_train_cannot_delete_runs_or_trials(system: System) -> None:
    table = system.outputs["table_names"]["runs"]
    dynamodb = as_role_of(system, "train").client("dynamodb")
    key = {"pk": {"S": "RUN#for-test"}, "sk": {"S": "TRIAL#0000"}}
    dynamodb.put_item(TableName=table, Item=key)
    denied(lambda: dynamodb.delete_item(TableName=table, Key=key))
    denied(lambda: dynamodb.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": key}}]}))
    assert len(system.query("runs", "RUN#for-test")) == 1
    system.client("dynamodb").delete_item(TableName=table, Key=key)


@pytest.mark.parametrize("function", ["ingest", "train"])
def test_a_role_publishes_events_of_this_system_only(system: System, function: str) -> None:
    events = as_role_of(system, function).client("events")

    def put(*sources: str) -> dict[str, Any]:
        entry = {"EventBusName": system.outputs["bus_name"], "DetailType": "Unmatched", "Detail": json.dumps({})}
        return dict(events.put_events(Entries=[entry | {"Source": source} for source in sources]))

    assert put("weathervane")["FailedEntryCount"] == 0
    denied(lambda: put("somebody.else"))
    denied(lambda: put("weathervane", "aws.health"))
