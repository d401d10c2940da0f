"""Load on predict behind the emulator's API Gateway, also while champions are swapped: `make bench-gateway`.

Needs a deployed system without models: it registers the versions of bench/predict/models.py as trainings would, and moves the
alias as promotions do. The emulator is a Python program on the same machine as the load and all instances of the function,
so that response times are mostly its own.

While champions are swapped every second, each response must have status 200 and all its fields of one version. A version
serves again only after all others, so that the time for which a replaced one still responds is unambiguous.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from bench.predict.champions import Champions
from bench.predict.compare import SERIES, data
from bench.predict.measure import percentile
from bench.predict.runtime_api import memory_mb
from localstack.system import System

LOADS = {1: 500, 32: 4_000}
SWAPPED, CONNECTIONS = 20_000, 32
PERIOD = 1.0
# Cache time of predict, functions/predict/src/load.rs, and the duration of a swap.
CACHE_TTL, SWAP_SECONDS = 5.0, 0.3
# Allowed growth of an instance's memory between the first fifth of the time and the end.
MAX_GROWTH_MB = 4.0
SERIES_PATH = f"/v1/series/{SERIES[0]}/forecast"


@dataclass(frozen=True)
class Answer:
    """Times are of `time.perf_counter`."""

    sent: float
    received: float
    status: int
    content: bytes


def publish(system: System, directory: Path) -> dict[int, dict[str, Any]]:
    """Stores window, artifacts and registry items as a training would. Returns the records of the versions."""
    s3, dynamodb = system.client("s3"), system.client("dynamodb")
    objects, items = directory / "objects", json.loads((directory / "items.json").read_text())
    for path in objects.rglob("*.wvm"):
        s3.put_object(Bucket=system.outputs["bucket"], Key=str(path.relative_to(objects)), Body=path.read_bytes())
    window = "window/ETH-USD/1d.json"
    s3.put_object(Bucket=system.outputs["bucket"], Key=window, Body=(objects / window).read_bytes())
    for item in items:
        dynamodb.put_item(TableName=system.outputs["table_names"]["registry"], Item=item)
    records = [item for item in items if item["sk"]["S"].startswith("VERSION#")]
    return {int(record["version"]["N"]): record for record in records}


async def load(url: str, connections: int, count: int, beside: Any = None) -> list[Answer]:
    """Responses to `count` requests over `connections`, each of which always has one request in flight. `beside` is a
    coroutine that runs meanwhile."""
    answers: list[Answer] = []
    left = iter(range(count))
    # Not every resolver knows names under `localhost`.
    host, _, path = url.removeprefix("http://").partition("/")
    target, headers = f"http://127.0.0.1:{host.rpartition(':')[2]}/{path}", {"host": host}

    async def ask(session: aiohttp.ClientSession) -> None:
        for _ in left:
            sent = time.perf_counter()
            async with session.get(target, headers=headers) as response:
                content = await response.read()
            answers.append(Answer(sent, time.perf_counter(), response.status, content))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections)) as session:
        task = asyncio.create_task(beside) if beside else None
        await asyncio.gather(*(ask(session) for _ in range(connections)))
        if task:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return answers


def instances(function: str) -> dict[int, float]:
    """Memory of the function's processes in MB, by process."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        # A process may end meanwhile.
        with suppress(OSError):
            if f"AWS_LAMBDA_FUNCTION_NAME={function}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = memory_mb(int(process.name), "VmRSS")
    return found


