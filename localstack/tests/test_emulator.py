"""What the emulator does beyond ministack: a call that Terraform's provider sends twice is carried out once (`once.py`), and
two keys of IAM's conditions have their values (`conditions.py`)."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator

import boto3
from localstack import conditions
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from localstack.retry_dedup import Once
from localstack.system import System

GO_SDK = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 aws-sdk-go-v2/1.39.0"


@pytest.fixture
def queue(system: System) -> Iterator[str]:
    """The URL of an empty queue."""
    sqs = system.client("sqs")
    url = sqs.create_queue(QueueName=f"once-{uuid.uuid4().hex}")["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def send(queue: str, text: str, call: str, agent: str = GO_SDK) -> dict:
    """An attempt of a call as an SDK sends it; the emulator's answer."""
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
        return json.load(answer)


def arrived(system: System, queue: str) -> list[str]:
    received = system.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in received)


def test_a_call_that_is_sent_again_is_carried_out_once(system, queue):
    call = str(uuid.uuid4())
    first = send(queue, "one", call)
    assert send(queue, "one", call) == first
    assert send(queue, "two", str(uuid.uuid4())) != first
    assert arrived(system, queue) == ["one", "two"]


def test_the_calls_of_other_sdks_are_left_alone(system, queue):
    call = str(uuid.uuid4())
    for _ in range(2):
        send(queue, "one", call, agent="aws-sdk-rust/1.5.1")
    assert arrived(system, queue) == ["one", "one"]


def test_a_call_that_failed_is_tried_anew(system):
    sqs, call, name = system.client("sqs"), str(uuid.uuid4()), f"once-{uuid.uuid4().hex}"
    missing = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.delete_queue(QueueUrl=missing)
    with pytest.raises(urllib.error.HTTPError):
        send(missing, "one", call)
    sqs.create_queue(QueueName=name)
    send(missing, "one", call)
    assert arrived(system, missing) == ["one"]
    sqs.delete_queue(QueueUrl=missing)


@pytest.mark.parametrize(("statuses", "carried_out"), [([200], 1), ([500, 200], 2)])
def test_attempts_that_come_while_the_first_is_at_work_wait_for_it(statuses, carried_out):
    """Three at once: of those that wait, one alone is carried out when the first one fails."""
    calls: list[int] = []

    async def app(scope, receive, answer):
        calls.append(statuses[len(calls)])
        await asyncio.sleep(0.01)
        await answer({"type": "http.response.start", "status": calls[-1], "headers": []})
        await answer({"type": "http.response.body", "body": b"done"})

    async def attempt(once: Once) -> int:
        scope = {"type": "http", "method": "POST", "headers": [(b"user-agent", GO_SDK.encode()), (b"amz-sdk-invocation-id", b"a")]}
        answered: list[dict] = []

        async def receive():
            return {"type": "http.request"}

        async def answer(message):
            answered.append(message)

        await once(scope, receive, answer)
        return answered[0]["status"]

    async def all_at_once() -> list[int]:
        once = Once(app)
        return await asyncio.gather(*(attempt(once) for _ in range(3)))

    assert asyncio.run(all_at_once()) == [statuses[0], statuses[-1], statuses[-1]]
    assert len(calls) == carried_out


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
def test_a_request_for_an_item_names_its_partition(body, keys):
    assert conditions.leading_keys(json.dumps(body).encode()) == keys


def test_events_name_their_sources_and_nothing_else_does():
    body = json.dumps({"Entries": [{"Source": "a"}, {"Source": "b"}, {}, 1]}).encode()
    context = conditions.of_events(lambda *_: {"aws:TagKeys": None})
    assert context("events", "events:PutEvents", body, {}) == {"aws:TagKeys": None, "events:source": ["a", "b"]}
    assert context("events", "events:PutRule", body, {}) == {"aws:TagKeys": None}
