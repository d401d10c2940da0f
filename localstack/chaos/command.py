"""The chaos test: `python -m chaos [--days N]` on a system that is up and was started with WEATHERVANE_CHAOS=1. It empties it first.

The year passes twice: undisturbed, and with functions killed at every kind of write and deliveries doubled. Both have to leave the same
behind.
"""

from __future__ import annotations

import json
import time
from typing import Any

from localstack.service import ROOT, RUN
from localstack.system import Exchange, System

from localstack.chaos import equal, plan, state, year

SEED = 13
SHOWN = 60
# What a killed function's try ends with, and one that waited in vain for a try at work at the same time, or was overtaken by it.
EXPECTED = ("Runtime exited", "another invocation", "was lost while its work went on")
# At least 5 % of the deliveries come again later and 2 % twice at the same time; trainings are few, so more of theirs.
DOUBLED = {
    "seed": SEED,
    "later": {"ingest": 0.05, "score": 0.05, "train": 0.2},
    "at_once": {"ingest": 0.02, "score": 0.02, "train": 0.1},
    "latest": 3,
}


def run(days: int, train_every: int) -> int:
    calendar = year.Calendar(days, train_every)
    system, exchange = System(), Exchange()
    with year.quick_trainings(system):
        undisturbed, seen = passed(system, exchange, calendar, {}, "undisturbed")
        kills = plan.kills(seen["seen"], SEED)
        disturbed, report = passed(system, exchange, calendar, {"kills": kills, "deliveries": DOUBLED}, "disturbed")
    return tell(seen, report, undisturbed, disturbed)


def passed(
    system: System, exchange: Exchange, calendar: year.Calendar, order: dict[str, Any], name: str
) -> tuple[state.State, dict[str, Any]]:
    """One year on an empty system: what it left, and what the disturber saw."""
    state.wipe(system)
    start = time.monotonic()
    report = year.run(system, exchange, calendar, order)
    left = state.read(system)
    say(f"{name}: {calendar.days} days in {time.monotonic() - start:.0f} s, {len(left.objects)} objects, {len(left.records)} records")
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


def tell(seen: dict[str, Any], report: dict[str, Any], undisturbed: state.State, disturbed: state.State) -> int:
    """The verdict: status 0 when both years left the same and every kind of write was killed on both sides."""
    say(f"{len(seen['seen'])} kinds of writes, {len(report['kills'])} kills, {len(report['failures'])} failed tries")
    faults = plan.shortfall(seen["seen"], report["kills"])
    faults += [f"no function failed by itself, but one did: {failure}" for failure in by_itself(report["failures"])]
    faults += [f"failed in the undisturbed year: {failure}" for failure in seen["failures"]]
    faults += [f"said only in the {name} year: {one}" for name, one in unlike(seen["messages"], report["messages"])]
    faults += equal.differences(undisturbed, disturbed)
    for fault in faults[:SHOWN]:
        say(f"FAULT {fault[:600]}")
    say("the disturbed year left what the undisturbed one left" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


def by_itself(failures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tries that failed though nobody killed them, but for those that found another one at work."""
    return [one for one in failures if not any(word in json.dumps(one["error"]) for word in EXPECTED)]


def unlike(first: dict[str, int], second: dict[str, int]) -> list[tuple[str, str]]:
    """Messages that were sent in one year alone. How often does not count: a message may come twice."""
    return [("undisturbed", one) for one in sorted(first.keys() - second.keys())] + [
        ("disturbed", one) for one in sorted(second.keys() - first.keys())
    ]


def say(text: str) -> None:
    print(f"      {text}", flush=True)
