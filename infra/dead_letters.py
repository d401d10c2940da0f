"""What is in a function's dead-letter queue, and giving it to the function again.

    dead_letters.py show NAME      each message: when, why, and the event
    dead_letters.py again NAME     invokes the function with each event, and deletes the message once Lambda has taken it

NAME is ingest, train or score. A message comes from one of four senders and holds the event in four ways: Lambda's own
(an invocation that failed for good), an EventBridge rule, a schedule, or SNS. The deployed system is found by Terraform's
outputs, AWS by the environment.
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

TERRAFORM = Path(__file__).resolve().parent / "terraform"
# Longer than it takes to go through a queue once and give all of it again, so that each message comes once.
HIDDEN_SECONDS = 15 * 60


def event_of(body: dict[str, Any], function: str) -> dict[str, Any]:
    """The event that the function was, or would have been, invoked with."""
    if "requestPayload" in body:
        return body["requestPayload"]
    if body.get("Type") == "Notification" and "TopicArn" in body:
        return {"Records": [{"EventSource": "aws:sns", "Sns": body}]}
    if function == "ingest" and "detail-type" in body:
        # Its rule passes on the detail alone.
        return body["detail"]
    return body


def reason_of(message: dict[str, Any], body: dict[str, Any]) -> str:
    """Why the event was given up, in one line."""
    payload = body.get("responsePayload")
    if isinstance(payload, dict) and "errorMessage" in payload:
        return ": ".join(str(payload[name]) for name in ("errorType", "errorMessage") if payload.get(name))
    attributes = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
    words = [attributes[name] for name in ("ERROR_CODE", "ERROR_MESSAGE", "ErrorCode", "ErrorMessage") if attributes.get(name)]
    return ": ".join(words) or body.get("requestContext", {}).get("condition", "not told")


def messages(queue: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every message with its body, each once."""
    sqs, seen = boto3.client("sqs"), set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=1,
            MessageAttributeNames=["All"], AttributeNames=["SentTimestamp"],
        )
        fresh = [one for one in answer.get("Messages", []) if one["MessageId"] not in seen]
        if not fresh:
            return
        for message in fresh:
            seen.add(message["MessageId"])
            yield message, json.loads(message["Body"])


def outputs() -> dict[str, Any]:
    program = os.environ.get("TERRAFORM", "terraform")
    done = subprocess.run([program, f"-chdir={TERRAFORM}", "output", "-json"], capture_output=True, text=True, check=True)
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in ("show", "again"):
        print(__doc__, file=sys.stderr)
        return 2
    what, function = arguments
    deployed = outputs()
    queue = deployed.get("dead_letter_queue_urls", {}).get(function)
    if queue is None:
        print(f"dead_letters: {function} has no dead-letter queue, or the system is not deployed", file=sys.stderr)
        return 1
    sqs, functions = boto3.client("sqs"), boto3.client("lambda")
    shown = []
    # All of them before the first is given again: one that fails at once is back in the queue before its end is reached.
    letters = list(messages(queue))
    try:
        for message, body in letters:
            event = event_of(body, function)
            print(json.dumps({"sent_ms": int(message["Attributes"]["SentTimestamp"]), "reason": reason_of(message, body), "event": event}))
            if what == "again":
                # Asynchronously, as it came first: retried, and back in this queue if it fails again.
                name = deployed["function_names"][function]
                functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode())
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            shown.append(message["MessageId"])
    finally:
        # What was only looked at, or not reached, can be had again at once.
        for message, _ in letters:
            if what == "show" or message["MessageId"] not in shown:
                sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    print(f"dead_letters: {len(shown)} {'given to ' + function + ' again' if what == 'again' else 'in the queue of ' + function}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
