"""Functions killed while they work, and delivered twice at once: what the retry and the other one make of it."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from conftest import DAILY, SYMBOL, WEEKLY
from emulator import emulator
from system import System, parse_time, rfc3339, wait_for
from test_9_operator import serve

# The emulator tries again after 1 s, AWS after a minute; a lease ends after 16 s.
RETRIED = 120.0


def processes(name: str) -> list[int]:
    """The processes of a function: each runs where this emulator has unpacked its code."""
    home, found = str(emulator().home), []
    for entry in Path("/proc").iterdir():
        try:
            here = entry.name.isdigit() and os.readlink(entry / "cwd").startswith(home)
            if here and f"AWS_LAMBDA_FUNCTION_NAME={name}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            # It has ended since it was listed.
            continue
    return found


def kill(system, function: str) -> None:
    pids = processes(system.outputs["function_names"][function])
    assert pids, f"{function} has no process"
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def runs(system, series: str) -> list[dict[str, Any]]:
    return system.query("runs", f"SERIES#{series}", "RUN#")


def test_a_killed_scheduled_training_is_finished_by_its_retry(system, trained, now):
    known = {run["run"] for run in runs(system, DAILY)}
    event = {"series": DAILY, "reason": "schedule", "as_of": rfc3339(now - timedelta(days=20)), "seed": 77}
    system.invoke("train", event, wait=False)

    def begun() -> dict[str, Any] | None:
        return next((run for run in runs(system, DAILY) if run["run"] not in known), None)

    run = wait_for("the run", begun)["run"]
    wait_for("a stored trial", lambda: system.query("runs", f"RUN#{run}", "TRIAL#"))
    assert begun()["status"] == "running"
    kill(system, "train")
    finished = wait_for("the retry's end", lambda: (begun()["status"] == "finished") and begun(), seconds=RETRIED)
    assert finished["run"] == run and {one["run"] for one in runs(system, DAILY)} == known | {run}


def test_a_dead_run_is_closed_by_the_next_training(system, trained, now):
    table = system.outputs["table_names"]["runs"]
    last = runs(system, WEEKLY)[-1] if runs(system, WEEKLY) else None
    system.invoke("train", {"series": WEEKLY, "reason": "manual", "as_of": rfc3339(now - timedelta(days=30))})
    dead = next(run for run in runs(system, WEEKLY) if run != last)
    system.client("dynamodb").update_item(
        TableName=table,
        Key={"pk": {"S": dead["pk"]}, "sk": {"S": dead["sk"]}},
        UpdateExpression="SET #s = :running",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":running": {"S": "running"}},
    )
    system.invoke("train", {"series": WEEKLY, "reason": "manual", "as_of": rfc3339(now - timedelta(days=31))})
    closed = next(run for run in runs(system, WEEKLY) if run["run"] == dead["run"])
    assert closed["status"] == "failed" and "died" in closed["verdict"]["error"]


def test_a_verdict_against_an_earlier_champion_promotes_nobody(system, trained, now):
    def train(days: int, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
        event = {"series": DAILY, "reason": "manual", "as_of": rfc3339(now - timedelta(days=days)), "seed": seed}
        return event, system.invoke("train", event)

    event, judged = train(25, 78)
    _, other = train(26, 79)
    series = f"SERIES#{DAILY}"
    registry, runs_ = (boto3.resource("dynamodb").Table(system.outputs["table_names"][name]) for name in ("registry", "runs"))
    kept = system.query("registry", series, "VERSION#") + system.query("registry", series, "ALIAS#")
    run = next(one for one in runs(system, DAILY) if one["run"] == judged["run"])
    alias, version = kept[-1], next(one for one in kept if one.get("version") == judged["version"])
    try:
        # It passed the gate against the champion, and its invocation died before the promotion; then another one was promoted.
        verdict = version["verdict"] | {"promoted": True}
        registry.put_item(Item=version | {"status": "candidate", "judged_against": alias["version"], "verdict": verdict})
        runs_.put_item(Item=run | {"status": "running"})
        serve(system, other["version"], int(alias["version"]))
        again = system.invoke("train", event)
        assert (again["run"], again["version"]) == (judged["run"], judged["version"]), "the retry of the same run"
        assert (again["promoted"], again["champion"]) == (False, other["version"])
        assert "another version served by then" in again["reasons"][-1]
        assert system.query("registry", series, "ALIAS#")[0]["version"] == other["version"]
        statuses = {int(one["version"]): one["status"] for one in system.versions(DAILY)}
        assert (statuses[judged["version"]], statuses[other["version"]]) == ("rejected", "champion")
        closed = next(one for one in runs(system, DAILY) if one["run"] == judged["run"])
        assert (closed["status"], closed["verdict"]["promoted"]) == ("finished", False)
    finally:
        for item in kept:
            registry.put_item(Item=item)
        runs_.put_item(Item=run)


def last_bar(system: System, now: datetime) -> datetime:
    """Open time of the last daily bar of the lake; `now` is a moment of which nothing new comes."""
    return parse_time(system.invoke("ingest", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)})["last"])


def test_two_ingests_at_once_store_a_bar_once(system, filled, market, now):
    last = last_bar(system, now)
    moment = last + timedelta(days=2, minutes=5)
    market.set_clock(moment)
    event = {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: system.invoke("ingest", event), range(2)))
    assert sorted(answer["new_bars"] for answer in answers) == [0, 1]
    assert {answer["last"] for answer in answers} == {rfc3339(last + timedelta(days=1))}


def test_a_moment_that_is_scored_again_keeps_its_champion(system, scored, now):
    moment = last_bar(system, now) + timedelta(days=1, minutes=5)
    event = {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)}

    def score() -> tuple[int, bytes]:
        answer = next(one for one in system.invoke("score", event)["series"] if one["series"] == DAILY)
        return answer["champion"], system.client("s3").get_object(Bucket=system.outputs["bucket"], Key=answer["report"])["Body"].read()

    first, page = score()
    registry = boto3.resource("dynamodb").Table(system.outputs["table_names"]["registry"])
    kept = [item for prefix in ("VERSION#", "ALIAS#") for item in system.query("registry", f"SERIES#{DAILY}", prefix)]
    another = next(int(version["version"]) for version in system.versions(DAILY) if version["version"] != first)
    try:
        serve(system, another, first)
        assert score() == (first, page), "what the delivery that came first has said"
    finally:
        for item in kept:
            registry.put_item(Item=item)


def test_two_scorings_at_once_tell_nobody_twice(system, scored, now):
    # Of one moment, so that a message that is sent twice is logged once.
    moment = last_bar(system, now) + timedelta(days=1, minutes=5)
    event = {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)}

    def told() -> list[str]:
        return [entry["sk"] for entry in system.query("forecasts", f"ALERTS#{DAILY}")]

    before = len(told())
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: system.invoke("score", event), range(2)))
    sent = [kind for answer in answers for one in answer["series"] if one["series"] == DAILY for kind in one["sent"]]
    assert len(told()) == before + len(sent)
