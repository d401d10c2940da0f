"""Real history from Coinbase Exchange, kept as the CSV files that the exchange server reads."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

URL = os.environ.get("WEATHERVANE_COINBASE_URL", "https://api.exchange.coinbase.com")
HEADER = "timestamp,open,high,low,close,volume"
PAGE_ROWS = 300
# Below the public limit of ten requests a second.
REQUEST_DELAY_SECONDS = 0.15
TIMEOUT_SECONDS = 5
FILES = {
    # Days since the product is traded regularly; hours as far back as every source except Kraken has them.
    "eth_usd_1d.csv": ("ETH-USD", 86_400, datetime(2017, 1, 1, tzinfo=UTC)),
    "eth_usd_1h.csv": ("ETH-USD", 3_600, None),
    "btc_usd_1d.csv": ("BTC-USD", 86_400, datetime(2017, 1, 1, tzinfo=UTC)),
}
HOURLY_DAYS = 730


def candles(product: str, seconds: int, start: datetime, end: datetime) -> list[list[float]]:
    """Rows `[time, low, high, open, close, volume]` from `start` to `end`, both inclusive."""
    query = f"granularity={seconds}&start={start:%Y-%m-%dT%H:%M:%SZ}&end={end:%Y-%m-%dT%H:%M:%SZ}"
    request = urllib.request.Request(f"{URL}/products/{product}/candles?{query}", headers={"user-agent": "weathervane"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        try:
            return list(json.load(answer))
        except ValueError as error:
            raise OSError(f"not JSON: {error}") from error


def fetch(directory: Path, now: datetime | None = None) -> None:
    """Adds the missing days and hours up to yesterday. OSError if the exchange cannot be reached."""
    now = now or datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    # One request first, to see if the exchange can be reached.
    candles("ETH-USD", 86_400, midnight - timedelta(days=2), midnight - timedelta(days=1))
    directory.mkdir(parents=True, exist_ok=True)
    for name, (product, seconds, start) in FILES.items():
        extend(directory / name, product, seconds, start or midnight - timedelta(days=HOURLY_DAYS), midnight)


def extend(path: Path, product: str, seconds: int, start: datetime, end: datetime) -> None:
    rows: dict[int, str] = {}
    if path.exists():
        for line in path.read_text().splitlines()[1:]:
            rows[int(datetime.fromisoformat(line.split(",")[0]).timestamp())] = line
        start = datetime.fromtimestamp(max(rows, default=int(start.timestamp()) - seconds) + seconds, UTC)
    step = timedelta(seconds=seconds)
    while start < end:
        last = min(start + (PAGE_ROWS - 1) * step, end - step)
        for time_, low, high, open_, close, volume in candles(product, seconds, start, last):
            opens = datetime.fromtimestamp(time_, UTC)
            if start <= opens <= last:
                rows[int(time_)] = f"{opens:%Y-%m-%dT%H:%M:%SZ},{open_},{high},{low},{close},{volume}"
        start = last + step
        time.sleep(REQUEST_DELAY_SECONDS)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text("\n".join([HEADER, *(rows[key] for key in sorted(rows))]) + "\n")
    unfinished.rename(path)
