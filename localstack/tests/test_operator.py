"""Tests of the procedures in RUNBOOK.md: rollback, dead letters, alarms; and of the schedules."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from localstack.service import ROOT
from localstack.system import DAILY, SYMBOL, Exchange, FunctionError, Json, System, parse_time, rfc3339, wait_for
from localstack.tests.champion import promote

DEAD_LETTERS = ROOT / "infra" / "dead_letters.py"


def dead_letters(command: str, function: str) -> list[Json]:
    """Output of the command: one object for each message."""
    done = subprocess.run(
        [sys.executable, DEAD_LETTERS, command, function], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_rollback_restores_the_previous_version_and_is_idempotent(
    system: System, trained: Json, restored: None
) -> None:
    older, newer = [int(version["version"]) for version in system.versions(DAILY)][:2]
    promote(system, newer, older)
    order = {"series": DAILY, "rollback": {"from": newer, "reason": "calls every day up"}}
    assert system.invoke("train", order) == {"status": "rolled_back", "series": DAILY, "champion": older}
    assert system.invoke("train", order) == {"status": "not_champion", "series": DAILY, "champion": older}
    last = system.query("registry", f"SERIES#{DAILY}", "HISTORY#")[-1]
    assert (last["version"], last["previous"], last["reason"]) == (older, newer, "rolled back: calls every day up")
    wait_for(
        "the older champion's forecast",
        lambda: system.api("GET", f"/v1/series/{DAILY}/forecast")[2].get("model", {}).get("version") == older,
        seconds=120,
    )


@pytest.mark.parametrize("function", ["ingest", "train", "score"])
def test_a_malformed_event_fails_with_a_stable_error_type(system: System, function: str) -> None:
    with pytest.raises(FunctionError) as caught:
        system.invoke(function, {"bars": "all"})
    assert json.loads(str(caught.value))["errorType"] == "BadRequest"


def test_a_failed_training_is_a_dead_letter_that_can_be_redriven(system: System, trained: Json, restored: None) -> None:
    # Every training on daily bars fails because of this object.
    broken = {"Bucket": system.outputs["bucket"], "Key": f"bars/{SYMBOL}/1d/1999.parquet"}
    system.client("s3").put_object(Body=b"no Parquet", **broken)
    try:
        event = {"series": DAILY, "reason": "manual"}
        system.invoke("train", event, wait=False)
        letter = wait_for("the dead letter", lambda: dead_letters("show", "train"), seconds=120, pause=2)[-1]
        assert (
            letter["event"] == event and letter["reason"].startswith("BadLake: ") and "1999.parquet" in letter["reason"]
        )
        # The emulator counts errors of synchronous invocations only.
        with pytest.raises(FunctionError, match=r"1999\.parquet") as caught:
            system.invoke("train", event)
        assert json.loads(str(caught.value))["errorType"] == "BadLake"
    finally:
        system.client("s3").delete_object(**broken)

    # The lines are what the alarm of the series counts; the emulator makes no metric of them.
    lines = [line for line in system.log_lines("train") if line.get("TrainingFailed") and line.get("Series") == DAILY]
    assert len(lines) >= 4, "the first try and two more, and the one that was waited for"
    cloudwatch = system.client("cloudwatch")
    name = system.outputs["function_names"]["train"] + "-errors"

    def is_firing() -> bool:
        # The emulator evaluates its alarms when a metric is put; AWS does so by itself.
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "Evaluated", "Value": 1.0}])
        return bool(cloudwatch.describe_alarms(AlarmNames=[name], StateValue="ALARM")["MetricAlarms"])

    wait_for("the alarm", is_firing, seconds=60, pause=1)

    # Redriven now that it can succeed.
    before = len(system.query("runs", f"SERIES#{DAILY}", "RUN#"))
    assert dead_letters("redrive", "train")[-1]["event"] == event

    def finished() -> bool:
        runs = system.query("runs", f"SERIES#{DAILY}", "RUN#")
        return len(runs) > before and runs[-1]["status"] == "finished"

    wait_for("its run", finished, seconds=180, pause=1)
    assert dead_letters("show", "train") == []


def test_a_log_line_names_function_request_symbol_and_interval(system: System, ingested: Json) -> None:
    name = system.outputs["function_names"]["ingest"]

    def done() -> list[Json]:
        lines = system.log_lines("ingest")
        return [line for line in lines if line.get("message") == "ingest done" and line.get("symbol") == SYMBOL]

    line = wait_for("the line of an ingest", done)[-1]
    assert (
        line["function"] == name and line["request_id"] and line["interval"] in ("1d", "1h") and line["level"] == "INFO"
    )


def test_every_alarm_and_the_dashboard_exist(system: System) -> None:
    cloudwatch = system.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate()
    found = {alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]}
    assert set(system.outputs["alarm_names"]) <= found
    body = json.loads(cloudwatch.get_dashboard(DashboardName=system.outputs["dashboard_name"])["DashboardBody"])
    assert {widget["type"] for widget in body["widgets"]} == {"text", "alarm", "metric", "log"}


def test_a_schedule_starts_ingest_whose_event_starts_score(
    system: System, exchange_server: Exchange, scored: Json
) -> None:
    """The deployed schedule is enabled, every minute instead of once a day, for the exchange's next day."""
    scheduler, name = system.client("scheduler"), f"ingest-{SYMBOL.lower()}-1d"
    group = scheduler.list_schedules(NamePrefix=name)["Schedules"][0]["GroupName"]
    schedule = scheduler.get_schedule(GroupName=group, Name=name)
    original = {
        key: schedule[key]
        for key in ("Name", "GroupName", "Target", "FlexibleTimeWindow", "ScheduleExpression", "State")
    }
    assert original["State"] == "DISABLED", "envs/emulator.tfvars disables schedules"

    last = json.loads(system.object(f"window/{SYMBOL}/1d.json"))["bars"][-1]["time"]
    decision = parse_time(last) + timedelta(days=2)
    exchange_server.set_clock(decision + timedelta(minutes=5))
    event = json.loads(original["Target"]["Input"]) | {"as_of": rfc3339(decision + timedelta(minutes=5))}
    target = original["Target"] | {"Input": json.dumps(event)}
    scheduler.update_schedule(
        **original | {"ScheduleExpression": "rate(1 minute)", "State": "ENABLED", "Target": target}
    )
    try:
        wait_for(
            "the next day's forecast",
            lambda: [record for record in system.forecasts(DAILY) if record["sk"] == rfc3339(decision)],
            seconds=150,
            pause=1,
        )
    finally:
        scheduler.update_schedule(**original)
