"""Leases of functions that were killed. The retry of a real one comes a minute later; here it comes at once, so its minute passes
for the leases: one that outlives it goes on blocking the retry, as it would on AWS."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

MINUTE = 60
"""Seconds until Lambda tries a failed asynchronous invocation again."""


@dataclass(frozen=True)
class Lease:
    table: str
    name: str
    token: str


class Leases:
    """Who holds which lease, as the writes to the table of locks say."""

    def __init__(self) -> None:
        self.held: dict[int, dict[str, Lease]] = defaultdict(dict)

    def written(self, pid: int, kind: str, body: bytes) -> None:
        """Learns from a write that was carried out."""
        if kind.startswith("dynamodb:PutItem locks"):
            request = json.loads(body)
            item = request["Item"]
            self.held[pid][item["pk"]["S"]] = Lease(request["TableName"], item["pk"]["S"], item["token"]["S"])
        elif kind.startswith("dynamodb:DeleteItem locks"):
            self.held[pid].pop(json.loads(body)["Key"]["pk"]["S"], None)

    def pass_minute(self, pid: int) -> None:
        """Lets a minute pass for the leases of a process that was killed."""
        for lease in self.held.pop(pid, {}).values():
            shorten(lease)


def shorten(lease: Lease) -> None:
    dynamodb = client()
    try:
        dynamodb.update_item(
            TableName=lease.table,
            Key={"pk": {"S": lease.name}},
            UpdateExpression="SET expires_at = expires_at - :minute",
            ConditionExpression="#token = :token",
            ExpressionAttributeNames={"#token": "token"},
            ExpressionAttributeValues={":minute": {"N": str(MINUTE)}, ":token": {"S": lease.token}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        # Another has it by now.
        pass


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
