"""Tables of EVALUATION.md on real data: walk-forward backtests of five series, as Markdown.

`make evaluation` builds the backtest and runs this program, which backtests the CSVs of ../shared/data (or of DATA_DIR) into
build/evaluation and prints the tables. The reports there have all other results.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from localstack import crates
from localstack.service import ROOT

DATA = Path(os.environ.get("DATA_DIR") or ROOT.parent / "shared" / "data")
OUT = ROOT / "build" / "evaluation"
SERIES = {
    "eth-usd-1d-h1": "eth_usd_1d.csv",
    "eth-usd-1d-h7": "eth_usd_1d.csv",
    "eth-usd-1h-h24": "eth_usd_1h.csv",
    "eth-usd-1h-h1": "eth_usd_1h.csv",
    "btc-usd-1d-h1": "btc_usd_1d.csv",
}
FORECASTERS = ["forecast", "climatology", "persistence", "always_up"]
STRATEGIES = ["long_flat", "long_short", "every_long_flat", "every_long_short", "always_long", "flat"]


def run(series: str) -> tuple[dict[str, Any], float]:
    target = ROOT / (os.environ.get("CARGO_TARGET_DIR") or "target")
    command = [
        str(target / "release" / crates.RESEARCH),
        "backtest",
        "--data",
        str(DATA / SERIES[series]),
        "--series",
        series,
    ]
    began = time.monotonic()
    subprocess.run([*command, "--out", str(OUT / series)], check=True, stdout=subprocess.DEVNULL)
    return json.loads((OUT / series / "report.json").read_text()), time.monotonic() - began


def span(interval: list[float] | None, digits: int, sign: str = "") -> str:
    return "" if interval is None else f" ({interval[0]:{sign}.{digits}f} to {interval[1]:{sign}.{digits}f})"


def value(number: float | None, digits: int, sign: str = "") -> str:
    return "none" if number is None else f"{number:{sign}.{digits}f}"


def interval(scores: dict[str, Any], score: str) -> list[float] | None:
    """Interval of a score; None with too few independent outcomes."""
    intervals = scores["intervals"]
    return [float(bound) for bound in intervals[score]] if intervals else None


def table(rows: list[list[str]]) -> None:
    head, *body = rows
    for row in [head, ["---"] * len(head), *body]:
        print(f"| {' | '.join(row)} |")
    print()


def percent(skill: dict[str, Any]) -> str:
    """Skill as a percentage, with its interval."""
    bounds = skill["interval"]
    scaled = None if bounds is None else [100 * float(bound) for bound in bounds]
    return f"{100 * skill['skill']:+.1f} %{span(scaled, 1, '+')}"


def p_value(p: float) -> str:
    """P-value in two digits; smaller ones as a bound."""
    return f"p = {p:.2f}" if p >= 0.01 else "p < 0.01"


def distributions(reports: dict[str, tuple[dict[str, Any], float]]) -> None:
    """Table of the distributions of the move."""
    rows = [
        [
            "series",
            "CRPS skill over climatology",
            "over the last 365 days",
            "Brier skill of large moves",
            "80 % band",
            "in full years",
            "95 % band",
            "PIT test",
        ]
    ]
    for series, (report, _) in reports.items():
        record = report["evaluation"]["distribution"]
        _, wide, widest = record["bands"]
        full = [year["coverage"] for year in wide["years"] if year["full"]]
        either = [odds for odds in record["odds"] if odds["side"] == "either"]
        rows.append(
            [
                series,
                percent(record["climatology"]),
                percent(record["recent"]),
                "; ".join(f"{odds['size']:.0%}: {percent(odds['brier_skill_over_recent'])}" for odds in either),
                f"{wide['coverage']:.1%}",
                f"{min(full):.1%} to {max(full):.1%}",
                f"{widest['coverage']:.1%}",
                p_value(record["pit"]["p_value"]),
            ]
        )
    table(rows)


def log_loss(probability: float, outcome: int) -> float:
    return -math.log(probability if outcome else 1.0 - probability)


def by_year(reports: dict[str, tuple[dict[str, Any], float]]) -> None:
    """Table of the log loss saved in each year, with 1.96 standard errors in which overlapping labels count once."""
    saved: dict[str, dict[str, list[float]]] = {}
    for series, (report, _) in reports.items():
        for decision in report["decisions"]:
            if (outcome := decision["outcome"]) is None:
                continue
            base, own = decision["baseline_probability"], decision["probability_up"]
            of_year = saved.setdefault(series, {}).setdefault(decision["decision_time"][:4], [])
            of_year.append(log_loss(base, outcome) - log_loss(own, outcome))
    years = sorted({year for values in saved.values() for year in values})
    rows = [["series", *years]]
    for series, values in saved.items():
        horizon = int(series.rpartition("-h")[2])
        cells = []
        for year in years:
            gains = values.get(year, [])
            if len(gains) <= 30 * horizon:
                cells.append("too few" if gains else "")
                continue
            error = 1.96 * statistics.pstdev(gains) * math.sqrt(horizon / len(gains))
            cells.append(f"{statistics.fmean(gains):+.4f} ({error:.4f})")
        rows.append([series, *cells])
    table(rows)


def main() -> int:
    missing = [name for name in SERIES.values() if not (DATA / name).exists()]
    if missing:
        print(f"{DATA} has no {', '.join(missing)}; DATA_DIR= names another directory", file=sys.stderr)
        return 1
    reports = {series: run(series) for series in SERIES}

    rows = [
        ["series", "decisions", "independent labels", "log loss saved, 95 %", "AUC", "Brier skill", "called", "edge"]
    ]
    for series, (report, _) in reports.items():
        record = report["evaluation"]
        saved, forecast = record["log_loss_difference"], record["forecast"]
        rows.append(
            [
                series,
                f"{record['n']}, {record['from'][:10]} to {record['through'][:10]}",
                f"{record['n_effective']:.0f}",
                f"{0.0 - saved['mean']:+.5f}{span([0.0 - saved['hi'], 0.0 - saved['lo']], 5, '+')}",
                value(forecast["auc"], 3) + span(interval(forecast, "auc"), 3),
                value(forecast["brier_skill"], 4, "+") + span(interval(forecast, "brier_skill"), 4, "+"),
                f"{record['called']['n']}",
                record["edge"],
            ]
        )
    table(rows)

    by_year(reports)

    rows = [["series", "forecaster", "log loss", "Brier", "accuracy", "AUC", "calibration error"]]
    for series, (report, _) in reports.items():
        for name in FORECASTERS:
            scores = report["evaluation"][name]
            columns = [("log_loss", 4), ("brier", 4), ("accuracy", 3), ("auc", 3), ("calibration_error", 3)]
            cells = [value(scores[score], digits) + span(interval(scores, score), digits) for score, digits in columns]
            rows.append([series, name.replace("_", " "), *cells])
    table(rows)

    rows = [["series", "refits with a model", "trials", "overfitting", "deflated Sharpe", "band held", "time"]]
    for series, (report, seconds) in reports.items():
        record, refits = report["evaluation"], report["refits"]
        selection, band = record["selection"], record["band"]
        kept = sum(refit["shrinkage"] > 0 for refit in refits)
        rows.append(
            [
                series,
                f"{kept} of {len(refits)}",
                f"{selection['trials']}" if selection else "none",
                value(selection and selection["overfitting_probability"], 2),
                value(selection and selection["deflated_sharpe"], 2),
                f"{band['covered']:.0%} of {band['groups']} groups, half width {band['half_width']:.3f}"
                if band
                else "none",
                f"{seconds:.0f} s",
            ]
        )
    table(rows)

    rows = [["series", "strategy", "annual return", "Sharpe", "worst loss", "turnover a year", "invested"]]
    for series, (report, _) in reports.items():
        for name in STRATEGIES:
            strategy = report["evaluation"]["after_costs"][name]
            rows.append(
                [
                    series,
                    name.replace("_", " "),
                    "too few" if strategy["annual_return"] is None else f"{strategy['annual_return']:+.1%}",
                    value(strategy["sharpe"], 2, "+") + span(strategy["sharpe_interval"], 2, "+"),
                    f"{strategy['max_drawdown']:.0%}",
                    f"{strategy['annual_turnover']:.0f}",
                    f"{strategy['invested']:.0%}",
                ]
            )
    table(rows)
    distributions(reports)
    return 0


if __name__ == "__main__":
    sys.exit(main())
