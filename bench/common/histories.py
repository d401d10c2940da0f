"""The histories that features and training are measured on.

WEATHERVANE_HISTORY says which: a DIRECTORY with eth_usd_1d.csv and eth_usd_1h.csv; `simulate`, the simulator's bars; or
`auto` (default), ../shared/data where it is there, else the simulator.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bench.common.rust_bench import ROOT

# As many as the files of ../shared/data have.
BARS = {"1d": 2_328, "1h": 55_696}
BESIDE = ROOT.parent / "shared" / "data"


def history(interval: str) -> tuple[Path, str]:
    """A file of ETH in US dollars, and in words what it is."""
    wanted = os.environ.get("WEATHERVANE_HISTORY") or "auto"
    name = f"eth_usd_{interval}.csv"
    if wanted not in ("auto", "simulate"):
        return Path(wanted).resolve() / name, f"{name} of {wanted}"
    if wanted == "auto" and (BESIDE / name).exists():
        return BESIDE / name, f"{name} of ../shared/data"
    path = ROOT / "build" / "bench" / f"simulated_{interval}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = ["cargo", "run", "--quiet", "--release", "--locked", "-p", "simulator", "--example", "csv", "--"]
        done = subprocess.run([*command, interval, str(BARS[interval])], cwd=ROOT, check=True, stdout=subprocess.PIPE)
        path.write_bytes(done.stdout)
    return path, f"simulated bars, as many as {name} has"
