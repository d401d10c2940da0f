"""Fixtures of the system tests, which run on a system that has just been started from nothing.

Order comes from session fixtures: `ingested`, `trained`, `scored`. A test names the last one that it needs. Every test starts
from the state after `scored`; a test that changes it uses `restored`, a module `restored_module`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from localstack.system import DAILY, SYMBOL, Exchange, Json, System, parse_time, rfc3339
from localstack.tests.snapshot import Snapshot


@pytest.fixture(scope="session")
def system() -> System:
    return System()


@pytest.fixture(scope="session")
def exchange_server() -> Exchange:
    return Exchange()


@pytest.fixture
def exchange(exchange_server: Exchange) -> Iterator[Exchange]:
    """The exchange server without faults, before and after the test."""
    exchange_server.clear_faults()
    yield exchange_server
    exchange_server.clear_faults()


@pytest.fixture(scope="session")
def now(exchange_server: Exchange) -> datetime:
    """Time that counts as now: five minutes after the close of the exchange's last bar."""
    moment: datetime = parse_time(exchange_server.status()["end"]["1d"]) + timedelta(minutes=5)
    exchange_server.set_clock(moment)
    return moment


@pytest.fixture(scope="session")
def ingested(system: System, exchange_server: Exchange, now: datetime) -> Json:
    """Response of ingest to the back-fill of the daily history."""
    exchange_server.clear_faults()
    start = exchange_server.status()["start"]["1d"]
    event = {"symbol": SYMBOL, "interval": "1d", "from": start, "as_of": rfc3339(now)}
    return dict(system.invoke("ingest", event))


@pytest.fixture(scope="session")
def trained(system: System, ingested: Json, now: datetime) -> Json:
    """Response of train to the first training of the daily series."""
    return dict(system.invoke("train", {"series": DAILY, "reason": "manual", "as_of": rfc3339(now)}))


@pytest.fixture(scope="session")
def scored(system: System, trained: Json, now: datetime) -> Json:
    """The daily series in the response of score to its first call."""
    response = system.invoke("score", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)})
    return next(dict(series) for series in response["series"] if series["series"] == DAILY)


@pytest.fixture(scope="session")
def first_state(system: System, scored: Json) -> Snapshot:
    """Stored state after the first scoring."""
    return Snapshot.take(system)


def restore(system: System, exchange_server: Exchange, state: Snapshot, now: datetime) -> None:
    exchange_server.clear_faults()
    exchange_server.serve()
    exchange_server.set_clock(now)
    state.restore(system)


@pytest.fixture
def restored(system: System, exchange_server: Exchange, first_state: Snapshot, now: datetime) -> Iterator[None]:
    """Brings exchange, bucket and tables back to the first state after the test."""
    yield
    restore(system, exchange_server, first_state, now)


@pytest.fixture(scope="module")
def restored_module(system: System, exchange_server: Exchange, first_state: Snapshot, now: datetime) -> Iterator[None]:
    """Brings exchange, bucket and tables back to the first state after the last test of a module."""
    yield
    restore(system, exchange_server, first_state, now)
