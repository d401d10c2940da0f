"""Tests of ingest as deployed: under its own role, over the real wire formats, with sources that fail."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from localstack.system import SYMBOL, Exchange, FunctionError, Json, System, parse_time, rfc3339, wait_for


def test_the_whole_history_is_in_the_lake(system: System, ingested: Json, now: datetime) -> None:
    assert ingested["new_bars"] == ingested["fetched"] > 1000
    years = {key.rsplit("/", 1)[1] for key in system.keys(f"bars/{SYMBOL}/1d/")}
    first, last = parse_time(ingested["first"]), parse_time(ingested["last"])
    assert years == {f"{year}.parquet" for year in range(first.year, last.year + 1)}
    assert last + timedelta(days=1) <= now < last + timedelta(days=2)


def test_the_window_ends_with_the_last_closed_bar(system: System, ingested: Json) -> None:
    window = json.loads(system.object(f"window/{SYMBOL}/1d.json"))
    assert window["bars"][-1]["time"] == ingested["last"]


def test_raw_responses_are_kept(system: System, ingested: Json) -> None:
    source = ingested["source"].split()[0]
    assert system.keys(f"raw/{source}/{SYMBOL}/1d/")


def test_the_same_event_twice_has_one_effect(system: System, ingested: Json, now: datetime) -> None:
    before = {key: system.object(key) for key in system.keys("bars/")}
    again = system.invoke("ingest", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)})
    assert (again["status"], again["new_bars"]) == ("up_to_date", 0)
    assert {key: system.object(key) for key in system.keys("bars/")} == before


def test_failure_of_all_sources_stores_nothing_and_the_retry_succeeds(
    system: System, exchange: Exchange, ingested: Json, now: datetime
) -> None:
    for source in exchange.status()["sources"]:
        exchange.fault(source=source, kind="truncated")
    before = {key: system.object(key) for key in system.keys("")}
    event = {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)}
    with pytest.raises(FunctionError, match=r"(?s)coinbase.*bitstamp.*kraken.*binance.*yahoo"):
        system.invoke("ingest", event)
    assert {key: system.object(key) for key in system.keys("")} == before
    exchange.clear_faults()
    assert system.invoke("ingest", event)["status"] == "up_to_date"


def test_a_permanent_failure_is_a_dead_letter_with_its_cause(
    system: System, exchange: Exchange, ingested: Json, now: datetime
) -> None:
    event = {"symbol": "NOPE-USD", "interval": "1d", "as_of": rfc3339(now)}
    system.invoke("ingest", event, wait=False)

    def arrived() -> bool:
        return any("NOPE-USD" in json.dumps(letter) for letter in system.dead_letters("ingest"))

    wait_for("the dead letter", arrived, seconds=300, pause=2)