def speed(url: str) -> bool:
    """Prints the table. True if every request succeeded."""
    sound = True
    print("| connections | requests | p50, ms | p99, ms | requests/s | failed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for connections, count in LOADS.items():
        asyncio.run(load(url, connections, 3 * connections))
        begun = time.perf_counter()
        answers = asyncio.run(load(url, connections, count))
        rate = count / (time.perf_counter() - begun)
        seconds = [answer.received - answer.sent for answer in answers]
        failed = sum(answer.status != 200 for answer in answers)
        p50, p99 = median(seconds) * 1e3, percentile(seconds, 0.99) * 1e3
        print(f"| {connections:11} | {count:8,} | {p50:7.1f} | {p99:7.1f} | {rate:10.0f} | {failed:6} |", flush=True)
        sound &= failed == 0
    return sound


def swapped(url: str, champions: Champions, records: dict[int, dict[str, Any]], function: str) -> bool:
    """Prints the results while champions are swapped. True if all requirements hold."""
    memory: list[dict[int, float]] = []

    async def swap() -> None:
        while True:
            await asyncio.sleep(PERIOD)
            await asyncio.to_thread(champions.swap)
            memory.append(instances(function))

    begun = time.perf_counter()
    answers = asyncio.run(load(url, CONNECTIONS, SWAPPED, swap()))
    seconds = time.perf_counter() - begun
    swaps = len(champions.past)
    # The alias does not move any more.
    while time.perf_counter() < champions.since + CACHE_TTL + 1:
        answers += asyncio.run(load(url, CONNECTIONS, 4 * CONNECTIONS))
    last = asyncio.run(load(url, CONNECTIONS, 4 * CONNECTIONS))

    failed = [answer for answer in answers + last if answer.status != 200]
    good = [(answer, json.loads(answer.content)) for answer in answers if answer.status == 200]
    probabilities: dict[tuple[int, str], float] = {}
    mixed = [forecast for _, forecast in good if not of_one_version(forecast, records, probabilities)]
    served = {version for version, _ in probabilities}
    ages = [champions.age(forecast["model"]["version"], answer.sent, answer.received) for answer, forecast in good]
    settled = all(
        answer.status == 200 and json.loads(answer.content)["model"]["version"] == champions.current for answer in last
    )
    # Only instances that existed a second before, so that none is just starting.
    if len(memory) < 3:
        raise RuntimeError(f"only {len(memory)} swaps: the load was over too soon")
    fifth, late = max(1, len(memory) // 5), memory[-1]
    grown = memory[fifth - 1].keys() & memory[fifth].keys() & late.keys()
    growth = max((late[pid] - memory[fifth][pid] for pid in grown), default=float("nan"))
    warned = sum(bool(forecast["warnings"]) for _, forecast in good)

    print(f"\n{len(answers):,} requests over {CONNECTIONS} connections in {seconds:.0f} s, {swaps} swaps")
    print(f"{len(failed)} failed, {len(mixed)} mixed fields of two versions, {warned} had warnings")
    print(f"{len(served)} versions answered; a replaced one for up to {max(ages):.2f} s (p50 {median(ages):.2f})")
    print(f"{len(late)} instances of {median(late.values()):.1f} MB, which have grown by at most {growth:.1f} MB since")
    for answer in failed[:3]:
        print(f"failed: {answer.status} {answer.content[:300]!r}")
    return not failed and not mixed and settled and max(ages) <= CACHE_TTL + SWAP_SECONDS and growth <= MAX_GROWTH_MB


def of_one_version(
    forecast: dict[str, Any], records: dict[int, dict[str, Any]], probabilities: dict[tuple[int, str], float]
) -> bool:
    """True if hash, time, base rate, band width and probability are those of the version that the forecast names.
    `probabilities` has the first one of each version and bar."""
    model = forecast["model"]
    record = records[model["version"]]
    low, high = forecast["interval"]
    seen = forecast["decision_time"]
    return bool(
        forecast["probability_up"] == probabilities.setdefault((model["version"], seen), forecast["probability_up"])
        and model["sha256"] == record["sha256"]["S"]
        and model["trained_at"] == record["trained_at"]["S"]
        and forecast["baseline_probability"] == float(record["base_rate"]["N"])
        and abs((high - low) / 2 - (0.1 + model["version"] / 100)) < 1e-9
    )


def main() -> int:
    system, directory = System(), data() / "versions"
    records = publish(system, directory)
    url = system.outputs["api_url"].rstrip("/") + SERIES_PATH
    function = system.outputs["function_names"]["predict"]
    # An instance that found no champion reads the registry again after this time.
    time.sleep(CACHE_TTL + 1)
    sound = speed(url)
    champions = Champions(system.client("dynamodb"), system.outputs["table_names"]["registry"], SERIES[0], len(records))
    if not (swapped(url, champions, records, function) and sound):
        print("not all requirements hold", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
