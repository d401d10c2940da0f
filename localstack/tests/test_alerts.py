"""Least privilege, and the loop: ingest -> score -> drift -> SNS -> e-mail and train -> recovery."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localstack.system import DAILY, SYMBOL
from localstack.emulator import emulator
from localstack.tests.roles import DENIED, as_role_of
from localstack.system import rfc3339, wait_for

OPERATOR = "operator@example.com"


def test_predict_may_read_the_window_and_nothing_else_may_happen(system, scored):
    session, bucket = as_role_of(system, "predict"), system.outputs["bucket"]
    s3 = session.client("s3")
    assert s3.get_object(Bucket=bucket, Key=f"window/{SYMBOL}/1d.json")["ContentLength"] > 0
    forbidden = [
        lambda: s3.put_object(Bucket=bucket, Key=f"window/{SYMBOL}/1d.json", Body=b"{}"),
        lambda: s3.get_object(Bucket=bucket, Key=f"bars/{SYMBOL}/1d/2023.parquet"),
        lambda: session.client("sns").publish(TopicArn=system.outputs["alert_topic_arn"], Message="x"),
        lambda: session.client("dynamodb").delete_item(
            TableName=system.outputs["table_names"]["registry"], Key={"pk": {"S": "x"}, "sk": {"S": "y"}}
        ),
    ]
    for attempt in forbidden:
        with pytest.raises(ClientError) as caught:
            attempt()
        assert caught.value.response["Error"]["Code"] in DENIED


@dataclass
class Alerted:
    """What a crisis led to, and when."""

    alert: dict[str, Any]
    """The alert's machine-readable body."""
    envelope: dict[str, Any]
    """The same as SNS delivered it, with the mail's subject and the attributes."""
    moment: datetime
    known: dict[str, int]
    """Versions per series before the crisis."""
    mails: int
    """E-mails before the crisis."""
    tap: str
    """The queue that gets what follows."""


def pass_day(system, exchange, moment: datetime) -> None:
    """A day through EventBridge, until its forecast is stored."""
    exchange.set_clock(moment)
    system.put_event("IngestRequested", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)})
    decision = rfc3339(moment.replace(hour=0, minute=0, second=0))
    wait_for(f"the forecast of {decision}", lambda: [f for f in system.forecasts(DAILY) if f["sk"] == decision])


def alerts(system, series: str, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in system.query("forecasts", f"ALERTS#{series}") if entry["kind"] == kind]


def mails() -> int:
    """How many e-mails the emulator has sent: it writes them into its log."""
    return emulator().log.read_text(errors="replace").count(f"SNS fanout → email {OPERATOR}")


@pytest.fixture(scope="module")
def alerted(system, scored, exchange_server, now) -> Alerted:
    tap = system.subscribe_queue()
    known = {series: len(system.versions(series)) for series in system.outputs["series"]}
    exchange_server.set_regime("crisis", now)
    sent = mails()
    for day in range(1, 76):
        moment = now + timedelta(days=day)
        pass_day(system, exchange_server, moment)
        envelope = system.next_alert(tap, "drift")
        if envelope:
            message = json.loads(envelope["Message"])
            # It may come when the next day has begun.
            return Alerted(message, envelope, datetime.fromisoformat(message["as_of"]), known, sent, tap)
    raise AssertionError("no drift alert in 75 days of crisis")


def test_a_crisis_goes_all_the_way_round_to_a_new_version(system, alerted):
    message = alerted.alert
    assert message["series"] in system.outputs["series"] and message["reasons"] and message["rules"]
    assert (message["kind"], message["action"].startswith("retrain")) == ("drift", True)
    series = message["series"]
    assert series in alerted.envelope["Subject"]
    subscriptions = system.client("sns").list_subscriptions_by_topic(TopicArn=system.outputs["alert_topic_arn"])
    assert ("email", OPERATOR) in [(one["Protocol"], one["Endpoint"]) for one in subscriptions["Subscriptions"]]
    wait_for("the e-mail", lambda: mails() > alerted.mails)
    assert rfc3339(alerted.moment) in [entry["as_of"] for entry in alerts(system, series, "drift")]
    grown = wait_for(
        "the version that the alert's training made",
        lambda: [v for v in system.versions(series)[alerted.known[series] :] if v.get("verdict")],
        seconds=300,
    )
    runs = system.query("runs", f"SERIES#{series}", "RUN#")
    assert runs[-1]["reason"] == "drift" and runs[-1]["alert"]["rules"] == message["rules"]
    assert grown[-1]["run"] in {run["run"] for run in runs}


