"""Service description of the exchange server, and the choice of the history that it serves.

Values of WEATHERVANE_HISTORY:
    simulate    bars of the simulator, seeded: they end at the present and go on, or end at WEATHERVANE_HISTORY_END
    DIRECTORY   the CSV files in it
    auto        (default) Coinbase's history where it can be fetched, else ../shared/data, else the simulator
"""

from __future__ import annotations

import os
from pathlib import Path

from localstack import coinbase_history, crates
from localstack.service import ROOT, Service

PORT = int(os.environ.get("MARKET_PORT", "8900"))
# make sets CARGO_TARGET_DIR. A relative one is relative to the root, where cargo runs.
BINARY = ROOT / (os.environ.get("CARGO_TARGET_DIR") or "target") / "debug" / crates.EXCHANGE_SIMULATOR
FETCHED_DATA = ROOT / "build" / "history"
SHARED_DATA = ROOT.parent / "shared" / "data"


def choose_history(wanted: str) -> tuple[str, list[str]]:
    """Description of the history, and the arguments that make the server serve it."""
    simulate = ["--simulate", "--seed", os.environ.get("WEATHERVANE_SEED", "7")]
    simulate += ["--signal", os.environ.get("WEATHERVANE_SIGNAL", "0")]
    if end := os.environ.get("WEATHERVANE_HISTORY_END"):
        simulate += ["--end", end]
    if wanted == "simulate":
        return "simulated history", simulate
    if wanted != "auto":
        return f"history from {wanted}", ["--data", str(Path(wanted).resolve())]
    try:
        coinbase_history.fetch(FETCHED_DATA)
        return "real history, fetched from Coinbase Exchange", [
            "--data",
            str(FETCHED_DATA),
            "--name",
            "Coinbase Exchange",
        ]
    except OSError as error:
        print(f"exchange: Coinbase Exchange cannot be reached ({error})", flush=True)
    if any(SHARED_DATA.glob("*_*_1d.csv")):
        return "real history, from ../shared/data", ["--data", str(SHARED_DATA), "--name", "shared/data"]
    return "simulated history: no real one can be reached", simulate


def exchange(arguments: list[str]) -> Service:
    command = [str(BINARY), "--listen", f"127.0.0.1:{PORT}", *arguments]
    return Service("exchange", PORT, "/control/status", command, {"RUST_BACKTRACE": "1"}, start_seconds=20)


def start() -> None:
    service = exchange([])
    if service.pid() is not None:
        service.up()
        print(f"exchange: was up, {service.url}, log {service.shown_log}", flush=True)
        return
    description, arguments = choose_history(os.environ.get("WEATHERVANE_HISTORY") or "auto")
    exchange(arguments).up()
    print(f"exchange: started with {description}, {service.url}, log {service.shown_log}", flush=True)


def stop() -> None:
    print(f"exchange: {'ended' if exchange([]).down() else 'was not running'}", flush=True)
