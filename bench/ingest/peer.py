"""Peer of ingest: the same work on a source's pages with pandas and pyarrow.

    python -m bench.ingest.peer PAGES plain    year by year, as in the lake and as users of pandas write it: one frame per
                                               page, concatenated; Parquet with its defaults
    python -m bench.ingest.peer PAGES tuned    after profiling: all years in one frame and one file, one NumPy array per
                                               page, and no dictionaries for prices

The plain way is the faster of the usual two: one frame from one list of all rows is slower, because the garbage collector
visits that list again and again. The rules are those of ingest's validation, on whole columns.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

STEP = 3600
FROM, AS_OF = 0, 4_102_444_800
COLUMNS = ["time", "low", "high", "open", "close", "volume"]
BARS = ["time", "open", "high", "low", "close", "volume"]


def parse(pages: list[bytes], tuned: bool) -> pd.DataFrame:
    if tuned:
        rows = np.concatenate([np.array(json.loads(page), dtype="float64") for page in pages])
        return pd.DataFrame(rows, columns=COLUMNS).astype({"time": "int64"})[BARS]
    frames = [pd.DataFrame(json.loads(page), columns=COLUMNS) for page in pages]
    return pd.concat(frames, ignore_index=True)[BARS]


def screen(rows: pd.DataFrame) -> pd.DataFrame:
    """Valid, closed bars in the range, in ascending order, one per time."""
    rows = rows.sort_values("time", ignore_index=True)
    if rows["time"].iloc[-1] > AS_OF + 30:
        raise ValueError("a bar opens in the future")
    opens, high, low, close, volume = (rows[name] for name in BARS[1:])
    # A comparison with NaN is false.
    valid = (low > 0) & (low <= high) & (high < np.inf) & (volume >= 0) & (volume < np.inf)
    valid &= (opens >= low) & (opens <= high) & (close >= low) & (close <= high)
    wanted = (rows["time"] >= FROM) & (rows["time"] + STEP <= AS_OF)
    if (rows["time"] % STEP != 0).any():
        raise ValueError("a row is not at a full hour")
    bars = rows[valid & wanted].drop_duplicates()
    bars = bars[~bars["time"].duplicated(keep=False)]
    before = bars["volume"].where(bars["volume"] > 0).rolling(48, min_periods=24).median().shift(1)
    swapped = (bars["close"] >= 50) & (bars["volume"] > 0.5 * bars["close"] * before)
    return bars[~swapped]


def write(bars: pd.DataFrame, tuned: bool) -> bytes:
    source = pd.Categorical.from_codes(np.zeros(len(bars), dtype="int8"), categories=["coinbase"])
    file = io.BytesIO()
    rows = bars.assign(source=source, revision=np.uint32(0), flags=np.uint32(0))
    options: dict[str, Any] = {"use_dictionary": ["source"]} if tuned else {}
    rows.to_parquet(file, engine="pyarrow", compression="lz4", index=False, **options)
    return file.getvalue()


def main() -> None:
    path, way = sys.argv[1:]
    tuned = way == "tuned"
    batches = [year.splitlines() for year in Path(path).read_bytes().split(b"\n\n")]
    if tuned:
        batches = [[page for year in batches for page in year]]
    report: dict[str, float] = dict.fromkeys(
        ["parse", "screen", "write", "read", "file_mb", "bars", "closes", "volumes"], 0
    )
    last = time.perf_counter()

    def lap(phase: str) -> None:
        nonlocal last
        now = time.perf_counter()
        report[phase] += now - last
        last = now

    for pages in batches:
        rows = parse(pages, tuned)
        lap("parse")
        bars = screen(rows)
        lap("screen")
        file = write(bars, tuned)
        lap("write")
        read = pd.read_parquet(io.BytesIO(file), columns=BARS)
        lap("read")
        report["file_mb"] += len(file) / 1e6
        report["bars"] += len(read)
        report["closes"] += float(read["close"].sum())
        report["volumes"] += float(read["volume"].sum())
        last = time.perf_counter()
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps(report))


if __name__ == "__main__":
    main()
