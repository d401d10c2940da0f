"""The tests stand on a system that `make system` has just brought up from nothing: emulator, market, `terraform apply`."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from system import Market, System, parse_time, rfc3339  # noqa: E402

SYMBOL = "ETH-USD"
DAILY, WEEKLY, HOURLY = "eth-usd-1d-h1", "eth-usd-1d-h7", "eth-usd-1h-h24"


@pytest.fixture(scope="session")
def system() -> System:
    return System()


@pytest.fixture(scope="session")
def market_server() -> Market:
    return Market()


@pytest.fixture
def market(market_server: Market) -> Market:
    market_server.clear_faults()
    yield market_server
    market_server.clear_faults()


@pytest.fixture(scope="session")
def now(market_server: Market) -> datetime:
    """Five minutes after the close of the market's last bar."""
    moment = parse_time(market_server.status()["end"]["1d"]) + timedelta(minutes=5)
    market_server.set_clock(moment)
    return moment


@pytest.fixture(scope="session")
def filled(system: System, market_server: Market, now: datetime) -> dict:
    """The daily history, back-filled once; ingest's answer."""
    market_server.clear_faults()
    start = market_server.status()["start"]["1d"]
    return system.invoke("ingest", {"symbol": SYMBOL, "interval": "1d", "from": start, "as_of": rfc3339(now)})


@pytest.fixture(scope="session")
def trained(system: System, filled: dict, now: datetime) -> dict:
    """The daily series, trained once; train's answer."""
    return system.invoke("train", {"series": DAILY, "reason": "manual", "as_of": rfc3339(now)})


@pytest.fixture(scope="session")
def scored(system: System, trained: dict, now: datetime) -> dict:
    """The daily series, scored once; score's answer for it."""
    answer = system.invoke("score", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)})
    return next(one for one in answer["series"] if one["series"] == DAILY)
