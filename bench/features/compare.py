"""Comparison of the features with TA-Lib and pandas: of a complete history, and one row from the bar window.

All sides read the same file and run in turn, each time as a process of its own, on one thread. The table shows the fastest of
five runs with five measurements each; `x` is the ratio to Rust. Start-up and reading the file are not counted. The rows of all
sides are compared first. bench/features/peer.py describes the two columns of Python.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.common.histories import history
from bench.common.rust_bench import PEER_PYTHON, build, peer, run
from localstack import crates

RUNS = 5
WAYS = {"pandas": "plain", "tuned": "tuned"}
# Tolerance, relative to the larger of a value and the root mean square of its column.
TOLERANCE = 1e-6
# Allowed share of rows beyond it. Typical prices that differ by rounding only are a move of the money flow index here, and
# none in TA-Lib.
MAX_DIFFERENT_SHARE = 0.002


def agree(program: str, path: str) -> bool:
    with tempfile.TemporaryDirectory() as directory:
        table = str(Path(directory) / "table")
        run([program, path, "1h", table])
        results = [
            agrees(name, run(peer("bench.features.peer", way, path, "1h", "check", table, str(TOLERANCE))))
            for name, way in WAYS.items()
        ]
        return all(results)


def agrees(name: str, found: dict[str, Any]) -> bool:
    """Prints the agreement of a peer's columns. True if they agree within the tolerance."""
    worst = sorted(found["columns"].items(), key=lambda item: -item[1]["difference"])
    same = [column for column, difference in worst if difference["rows"] == 0]
    line = (
        f"{name} computes the same {found['rows']:,} rows; {len(same)} of {len(worst)} columns agree to {TOLERANCE:g}"
    )
    if same:
        line += f", the worst of them, {same[0]}, to {found['columns'][same[0]]['difference']:.0e}"
    others = [f"{column} differs in {difference['rows']} rows" for column, difference in worst if difference["rows"]]
    print("; ".join([line, *others]))
    return all(column["rows"] <= MAX_DIFFERENT_SHARE * found["rows"] for column in found["columns"].values())


def fastest(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Minimum of each number."""
    return {
        "seconds": [min(seconds) for seconds in zip(*(result["seconds"] for result in results), strict=True)],
        "row_seconds": min(result["row_seconds"] for result in results),
        "peak_mb": min(result["peak_mb"] for result in results),
    }


def main() -> int:
    if not PEER_PYTHON.exists():
        print(f"{PEER_PYTHON} does not exist: `make bench-features` installs it", file=sys.stderr)
        return 1
    file, words = history("1h")
    path, program = str(file), build(crates.FEATURES, "features")
    print(words)
    if not agree(program, path):
        print("Python computes other features", file=sys.stderr)
        return 1
    commands = {"Rust": [program, path, "1h"]}
    commands |= {name: peer("bench.features.peer", way, path, "1h") for name, way in WAYS.items()}
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            results[name].append(run(command))
    expected = results["Rust"][0]
    for name in ("rows", "warm_up_bars", "window_bars"):
        if any(result[name] != expected[name] for sides in results.values() for result in sides):
            print(f"the sides have different {name}", file=sys.stderr)
            return 1
    best = {name: fastest(runs) for name, runs in results.items()}

    title = f"{expected['features']} features"
    print(f"\n{title:28}{'Rust':>9}" + "".join(f"{name:>9}{'x':>6}" for name in WAYS))
    table = {
        f"{rows:,} rows, ms": [result["seconds"][index] * 1e3 for result in best.values()]
        for index, rows in enumerate(expected["rows"])
    }
    table[f"one row of {expected['window_bars']} bars, us"] = [result["row_seconds"] * 1e6 for result in best.values()]
    table["peak memory, MB"] = [result["peak_mb"] for result in best.values()]
    for name, (ours, *others) in table.items():
        print(f"{name:28}{ours:9.1f}" + "".join(f"{other:9.1f}{other / ours:6.1f}" for other in others))
    return 0


if __name__ == "__main__":
    sys.exit(main())
