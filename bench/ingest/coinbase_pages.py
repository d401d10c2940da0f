"""A million hourly bars as Coinbase sends them: pages of 300 rows `[time, low, high, open, close, volume]`, newest
first, one page a line, cut at the turns of years, with an empty line between years: the lake has an object for each, and
so ingest asks. The market is made up, and the same each time."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

BARS, PAGE, STEP_SECONDS = 1_000_000, 300, 3600
SEED = 4


def starts() -> Iterator[tuple[int, int, bool]]:
    """First and end of each page's bars, counted from 1970, and whether a year ends with it."""
    first, year = 0, 1971
    while first < BARS:
        new_year = int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp()) // STEP_SECONDS
        end = min(first + PAGE, new_year, BARS)
        yield first, end, end == new_year
        year += end == new_year
        first = end


def make(path: Path) -> None:
    """Writes the pages, unless they are there. From 1970 on, as a million hours are 114 years."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    market = random.Random(SEED)
    middle = math.log(1500.0)
    log_price, close = middle, 1500.0
    with open(unfinished, "w") as file:
        for first, end, turn in starts():
            rows = []
            for bar in range(first, end):
                opened = close
                # Drawn back to its middle, so that a century does not lead anywhere.
                log_price += 0.0002 * (middle - log_price) + market.gauss(0, 0.008)
                close = round(math.exp(log_price), 2)
                low = round(min(opened, close) * (1 - abs(market.gauss(0, 0.003))), 2)
                high = round(max(opened, close) * (1 + abs(market.gauss(0, 0.003))), 2)
                volume = round(market.lognormvariate(8, 0.7), 8)
                rows.append([bar * STEP_SECONDS, low, high, opened, close, volume])
            file.write(json.dumps(rows[::-1], separators=(",", ":")) + ("\n\n" if turn else "\n"))
    unfinished.rename(path)
