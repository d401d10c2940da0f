"""Start-up times, response times and memory of a function behind the Runtime API, or of a web server."""

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
from localstack.service import ROOT

# Seconds and MB, by the names of ROWS.
Numbers = dict[str, float]
# Numbers, and the response, so that it can be compared.
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
# After this pause both functions read the registry and the window again.
PAUSE_SECONDS = 5.1


# Responses of each process that are not counted, because of work that is done once.
WARM_UP_CALLS = 20


@dataclass(frozen=True)
class Effort:
    """Number of processes, of warm responses from each, and of responses from the last one after a pause.

    Processes differ by a factor of two in speed for all of their life, so that warm responses of all of them count."""

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
    """Numbers of a function that gets the requests in turn, and its response to the first one."""
    events = [http_event(*request) for request in requests]
    inits, firsts, warm, own, later, memory = [], [], [], [], [], 0.0
    answer: Any = None
    for start in range(effort.starts):
        pauses = effort.pauses if start == effort.starts - 1 else 0
        with tempfile.TemporaryFile() as log:
            process = Process(command, environment, log)
            try:
                _, raw = process.invoke(events[0])
                firsts.append(time.perf_counter() - process.started)
                inits.append(process.init)
                answer = body(raw)
                for place in range(max(WARM_UP_CALLS, len(events))):
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
    """Body of a function's response; RuntimeError if its status is not 200."""
    answer = json.loads(raw)
    if answer["statusCode"] != 200:
        raise RuntimeError(f"answered {answer}")
    return json.loads(answer["body"])


def own_seconds(log: IO[bytes]) -> list[float]:
    """Durations that the function logs itself, if it does, in seconds."""
    log.seek(0)
    lines = [json.loads(line) for line in log.read().splitlines() if b'"duration_us"' in line]
    return [line["duration_us"] / 1e6 for line in lines]


def server(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, request: Request, effort: Effort
) -> Answered:
    """Numbers of a web server, and its response to the first request."""
    _, path, content = request
    sent = json.dumps(content).encode()
    inits, firsts, warm, memory = [], [], [], 0.0
    answer: Any = None
    for _ in range(effort.starts):
        with Server(command, environment, directory) as running:
            _, answer = running.post(path, sent)
            firsts.append(time.perf_counter() - running.started)
            inits.append(running.init)
            for _ in range(WARM_UP_CALLS):
                running.post(path, sent)
            warm += [running.post(path, sent)[0] for _ in range(effort.warm)]
            memory = max(memory, running.peak_memory_mb())
    return summary(inits, firsts, warm, memory), answer


@contextmanager
def aws(directory: Path) -> Iterator[str]:
    """Fake AWS as a process. Yields its address."""
    command = [sys.executable, "-m", "bench.predict.fake_aws", str(directory)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def fake_aws_seconds(endpoint: str, key: str) -> float:
    """Seconds that the fake AWS takes to return an object, measured by a client in Python."""
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))
    seconds = []
    for _ in range(200):
        start = time.perf_counter()
        connection.request("GET", f"/bench/{key}")
        connection.getresponse().read()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def table(title: str, columns: Mapping[str, Numbers]) -> None:
    """Prints one column per side, as in BENCHMARKS.md, and after all but the first the ratio to the first."""
    (first, ours), *peers = columns.items()
    print(f"\n| {title:26} | {first:>9} |" + "".join(f" {name:>18} | {'x':>6} |" for name, _ in peers))
    print("| --- |" + " --- |" * (len(columns) + len(peers)))
    for key, (label, unit) in ROWS.items():
        if key in ours:
            cells = [f"{format_number(ours[key] * unit):>9}"]
            for _, numbers in peers:
                value = numbers.get(key)
                cells += [
                    f"{format_number(value * unit) if value else '':>18}",
                    f"{value / ours[key]:6.1f}" if value else " " * 6,
                ]
            print(f"| {label:26} | " + " | ".join(cells) + " |", flush=True)


def format_number(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.1f}"
