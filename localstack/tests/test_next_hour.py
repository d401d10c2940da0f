"""The series of the next hour: its edge on recorded hours, and a challenger that takes over after the market has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from localstack.exchange import SHARED_DATA
from localstack.system import NEXT_HOUR, SYMBOL, Exchange, Json, System, parse_time, rfc3339, wait_for

RECORDED_DAYS = 3 * 365
"""Days of recorded hours: enough for a hold-out of a year, and few enough to train within a minute."""
WEAK, STRONG = 0.5, 2.0
"""Signal before and after the change."""
DAYS_BEFORE, DAYS_AFTER = 200, 300
"""Days of the weak pattern before the first training, and of the strong one before the second."""
PROVING_HOURS = 200
"""Hours within which the challenger must have proven itself."""


def back_fill(system: System, exchange: Exchange, start: datetime, now: datetime) -> None:
    exchange.set_clock(now)
    request = {"symbol": SYMBOL, "interval": "1h", "from": rfc3339(start), "as_of": rfc3339(now)}
    answer = system.invoke("ingest", request)
    while answer["status"] == "partial":
        answer = system.invoke("ingest", {**request, "from": answer["resume_from"]})
    assert parse_time(answer["last"]) == now.replace(minute=0) - timedelta(hours=1)


def train(system: System, now: datetime) -> Json:
    return dict(system.invoke("train", {"series": NEXT_HOUR, "reason": "manual", "as_of": rfc3339(now)}))


def stored_forecast(system: System, decision: datetime) -> Json | None:
    time = rfc3339(decision)
    status, _, page = system.api("GET", f"/v1/series/{NEXT_HOUR}/forecasts?from={time}&to={time}")
    assert status == 200, page
    return next(iter(page["forecasts"]), None)


def pass_hours(system: System, exchange: Exchange, now: datetime, hours: int) -> datetime:
    """Lets hours pass one by one, as the schedule does: ingest, then score by its event. Returns the time afterwards."""
    for _ in range(hours):
        now += timedelta(hours=1)
        exchange.set_clock(now)
        system.put_event("IngestRequested", {"symbol": SYMBOL, "interval": "1h", "as_of": rfc3339(now)})
        decision = now.replace(minute=0)
        wait_for(f"the forecast of {decision}", partial(stored_forecast, system, decision))
    return now


def champion(system: System) -> int:
    return next(int(version["version"]) for version in system.versions(NEXT_HOUR) if version["status"] == "champion")


def challenger_alerts(system: System) -> list[Json]:
    alerts = system.query("forecasts", f"ALERTS#{NEXT_HOUR}")
    return [alert for alert in alerts if alert["kind"] == "drift" and "challenger_better" in alert["rules"]]


def is_of(now: datetime, forecast: Json) -> bool:
    """True if a forecast is that of the last full hour."""
    return parse_time(forecast["decision_time"]) == now.replace(minute=0)


@contextmanager
def caller(system: System) -> Iterator[list[tuple[int, Any]]]:
    """Asks for the forecast again and again; yields status and body of each answer so far."""
    answers: list[tuple[int, Any]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.25):
            status, _, body = system.api("GET", f"/v1/series/{NEXT_HOUR}/forecast")
            answers.append((status, body))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        done.set()
        thread.join()


@pytest.mark.skipif(not (SHARED_DATA / "eth_usd_1h.csv").exists(), reason="there are no recorded hours")
def test_recorded_hours_show_an_edge_that_costs_exceed(
    system: System, exchange_server: Exchange, restored: None
) -> None:
    exchange_server.serve(SHARED_DATA, "recorded hours")
    now = parse_time(exchange_server.status()["end"]["1h"]) + timedelta(minutes=5) - timedelta(hours=6)
    back_fill(system, exchange_server, now - timedelta(days=RECORDED_DAYS), now)
    trained = train(system, now)
    assert trained["promoted"], trained["reasons"]
    with caller(system) as answers:
        now = pass_hours(system, exchange_server, now, 6)
        wait_for("the forecast of the last hour", lambda: is_of(now, answers[-1][1]))
    assert {status for status, _ in answers} == {200}
    edges = [body["edge"] for _, body in answers]
    assert {(edge["verdict"], edge["after_costs"]["verdict"]) for edge in edges} == {("shown", "not_tradable")}


def test_a_challenger_takes_over_after_the_market_has_changed(
    system: System, exchange_server: Exchange, restored: None
) -> None:
    """A weak pattern becomes a strong one. The champion was fitted to the weak one. A refit that has seen both proves itself
    by its forecasts from the shadow; the alert starts the training that promotes it. A caller gets every forecast meanwhile."""
    change = parse_time(exchange_server.status()["end"]["1h"])
    start = change - timedelta(days=DAYS_BEFORE)
    exchange_server.set_regime("mixed", start, signal=WEAK)
    exchange_server.set_regime("mixed", change, signal=STRONG)
    now = change + timedelta(minutes=5)
    back_fill(system, exchange_server, start, now)
    first = train(system, now)
    assert first["promoted"], first["reasons"]
    with caller(system) as answers:
        now = pass_hours(system, exchange_server, now, 3)
        now += timedelta(days=DAYS_AFTER)
        back_fill(system, exchange_server, start, now)
        second = train(system, now)
        assert second["champion"] == first["champion"]
        refit = next(version for version in system.versions(NEXT_HOUR) if version["run"] == f"{second['run']}-refit")
        assert refit["status"] == "shadow"
        for _ in range(PROVING_HOURS):
            now = pass_hours(system, exchange_server, now, 1)
            if challenger_alerts(system):
                break
        wait_for("the promotion", lambda: champion(system) != first["champion"], seconds=120)
        now = pass_hours(system, exchange_server, now, 1)
        wait_for("the forecast of the new champion", lambda: is_of(now, answers[-1][1]))
    assert {status for status, _ in answers} == {200}
    served = list(dict.fromkeys(body["model"]["version"] for _, body in answers))
    assert served == [first["champion"], champion(system)]
    promotion = system.history(NEXT_HOUR)[-1]
    assert "direction is better" in promotion["reason"], promotion
