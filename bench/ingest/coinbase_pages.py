"""A million hourly bars as Coinbase sends them: pages of 300 rows `[time, low, high, open, close, volume]`, newest first.

Each page is a line. No page spans two years, and an empty line separates years, because the lake has one object per year and
ingest requests bars by year. The bars are simulated with a fixed seed.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

BARS, PAGE_ROWS, STEP_SECONDS = 1_000_000, 300, 3600
SEED = 4


def page_ranges() -> Iterator[tuple[int, int, bool]]:
    """First bar and end of each page, in hours since 1970, and true if it is the last of a year."""
    first, year = 0, 1971
    while first < BARS:
        new_year = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) // STEP_SECONDS
        end = min(first + PAGE_ROWS, new_year, BARS)
        yield first, end, end == new_year
        year += end == new_year
        first = end


def write(path: Path) -> None:
    """Writes the pages if they do not exist. They begin in 1970, because a million hours are 114 years."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    market = random.Random(SEED)
    middle = math.log(1500.0)
    log_price, close = middle, 1500.0
    with open(unfinished, "w") as file:
        for first, end, turn in page_ranges():
            rows = []
            for bar in range(first, end):
                opened = close
                # Mean-reverting, so that prices stay in range for a century.
                log_price += 0.0002 * (middle - log_price) + market.gauss(0, 0.008)
                close = round(math.exp(log_price), 2)
                low = round(min(opened, close) * (1 - abs(market.gauss(0, 0.003))), 2)
                high = round(max(opened, close) * (1 + abs(market.gauss(0, 0.003))), 2)
                volume = round(market.lognormvariate(8, 0.7), 8)
                rows.append([bar * STEP_SECONDS, low, high, opened, close, volume])
            file.write(json.dumps(rows[::-1], separators=(",", ":")) + ("\n\n" if turn else "\n"))
    unfinished.rename(path)
