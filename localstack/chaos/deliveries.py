"""Deliveries of events to functions as AWS makes them: at least once, and again if the function fails or dies.

The emulator tries an event of EventBridge or SNS once, and each attempt has a request id of its own. AWS tries three times
under one id, and may deliver an event twice, also at the same time. The repeated events are drawn from the seed, the
function and the event itself, so that they are the same in every run.
"""

from __future__ import annotations

import contextvars
import hashlib
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# One attempt and two retries, as infra/terraform/functions.tf configures Lambda.
MAX_ATTEMPTS = 3
# Name of the thread on which the emulator runs a synchronous invocation.
SYNCHRONOUS_THREAD = "ministack-lambda-invoke"

# Functions of the emulator's Lambda service that are replaced.
REPLACED = ("_execute_function_with_config_scope", "invoke_async_with_retry", "new_uuid")

Execute = Callable[[dict[str, Any], Any], dict[str, Any]]
GiveUp = Callable[[dict[str, Any], Any, dict[str, Any]], None]

pinned: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)


@dataclass
class Settings:
    seed: int = 0
    later: Mapping[str, float] = field(default_factory=dict)
    """Share of deliveries that are repeated later, by function."""
    at_once: Mapping[str, float] = field(default_factory=dict)
    """Share of deliveries that are repeated at the same time, by function."""
    pause: float = 0.1
    """Seconds before the second attempt; twice that before the third."""
    max_days: int = 0
    """Maximal number of days until the repetition."""


@dataclass
class Repetition:
    """Delivery that will be repeated."""

    function: str
    func: dict[str, Any]
    event: Any
    request_id: str
    accepted: int
    """Day of the first delivery."""
    due: int
    """Day of the repetition."""


class Deliveries:
    """All deliveries to functions, and their results."""

    def __init__(self, settings: Settings, execute: Execute, give_up: GiveUp) -> None:
        self.settings = settings
        self.execute = execute
        self.give_up = give_up
        self.lock = threading.Lock()
        self.day = 0
        self.alone = False
        self.accepted = 0
        self.in_flight = 0
        self.counts: Counter[str] = Counter()
        self.repetitions: list[Repetition] = []
        self.failures: list[dict[str, Any]] = []
        self.dead: list[dict[str, Any]] = []
        self.reported_dead = 0

    def accept(self, func: dict[str, Any], event: Any) -> None:
        """Accepts an event for a function and returns at once, as Lambda's queue does."""
        function, request_id = name_of(func), str(uuid.uuid4())
        position = draw(self.settings.seed, function, event)
        later, at_once = self.settings.later.get(function, 0.0), self.settings.at_once.get(function, 0.0)
        with self.lock:
            self.accepted += 1
            self.counts[f"{function} delivered"] += 1
            if position < later:
                self.counts[f"{function} repeated later"] += 1
                wait = 0 if self.alone else int(position / later * (self.settings.max_days + 1))
                self.repetitions.append(Repetition(function, func, event, request_id, self.day, self.day + wait))
        copies = 2 if later <= position < later + at_once else 1
        if copies == 2:
            self.count(f"{function} repeated at the same time")
        for _ in range(copies):
            self.start(function, func, event, request_id)

    def begin_day(self, day: int, alone: bool) -> None:
        """Starts a day; `alone` if its events would find other market data on any other day."""
        with self.lock:
            self.day, self.alone = day, alone

    def redeliver(self) -> int:
        """Repeats the deliveries that are due. Returns their number."""
        with self.lock:
            ready = [
                again
                for again in self.repetitions
                if again.due <= self.day and (not self.alone or again.accepted == self.day)
            ]
            self.repetitions = [again for again in self.repetitions if again not in ready]
        for again in ready:
            # With the same id, as retries and events that Lambda's queue delivers twice have it.
            self.start(again.function, again.func, again.event, again.request_id)
        return len(ready)

    def start(self, function: str, func: dict[str, Any], event: Any, request_id: str) -> None:
        with self.lock:
            self.in_flight += 1
        context = contextvars.copy_context()
        arguments = (self.deliver, function, func, event, request_id)
        threading.Thread(target=context.run, args=arguments, daemon=True, name=f"delivery-{function}").start()

    def deliver(self, function: str, func: dict[str, Any], event: Any, request_id: str) -> None:
        pinned.set(request_id)
        result: dict[str, Any] = {}
        try:
            for attempt in range(MAX_ATTEMPTS):
                if attempt:
                    time.sleep(self.settings.pause * 2 ** (attempt - 1))
                result = self.execute(func, event)
                if not result.get("error"):
                    self.count(f"{function} succeeded at attempt {attempt + 1}")
                    return
                with self.lock:
                    self.failures.append(
                        {"function": function, "attempt": attempt + 1, "event": event, "error": result.get("body")}
                    )
            self.count(f"{function} given up")
            self.give_up(func, event, result)
            with self.lock:
                self.dead.append({"function": function, "event": event, "error": result.get("body")})
        finally:
            with self.lock:
                self.in_flight -= 1

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def status(self) -> dict[str, Any]:
        with self.lock:
            return {
                "accepted": self.accepted,
                "in_flight": self.in_flight,
                "again": len(self.repetitions),
                "dead": len(self.dead),
            }

    def newly_dead(self) -> list[str]:
        """Functions with deliveries that were given up since the last call."""
        with self.lock:
            functions = sorted({dead["function"] for dead in self.dead[self.reported_dead :]})
            self.reported_dead = len(self.dead)
        return functions

    def report(self) -> dict[str, Any]:
        with self.lock:
            return {"counts": dict(self.counts), "failures": list(self.failures), "dead": list(self.dead)}


