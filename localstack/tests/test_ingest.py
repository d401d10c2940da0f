"""Ingest, as deployed: under its own role, over the real wire formats, against a market that misbehaves."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from localstack.system import SYMBOL
from localstack.system import FunctionError, parse_time, rfc3339, wait_for


def test_the_whole_history_is_in_the_lake(system, ingested, now):
    assert ingested["new_bars"] == ingested["fetched"] > 1000
    years = {key.rsplit("/", 1)[1] for key in system.keys(f"bars/{SYMBOL}/1d/")}
    first, last = parse_time(ingested["first"]), parse_time(ingested["last"])
    assert years == {f"{year}.parquet" for year in range(first.year, last.year + 1)}
    assert last + timedelta(days=1) <= now < last + timedelta(days=2)


def test_the_window_ends_with_the_last_closed_bar(system, ingested):
    window = json.loads(system.object(f"window/{SYMBOL}/1d.json"))
    assert window["bars"][-1]["time"] == ingested["last"]


def test_raw_answers_are_kept(system, ingested):
    source = ingested["source"].split()[0]
    assert system.keys(f"raw/{source}/{SYMBOL}/1d/")


def test_the_same_event_twice_has_one_effect(system, ingested, now):
    before = {key: system.object(key) for key in system.keys("bars/")}
    again = system.invoke("ingest", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)})
    assert (again["status"], again["new_bars"]) == ("nothing_new", 0)
    assert {key: system.object(key) for key in system.keys("bars/")} == before


def test_when_all_sources_fail_nothing_is_stored_and_the_same_call_later_succeeds(system, exchange, ingested, now):
    for source in exchange.status()["sources"]:
        exchange.fault(source=source, kind="truncated")
    before = {key: system.object(key) for key in system.keys("")}
    event = {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)}
    with pytest.raises(FunctionError, match="(?s)coinbase.*bitstamp.*kraken.*binance.*yahoo"):
        system.invoke("ingest", event)
    assert {key: system.object(key) for key in system.keys("")} == before
    exchange.clear_faults()
    assert system.invoke("ingest", event)["status"] == "nothing_new"


def test_a_failure_that_stays_is_a_dead_letter_with_its_cause(system, exchange, ingested, now):
    event = {"symbol": "NOPE-USD", "interval": "1d", "as_of": rfc3339(now)}
    system.invoke("ingest", event, wait=False)
    letters = wait_for("the dead letter", lambda: system.dead_letters("ingest"), seconds=300, pause=2)
    assert "NOPE-USD" in json.dumps(letters)
