"""Tests of the additions to ministack: deduplicated retries (`retry_dedup.py`) and condition keys (`conditions.py`)."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from localstack import conditions
from localstack.retry_dedup import App, DeduplicatingApp, Message, Receive, Scope, Send
from localstack.system import Json, System

GO_SDK = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 aws-sdk-go-v2/1.39.0"


@pytest.fixture
def queue(system: System) -> Iterator[str]:
    """URL of an empty queue."""
    sqs = system.client("sqs")
    url = sqs.create_queue(QueueName=f"retry-{uuid.uuid4().hex}")["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def send(queue: str, text: str, call: str, agent: str = GO_SDK) -> Json:
    """Response of the emulator to one attempt of a call, as an SDK sends it."""
    session = boto3.session.Session()
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "AmazonSQS.SendMessage",
        "user-agent": agent,
        "amz-sdk-invocation-id": call,
    }
    body = json.dumps({"QueueUrl": queue, "MessageBody": text}).encode()
    signed = AWSRequest("POST", session.client("sqs").meta.endpoint_url, headers=headers, data=body)
    SigV4Auth(session.get_credentials(), "sqs", session.region_name).add_auth(signed)
    request = urllib.request.Request(signed.url, data=body, headers=dict(signed.headers.items()), method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))


def arrived(system: System, queue: str) -> list[str]:
    received = system.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in received)


def test_a_repeated_call_is_executed_once(system: System, queue: str) -> None:
    call = str(uuid.uuid4())
    first = send(queue, "one", call)
    assert send(queue, "one", call) == first
    assert send(queue, "two", str(uuid.uuid4())) != first
    assert arrived(system, queue) == ["one", "two"]


def test_calls_of_other_sdks_are_not_deduplicated(system: System, queue: str) -> None:
    call = str(uuid.uuid4())
    for _ in range(2):
        send(queue, "one", call, agent="aws-sdk-rust/1.5.1")
    assert arrived(system, queue) == ["one", "one"]


def test_a_failed_call_is_executed_again(system: System) -> None:
    sqs, call, name = system.client("sqs"), str(uuid.uuid4()), f"retry-{uuid.uuid4().hex}"
    missing = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.delete_queue(QueueUrl=missing)
    with pytest.raises(urllib.error.HTTPError):
        send(missing, "one", call)
    sqs.create_queue(QueueName=name)
    send(missing, "one", call)
    assert arrived(system, missing) == ["one"]
    sqs.delete_queue(QueueUrl=missing)


@pytest.mark.parametrize(("statuses", "executed"), [([200], 1), ([500, 200], 2)])
def test_concurrent_attempts_wait_for_the_first(statuses: list[int], executed: int) -> None:
    """If the first of three concurrent attempts fails, only one of the other two is executed."""
    calls: list[int] = []

    async def app(scope: Scope, receive: Receive, answer: Send) -> None:
        calls.append(statuses[len(calls)])
        await asyncio.sleep(0.01)
        await answer({"type": "http.response.start", "status": calls[-1], "headers": []})
        await answer({"type": "http.response.body", "body": b"done"})

    async def attempt(deduplicating: App) -> int:
        scope = {
            "type": "http",
            "method": "POST",
            "headers": [(b"user-agent", GO_SDK.encode()), (b"amz-sdk-invocation-id", b"a")],
        }
        answered: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request"}

        async def answer(message: Message) -> None:
            answered.append(message)

        await deduplicating(scope, receive, answer)
        return int(answered[0]["status"])

    async def all_at_once() -> list[int]:
        deduplicating = DeduplicatingApp(app)
        return await asyncio.gather(*(attempt(deduplicating) for _ in range(3)))

    assert asyncio.run(all_at_once()) == [statuses[0], statuses[-1], statuses[-1]]
    assert len(calls) == executed


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ({"Key": {"pk": {"S": "LOCK#a"}}}, ["LOCK#a"]),
        ({"Item": {"pk": {"S": "LOCK#b"}, "sk": {"S": "x"}}}, ["LOCK#b"]),
        ({"Item": {"pk": {"N": "1"}}}, []),
        ({"Key": "LOCK#a"}, []),
        ([1], []),
    ],
)
def test_leading_keys_are_the_partition_of_an_item(body: Any, keys: list[str]) -> None:
    assert conditions.leading_keys(json.dumps(body).encode()) == keys


def test_only_events_have_sources() -> None:
    body = json.dumps({"Entries": [{"Source": "a"}, {"Source": "b"}, {}, 1]}).encode()
    context = conditions.with_event_sources(lambda *_: {"aws:TagKeys": None})
    assert context("events", "events:PutEvents", body, {}) == {"aws:TagKeys": None, "events:source": ["a", "b"]}
    assert context("events", "events:PutRule", body, {}) == {"aws:TagKeys": None}