def draw(seed: int, function: str, event: Any) -> float:
    """Number in [0, 1) of an event. Deliveries of a bus or a topic count by their content, because id and time differ
    between runs."""
    envelope = event if isinstance(event, dict) else {}
    alerts = [json.loads(record["Sns"]["Message"]) for record in envelope.get("Records", [])]
    contents = [[alert.get(name) for name in ("series", "as_of", "kind")] for alert in alerts]
    content = contents or envelope.get("detail", event)
    digest = hashlib.sha256(json.dumps([seed, function, content], sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def name_of(func: dict[str, Any]) -> str:
    """Short name of a function: `train` of `weathervane-train`."""
    config = func.get("config") or func
    return str(config.get("FunctionName", "")).rpartition("-")[2]


class Installed:
    """Replaces the emulator's deliveries of schedules, bus events and SNS messages by these, until `remove`."""

    def __init__(self, settings: Settings) -> None:
        from ministack.services import lambda_svc

        self.module = lambda_svc
        self.replaced = {name: getattr(lambda_svc, name) for name in REPLACED}
        execute, new_uuid = self.replaced["_execute_function_with_config_scope"], self.replaced["new_uuid"]
        deliveries = self.deliveries = Deliveries(settings, execute, self.give_up)

        def run(func: dict[str, Any], event: Any) -> dict[str, Any]:
            if threading.current_thread().name == SYNCHRONOUS_THREAD:
                return dict(execute(func, event))
            deliveries.accept(func, event)
            return {}

        lambda_svc._execute_function_with_config_scope = run
        lambda_svc.invoke_async_with_retry = deliveries.accept
        lambda_svc.new_uuid = lambda: pinned.get() or new_uuid()

    def give_up(self, func: dict[str, Any], event: Any, result: dict[str, Any]) -> None:
        """Sends the event to the function's dead-letter queue, as the emulator does."""
        config = func.get("config") or func
        invoke = func.get("event_invoke_config") or {}
        destination = ((invoke.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        target = destination or (config.get("DeadLetterConfig") or {}).get("TargetArn")
        if target:
            route = self.module._route_async_failure
            self.module._run_with_function_config_scope(func, route, target, config["FunctionName"], event, result)

    def remove(self) -> None:
        for name, original in self.replaced.items():
            setattr(self.module, name, original)
