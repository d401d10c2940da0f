"""Test of the back-fill of a long hourly history through the deployed ingest."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from itertools import pairwise

import pytest

from localstack.exchange import SHARED_DATA
from localstack.system import SYMBOL, Exchange, System, parse_time, rfc3339


@pytest.fixture
def real_history(exchange: Exchange, restored: None) -> Exchange:
    """The exchange server with the real history of ../shared/data."""
    if not (SHARED_DATA / "eth_usd_1h.csv").exists():
        pytest.skip("../shared/data has no eth_usd_1h.csv")
    exchange.serve(SHARED_DATA, "real")
    return exchange


def test_one_event_back_fills_six_years_of_hours(system: System, real_history: Exchange) -> None:
    rows = list(csv.DictReader((SHARED_DATA / "eth_usd_1h.csv").open()))
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
    assert (again["status"], again["new_bars"], again["revised"]) == ("up_to_date", 0, 0)
