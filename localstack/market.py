"""The market replay server: `market.py up | down | status`.

WEATHERVANE_HISTORY says what it serves:
    simulate    the simulator's bars, seeded: they end at the present and go on, or end at WEATHERVANE_HISTORY_END
    DIRECTORY   the CSV and Parquet files in it
    auto        (default) the real Coinbase history where it can be fetched, else ../shared/data, else the simulator
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import history
from service import ROOT, Service, ServiceError

PORT = int(os.environ.get("MARKET_PORT", "8900"))
# As make sets it; a relative one counts from the root, which is where cargo runs.
BINARY = ROOT / (os.environ.get("CARGO_TARGET_DIR") or "target") / "debug" / "replay"
FETCHED = ROOT / "build" / "history"
BESIDE = ROOT.parent / "shared" / "data"


def choose(wanted: str) -> tuple[str, list[str]]:
    """What is served, in words, and the server's arguments for it."""
    simulate = ["--simulate", "--seed", os.environ.get("WEATHERVANE_SEED", "7"),
                "--signal", os.environ.get("WEATHERVANE_SIGNAL", "0")]
    if end := os.environ.get("WEATHERVANE_HISTORY_END"):
        simulate += ["--end", end]
    if wanted == "simulate":
        return "simulated history", simulate
    if wanted != "auto":
        return f"history from {wanted}", ["--data", str(Path(wanted).resolve())]
    try:
        history.fetch(FETCHED)
        return "real history, fetched from Coinbase Exchange", ["--data", str(FETCHED), "--name", "Coinbase Exchange"]
    except OSError as error:
        print(f"market: Coinbase Exchange cannot be reached ({error})")
    if any(BESIDE.glob("*_*_1d.csv")):
        return "real history, from ../shared/data", ["--data", str(BESIDE), "--name", "shared/data"]
    return "simulated history: no real one can be reached", simulate


def market(arguments: list[str]) -> Service:
    command = [str(BINARY), "--listen", f"127.0.0.1:{PORT}", *arguments]
    return Service("market", PORT, "/control/status", command, {"RUST_BACKTRACE": "1"}, start_seconds=20)


def main(arguments: list[str]) -> int:
    service = market([])
    try:
        match arguments:
            case ["up"] if service.pid() is not None:
                service.up()
                print(f"market: was up, {service.url}, log {service.shown_log}")
            case ["up"]:
                words, choice = choose(os.environ.get("WEATHERVANE_HISTORY") or "auto")
                market(choice).up()
                print(f"market: started with {words}, {service.url}, log {service.shown_log}")
            case ["down"]:
                print(f"market: {'ended' if service.down() else 'was not running'}")
            case ["status"]:
                running = service.pid() is not None and service.healthy()
                print(f"market: {'up, ' + service.url if running else 'down'}")
                return 0 if running else 1
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except ServiceError as error:
        print(f"market: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
