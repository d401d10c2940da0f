"""False alarms of Evidently's default count of drifted columns, on simulated markets without change.

`research monitoring export` writes the features. Each market is then checked as a user would schedule it: the last 30 days
against the training bars of the champion, every 30 days for two years. There are two references. For all four years
Evidently chooses the normed Wasserstein distance (above 0.1). For the last year it chooses the Kolmogorov-Smirnov test
(p below 0.05), as for up to 1000 rows. Columns of five values or fewer get other tests. A data set has drifted if half of
its columns have. The count is the metric by which Evidently's DataDriftPreset decides; the preset also draws every column,
which takes ten times as long.

Prints a Markdown table and leaves the counts as JSON.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import evidently
import pandas
from evidently import Report
from evidently.metrics import DriftedColumnsCount

WINDOW = 30
REFERENCES = {"all four years": None, "the last year": 365}


def drifted_share(reference: pandas.DataFrame, window: pandas.DataFrame) -> float:
    """Share of drifted columns, by Evidently's own count."""
    (count,) = Report([DriftedColumnsCount()]).run(window, reference).dict()["metrics"]
    return float(count["value"]["share"])


def drifted_shares(path: Path) -> dict[str, list[float]]:
    """Share of drifted columns in each window, by reference."""
    table = pandas.read_csv(path)
    features = table.drop(columns=["time", "part"])
    reference, current = (features[table.part == part] for part in ("reference", "current"))
    starts = range(0, len(current) - WINDOW + 1, WINDOW)
    windows = [current.iloc[start : start + WINDOW] for start in starts]
    return {
        name: [drifted_share(reference if rows is None else reference.tail(rows), window) for window in windows]
        for name, rows in REFERENCES.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="directory that `research monitoring export` wrote")
    parser.add_argument("--out", type=Path, default=Path("build/monitoring/evidently.json"))
    arguments = parser.parse_args()
    markets = [drifted_shares(path) for path in sorted(arguments.data.glob("market-*.csv"))]
    print(f"Evidently {evidently.__version__}, {len(markets)} markets\n")
    print("| reference | windows with drift | markets with drift | columns that drifted, mean |")
    print("| --- | --- | --- | --- |")
    for name in REFERENCES:
        shares = [market[name] for market in markets]
        windows = [share for market in shares for share in market]
        hits, ever = sum(share >= 0.5 for share in windows), sum(max(market) >= 0.5 for market in shares)
        print(
            f"| {name} | {hits} of {len(windows)} ({hits / len(windows):.0%}) | {ever} of {len(markets)} |"
            f" {sum(windows) / len(windows):.0%} |"
        )
    arguments.out.write_text(json.dumps({"version": evidently.__version__, "markets": markets}, indent=1))


if __name__ == "__main__":
    main()
