"""The days of a year, as schedules and the bus bring them, one after another in simulated time."""

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

from system import ROOT, Market, System, http, parse_time, rfc3339

SYMBOL = "ETH-USD"
SERIES = ("eth-usd-1d-h1", "eth-usd-1d-h7")
SOURCES = ("coinbase", "bitstamp", "kraken", "binance", "yahoo")
# A training of some hundred milliseconds: four trials of one family, nothing shrunk, and a gate that every second chance passes,
# so that a year sees promotions, rejections and alerts' trainings.
TRAINING = {
    "folds": 2,
    "evidence_penalty": 0,
    "resamples": 200,
    "search": {"trials": 4, "startup": 2, "batch": 2, "families": ["logistic"]},
    "gate": {"confidence": 0.5, "resamples": 200},
}
TO_SPARE = 30
"""Days between the end of the year and that of the market."""
LONGEST = 120.0
"""Seconds that the deliveries of a day may take."""
MOST_REDRIVES = 20
"""How often the dead letters of a day are given to their functions again: the first training takes all kills of its writes."""
DEAD_LETTERS = ROOT / "infra" / "dead_letters.py"


@dataclass(frozen=True)
class Calendar:
    days: int
    train_every: int = 30

    def first(self, market: Market) -> datetime:
        """Midnight of the first day, so that every outcome lies in the past: all of it is a replay then."""
        return parse_time(market.status()["end"]["1d"]) - timedelta(days=self.days + TO_SPARE)


class Control:
    """The disturber's controls."""

    def __init__(self) -> None:
        self.url = os.environ["AWS_ENDPOINT_URL"] + "/_chaos/"

    def order(self, what: str, body: Any = None) -> Any:
        status, _, answer = http("POST", self.url + what, body or {}, timeout=60)
        if status != 200:
            raise RuntimeError(f"{self.url}{what}: {status} {answer}: is the emulator started with WEATHERVANE_CHAOS=1?")
        return answer

    def settle(self) -> None:
        """Waits until every delivery has succeeded or is given up, those that they led to as well; the operator gives what was given
        up to its function again, as often as it takes."""
        for _ in range(MOST_REDRIVES):
            self.calm()
            functions = self.order("dead")["functions"]
            if not functions:
                return
            for function in functions:
                subprocess.run([sys.executable, DEAD_LETTERS, "again", function], check=True, capture_output=True)
        raise RuntimeError(f"given up again and again: {functions}")

    def calm(self) -> None:
        deadline, calm = time.monotonic() + LONGEST, 0
        while calm < 2:
            calm = calm + 1 if self.order("status")["in_flight"] == 0 else 0
            if time.monotonic() > deadline:
                raise TimeoutError(f"deliveries are still at work after {LONGEST:.0f} s: {self.order('status')}")
            time.sleep(0.015)


@contextmanager
def quick_trainings(system: System) -> Iterator[None]:
    """The deployed train function with another configuration of trainings, and as it was before afterwards."""
    functions, name = system.client("lambda"), system.outputs["function_names"]["train"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = before | {"WEATHERVANE_TRAINING": json.dumps(TRAINING)}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})


def run(system: System, market: Market, calendar: Calendar, order: Mapping[str, Any]) -> dict[str, Any]:
    """A year from an empty lake to its last day; what the disturber saw."""
    control, first = Control(), calendar.first(market)
    control.order("begin", order)
    market.clear_faults()
    market.set_regime("crisis", first + timedelta(days=calendar.days // 2))
    start = market.status()["start"]["1d"]
    for day in range(calendar.days + 1):
        now = first + timedelta(days=day, minutes=5)
        faults = faults_of(day, calendar, now)
        market.set_clock(now)
        for fault in faults:
            market.fault(**fault)
        # A second delivery of the first day's score, which finds no champion yet, would find one after the training.
        control.order("day", {"day": day, "alone": bool(faults) or day == 0})
        system.invoke("ingest", ask(now) if day else {**ask(now), "from": start}, wait=False)
        control.settle()
        if day == 0:
            redeliver(control)
        if day % calendar.train_every == 0:
            train(system, control, now)
        redeliver(control)
        if faults:
            market.clear_faults()
    return control.order("end")


def faults_of(day: int, calendar: Calendar, now: datetime) -> list[dict[str, Any]]:
    """What the sources do on a few days of the year, by tenths of it. None of them makes ingest pause: pauses are real time."""
    newest = rfc3339(now.replace(hour=0, minute=0) - timedelta(days=1))
    days = {
        # The newest bar comes from another source, and is asked of the first again.
        calendar.days * 2 // 10: [{"source": "coinbase", "kind": "stale"}],
        # Nobody has the bar for two days: a gap, found again later.
        calendar.days * 4 // 10: [{"source": source, "kind": "missing", "at": newest} for source in SOURCES],
        calendar.days * 4 // 10 + 1: [{"source": source, "kind": "missing", "at": rfc3339(parse_time(newest) - timedelta(days=1))} for source in SOURCES],
        # The first source disagrees with its witness; the next day it corrects itself.
        calendar.days * 6 // 10: [{"source": "coinbase", "kind": "off_by"}],
    }
    return days.get(day, []) if day else []


def ask(now: datetime) -> dict[str, str]:
    return {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)}


def redeliver(control: Control) -> None:
    """What comes a second time by now."""
    control.order("redeliver")
    control.settle()


def train(system: System, control: Control, now: datetime) -> None:
    """What the weekly schedule does, of all series at the same time."""
    for series in SERIES:
        system.invoke("train", {"series": series, "reason": "schedule", "as_of": rfc3339(now)}, wait=False)
    control.settle()
