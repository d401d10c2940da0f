"""Numbers of a function behind the Runtime API or of a web server: how it starts, how it answers, what it takes."""

from __future__ import annotations

import http.client
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any

from bench.predict.runtime_api import Process, http_event
from bench.predict.server import Server

# In seconds and MB, by the names of ROWS.
Numbers = dict[str, float]
# With them what was answered, so that it can be compared.
Answered = tuple[Numbers, Any]
# Method, path and body.
Request = tuple[str, str, Any]

ROWS = {
    "init": ("start to ready, ms", 1e3),
    "first": ("start to first answer, ms", 1e3),
    "p50": ("warm answer p50, ms", 1e3),
    "p99": ("warm answer p99, ms", 1e3),
    "own p50": ("by its own clock p50, ms", 1e3),
    "own p99": ("by its own clock p99, ms", 1e3),
    "later": ("answer after a pause, ms", 1e3),
    "memory": ("peak memory, MB", 1),
}
# So old, both functions ask the registry and the window again.
PAUSE_SECONDS = 5.1


# Answers of each process that do not count, for whatever is done once.
SETTLING = 20


@dataclass(frozen=True)
class Effort:
    """How often a process is started, how many warm answers each gives, and how many the last one after a pause. A process
    keeps for life what it got of the machine, which differs by a factor of two; so warm answers are of all of them."""

    starts: int
    warm: int
    pauses: int = 0


def percentile(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[math.ceil(share * len(seconds)) - 1]


def summary(inits: list[float], firsts: list[float], warm: list[float], memory: float) -> Numbers:
    return {
        "init": median(inits),
        "first": median(firsts),
        "p50": median(warm),
        "p99": percentile(warm, 0.99),
        "memory": memory,
    }


def function(
    command: Sequence[str], environment: Mapping[str, str], requests: Sequence[Request], effort: Effort
) -> Answered:
    """Asks in turn, once each before it counts; also what the first request was answered."""
    events = [http_event(*request) for request in requests]
    inits, firsts, warm, own, later, memory = [], [], [], [], [], 0.0
    for start in range(effort.starts):
        pauses = effort.pauses if start == effort.starts - 1 else 0
        with tempfile.TemporaryFile() as log:
            process = Process(command, environment, log)
            try:
                _, raw = process.invoke(events[0])
                firsts.append(time.perf_counter() - process.started)
                inits.append(process.init)
                answer = body(raw)
                for place in range(max(SETTLING, len(events))):
                    body(process.invoke(events[place % len(events)])[1])
                warm += [process.invoke(events[place % len(events)])[0] for place in range(effort.warm)]
                later += [after_pause(process, events[0]) for _ in range(pauses)]
                memory = max(memory, process.peak_memory_mb())
            finally:
                process.end()
            own += own_seconds(log)[-effort.warm - pauses :][: effort.warm]
    numbers = summary(inits, firsts, warm, memory)
    numbers |= {"own p50": median(own), "own p99": percentile(own, 0.99)} if own else {}
    return numbers | ({"later": median(later)} if later else {}), answer


def after_pause(process: Process, event: bytes) -> float:
    time.sleep(PAUSE_SECONDS)
    return process.invoke(event)[0]


def body(raw: bytes) -> Any:
    """Of a function's answer; RuntimeError when its status is not 200."""
    answer = json.loads(raw)
    if answer["statusCode"] != 200:
        raise RuntimeError(f"answered {answer}")
    return json.loads(answer["body"])


def own_seconds(log: IO[bytes]) -> list[float]:
    """What the function's log says of its own time for each answer, where it does."""
    log.seek(0)
    lines = [json.loads(line) for line in log.read().splitlines() if b'"duration_us"' in line]
    return [line["duration_us"] / 1e6 for line in lines]


def server(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, request: Request, effort: Effort
) -> Answered:
    """The same of a web server."""
    _, path, content = request
    sent = json.dumps(content).encode()
    inits, firsts, warm, memory = [], [], [], 0.0
    for _ in range(effort.starts):
        with Server(command, environment, directory) as one:
            _, answer = one.post(path, sent)
            firsts.append(time.perf_counter() - one.started)
            inits.append(one.init)
            for _ in range(SETTLING):
                one.post(path, sent)
            warm += [one.post(path, sent)[0] for _ in range(effort.warm)]
            memory = max(memory, one.peak_memory_mb())
    return summary(inits, firsts, warm, memory), answer


@contextmanager
def aws(directory: Path) -> Iterator[str]:
    """The stand-in for AWS as a process; its address."""
    script = Path(__file__).with_name("predict_aws.py")
    process = subprocess.Popen([sys.executable, str(script), str(directory)], stdout=subprocess.PIPE)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def stand_in_seconds(endpoint: str, key: str) -> float:
    """What the stand-in takes to hand out an object, as Python's client sees it."""
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))
    seconds = []
    for _ in range(200):
        start = time.perf_counter()
        connection.request("GET", f"/bench/{key}")
        connection.getresponse().read()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def table(title: str, columns: Mapping[str, Numbers]) -> None:
    """A column each, as in BENCHMARKS.md; behind all but the first how many times the first it is."""
    (first, ours), *peers = columns.items()
    print(f"\n| {title:26} | {first:>9} |" + "".join(f" {name:>18} | {'x':>6} |" for name, _ in peers))
    print("| --- |" + " --- |" * (len(columns) + len(peers)))
    for key, (label, unit) in ROWS.items():
        if key in ours:
            cells = [f"{shown(ours[key] * unit):>9}"]
            for _, numbers in peers:
                value = numbers.get(key)
                cells += [
                    f"{shown(value * unit) if value else '':>18}",
                    f"{value / ours[key]:6.1f}" if value else " " * 6,
                ]
            print(f"| {label:26} | " + " | ".join(cells) + " |", flush=True)


def shown(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.1f}"
