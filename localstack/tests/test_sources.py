"""Tests of the deployed ingest with every fault that a source was seen to have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from localstack.system import Exchange, Json, System, http, parse_time, rfc3339

# A symbol that no other test uses.
OTHER = "BTC-USD"
DAY = 86_400

NEW = "the new day"
"""Placeholder for the open time of the bar that is not in the lake yet."""

# By fault of the first source: its parameters, the source of the new bar, and a rule or a part of a warning that names it.
FAULTS: dict[str, tuple[Json, str, str | None]] = {
    "429": ({}, "bitstamp", "coinbase answered HTTP 429"),
    "429 for a second": ({"kind": "429", "retry_after": 1, "count": 1}, "coinbase", None),
    "418": ({"retry_after": 1, "count": 1}, "coinbase", None),
    "451": ({}, "bitstamp", "coinbase answered HTTP 451"),
    "500": ({}, "bitstamp", "coinbase answered HTTP 500"),
    "html": ({}, "bitstamp", "coinbase answered a web page"),
    "truncated": ({}, "bitstamp", "coinbase answered JSON that cannot be read"),
    "empty": ({}, "bitstamp", "coinbase has no closed bar"),
    "slow": ({"seconds": 2, "count": 1}, "coinbase", None),
    "slow_body": ({"seconds": 2, "count": 1}, "coinbase", None),
    "wrong_order": ({}, "coinbase", None),
    "duplicates": ({}, "coinbase", None),
    "unfinished": ({}, "coinbase", None),
    "off_grid": ({}, "coinbase", None),
    "nulls": ({}, "coinbase", "missing"),
    "conflict": ({"at": NEW}, "bitstamp", "conflict"),
    "missing": ({"at": NEW}, "bitstamp", "stale"),
    "swapped_volume": ({}, "bitstamp", "coinbase sent no bar that can be used"),
    "off_by": ({}, "bitstamp", "outvoted"),
    "stale": ({}, "bitstamp", "stale"),
    "high_below_low": ({"at": NEW}, "bitstamp", "high_below_low"),
    "future": ({"at": "2100-01-01T00:00:00Z"}, "bitstamp", "coinbase sent what cannot be trusted"),
}


def stored(system: System, symbol: str) -> dict[int, list[float]]:
    """Open, high, low, close and volume of the bars in the window, by time."""
    window = json.loads(system.object(f"window/{symbol}/1d.json"))
    fields = ("open", "high", "low", "close", "volume")
    return {int(parse_time(bar["time"]).timestamp()): [bar[field] for field in fields] for bar in window["bars"]}


def expected_bars(exchange: Exchange, last: datetime) -> dict[int, list[float]]:
    """Bars of the exchange for the nine days before `last` and its own day."""
    rows = exchange.candles(OTHER, DAY, last - timedelta(days=9), last)
    return {int(time): [open_, high, low, close, volume] for time, low, high, open_, close, volume in rows}


@pytest.fixture(scope="module")
def days(
    system: System, exchange_server: Exchange, now: datetime, restored_module: None
) -> Iterator[Iterator[datetime]]:
    """Consecutive days, each as the time five minutes after its midnight."""
    exchange_server.clear_faults()
    first = now - timedelta(days=len(FAULTS) + 2)
    exchange_server.set_clock(first)
    start = first - timedelta(days=60)
    system.invoke("ingest", {"symbol": OTHER, "interval": "1d", "from": rfc3339(start), "as_of": rfc3339(first)})
    yield iter([first + timedelta(days=n) for n in range(1, len(FAULTS) + 2)])
    exchange_server.set_clock(now)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_first_source_stores_the_right_bars(
    system: System, exchange: Exchange, days: Iterator[datetime], name: str
) -> None:
    fault, source, sign = FAULTS[name]
    today = next(days)
    exchange.set_clock(today)
    order = {"source": "coinbase", "kind": name} | fault
    if order.get("at") == NEW:
        order["at"] = rfc3339(today - timedelta(days=1, minutes=5))
    exchange.fault(**order)
    answer = system.invoke("ingest", {"symbol": OTHER, "interval": "1d", "as_of": rfc3339(today)})
    exchange.clear_faults()

    assert (answer["status"], answer["new_bars"], answer["gaps"]) == ("ingested", 1, [])
    assert answer["source"].split()[0] == source
    expected = expected_bars(exchange, today - timedelta(days=1, minutes=5))
    bars = stored(system, OTHER)
    assert {time: bars[time] for time in expected} == expected
    if sign is not None:
        assert sign in answer["rules"] or any(sign in warning for warning in answer["warnings"]), answer


def test_a_wick_of_only_one_source_is_not_kept(system: System, exchange: Exchange, days: Iterator[datetime]) -> None:
    today = next(days)
    exchange.set_clock(today)
    yesterday = today - timedelta(days=1, minutes=5)
    exchange.fault(source="coinbase", kind="flash_wick", at=rfc3339(yesterday))
    answer = system.invoke("ingest", {"symbol": OTHER, "interval": "1d", "as_of": rfc3339(today)})
    exchange.clear_faults()
    assert (answer["rules"]["extremes_disagree"], answer["rules"]["outvoted"]) == (1, 1)
    assert "flash_wick" not in answer["rules"]
    time = int(yesterday.timestamp())
    assert stored(system, OTHER)[time] == expected_bars(exchange, yesterday)[time]
    window = json.loads(system.object(f"window/{OTHER}/1d.json"))
    doubtful = [bar for bar in window["doubtful"] if bar["time"] == rfc3339(yesterday)]
    assert doubtful == [{"time": rfc3339(yesterday), "rules": ["outvoted", "extremes_disagree"]}]


def test_the_overview_shows_gaps_and_observations_are_stored(system: System, days: Iterator[datetime]) -> None:
    _, _, overview = http("GET", system.outputs["api_url"].rstrip("/") + "/v1/series")
    quality = overview["series"][0]["data"]["quality"]
    assert (quality["open_gaps"], quality["outages"]) == (0, 0)
    assert system.keys(f"observations/{OTHER}/1d/"), "observations of all sources are kept beside the resolved bars"
