"""Content of a function's dead-letter queue, and its redrive.

    dead_letters.py show NAME      print each message: time, reason and event
    dead_letters.py redrive NAME   invoke the function with each event, and delete the message once Lambda has taken it

NAME is ingest, train or score. A message has one of four senders, each with its own format: Lambda (an invocation that
failed for good), an EventBridge rule, a schedule, or SNS. The deployed system is found by Terraform's outputs, AWS by the
environment. `again` is the old name of `redrive`, accepted for one release.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

TERRAFORM_DIR = Path(__file__).resolve().parent / "terraform"
# Longer than one pass over a queue and its redrive, so that each message comes once.
HIDDEN_SECONDS = 15 * 60
COMMANDS = {"show": False, "redrive": True, "again": True}

Json = dict[str, Any]


def event_of(body: Json, function: str) -> Json:
    """Event of the failed invocation, or of the one that could not be made."""
    if "requestPayload" in body:
        return dict(body["requestPayload"])
    if body.get("Type") == "Notification" and "TopicArn" in body:
        return {"Records": [{"EventSource": "aws:sns", "Sns": body}]}
    if function == "ingest" and "detail-type" in body:
        # Its rule passes on the detail alone.
        return dict(body["detail"])
    return body


def reason_of(message: Json, body: Json) -> str:
    """Reason of the failure, in one line."""
    payload = body.get("responsePayload")
    if isinstance(payload, dict) and "errorMessage" in payload:
        return ": ".join(str(payload[name]) for name in ("errorType", "errorMessage") if payload.get(name))
    attributes = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
    names = ("ERROR_CODE", "ERROR_MESSAGE", "ErrorCode", "ErrorMessage")
    parts = [str(attributes[name]) for name in names if attributes.get(name)]
    return ": ".join(parts) or str(body.get("requestContext", {}).get("condition", "unknown"))


def messages(queue: str) -> Iterator[tuple[Json, Json]]:
    """Messages of the queue with their bodies, each once."""
    sqs, seen = boto3.client("sqs"), set()
    while True:
        response = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
            AttributeNames=["SentTimestamp"],
        )
        fresh = [message for message in response.get("Messages", []) if message["MessageId"] not in seen]
        if not fresh:
            return
        for message in fresh:
            seen.add(message["MessageId"])
            yield message, json.loads(message["Body"])


def outputs() -> Json:
    """Terraform's outputs by name."""
    program = os.environ.get("TERRAFORM", "terraform")
    command = [program, f"-chdir={TERRAFORM_DIR}", "output", "-json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    redrive, function = COMMANDS[arguments[0]], arguments[1]
    deployed = outputs()
    queue = deployed.get("dead_letter_queue_urls", {}).get(function)
    if queue is None:
        print(f"dead_letters: {function} has no dead-letter queue, or the system is not deployed", file=sys.stderr)
        return 1
    count = process(queue, function, deployed["function_names"][function], redrive)
    result = f"sent to {function} again" if redrive else f"in the queue of {function}"
    print(f"dead_letters: {count} {result}", file=sys.stderr)
    return 0


def process(queue: str, function: str, function_name: str, redrive: bool) -> int:
    """Prints the messages of the queue and redrives them if asked to. Returns their number."""
    sqs, functions = boto3.client("sqs"), boto3.client("lambda")
    # Read before the first redrive: an event that fails at once is in the queue again before the end is reached.
    letters = list(messages(queue))
    done = set()
    try:
        for message, body in letters:
            event = event_of(body, function)
            sent = int(message["Attributes"]["SentTimestamp"])
            print(json.dumps({"sent_ms": sent, "reason": reason_of(message, body), "event": event}))
            if redrive:
                # Asynchronously, like the first time: retried, and in this queue again if it fails again.
                functions.invoke(FunctionName=function_name, InvocationType="Event", Payload=json.dumps(event).encode())
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            done.add(message["MessageId"])
    finally:
        # Messages that are still in the queue become visible again at once.
        for message, _ in letters:
            if not redrive or message["MessageId"] not in done:
                receipt = message["ReceiptHandle"]
                sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=0)
    return len(done)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
