"""Kind of a write: service, operation and target, without the parts that differ from day to day."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

# Operations that write, conditional or not. Reads have no kind.
DYNAMODB = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
# Keys of forecasts and alerts.
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+Z")


def kind(method: str, path: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """Kind such as `s3:PutObject bars/*`, `dynamodb:PutItem locks LOCK#train`, `sns:Publish drift`; None for a read."""
    target = headers.get("x-amz-target", "")
    if target.startswith("DynamoDB_"):
        operation = target.rpartition(".")[2]
        return f"dynamodb:{operation} {items(operation, json.loads(body))}" if operation in DYNAMODB else None
    if target == "AWSEvents.PutEvents":
        details = {entry["DetailType"] for entry in json.loads(body)["Entries"]}
        return f"events:PutEvents {'+'.join(sorted(details))}"
    if target:
        return None
    if method == "POST" and b"Action=Publish" in body:
        return f"sns:Publish {attribute(body, 'kind')}".rstrip()
    if method in ("PUT", "DELETE") and "execute-api" not in path:
        return f"s3:{'PutObject' if method == 'PUT' else 'DeleteObject'} {object_kind(path)}"
    return None


def object_kind(path: str) -> str:
    """Prefix and file name of an object: `bars/*.parquet`, `reports/latest.json`, `models/model.wvm`."""
    key = urllib.parse.unquote(path).lstrip("/").partition("/")[2]
    prefix, _, name = key.partition("/")[0], None, key.rpartition("/")[2]
    # Times, years, intervals and fetches are no part of the kind.
    stem, dot, extension = name.partition(".")
    return f"{prefix}/{'*' if any(c.isdigit() for c in stem) else stem}{dot}{extension}"


def items(operation: str, request: Mapping[str, Any]) -> str:
    """Tables with the kinds of their keys, each once."""
    match operation:
        case "PutItem":
            kinds = [item_kind(request["TableName"], request["Item"])]
        case "UpdateItem" | "DeleteItem":
            kinds = [item_kind(request["TableName"], request["Key"])]
        case "BatchWriteItem":
            kinds = [
                item_kind(table, write.get("PutRequest", {}).get("Item") or write["DeleteRequest"]["Key"])
                for table, writes in request["RequestItems"].items()
                for write in writes
            ]
        case _:
            parts = [next(iter(part.values())) for part in request["TransactItems"]]
            kinds = [item_kind(part["TableName"], part.get("Item") or part["Key"]) for part in parts]
    return "+".join(dict.fromkeys(kinds))


def item_kind(table: str, item: Mapping[str, Any]) -> str:
    """Table and key without names, numbers and times: `registry ALIAS#champion`, `forecasts SERIES/time`."""
    keys = [text(item[name]) for name in ("pk", "sk") if name in item]
    short = [key_kind(key) for key in keys]
    status = item.get("status")
    suffix = f" {text(status)}" if status else ""
    return f"{table.rpartition('-')[2]} {'/'.join(short)}{suffix}"


def key_kind(key: str) -> str:
    """Key up to a name or number: `LOCK#ingest` for `LOCK#ingest#ETH-USD#1d`."""
    if TIME.match(key):
        return "time" + key_kind_of_rest(key)
    head, *rest = key.split("#")
    return f"{head}#{rest[0]}" if rest and rest[0].isalpha() else head


def key_kind_of_rest(key: str) -> str:
    """Part of a key after its time: the kind of an alert."""
    rest = key.partition("#")[2]
    return f"#{rest}" if rest.isalpha() else ""


def text(value: Mapping[str, str]) -> str:
    """Text of a DynamoDB value."""
    return next(iter(value.values()))


def attribute(body: bytes, name: str) -> str:
    """Value of a message attribute in the form that SNS receives."""
    form = dict(urllib.parse.parse_qsl(body.decode()))
    for key, value in form.items():
        if key.endswith(".Name") and value == name:
            return form.get(key.removesuffix("Name") + "Value.StringValue", "")
    return ""
