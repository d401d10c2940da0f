"""Simulated days, one after another, with the events that schedules and the bus would bring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from localstack.service import ROOT
from localstack.system import Exchange, System, http, parse_time, rfc3339

SYMBOL = "ETH-USD"
SERIES = ("eth-usd-1d-h1", "eth-usd-1d-h7")
SOURCES = ("coinbase", "bitstamp", "kraken", "binance", "yahoo")
# Trainings of a few hundred milliseconds: four trials of one family, no shrinkage, and a gate that chance passes half of the
# time, so that a year has promotions, rejections and trainings of alerts.
TRAINING = {
    "folds": 2,
    "evidence_penalty": 0,
    "resamples": 200,
    "search": {"trials": 4, "startup": 2, "batch": 2, "families": ["logistic"]},
    "gate": {"confidence": 0.5, "resamples": 200},
}
DAYS_AFTER = 30
"""Days between the last simulated day and the end of the exchange's history."""
MAX_DAY_SECONDS = 120.0
"""Time limit for the deliveries of one day."""
MAX_REDRIVES = 20
"""Limit of redrives per day: the first training meets all kills of its writes."""
DEAD_LETTERS = ROOT / "infra" / "dead_letters.py"


@dataclass(frozen=True)
class Calendar:
    days: int
    train_every: int = 30

    def first(self, exchange: Exchange) -> datetime:
        """Midnight of the first day. Every outcome lies in the past then, so that all days are replays."""
        return parse_time(exchange.status()["end"]["1d"]) - timedelta(days=self.days + DAYS_AFTER)


class Control:
    """Controls of the disturber."""

    def __init__(self) -> None:
        self.url = os.environ["AWS_ENDPOINT_URL"] + "/_chaos/"

    def order(self, what: str, body: Any = None) -> Any:
        status, _, answer = http("POST", self.url + what, body or {}, timeout=60)
        if status != 200:
            raise RuntimeError(
                f"{self.url}{what}: {status} {answer}: is the emulator started with WEATHERVANE_CHAOS=1?"
            )
        return answer

    def settle(self) -> None:
        """Waits until every delivery, and every one that it caused, has succeeded or is given up. Dead letters are redriven
        until all succeed."""
        functions: list[str] = []
        for _ in range(MAX_REDRIVES):
            self.wait_until_idle()
            functions = self.order("dead")["functions"]
            if not functions:
                return
            for function in functions:
                subprocess.run([sys.executable, DEAD_LETTERS, "redrive", function], check=True, capture_output=True)
        raise RuntimeError(f"events are given up again and again: {functions}")

    def wait_until_idle(self) -> None:
        deadline, calm = time.monotonic() + MAX_DAY_SECONDS, 0
        while calm < 2:
            calm = calm + 1 if self.order("status")["in_flight"] == 0 else 0
            if time.monotonic() > deadline:
                raise TimeoutError(f"deliveries still run after {MAX_DAY_SECONDS:.0f} s: {self.order('status')}")
            time.sleep(0.015)


@contextmanager
def quick_trainings(system: System) -> Iterator[None]:
    """Configures the deployed train function for quick trainings, and restores its configuration afterwards."""
    functions, name = system.client("lambda"), system.outputs["function_names"]["train"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = before | {"WEATHERVANE_TRAINING": json.dumps(TRAINING)}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})


def run(system: System, exchange: Exchange, calendar: Calendar, order: Mapping[str, Any]) -> dict[str, Any]:
    """Runs all days from an empty lake. Returns the report of the disturber."""
    control, first = Control(), calendar.first(exchange)
    control.order("begin", order)
    exchange.clear_faults()
    exchange.set_regime("crisis", first + timedelta(days=calendar.days // 2))
    start = exchange.status()["start"]["1d"]
    for day in range(calendar.days + 1):
        now = first + timedelta(days=day, minutes=5)
        faults = faults_of(day, calendar, now)
        exchange.set_clock(now)
        for fault in faults:
            exchange.fault(**fault)
        # A repetition of the first score, which finds no champion, would find one after the training.
        control.order("day", {"day": day, "alone": bool(faults) or day == 0})
        system.invoke("ingest", ingest_event(now) if day else {**ingest_event(now), "from": start}, wait=False)
        control.settle()
        if day == 0:
            redeliver(control)
        if day % calendar.train_every == 0:
            train(system, control, now)
        redeliver(control)
        if faults:
            exchange.clear_faults()
    return dict(control.order("end"))


def faults_of(day: int, calendar: Calendar, now: datetime) -> list[dict[str, Any]]:
    """Faults of the sources on a few days. None of them makes ingest pause, because pauses take real time."""
    newest = rfc3339(now.replace(hour=0, minute=0) - timedelta(days=1))
    days = {
        # The newest bar comes from another source, and the first is asked again.
        calendar.days * 2 // 10: [{"source": "coinbase", "kind": "stale"}],
        # No source has the bar for two days: a gap that is filled later.
        calendar.days * 4 // 10: [{"source": source, "kind": "missing", "at": newest} for source in SOURCES],
        calendar.days * 4 // 10 + 1: [
            {"source": source, "kind": "missing", "at": rfc3339(parse_time(newest) - timedelta(days=1))}
            for source in SOURCES
        ],
        # The first source disagrees with its cross-check; the next day it is right again.
        calendar.days * 6 // 10: [{"source": "coinbase", "kind": "off_by"}],
    }
    return days.get(day, []) if day else []


def ingest_event(now: datetime) -> dict[str, str]:
    return {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)}


def redeliver(control: Control) -> None:
    """Repeats the deliveries that are due."""
    control.order("redeliver")
    control.settle()


def train(system: System, control: Control, now: datetime) -> None:
    """Starts trainings of all series at the same time, as the schedule does."""
    for series in SERIES:
        system.invoke("train", {"series": series, "reason": "schedule", "as_of": rfc3339(now)}, wait=False)
    control.settle()
