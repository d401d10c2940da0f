"""Back-fill of a complete hourly history through the deployed ingest by one event: `make bench-backfill`.

The system serves ../shared/data or, without it, the simulator's two years of hours. Prints the wall time, the function's own
time, its peak memory as Linux counts it, and the gaps that it reports. The exchange server is another process.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from localstack.system import Exchange, System, parse_time, rfc3339


def peak_megabytes(function: str) -> float:
    """Peak memory of the function's processes in MB; 0 if there is none."""
    peaks = [0.0]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            if f"AWS_LAMBDA_FUNCTION_NAME={function}".encode() in environment:
                status = (process / "status").read_text()
                peaks += [int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmHWM")]
        except OSError:
            continue
    return max(peaks)


def main() -> int:
    system, exchange = System(), Exchange()
    status = exchange.status()
    start, end = status["start"]["1h"], parse_time(status["end"]["1h"])
    now = end + timedelta(minutes=5)
    exchange.set_clock(now)
    event = {"symbol": "ETH-USD", "interval": "1h", "from": start, "as_of": rfc3339(now)}

    begun = time.monotonic()
    answer = system.invoke("ingest", event)
    seconds = time.monotonic() - begun

    missing = sum(gap["bars"] for gap in answer["gaps"])
    print(f"      history   {status['description']}")
    print(
        f"      {answer['new_bars']} bars, {start} to {answer['last']}: {answer['status']}, source {answer['source']}"
    )
    print(f"      {len(answer['gaps'])} gaps, {missing} bars missing; rules {json.dumps(answer['rules'])}")
    print(f"      wall {seconds:.1f} s, function {answer['duration_ms'] / 1000:.1f} s")
    print(f"      peak memory of the function {peak_megabytes(system.outputs['function_names']['ingest']):.0f} MB")
    for warning in answer["warnings"]:
        print(f"      warning: {warning}")
    return 0 if answer["status"] == "ingested" else 1


if __name__ == "__main__":
    sys.exit(main())
