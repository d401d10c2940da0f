"""State after a run of days: objects and records, read for comparison, and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import boto3

from localstack.system import System

TABLES = ("runs", "registry", "forecasts", "locks")


@dataclass
class State:
    objects: dict[str, bytes]
    """Content by key."""
    records: dict[str, dict[str, Any]]
    """Items by `table pk sk`."""


def read(system: System) -> State:
    objects = {key: system.object(key) for key in system.keys("")}
    records = {}
    for table in TABLES:
        for item in items(system, table):
            records[" ".join([table, item["pk"], item.get("sk", "")]).strip()] = plain(item)
    return State(objects, records)


def wipe(system: System) -> None:
    """Deletes every object and record, as if the system had just been deployed."""
    s3, bucket = system.client("s3"), system.outputs["bucket"]
    keys = system.keys("")
    for start in range(0, len(keys), 1000):
        names = [{"Key": key} for key in keys[start : start + 1000]]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": names, "Quiet": True})
    for table in TABLES:
        resource = boto3.resource("dynamodb").Table(system.outputs["table_names"][table])
        key_names = [key["AttributeName"] for key in resource.key_schema]
        with resource.batch_writer() as batch:
            for item in items(system, table):
                batch.delete_item(Key={name: item[name] for name in key_names})


def items(system: System, table: str) -> list[dict[str, Any]]:
    resource = boto3.resource("dynamodb").Table(system.outputs["table_names"][table])
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        page = resource.scan(ConsistentRead=True, **more)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def plain(value: Any) -> Any:
    """Value with its numbers as text, so that none is rounded."""
    match value:
        case Decimal():
            return str(value)
        case dict():
            return {name: plain(field) for name, field in value.items()}
        case list():
            return [plain(element) for element in value]
        case _:
            return value
