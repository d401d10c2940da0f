"""Tests of functions that are killed at work, and of events that are delivered twice at the same time."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import boto3

from localstack.system import DAILY, SYMBOL, WEEKLY, Exchange, Json, System, parse_time, rfc3339, wait_for
from localstack.tests.champion import promote
from localstack.tests.functions import processes

# The emulator retries after 1 s, AWS after a minute; a lease ends after 16 s.
RETRY_SECONDS = 120.0


def kill(system: System, function: str) -> None:
    pids = processes(system.outputs["function_names"][function])
    assert pids, f"{function} has no process"
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def runs(system: System, series: str) -> list[dict[str, Any]]:
    return system.query("runs", f"SERIES#{series}", "RUN#")


def test_a_killed_scheduled_training_is_finished_by_its_retry(
    system: System, trained: Json, now: datetime, restored: None
) -> None:
    known = {run["run"] for run in runs(system, DAILY)}
    event = {"series": DAILY, "reason": "schedule", "as_of": rfc3339(now - timedelta(days=20)), "seed": 77}
    system.invoke("train", event, wait=False)

    def started() -> Json | None:
        return next((run for run in runs(system, DAILY) if run["run"] not in known), None)

    def finished() -> Json | None:
        run = started()
        return run if run and run["status"] == "finished" else None

    run = wait_for("the run", started)["run"]
    wait_for("a stored trial", lambda: system.query("runs", f"RUN#{run}", "TRIAL#"))
    assert not finished()
    kill(system, "train")
    assert wait_for("the retry's end", finished, seconds=RETRY_SECONDS)["run"] == run
    assert {other["run"] for other in runs(system, DAILY)} == known | {run}


def test_the_next_training_closes_a_dead_run(system: System, trained: Json, now: datetime, restored: None) -> None:
    table = system.outputs["table_names"]["runs"]
    known = {run["run"] for run in runs(system, WEEKLY)}
    system.invoke("train", {"series": WEEKLY, "reason": "manual", "as_of": rfc3339(now - timedelta(days=30))})
    dead = next(run for run in runs(system, WEEKLY) if run["run"] not in known)
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


def test_an_outdated_gate_decision_promotes_no_version(
    system: System, trained: Json, now: datetime, restored: None
) -> None:
    def train(days: int, seed: int) -> tuple[Json, Json]:
        event = {"series": DAILY, "reason": "manual", "as_of": rfc3339(now - timedelta(days=days)), "seed": seed}
        return event, system.invoke("train", event)

    event, challenger = train(25, 78)
    _, other = train(26, 79)
    resource, names = boto3.resource("dynamodb"), system.outputs["table_names"]
    alias = system.query("registry", f"SERIES#{DAILY}", "ALIAS#")[0]
    version = next(version for version in system.versions(DAILY) if version["version"] == challenger["version"])
    run = next(run for run in runs(system, DAILY) if run["run"] == challenger["run"])
    # The challenger passed the gate and its invocation died before the promotion. Then another version was promoted.
    verdict = version["verdict"] | {"promoted": True}
    candidate = version | {"status": "candidate", "judged_against": alias["version"], "verdict": verdict}
    resource.Table(names["registry"]).put_item(Item=candidate)
    resource.Table(names["runs"]).put_item(Item=run | {"status": "running"})
    promote(system, other["version"], int(alias["version"]))

    retry = system.invoke("train", event)

    assert (retry["run"], retry["version"]) == (challenger["run"], challenger["version"]), "the retry of the same run"
    assert (retry["promoted"], retry["champion"]) == (False, other["version"])
    assert "another version served by then" in retry["reasons"][-1]
    assert system.query("registry", f"SERIES#{DAILY}", "ALIAS#")[0]["version"] == other["version"]
    statuses = {int(version["version"]): version["status"] for version in system.versions(DAILY)}
    assert (statuses[challenger["version"]], statuses[other["version"]]) == ("rejected", "champion")
    closed = next(run for run in runs(system, DAILY) if run["run"] == challenger["run"])
    assert (closed["status"], closed["verdict"]["promoted"]) == ("finished", False)


def last_bar(system: System, now: datetime) -> datetime:
    """Open time of the last daily bar of the lake, which has all bars until `now`."""
    return parse_time(system.invoke("ingest", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)})["last"])


def test_two_concurrent_ingests_store_a_bar_once(
    system: System, exchange: Exchange, now: datetime, restored: None
) -> None:
    last = last_bar(system, now)
    moment = last + timedelta(days=2, minutes=5)
    exchange.set_clock(moment)
    event = {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: system.invoke("ingest", event), range(2)))
    assert sorted(answer["new_bars"] for answer in answers) == [0, 1]
    assert {answer["last"] for answer in answers} == {rfc3339(last + timedelta(days=1))}


def test_a_time_that_is_scored_again_keeps_its_champion(
    system: System, scored: Json, now: datetime, restored: None
) -> None:
    as_of = last_bar(system, now) + timedelta(days=1, minutes=5)
    event = {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(as_of)}

    def score() -> tuple[int, bytes]:
        result = next(series for series in system.invoke("score", event)["series"] if series["series"] == DAILY)
        page = system.client("s3").get_object(Bucket=system.outputs["bucket"], Key=result["report"])["Body"].read()
        return int(result["champion"]), page

    first, page = score()
    other = next(int(version["version"]) for version in system.versions(DAILY) if version["version"] != first)
    promote(system, other, first)
    assert score() == (first, page), "a repeated event finds what the first one found"


def test_two_concurrent_scorings_send_a_notification_once(system: System, now: datetime, restored: None) -> None:
    # Both at the same time, so that a message that is sent twice is logged once.
    moment = last_bar(system, now) + timedelta(days=1, minutes=5)
    event = {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)}

    def logged() -> list[str]:
        return [entry["sk"] for entry in system.query("forecasts", f"ALERTS#{DAILY}")]

    before = len(logged())
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: system.invoke("score", event), range(2)))
    daily = [entry for answer in answers for entry in answer["series"] if entry["series"] == DAILY]
    sent = [kind for entry in daily for kind in entry["sent"]]
    assert len(logged()) == before + len(sent)
