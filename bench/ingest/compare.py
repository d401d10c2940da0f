"""Comparison of ingest's code with pandas: a million bars are parsed, checked, written as Parquet and read again.

All sides read the same bytes and run in turn, each time as a process of its own. The table shows the fastest of five runs of
each; `x` is the ratio to Rust. Start-up and reading the pages are not counted; memory is the peak of the process. Rust works
year by year, as ingest does. bench/ingest/peer.py describes the two columns of pandas.
"""

from __future__ import annotations

import math
import sys

from bench.common.rust_bench import PEER_PYTHON, build, peer, run
from bench.ingest import coinbase_pages
from localstack import crates
from localstack.service import ROOT

PAGES = ROOT / "build" / "bench" / f"coinbase_{coinbase_pages.BARS}_by_year.jsonl"
RUNS = 5

PHASES = ["parse", "screen", "write", "read"]
ROWS = {name: f"{name}, s" for name in [*PHASES, "all four"]} | {"peak_mb": "peak memory, MB", "file_mb": "Parquet, MB"}


def timed(command: list[str]) -> dict[str, float]:
    result = run(command)
    result["all four"] = sum(result[phase] for phase in PHASES)
    return result


def same(ours: dict[str, float], theirs: dict[str, float]) -> bool:
    """True if number and sums of the bars are equal."""
    return ours["bars"] == theirs["bars"] == coinbase_pages.BARS and all(
        math.isclose(ours[name], theirs[name], rel_tol=1e-9) for name in ("closes", "volumes")
    )


def main() -> int:
    if not PEER_PYTHON.exists():
        print(f"{PEER_PYTHON} does not exist: `make bench-ingest` installs it", file=sys.stderr)
        return 1
    coinbase_pages.write(PAGES)
    pandas = peer("bench.ingest.peer", str(PAGES))
    commands = {
        "Rust": [build(crates.INGEST, "ingest"), str(PAGES)],
        "pandas": [*pandas, "plain"],
        "tuned": [*pandas, "tuned"],
    }
    results: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            results[name].append(timed(command))
    best = {name: min(of, key=lambda result: result["all four"]) for name, of in results.items()}
    ours = best["Rust"]
    for name, theirs in best.items():
        if not same(ours, theirs):
            print(f"{name} has other bars: {theirs}, not {ours}", file=sys.stderr)
            return 1

    print(f"{f'{coinbase_pages.BARS:,} bars':18}{'Rust':>9}{'pandas':>9}{'x':>6}{'tuned':>9}{'x':>6}")
    for name, label in ROWS.items():
        line = f"{label:18}{ours[name]:9.3f}"
        for theirs in (best["pandas"], best["tuned"]):
            line += f"{theirs[name]:9.3f}{theirs[name] / ours[name]:6.1f}"
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
