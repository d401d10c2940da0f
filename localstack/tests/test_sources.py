"""Exchange data, as deployed: every fault a source was seen to have, and a whole history of hours."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from localstack.system import SYMBOL
from localstack.system import Exchange, System, http, parse_time, rfc3339

# Daily bars of another symbol: nothing else in these tests needs them.
OTHER = "BTC-USD"
DAY = 86_400
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

NEW = "the new day"
"""Stands for the open time of the bar that is not in the lake yet."""

# What the first source does; whose the new bar is then; and what is said of it: a rule, or a word of a warning.
FAULTS: dict[str, tuple[dict, str, str | None]] = {
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
    """The window's bars by time: open, high, low, close, volume."""
    window = json.loads(system.object(f"window/{symbol}/1d.json"))
    fields = ("open", "high", "low", "close", "volume")
    return {int(parse_time(bar["time"]).timestamp()): [bar[field] for field in fields] for bar in window["bars"]}


def truth(exchange: Exchange, last: datetime) -> dict[int, list[float]]:
    """What really happened up to the day of `last`."""
    rows = exchange.candles(OTHER, DAY, last - timedelta(days=9), last)
    return {time: [open_, high, low, close, volume] for time, low, high, open_, close, volume in rows}


@pytest.fixture(scope="module")
def days(system: System, exchange_server: Exchange, now: datetime) -> Iterator[datetime]:
    """One day after another, each with five minutes past its midnight as the market's now."""
    exchange_server.clear_faults()
    first = now - timedelta(days=len(FAULTS) + 2)
    exchange_server.set_clock(first)
    start = first - timedelta(days=60)
    system.invoke("ingest", {"symbol": OTHER, "interval": "1d", "from": rfc3339(start), "as_of": rfc3339(first)})
    yield iter([first + timedelta(days=n) for n in range(1, len(FAULTS) + 2)])
    exchange_server.set_clock(now)


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_the_first_source_does_the_right_bars_are_stored(system, exchange, days, name):
    fault, whose, sign = FAULTS[name]
    today = next(days)
    exchange.set_clock(today)
    order = {"source": "coinbase", "kind": name} | fault
    if order.get("at") == NEW:
        order["at"] = rfc3339(today - timedelta(days=1, minutes=5))
    exchange.fault(**order)
    answer = system.invoke("ingest", {"symbol": OTHER, "interval": "1d", "as_of": rfc3339(today)})
    exchange.clear_faults()

    assert (answer["status"], answer["new_bars"], answer["gaps"]) == ("ingested", 1, [])
    assert answer["source"].split()[0] == whose
    expected = truth(exchange, today - timedelta(days=1, minutes=5))
    bars = stored(system, OTHER)
    assert {time: bars[time] for time in expected} == expected
    if sign is not None:
        assert sign in answer["rules"] or any(sign in warning for warning in answer["warnings"]), answer


def test_a_wick_that_one_source_alone_has_is_not_kept(system, exchange, days):
    today = next(days)
    exchange.set_clock(today)
    yesterday = today - timedelta(days=1, minutes=5)
    exchange.fault(source="coinbase", kind="flash_wick", at=rfc3339(yesterday))
    answer = system.invoke("ingest", {"symbol": OTHER, "interval": "1d", "as_of": rfc3339(today)})
    exchange.clear_faults()
    assert (answer["rules"]["extremes_disagree"], answer["rules"]["outvoted"]) == (1, 1)
    assert "flash_wick" not in answer["rules"]
    time = int(yesterday.timestamp())
    assert stored(system, OTHER)[time] == truth(exchange, yesterday)[time]
    window = json.loads(system.object(f"window/{OTHER}/1d.json"))
    doubtful = [bar for bar in window["doubtful"] if bar["time"] == rfc3339(yesterday)]
    assert doubtful == [{"time": rfc3339(yesterday), "rules": ["outvoted", "extremes_disagree"]}]


def test_gaps_and_flags_show_in_the_overview(system, exchange, ingested):
    _, _, overview = http("GET", system.outputs["api_url"].rstrip("/") + "/v1/series")
    quality = overview["series"][0]["data"]["quality"]
    assert (quality["open_gaps"], quality["outages"]) == (0, 0)
    assert system.keys(f"observations/{OTHER}/1d/"), "what sources said is kept beside what counts"


@pytest.fixture
def real_history(exchange: Exchange, now: datetime) -> Iterator[Exchange]:
    if not (SHARED / "eth_usd_1h.csv").exists():
        pytest.skip("there is no real history beside the project")
    exchange.serve(SHARED, "real")
    yield market
    exchange.serve()
    exchange.set_clock(now)


def test_hours_of_six_years_are_back_filled_by_one_event(system, real_history):
    rows = list(csv.DictReader((SHARED / "eth_usd_1h.csv").open()))
    times = [parse_time(row["timestamp"]) for row in rows]
    holes = [(a, b) for a, b in pairwise(times) if b - a > timedelta(hours=1)]
    end = parse_time(real_history.status()["end"]["1h"])
    event = {"symbol": SYMBOL, "interval": "1h", "from": rfc3339(times[0]), "as_of": rfc3339(end)}

    answer = system.invoke("ingest", event)

    print(json.dumps({key: answer[key] for key in ("fetched", "new_bars", "duration_ms", "rules", "warnings")}))
    assert (answer["status"], answer["new_bars"]) == ("ingested", len(rows))
    assert [(gap["from"], gap["to"]) for gap in answer["gaps"]] == [
        (rfc3339(a + timedelta(hours=1)), rfc3339(b - timedelta(hours=1))) for a, b in holes
    ]
    again = system.invoke("ingest", event)
    assert (again["status"], again["new_bars"], again["revised"]) == ("nothing_new", 0, 0)
