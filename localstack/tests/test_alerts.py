"""Tests of the monitoring loop: ingest, score, drift, alert by SNS, e-mail and retraining, recovery."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from localstack.emulator import emulator
from localstack.system import DAILY, SYMBOL, Exchange, Json, System, rfc3339, wait_for
from localstack.tests.snapshot import Snapshot

OPERATOR = "operator@example.com"


@dataclass
class Alerted:
    """Alert of a simulated crisis."""

    alert: dict[str, Any]
    """Machine-readable body of the alert."""
    envelope: dict[str, Any]
    """The alert as SNS delivered it, with the subject of the mail and the attributes."""
    moment: datetime
    """Time that counted as now when score sent the alert."""
    known: dict[str, int]
    """Number of versions before the crisis, by series."""
    mails: int
    """Number of e-mails before the crisis."""
    queue: str
    """URL of the queue that receives the later alerts."""
    last: datetime
    """Last replayed day, which may be the one after the alert."""
    state: Snapshot
    """Stored state after the retraining."""


def pass_day(system: System, exchange: Exchange, moment: datetime) -> None:
    """Replays a day through EventBridge, until its forecast is stored."""
    exchange.set_clock(moment)
    system.put_event("IngestRequested", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)})
    decision = rfc3339(moment.replace(hour=0, minute=0, second=0))
    wait_for(f"the forecast of {decision}", lambda: [f for f in system.forecasts(DAILY) if f["sk"] == decision])


def alerts(system: System, series: str, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in system.query("forecasts", f"ALERTS#{series}") if entry["kind"] == kind]


def mails() -> int:
    """Number of e-mails that the emulator has sent, which are lines of its log."""
    return emulator().log.read_text(errors="replace").count(f"SNS fanout → email {OPERATOR}")


@pytest.fixture(scope="module")
def alerted(system: System, restored_module: None, exchange_server: Exchange, now: datetime) -> Alerted:
    queue = system.subscribe_queue()
    known = {series: len(system.versions(series)) for series in system.outputs["series"]}
    exchange_server.set_regime("crisis", now)
    sent = mails()
    for day in range(1, 76):
        moment = now + timedelta(days=day)
        pass_day(system, exchange_server, moment)
        envelope = system.next_alert(queue, "drift")
        if envelope:
            message = json.loads(envelope["Message"])
            # The message may be of the day before.
            at, state = datetime.fromisoformat(message["as_of"]), Snapshot.take(system)
            return Alerted(message, envelope, at, known, sent, queue, moment, state)
    raise AssertionError("no drift alert in 75 days of crisis")


@pytest.fixture
def restored_crisis(system: System, exchange_server: Exchange, alerted: Alerted, now: datetime) -> Iterator[None]:
    """Brings exchange, bucket and tables back to the state after the alert."""
    yield
    exchange_server.serve()
    exchange_server.set_regime("crisis", now)
    exchange_server.set_clock(alerted.last)
    alerted.state.restore(system)


def test_a_crisis_leads_to_a_new_version(system: System, alerted: Alerted) -> None:
    message = alerted.alert
    assert message["series"] in system.outputs["series"] and message["reasons"] and message["rules"]
    assert (message["kind"], message["action"].startswith("retrain")) == ("drift", True)
    series = message["series"]
    assert series in alerted.envelope["Subject"]
    subscriptions = system.client("sns").list_subscriptions_by_topic(TopicArn=system.outputs["alert_topic_arn"])
    assert ("email", OPERATOR) in [(each["Protocol"], each["Endpoint"]) for each in subscriptions["Subscriptions"]]
    wait_for("the e-mail", lambda: mails() > alerted.mails)
    assert rfc3339(alerted.moment) in [entry["as_of"] for entry in alerts(system, series, "drift")]
    made = wait_for(
        "the version that the retraining made",
        lambda: [v for v in system.versions(series)[alerted.known[series] :] if v.get("verdict")],
        seconds=300,
    )
    runs = {run["run"]: run for run in system.query("runs", f"SERIES#{series}", "RUN#")}
    run = runs[made[0]["run"]]
    assert (run["reason"], run["alert"]["rules"]) == ("drift", message["rules"])


def deliver(system: System, alerted: Alerted, **changed: str) -> None:
    """Publishes the alert again, with other values of some fields."""
    attributes = alerted.envelope["MessageAttributes"].items()
    system.client("sns").publish(
        TopicArn=system.outputs["alert_topic_arn"],
        Subject=alerted.envelope["Subject"],
        Message=json.dumps(alerted.alert | changed),
        MessageAttributes={
            name: {"DataType": value["Type"], "StringValue": value["Value"]} for name, value in attributes
        },
    )


def test_an_alert_that_is_repeated_out_of_order_trains_once(
    system: System, alerted: Alerted, restored_crisis: None
) -> None:
    series = alerted.alert["series"]

    def runs() -> list[Json]:
        return system.query("runs", f"SERIES#{series}", "RUN#")

    def trainings() -> int:
        done = [line for line in system.log_lines("train") if line.get("message") == "training done"]
        return len([line for line in done if line.get("series") == series])

    before, trained = [run["run"] for run in runs()], trainings()
    # The alert of the day before is late and repeated.
    older = rfc3339(alerted.moment - timedelta(days=1))
    for changed in ({}, {"as_of": older}, {}, {"as_of": older}, {}, {}):
        deliver(system, alerted, **changed)
    wait_for("a response to each", lambda: trainings() >= trained + 6, seconds=300, pause=1)
    added = [run["run"] for run in runs() if run["run"] not in before]
    assert len(added) == 1, "the older alert's run, once"
    assert {run["status"] for run in runs()} == {"finished"}
    # Score gets the same day again and sends no second notification.
    logged = len(alerts(system, series, "drift"))
    answer = system.invoke("score", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(alerted.moment)})
    assert not any(entry["sent"] for entry in answer["series"])
    assert len(alerts(system, series, "drift")) == logged


def test_the_end_of_a_crisis_is_notified_once_per_rule(
    system: System, alerted: Alerted, exchange_server: Exchange, restored_crisis: None
) -> None:
    series = alerted.alert["series"]
    rules = set(alerted.alert["rules"])

    def recoveries() -> list[Json]:
        """Recoveries of the alert's rules; each rule recovers by itself."""
        return [entry for entry in alerts(system, series, "recovery") if rules & set(entry["rules"])]

    def all_recovered() -> bool:
        return rules <= {rule for entry in recoveries() for rule in entry["rules"]}

    exchange_server.set_regime("mixed", alerted.moment)
    for day in range(1, 41):
        pass_day(system, exchange_server, alerted.moment + timedelta(days=day))
        if all_recovered():
            break
    wait_for("the recovery notice", all_recovered)
    pass_day(system, exchange_server, alerted.moment + timedelta(days=day + 1))
    envelope = wait_for("the recovery notice's delivery", lambda: system.next_alert(alerted.queue, "recovery"))
    assert json.loads(envelope["Message"])["kind"] == "recovery"
    recovered = [rule for entry in recoveries() for rule in entry["rules"] if rule in rules]
    assert sorted(recovered) == sorted(rules) and {entry["action"] for entry in recoveries()} == {"none"}


def test_every_forecast_with_a_known_outcome_is_settled(system: System, alerted: Alerted) -> None:
    records = system.forecasts(DAILY)
    last = records[-1]["sk"]
    due = {record["sk"] for record in records if record.get("target_time", record["sk"]) < last}
    assert due

    def settled() -> bool:
        return due <= {record["sk"] for record in system.forecasts(DAILY) if record.get("outcome")}

    wait_for("the settlement of all forecasts that are due", settled)


def test_reports_exist_as_page_and_as_data(system: System, scored: Json) -> None:
    page = system.object(f"reports/{DAILY}/latest.html").decode()
    data = json.loads(system.object(f"reports/{DAILY}/latest.json"))
    assert DAILY in page and "<script src" not in page
    assert data["series"] == DAILY
