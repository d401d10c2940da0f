"""The deployed system as its operator sees it: Terraform's outputs, AWS clients, controls of the exchange server."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from localstack.service import DIRECT, ROOT

TERRAFORM_DIR = ROOT / "infra" / "terraform"
EXCHANGE_URL = os.environ.get("WEATHERVANE_MARKET_URL", "http://127.0.0.1:8900")
SYMBOL = "ETH-USD"
DAILY, WEEKLY, NEXT_HOUR = "eth-usd-1d-h1", "eth-usd-1d-h7", "eth-usd-1h-h1"

Json = dict[str, Any]


class FunctionError(RuntimeError):
    """A function answered with an error; the message is its payload."""


def rfc3339(moment: datetime) -> str:
    """Time in UTC, such as `2024-01-01T00:05:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def wait_for(what: str, probe: Callable[[], Any], seconds: float = 60.0, pause: float = 0.2) -> Any:
    """First true value that `probe` returns. TimeoutError names `what` if none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(pause)


def http(
    method: str,
    url: str,
    body: Any = None,
    timeout: float = 30.0,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of the response; the body is parsed if it is JSON. A request body of bytes is sent as is."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    parts = urllib.parse.urlsplit(url)
    headers = {"content-type": content_type, "host": parts.netloc} | (headers or {})
    if (parts.hostname or "").endswith(".localhost"):
        # Loopback by RFC 6761, which curl knows and not every resolver does.
        local = f"127.0.0.1:{parts.port or 80}"
        if parts.path == "/health":
            # The emulator answers this path itself under every name; under its other address it is the API's.
            headers["host"], parts = local, parts._replace(path=path_address(url) + parts.path)
        url = urllib.parse.urlunsplit(parts._replace(netloc=local))
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with DIRECT.open(request, timeout=timeout) as response:
            status, answered, raw = response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        status, answered, raw = error.code, error.headers, error.read()
    text = raw.decode("utf-8", "replace")
    try:
        answer: Any = json.loads(text)
    except json.JSONDecodeError:
        answer = text
    return status, {name.lower(): value for name, value in answered.items()}, answer


def path_address(api_url: str) -> str:
    """Path under which the emulator serves the API without its name, `/health` included."""
    return f"/_aws/execute-api/{(urllib.parse.urlsplit(api_url).hostname or '').split('.')[0]}"


def plain_address(api_url: str) -> str:
    """Address of the API for every client; only curl and browsers resolve names under `localhost`."""
    return f"http://127.0.0.1:{urllib.parse.urlsplit(api_url).port or 80}{path_address(api_url)}"


@dataclass
class Exchange:
    """Controls of the exchange server: clock, regime, faults and history."""

    url: str = EXCHANGE_URL

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        status, _, answer = http(method, f"{self.url}/control/{path}", body)
        if status >= 300:
            raise RuntimeError(f"exchange server refused {method} {path} with status {status}: {answer}")
        return answer

    def status(self) -> Any:
        return self._control("GET", "status")

    def serve(self, directory: Path | None = None, name: str | None = None) -> None:
        """Serves the files of a directory; without one, the history of its start. Clock and regime are reset."""
        self._control("PUT", "history", {"data": str(directory), "name": name} if directory else {})

    def candles(self, symbol: str, seconds: int, start: datetime, end: datetime) -> list[list[float]]:
        """Coinbase's rows `[time, low, high, open, close, volume]`, newest first, both ends inclusive."""
        query = urllib.parse.urlencode({"granularity": seconds, "start": rfc3339(start), "end": rfc3339(end)})
        _, _, rows = http("GET", f"{self.url}/products/{symbol}/candles?{query}")
        return list(rows)

    def set_clock(self, now: datetime | None) -> None:
        """Stops the clock at a time, which then counts as now; None lets it run with the real time."""
        self._control("PUT", "clock", {"now": rfc3339(now) if now else None})

    def set_regime(self, regime: str, start: datetime, signal: float | None = None) -> None:
        """Simulates the bars from that day on; without a signal, with that of the market."""
        change = {"regime": regime, "from": rfc3339(start)} | ({} if signal is None else {"signal": signal})
        self._control("PUT", "regime", change)

    def fault(self, **order: Any) -> None:
        self._control("PUT", "fault", order)

    def clear_faults(self) -> None:
        self._control("DELETE", "fault")


@dataclass
class System:
    """The running system, found by Terraform's outputs."""

    outputs: Json = field(default_factory=lambda: terraform_outputs())

    @property
    def address(self) -> str:
        """Address of the API, without a slash at its end."""
        return plain_address(self.outputs["api_url"])

    def client(self, service: str) -> Any:
        patient = Config(read_timeout=900, connect_timeout=5, retries={"total_max_attempts": 1})
        return boto3.client(service, config=patient)

    def invoke(self, function: str, event: Any, wait: bool = True) -> Any:
        """Response of the function; FunctionError if it failed. Without `wait` the event is queued, as by a schedule."""
        answer = self.client("lambda").invoke(
            FunctionName=self.outputs["function_names"][function],
            InvocationType="RequestResponse" if wait else "Event",
            Payload=json.dumps(event).encode(),
        )
        payload = answer["Payload"].read().decode() or "null"
        if "FunctionError" in answer:
            raise FunctionError(payload)
        return json.loads(payload)

    def put_event(self, detail_type: str, detail: Any) -> None:
        entry = {
            "EventBusName": self.outputs["bus_name"],
            "Source": "weathervane",
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = self.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"put_events: {answer['Entries']}")

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], Any]:
        return http(method, self.outputs["api_url"].rstrip("/") + path, body)

    def object(self, key: str) -> bytes:
        return bytes(self.client("s3").get_object(Bucket=self.outputs["bucket"], Key=key)["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        pages = (
            self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.outputs["bucket"], Prefix=prefix)
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def query(self, table: str, key: str, prefix: str = "") -> list[Json]:
        """Items of one partition whose sort key starts with `prefix`, ascending."""
        resource = boto3.resource("dynamodb").Table(self.outputs["table_names"][table])
        condition = boto3.dynamodb.conditions.Key("pk").eq(key)
        if prefix:
            condition &= boto3.dynamodb.conditions.Key("sk").begins_with(prefix)
        items: list[Json] = []
        more: Json = {}
        while True:
            page = resource.query(KeyConditionExpression=condition, ConsistentRead=True, **more)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return items
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def versions(self, series: str) -> list[Json]:
        return self.query("registry", f"SERIES#{series}", "VERSION#")

    def history(self, series: str) -> list[Json]:
        return self.query("registry", f"SERIES#{series}", "HISTORY#")

    def forecasts(self, series: str) -> list[Json]:
        return self.query("forecasts", f"SERIES#{series}")

    def log_lines(self, function: str) -> list[Json]:
        """JSON lines of a function's log."""
        pages = (
            self.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=self.outputs["log_groups"][function])
        )
        messages = (event["message"] for page in pages for event in page["events"])
        return [json.loads(message) for message in messages if message.startswith("{")]

    def dead_letters(self, function: str) -> list[Json]:
        queue = self.outputs["dead_letter_queue_urls"][function]
        answer = self.client("sqs").receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    def subscribe_queue(self) -> str:
        """Subscribes a queue to the alert topic, so that the content of the e-mails can be shown. Returns its URL."""
        sqs, sns, topic = self.client("sqs"), self.client("sns"), self.outputs["alert_topic_arn"]
        url = sqs.create_queue(QueueName="weathervane-alerts")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        # Alarms share the topic; alerts and recoveries have an attribute of their kind.
        kinds = {"FilterPolicy": json.dumps({"kind": ["drift", "recovery"]})}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=kinds)
        return str(url)

    def next_alert(self, queue: str, kind: str, seconds: int = 1) -> Json | None:
        """Next message of a kind, `drift` or `recovery`, as SNS delivered it to the queue; others are dropped."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.client("sqs").receive_message(
                QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=min(seconds, 1)
            )
            for message in answer.get("Messages", []):
                self.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                envelope: Json = json.loads(message["Body"])
                if envelope["MessageAttributes"]["kind"]["Value"] == kind:
                    return envelope
            if time.monotonic() > deadline:
                return None


def terraform_outputs() -> Json:
    """Terraform's outputs by name. RuntimeError with Terraform's message if there are none."""
    program = os.environ.get("TERRAFORM", "terraform")
    done = subprocess.run(
        [program, f"-chdir={TERRAFORM_DIR}", "output", "-json"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"terraform output failed: {done.stderr.strip()}")
    outputs = {name: output["value"] for name, output in json.loads(done.stdout).items()}
    if not outputs:
        raise RuntimeError("the system is not deployed: run `make up` first")
    return outputs
