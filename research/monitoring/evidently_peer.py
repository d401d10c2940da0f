"""The usual defaults, on the same simulated markets without change: Evidently's count of drifted columns, as it comes.

`monitoring export` writes the features; each market is then looked at as a user would schedule it: the last 30 days against
what the champion was trained on, again every 30 days for two years. Two references: all four years, for which Evidently
chooses the normed Wasserstein distance (above 0.1), and the last year alone, for which it chooses Kolmogorov and Smirnov's test
(p below 0.05), as it does for up to 1000 rows; columns of five values or fewer get other tests. A data set has drifted when
half of its columns have. The count is the metric by which its DataDriftPreset decides; the preset draws every column
besides, which takes it ten times as long.

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
    """Share of the columns that have drifted, by Evidently's own count."""
    (count,) = Report([DriftedColumnsCount()]).run(window, reference).dict()["metrics"]
    return float(count["value"]["share"])


def market(path: Path) -> dict[str, list[float]]:
    """The share of drifted columns in each window, for each reference."""
    table = pandas.read_csv(path)
    features = table.drop(columns=["time", "part"])
    learnt, current = (features[table.part == part] for part in ("reference", "current"))
    starts = range(0, len(current) - WINDOW + 1, WINDOW)
    windows = [current.iloc[start : start + WINDOW] for start in starts]
    return {
        name: [drifted_share(learnt if rows is None else learnt.tail(rows), window) for window in windows]
        for name, rows in REFERENCES.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="directory that `monitoring export` wrote")
    parser.add_argument("--out", type=Path, default=Path("build/monitoring/evidently.json"))
    arguments = parser.parse_args()
    markets = [market(path) for path in sorted(arguments.data.glob("market-*.csv"))]
    print(f"Evidently {evidently.__version__}, {len(markets)} markets\n")
    print("| reference | windows with drift | markets with drift | columns that drifted, mean |")
    print("| --- | --- | --- | --- |")
    for name in REFERENCES:
        shares = [one[name] for one in markets]
        windows = [share for one in shares for share in one]
        hits, ever = sum(share >= 0.5 for share in windows), sum(max(one) >= 0.5 for one in shares)
        print(
            f"| {name} | {hits} of {len(windows)} ({hits / len(windows):.0%}) | {ever} of {len(markets)} |"
            f" {sum(windows) / len(windows):.0%} |"
        )
    arguments.out.write_text(json.dumps({"version": evidently.__version__, "markets": markets}, indent=1))


if __name__ == "__main__":
    main()
