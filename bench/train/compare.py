"""Comparison of a training from CSV to model with scikit-learn, LightGBM and Optuna: time and memory.

All sides do the same work with the same training configuration: features, labels, trials in purged walk-forward folds,
ensemble of the best, calibration and final fit. In the column `Python` the peer searches by itself. Samplers prefer different
families, whose fits differ in cost; so in `same trials` the peer gets the candidates that Rust tried. Each side is a process
of its own and runs once; everything counts from its first line of code. `x` is the ratio to Rust. A MB is a million bytes.

HOURLY=0 leaves out the hours, which take the peer many minutes. The last table is of Rust only.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.common.histories import BARS, history
from bench.common.rust_bench import compare_trainings, peer, run, with_hours

SERIES = {"eth-usd-1d-h1": "1d", "eth-usd-1h-h24": "1h"}
PARTS = [8, 4, 2, 1]
NUMBERS = {"seconds": ("seconds", ".1f"), "peak_mb": ("peak memory, MB", ".0f")}
WORK = {
    "trials": ("trials", "d"),
    "pruned": ("of these pruned", "d"),
    "fits": ("fits in folds", "d"),
    "best_trial_log_loss": ("log loss, best trial", ".6f"),
    "log_loss": ("log loss, out of fold", ".6f"),
    "log_loss_climatology": ("log loss, climatology", ".6f"),
}


def compare(program: str, series: str) -> bool:
    """Prints the table of a series. True if all sides did the same work."""
    path, words = history(SERIES[series])
    settings = json.dumps(run([program, "config", series]))
    arguments = [str(path), series]
    ours = run([program, *arguments])
    own = run(peer("bench.train.peer", *arguments, settings))
    same = run(peer("bench.train.peer", *arguments, settings, json.dumps(ours["candidates"])))
    print(f"\n{series}, {ours['rows']:,} rows: {words}")
    print(f"{'':24}{'Rust':>10}{'Python':>10}{'x':>6}{'same trials':>13}{'x':>6}")
    for key, (name, form) in NUMBERS.items():
        rust, *others = (result[key] for result in (ours, own, same))
        ratios = [other / rust for other in others]
        print(f"{name:24}{rust:10{form}}{others[0]:10{form}}{ratios[0]:6.1f}{others[1]:13{form}}{ratios[1]:6.1f}")
    for key, (name, form) in WORK.items():
        print(f"{name:24}{ours[key]:10{form}}{own[key]:10{form}}{'':6}{same[key]:13{form}}")
    for family in ours["tried"]:
        print(
            f"{f'  {family}':24}{tried(ours, family):10}{tried(own, family):10}{'':6}{tried(same, family):13}",
            flush=True,
        )
    return all(ours["rows"] == other["rows"] and ours["trials"] == other["trials"] for other in (own, same))


def tried(result: dict[str, Any], family: str) -> int:
    return int(result["tried"].get(family, 0))


def doubling(program: str) -> None:
    series = "eth-usd-1h-h24"
    path, words = history(SERIES[series])
    print(f"\nRust as rows double: {series}, the first bars of {words}")
    print(f"{'bars':>8}{'rows':>8}{'fits':>6}{'seconds':>10}{'peak memory, MB':>18}")
    for part in PARTS:
        of = run([program, str(path), series, str(BARS[SERIES[series]] // part)])
        print(f"{of['bars']:8,}{of['rows']:8,}{of['fits']:6}{of['seconds']:10.1f}{of['peak_mb']:18.0f}", flush=True)


def main() -> int:
    program = compare_trainings("train", SERIES, compare)
    if program and with_hours():
        doubling(program)
    return 0 if program else 1


if __name__ == "__main__":
    sys.exit(main())
