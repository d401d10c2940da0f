"""How fast the features of a history are made, and one row of them from the window: Rust beside TA-Lib and pandas.

Both read the same file and run in turn, each time as a process of its own, on one thread. Shown is the fastest of so
many runs, and of five counts in each; `x` is how many times longer, or how much more, than Rust. Starting up and
reading the file are not in the times. First it is checked that both make the same rows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from market import history
from program import PEER_PYTHON, build, peer, run

RUNS = 5
# Beyond this, relative to the larger of a value and its column's root mean square, values are not the same.
SAME = 1e-6
# The share of a column's rows that may be: where typical prices are equal but for rounding, MFI's sign of a move is chance.
CHANCE = 0.002


def agree(program: str, path: str) -> bool:
    with tempfile.TemporaryDirectory() as directory:
        table = str(Path(directory) / "table")
        run([program, path, "1h", table])
        found = run(peer("features_peer.py", path, "1h", "check", table, str(SAME)))
    worst = sorted(found["columns"].items(), key=lambda item: -item[1]["difference"])
    same = [name for name, column in worst if column["rows"] == 0]
    print(f"the same {found['rows']:,} rows; {len(same)} of {len(worst)} columns agree to {SAME:g}, ", end="")
    print(f"the worst of them, {same[0]}, to {found['columns'][same[0]]['difference']:.0e}")
    for name, column in worst:
        if column["rows"]:
            print(f"  {name} differs in {column['rows']} rows, by {column['difference']:.0e} at most")
    return all(column["rows"] <= CHANCE * found["rows"] for column in found["columns"].values())


def fastest(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The least of each number."""
    return {
        "seconds": [min(of) for of in zip(*(result["seconds"] for result in results))],
        "row_seconds": min(result["row_seconds"] for result in results),
        "peak_mb": min(result["peak_mb"] for result in results),
    }


def main() -> int:
    if not PEER_PYTHON.exists():
        print(f"{PEER_PYTHON} is not there: `make bench-features` makes it", file=sys.stderr)
        return 1
    file, words = history("1h")
    path, program = str(file), build("domain", "features")
    print(f"{words}; ", end="")
    if not agree(program, path):
        print("Python makes other features", file=sys.stderr)
        return 1
    commands = {"Rust": [program, path, "1h"], "Python": peer("features_peer.py", path, "1h")}
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            results[name].append(run(command))
    said = results["Rust"][0]
    for name in ("rows", "warm_up_bars", "window_bars"):
        if any(result[name] != said[name] for of in results.values() for result in of):
            print(f"Python and Rust have different {name}", file=sys.stderr)
            return 1
    ours, theirs = fastest(results["Rust"]), fastest(results["Python"])

    title = f"{said['features']} features"
    print(f"\n{title:28}{'Rust':>10}{'Python':>10}{'x':>7}")
    table = [(f"{rows:,} rows, ms", seconds * 1e3, other * 1e3)
             for rows, seconds, other in zip(said["rows"], ours["seconds"], theirs["seconds"])]
    table += [(f"one row of {said['window_bars']} bars, us", ours["row_seconds"] * 1e6, theirs["row_seconds"] * 1e6),
              ("peak memory, MB", ours["peak_mb"], theirs["peak_mb"])]
    for name, rust, python in table:
        print(f"{name:28}{rust:10.1f}{python:10.1f}{python / rust:7.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
