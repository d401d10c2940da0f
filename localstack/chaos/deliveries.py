"""Deliveries of events to functions as AWS makes them: at least once, tried again when the function fails or dies.

The emulator tries an event of EventBridge or SNS once, and gives each try a request id of its own. AWS tries three times under one
id, and may deliver an event twice, also at the same time. Which events come twice is drawn from the seed, the function and the event
itself, so the same ones do in every run.
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

# The first try and two more: what infra/terraform/functions.tf asks of Lambda.
TRIES = 3
# The thread on which the emulator runs an invocation that somebody waits for.
WAITED_FOR = "ministack-lambda-invoke"

# What of the emulator's Lambda service is replaced.
REPLACED = ("_execute_function_with_config_scope", "invoke_async_with_retry", "new_uuid")

Execute = Callable[[dict[str, Any], Any], dict[str, Any]]
GiveUp = Callable[[dict[str, Any], Any, dict[str, Any]], None]

pinned: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)


@dataclass
class Settings:
    seed: int = 0
    later: Mapping[str, float] = field(default_factory=dict)
    """Share of a function's deliveries that come again later."""
    at_once: Mapping[str, float] = field(default_factory=dict)
    """Share of a function's deliveries that come twice at the same time."""
    pause: float = 0.1
    """Seconds before the second try; twice that before the third."""
    latest: int = 0
    """How many days later the second delivery may come at most."""


@dataclass
class Again:
    """A delivery that is to come a second time."""

    function: str
    func: dict[str, Any]
    event: Any
    request_id: str
    accepted: int
    """The day it came first."""
    due: int
    """The day it comes again."""


class Deliveries:
    """All deliveries to functions, and what became of them."""

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
        self.again: list[Again] = []
        self.failures: list[dict[str, Any]] = []
        self.dead: list[dict[str, Any]] = []
        self.told = 0

    def accept(self, func: dict[str, Any], event: Any) -> None:
        """Takes an event for a function: returns at once, as Lambda's queue does."""
        function, request_id = name_of(func), str(uuid.uuid4())
        draw = drawn(self.settings.seed, function, event)
        later, at_once = self.settings.later.get(function, 0.0), self.settings.at_once.get(function, 0.0)
        with self.lock:
            self.accepted += 1
            self.counts[f"{function} delivered"] += 1
            if draw < later:
                self.counts[f"{function} again later"] += 1
                wait = 0 if self.alone else int(draw / later * (self.settings.latest + 1))
                self.again.append(Again(function, func, event, request_id, self.day, self.day + wait))
        copies = 2 if later <= draw < later + at_once else 1
        if copies == 2:
            self.count(f"{function} twice at the same time")
        for _ in range(copies):
            self.start(function, func, event, request_id)

    def begin_day(self, day: int, alone: bool) -> None:
        """The next day; `alone` when what comes on it would see another market on any other."""
        with self.lock:
            self.day, self.alone = day, alone

    def redeliver(self) -> int:
        """Delivers again what is due by now; how many."""
        with self.lock:
            ready = [one for one in self.again if one.due <= self.day and (not self.alone or one.accepted == self.day)]
            self.again = [one for one in self.again if one not in ready]
        for again in ready:
            # Its retries have the first one's id; so has an event that Lambda's queue hands out twice.
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
        try:
            for attempt in range(TRIES):
                if attempt:
                    time.sleep(self.settings.pause * 2 ** (attempt - 1))
                result = self.execute(func, event)
                if not result.get("error"):
                    self.count(f"{function} succeeded at try {attempt + 1}")
                    return
                with self.lock:
                    self.failures.append({"function": function, "try": attempt + 1, "event": event, "error": result.get("body")})
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
            return {"accepted": self.accepted, "in_flight": self.in_flight, "again": len(self.again), "dead": len(self.dead)}

    def newly_dead(self) -> list[str]:
        """Functions with deliveries that were given up since this was asked last."""
        with self.lock:
            functions = sorted({dead["function"] for dead in self.dead[self.told :]})
            self.told = len(self.dead)
        return functions

    def report(self) -> dict[str, Any]:
        with self.lock:
            return {"counts": dict(self.counts), "failures": list(self.failures), "dead": list(self.dead)}


def drawn(seed: int, function: str, event: Any) -> float:
    """A number from 0 up to 1 that belongs to the event. What a bus or a topic delivers counts by what it says: its id and its time
    differ from run to run."""
    envelope = event if isinstance(event, dict) else {}
    alerts = [json.loads(record["Sns"]["Message"]) for record in envelope.get("Records", [])]
    content = [[alert.get(name) for name in ("series", "as_of", "kind")] for alert in alerts] or envelope.get("detail", event)
    digest = hashlib.sha256(json.dumps([seed, function, content], sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def name_of(func: dict[str, Any]) -> str:
    """`train` of `weathervane-train`."""
    config = func.get("config") or func
    return str(config.get("FunctionName", "")).rpartition("-")[2]


class Installed:
    """These deliveries in place of the emulator's, for schedules, events of the bus and messages of a topic; until `remove`."""

    def __init__(self, settings: Settings) -> None:
        from ministack.services import lambda_svc

        self.module = lambda_svc
        self.replaced = {name: getattr(lambda_svc, name) for name in REPLACED}
        execute, new_uuid = self.replaced["_execute_function_with_config_scope"], self.replaced["new_uuid"]
        deliveries = self.deliveries = Deliveries(settings, execute, self.give_up)

        def run(func: dict[str, Any], event: Any) -> dict[str, Any]:
            if threading.current_thread().name == WAITED_FOR:
                return execute(func, event)
            deliveries.accept(func, event)
            return {}

        lambda_svc._execute_function_with_config_scope = run
        lambda_svc.invoke_async_with_retry = deliveries.accept
        lambda_svc.new_uuid = lambda: pinned.get() or new_uuid()

    def give_up(self, func: dict[str, Any], event: Any, result: dict[str, Any]) -> None:
        """To the function's dead-letter queue, as the emulator does it."""
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
