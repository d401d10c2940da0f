"""Histories on which features and training are measured.

Values of WEATHERVANE_HISTORY: a DIRECTORY with eth_usd_1d.csv and eth_usd_1h.csv; `simulate` for bars of the simulator; or
`auto` (default) for ../shared/data where it exists, else the simulator.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from localstack import crates
from localstack.service import ROOT

# Number of bars in the files of ../shared/data.
BARS = {"1d": 2_328, "1h": 55_696}
SHARED_DATA = ROOT.parent / "shared" / "data"


def history(interval: str) -> tuple[Path, str]:
    """File with bars of ETH in US dollars, and its description."""
    wanted = os.environ.get("WEATHERVANE_HISTORY") or "auto"
    name = f"eth_usd_{interval}.csv"
    if wanted not in ("auto", "simulate"):
        return Path(wanted).resolve() / name, f"{name} of {wanted}"
    if wanted == "auto" and (SHARED_DATA / name).exists():
        return SHARED_DATA / name, f"{name} of ../shared/data"
    path = ROOT / "build" / "bench" / f"simulated_{interval}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [
            "cargo",
            "run",
            "--quiet",
            "--release",
            "--locked",
            "-p",
            crates.MARKET_SIMULATOR,
            "--example",
            "csv",
            "--",
        ]
        done = subprocess.run([*command, interval, str(BARS[interval])], cwd=ROOT, check=True, stdout=subprocess.PIPE)
        path.write_bytes(done.stdout)
    return path, f"as many simulated bars as {name} has"