def deliver(system, alerted: Alerted, **changed: str) -> None:
    """The alert once more through SNS, to whoever subscribes to alerts."""
    told = alerted.envelope["MessageAttributes"].items()
    system.client("sns").publish(
        TopicArn=system.outputs["alert_topic_arn"],
        Subject=alerted.envelope["Subject"],
        Message=json.dumps(alerted.alert | changed),
        MessageAttributes={name: {"DataType": one["Type"], "StringValue": one["Value"]} for name, one in told},
    )


def test_the_same_alert_five_times_and_out_of_order_trains_once(system, alerted):
    series = alerted.alert["series"]

    def runs() -> list[dict[str, Any]]:
        return system.query("runs", f"SERIES#{series}", "RUN#")

    def trainings() -> int:
        done = [line for line in system.log_lines("train") if line.get("message") == "training done"]
        return len([line for line in done if line.get("series") == series])

    wait_for("the run of the alert", lambda: runs()[-1]["status"] == "finished", seconds=300)
    before, told = len(runs()), trainings()
    # An alert of the day before comes late, and twice.
    older = rfc3339(alerted.moment - timedelta(days=1))
    for changed in ({}, {"as_of": older}, {}, {"as_of": older}, {}, {}):
        deliver(system, alerted, **changed)
    wait_for("an answer to each", lambda: trainings() >= told + 6, seconds=300, pause=1)
    assert len(runs()) == before + 1, "the older alert's, once"
    assert {run["status"] for run in runs()} == {"finished"}
    # Score gets the same day again: the same evidence, and nobody is told twice.
    told = len(alerts(system, series, "drift"))
    answer = system.invoke("score", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(alerted.moment)})
    assert [one["sent"] for one in answer["series"]] == [[] for _ in answer["series"]]
    assert len(alerts(system, series, "drift")) == told


def test_a_market_that_calms_down_is_told_once(system, alerted, exchange_server):
    series = alerted.alert["series"]
    rules = set(alerted.alert["rules"])

    def over() -> list[dict[str, Any]]:
        """The recoveries of the alert's rules: each is over by itself."""
        return [entry for entry in alerts(system, series, "recovery") if rules & set(entry["rules"])]

    def all_over() -> bool:
        return rules <= {rule for entry in over() for rule in entry["rules"]}

    exchange_server.set_regime("mixed", alerted.moment)
    for day in range(1, 41):
        pass_day(system, exchange_server, alerted.moment + timedelta(days=day))
        if all_over():
            break
    wait_for("the recovery notice", all_over)
    pass_day(system, exchange_server, alerted.moment + timedelta(days=day + 1))
    envelope = wait_for("the recovery notice's delivery", lambda: system.next_alert(alerted.tap, "recovery"))
    assert json.loads(envelope["Message"])["kind"] == "recovery"
    told = [rule for entry in over() for rule in entry["rules"] if rule in rules]
    assert sorted(told) == sorted(rules) and {entry["action"] for entry in over()} == {"none"}


def test_every_stored_forecast_is_settled_once_its_outcome_is_known(system, scored):
    records = system.forecasts(DAILY)
    assert records
    last = records[-1]["sk"]
    for record in records:
        if record.get("target_time", record["sk"]) < last:
            assert record.get("outcome"), record["sk"]


def test_reports_exist_as_page_and_as_data(system, scored):
    page = system.object(f"reports/{DAILY}/latest.html").decode()
    data = json.loads(system.object(f"reports/{DAILY}/latest.json"))
    assert DAILY in page and "<script src" not in page
    assert data["series"] == DAILY
