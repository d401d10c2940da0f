"""Command of the chaos test, on a system that was started with WEATHERVANE_CHAOS=1. It empties the system first.

The same days run twice: undisturbed, and with functions killed at every kind of write and repeated deliveries. Both runs must
leave the same objects, records and messages.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from localstack.chaos import equal, golden, plan, state, year
from localstack.service import ROOT, RUN
from localstack.system import Exchange, System

SEED = 13
MAX_SHOWN_FAULTS = 60
# Errors of a killed attempt, and of one that waited too long for a concurrent attempt or was overtaken by it.
EXPECTED_ERRORS = ("Runtime exited", "another invocation", "was lost while its work went on")
# At least 5 % of the deliveries are repeated later and 2 % at the same time; of trainings more, because there are few.
REPEATED = {
    "seed": SEED,
    "later": {"ingest": 0.05, "score": 0.05, "train": 0.2},
    "at_once": {"ingest": 0.02, "score": 0.02, "train": 0.1},
    "max_days": 3,
}


def run(days: int, train_every: int, save: Path | None = None, undisturbed_only: bool = False) -> int:
    calendar = year.Calendar(days, train_every)
    system, exchange = System(), Exchange()
    with year.quick_trainings(system):
        undisturbed, seen = run_days(system, exchange, calendar, {}, "undisturbed")
        if save:
            golden.save(save, undisturbed, seen)
        if undisturbed_only:
            return report_failures(seen)
        kills = plan.kills(seen["seen"], SEED)
        disturbed, report = run_days(system, exchange, calendar, {"kills": kills, "deliveries": REPEATED}, "disturbed")
    return compare(seen, report, undisturbed, disturbed)


def run_days(
    system: System, exchange: Exchange, calendar: year.Calendar, order: dict[str, Any], name: str
) -> tuple[state.State, dict[str, Any]]:
    """Runs the days on an empty system. Returns the state after them, and the disturber's report."""
    state.wipe(system)
    start = time.monotonic()
    report = year.run(system, exchange, calendar, order)
    left = state.read(system)
    seconds, size = time.monotonic() - start, f"{len(left.objects)} objects, {len(left.records)} records"
    say(f"{name}: {calendar.days} days in {seconds:.0f} s, {size}")
    for what, number in sorted(report["counts"].items()):
        say(f"   {what}: {number}")
    keep = ROOT / RUN / "chaos" / name
    keep.mkdir(parents=True, exist_ok=True)
    (keep / "report.json").write_text(json.dumps(report, indent=1))
    (keep / "records.json").write_text(json.dumps(left.records, indent=1, sort_keys=True))
    for key, content in left.objects.items():
        path = keep / "objects" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return left, report


def compare(seen: dict[str, Any], report: dict[str, Any], undisturbed: state.State, disturbed: state.State) -> int:
    """Exit status: 0 if both runs left the same and every kind of write was killed before and after it."""
    say(f"{len(seen['seen'])} kinds of writes, {len(report['kills'])} kills, {len(report['failures'])} failed attempts")
    faults = plan.shortfall(seen["seen"], report["kills"])
    faults += [f"failed without a kill: {failure}" for failure in unexpected(report["failures"])]
    faults += [f"failed in the undisturbed run: {failure}" for failure in seen["failures"]]
    faults += [
        f"sent only in the {name} run: {message}" for name, message in one_sided(seen["messages"], report["messages"])
    ]
    faults += equal.differences(undisturbed, disturbed)
    for fault in faults[:MAX_SHOWN_FAULTS]:
        say(f"FAULT {fault[:600]}")
    say("the disturbed run left the same as the undisturbed one" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


def report_failures(seen: dict[str, Any]) -> int:
    """Prints the failures of the undisturbed days. Returns 0 if there are none."""
    for failure in seen["failures"]:
        say(f"FAULT failed in the undisturbed days: {failure}")
    return 1 if seen["failures"] else 0


def unexpected(failures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Failed attempts that were not killed and did not meet a concurrent one."""
    return [
        failure for failure in failures if not any(word in json.dumps(failure["error"]) for word in EXPECTED_ERRORS)
    ]


def one_sided(first: dict[str, int], second: dict[str, int]) -> list[tuple[str, str]]:
    """Messages that were sent in only one run. Their number does not count, because a message may be repeated."""
    undisturbed = [("undisturbed", message) for message in sorted(first.keys() - second.keys())]
    return undisturbed + [("disturbed", message) for message in sorted(second.keys() - first.keys())]


def say(text: str) -> None:
    print(f"      {text}", flush=True)
