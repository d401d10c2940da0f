"""What the emulator does beyond ministack: a call that its client sends twice is carried out once (`once.py`)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from system import System


@pytest.fixture
def queue(system: System) -> Iterator[str]:
    """The URL of an empty queue."""
    sqs = system.client("sqs")
    url = sqs.create_queue(QueueName=f"once-{uuid.uuid4().hex}")["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def send(queue: str, text: str, call: str, attempt: int) -> dict:
    """An attempt of a call as an SDK sends it; the emulator's answer."""
    session = boto3.session.Session()
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "AmazonSQS.SendMessage",
        "amz-sdk-invocation-id": call,
        "amz-sdk-request": f"attempt={attempt}; max=3",
    }
    body = json.dumps({"QueueUrl": queue, "MessageBody": text}).encode()
    signed = AWSRequest("POST", session.client("sqs").meta.endpoint_url, headers=headers, data=body)
    SigV4Auth(session.get_credentials(), "sqs", session.region_name).add_auth(signed)
    request = urllib.request.Request(signed.url, data=body, headers=dict(signed.headers.items()), method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def arrived(system: System, queue: str) -> list[str]:
    received = system.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in received)


def test_a_call_that_is_sent_again_is_carried_out_once(system, queue):
    call = str(uuid.uuid4())
    first = send(queue, "one", call, attempt=1)
    assert send(queue, "one", call, attempt=2) == first
    assert send(queue, "one", call, attempt=3) == first
    assert send(queue, "two", str(uuid.uuid4()), attempt=1) != first
    assert arrived(system, queue) == ["one", "two"]


def test_an_attempt_whose_predecessors_never_came_is_carried_out(system, queue):
    send(queue, "one", str(uuid.uuid4()), attempt=2)
    assert arrived(system, queue) == ["one"]


def test_a_call_that_failed_is_tried_anew(system):
    sqs, call, name = system.client("sqs"), str(uuid.uuid4()), f"once-{uuid.uuid4().hex}"
    missing = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.delete_queue(QueueUrl=missing)
    with pytest.raises(urllib.error.HTTPError):
        send(missing, "one", call, attempt=1)
    sqs.create_queue(QueueName=name)
    send(missing, "one", call, attempt=2)
    assert arrived(system, missing) == ["one"]
    sqs.delete_queue(QueueUrl=missing)
