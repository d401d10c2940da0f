"""Comparison of the distribution of the move with arch: time of refits and forecasts, and CRPS on the same decisions.

All sides refit on the same history, days every 30 from the 730th and hours every 90 days from a year on, and forecast
every decision between two refits. `range` fits the range regression, the model that is served unless the folds prefer
another; it is what arch is compared with, and does the same kind of work. `selection` is a whole training of the
distribution: four families in purged folds, the choice among them, and the final fit. `ewma` is the moving average with
decay 0.94 alone, with the same residuals and adaptation. The peer, with its two models, is described in
bench/range/peer.py; arch runs on one thread, and of Rust's only the selection uses more. All sides run in turn, three
times, each time as a process of its own; the fastest counts. Start-up and reading are not counted.

It is checked that the sides have the same refits and decisions, and the same CRPS of climatology, which each computes
by itself. HOURLY=0 leaves out the hours.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from bench.common.histories import history
from bench.common.rust_bench import compare_trainings, peer, run

SERIES = {"eth-usd-1d-h1": "1d", "eth-usd-1h-h1": "1h", "eth-usd-1h-h24": "1h"}
RUNS = 3
NAMES = {
    "range": "range regression",
    "selection": "selection in folds",
    "ewma": "EWMA(0.94)",
    "GARCH": "arch GARCH(1,1)-t",
    "EGARCH": "arch EGARCH(1,1,1)-t",
    "climatology": "climatology",
    "recent": "last 365 days",
}


def compare(program: str, series: str) -> bool:
    """Prints the table of a series. True if all sides had the same refits and decisions and score alike."""
    path, words = history(SERIES[series])
    results: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for _ in range(RUNS):
        ours = run([program, str(path), series])
        arguments = [str(path), series, str(ours["first"]), str(ours["step"])]
        results.append((ours, run(peer("bench.range.peer", *arguments))))
    ours, theirs = results[0]
    seconds = {
        kind: min(side["seconds"][kind] for sides in results for side in sides if kind in side["seconds"])
        for kind in [*ours["seconds"], *theirs["seconds"]]
    }
    crps = theirs["crps"] | ours["crps"]
    print(f"\n{series}, {ours['refits']} refits, {ours['decisions']:,} decisions: {words}")
    print(f"{'':24}{'seconds':>9}{'ms a refit':>12}{'x':>8}{'CRPS, %':>10}{'skill of range':>16}")
    for kind, name in NAMES.items():
        time = f"{'':29}"
        if kind in seconds:
            ratio = seconds[kind] / seconds["range"]
            time = f"{seconds[kind]:9.3f}{1e3 * seconds[kind] / ours['refits']:12.2f}{ratio:8.1f}"
        skill = 1 - crps["range"] / crps[kind]
        print(f"{name:24}{time}{100 * crps[kind]:10.4f}{100 * skill:+14.2f} %", flush=True)
    same = math.isclose(ours["crps"]["climatology"], theirs["crps"]["climatology"], rel_tol=1e-9)
    return same and all(ours[key] == theirs[key] for key in ("refits", "decisions"))


def main() -> int:
    return 0 if compare_trainings("range", SERIES, compare) else 1


if __name__ == "__main__":
    sys.exit(main())
