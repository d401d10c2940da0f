"""What the functions' roles may not do, though another role of the same table or bus may."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localstack.system import DAILY, SYMBOL
from localstack.tests.roles import DENIED, as_role_of
from localstack.system import System

# The lock that each function takes while it works.
LOCKS = {"ingest": f"LOCK#ingest#{SYMBOL}#1d", "train": f"LOCK#train#{DAILY}", "score": f"LOCK#alerts#{DAILY}"}


def denied(attempt: Callable[[], Any]) -> None:
    with pytest.raises(ClientError) as caught:
        attempt()
    assert caught.value.response["Error"]["Code"] in DENIED


@pytest.mark.parametrize("function", LOCKS)
def test_a_role_takes_and_frees_no_lock_of_another_function(system: System, function: str):
    """A name of its own stands for each lock, so that nothing at work is disturbed."""
    table = system.outputs["table_names"]["locks"]
    dynamodb = as_role_of(system, function).client("dynamodb")
    for owner, name in LOCKS.items():
        key = {"pk": {"S": f"{name}-of-nobody"}}
        attempts = [
            lambda key=key: dynamodb.put_item(TableName=table, Item=key),
            lambda key=key: dynamodb.delete_item(TableName=table, Key=key),
        ]
        for attempt in attempts:
            if owner == function:
                attempt()
            else:
                denied(attempt)


def test_train_deletes_no_run_and_no_trial(system: System):
    table = system.outputs["table_names"]["runs"]
    dynamodb = as_role_of(system, "train").client("dynamodb")
    key = {"pk": {"S": "RUN#of-nobody"}, "sk": {"S": "TRIAL#0000"}}
    dynamodb.put_item(TableName=table, Item=key)
    denied(lambda: dynamodb.delete_item(TableName=table, Key=key))
    denied(lambda: dynamodb.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": key}}]}))
    assert len(system.query("runs", "RUN#of-nobody")) == 1
    system.client("dynamodb").delete_item(TableName=table, Key=key)


@pytest.mark.parametrize("function", ["ingest", "train"])
def test_a_role_announces_in_the_systems_name_only(system: System, function: str):
    events = as_role_of(system, function).client("events")

    def put(*sources: str) -> dict[str, Any]:
        told = {"EventBusName": system.outputs["bus_name"], "DetailType": "HeardByNobody", "Detail": json.dumps({})}
        return events.put_events(Entries=[told | {"Source": source} for source in sources])

    assert put("weathervane")["FailedEntryCount"] == 0
    denied(lambda: put("somebody.else"))
    denied(lambda: put("weathervane", "aws.health"))
