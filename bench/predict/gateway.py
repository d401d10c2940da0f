"""predict behind the emulator's API Gateway: how fast it answers a load generator, and what it answers while champions
are swapped.

Stands on a deployed system without models: it registers the versions that predict_models.py made as trainings would,
and moves the alias as promotions do. The emulator is a program in Python on the same machine as the load and all
instances of the function: how long an answer takes is mostly its time.

Of the answers while champions are swapped every second it checks that each has status 200 and all its fields of one
version. A version comes again only after so many seconds as there are versions, so that for how long one still answers
after it was replaced cannot be mistaken.
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
# predict's own promise, functions/predict/src/load.rs, and what a swap takes itself.
FRESH_FOR, SWAP_SECONDS = 5.0, 0.3
# What an instance's memory may grow by between the first fifth of the time and its end.
FLAT_MB = 4.0
SERIES_PATH = f"/v1/series/{SERIES[0]}/forecast"


@dataclass(frozen=True)
class Answer:
    """Times are of `time.perf_counter`."""

    sent: float
    received: float
    status: int
    content: bytes


def publish(system: System, directory: Path) -> dict[int, dict[str, Any]]:
    """Puts the window, the artifacts and the registry's items where a training would; the versions."""
    s3, dynamodb = system.client("s3"), system.client("dynamodb")
    objects, items = directory / "objects", json.loads((directory / "items.json").read_text())
    for path in objects.rglob("*.wvm"):
        s3.put_object(Bucket=system.outputs["bucket"], Key=str(path.relative_to(objects)), Body=path.read_bytes())
    window = "window/ETH-USD/1d.json"
    s3.put_object(Bucket=system.outputs["bucket"], Key=window, Body=(objects / window).read_bytes())
    for one in items:
        dynamodb.put_item(TableName=system.outputs["table_names"]["registry"], Item=one)
    records = [one for one in items if one["sk"]["S"].startswith("VERSION#")]
    return {int(one["version"]["N"]): one for one in records}


async def load(url: str, connections: int, count: int, beside: Any = None) -> list[Answer]:
    """So many requests over so many connections, each of which asks again as soon as it is answered. `beside` is a
    coroutine that runs meanwhile."""
    answers: list[Answer] = []
    left = iter(range(count))
    # Names under `localhost` are not known to every resolver.
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
    """The function's processes, and the MB that each has."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        # A process may end meanwhile.
        with suppress(OSError):
            if f"AWS_LAMBDA_FUNCTION_NAME={function}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = memory_mb(int(process.name), "VmRSS")
    return found


def speed(url: str) -> bool:
    """Prints the table; whether every request was answered."""
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
    """Whether all that is promised held."""
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
    # The alias stands still now.
    while time.perf_counter() < champions.since + FRESH_FOR + 1:
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
    # Of those that were there a second before, so that none is just starting.
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
    return not failed and not mixed and settled and max(ages) <= FRESH_FOR + SWAP_SECONDS and growth <= FLAT_MB


def of_one_version(
    forecast: dict[str, Any], records: dict[int, dict[str, Any]], probabilities: dict[tuple[int, str], float]
) -> bool:
    """Whether hash, time, base rate, the width of the band, and the probability are those of the version that the
    forecast names. `probabilities` are those of each version and bar that were seen first."""
    model = forecast["model"]
    record = records[model["version"]]
    low, high = forecast["interval"]
    seen = forecast["decision_time"]
    return (
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
    # An instance that found no champion asks again after so long.
    time.sleep(FRESH_FOR + 1)
    sound = speed(url)
    champions = Champions(system.client("dynamodb"), system.outputs["table_names"]["registry"], SERIES[0], len(records))
    if not (swapped(url, champions, records, function) and sound):
        print("not all of it held", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
