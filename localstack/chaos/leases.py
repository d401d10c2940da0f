"""Leases of functions that were killed.

AWS retries after a minute, this emulator at once. So the leases of a killed function are shortened by a minute: one that
lasts longer still blocks the retry, as on AWS.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

MINUTE = 60
"""Seconds until Lambda retries a failed asynchronous invocation."""


@dataclass(frozen=True)
class Lease:
    table: str
    name: str
    token: str


class Leases:
    """Leases by process, from the writes to the table of locks."""

    def __init__(self) -> None:
        self.held: dict[int, dict[str, Lease]] = defaultdict(dict)

    def written(self, pid: int, kind: str, body: bytes) -> None:
        """Records a write that was done."""
        if kind.startswith("dynamodb:PutItem locks"):
            request = json.loads(body)
            item = request["Item"]
            self.held[pid][item["pk"]["S"]] = Lease(request["TableName"], item["pk"]["S"], item["token"]["S"])
        elif kind.startswith("dynamodb:DeleteItem locks"):
            self.held[pid].pop(json.loads(body)["Key"]["pk"]["S"], None)

    def pass_minute(self, pid: int) -> None:
        """Shortens the leases of a killed process by a minute."""
        for lease in self.held.pop(pid, {}).values():
            shorten(lease)


def shorten(lease: Lease) -> None:
    dynamodb = client()
    # Another process may have the lease by now.
    with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.update_item(
            TableName=lease.table,
            Key={"pk": {"S": lease.name}},
            UpdateExpression="SET expires_at = expires_at - :minute",
            ConditionExpression="#token = :token",
            ExpressionAttributeNames={"#token": "token"},
            ExpressionAttributeValues={":minute": {"N": str(MINUTE)}, ":token": {"S": lease.token}},
        )


def client() -> Any:
    """DynamoDB as the emulator's root user; the process is the emulator itself."""
    import boto3

    return boto3.client(
        "dynamodb",
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name=os.environ["MINISTACK_REGION"],
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    )
