"""Promotion of a version by the test itself."""

from __future__ import annotations

import boto3

from localstack.system import DAILY, System


def promote(system: System, version: int, previous: int) -> None:
    """Moves the alias and changes the status of both versions, as a promotion does."""
    table = boto3.resource("dynamodb").Table(system.outputs["table_names"]["registry"])
    series = f"SERIES#{DAILY}"
    table.update_item(
        Key={"pk": series, "sk": "ALIAS#champion"},
        UpdateExpression="SET version = :version, previous = :previous ADD revision :one",
        ExpressionAttributeValues={":version": version, ":previous": previous, ":one": 1},
    )
    keys = {int(record["version"]): record["sk"] for record in system.versions(DAILY)}
    for number, status in ((version, "champion"), (previous, "retired")):
        table.update_item(
            Key={"pk": series, "sk": keys[number]},
            UpdateExpression="SET #status = :status",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": status},
        )
