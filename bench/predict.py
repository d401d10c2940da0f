"""How fast predict starts and answers as a process, beside a Python function with the AWS SDK, in one run.

Both answer `GET /health`, which needs no AWS: what is measured is the start of the process with its clients, and the
way of an event through the runtime and the router. The Runtime API and an AWS in which nothing exists are played by
this process, so their own time is in both columns. Medians; ratios are Python / Rust.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import zipfile
from pathlib import Path

from runtime import EmptyAws, Process, serve

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "build" / "lambda" / "predict" / "bootstrap.zip"
STARTS, WARM = 20, 500

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "predict",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "WEATHERVANE_BUCKET": "bench",
    "WEATHERVANE_RUNS_TABLE": "bench-runs",
    "WEATHERVANE_REGISTRY_TABLE": "bench-registry",
    "WEATHERVANE_FORECASTS_TABLE": "bench-forecasts",
    "WEATHERVANE_LOCKS_TABLE": "bench-locks",
    "WEATHERVANE_BUS": "bench",
    "WEATHERVANE_ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:bench",
    "WEATHERVANE_SERIES": "eth-usd-1d-h1",
    "WEATHERVANE_SOURCES": "coinbase",
    "WEATHERVANE_S3_ADDRESSING": "path",
}
EVENT = {
    "version": "2.0",
    "routeKey": "GET /health",
    "rawPath": "/health",
    "rawQueryString": "",
    "headers": {"host": "localhost"},
    "requestContext": {
        "accountId": "000000000000",
        "apiId": "bench",
        "domainName": "localhost",
        "http": {"method": "GET", "path": "/health", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"},
        "requestId": "bench",
        "routeKey": "GET /health",
        "stage": "$default",
        "time": "01/Jan/2024:00:00:00 +0000",
        "timeEpoch": 1704067200000,
    },
    "isBase64Encoded": False,
}


def measure(command: list[str], endpoint: str) -> dict[str, float]:
    environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": endpoint}
    inits, firsts = [], []
    for _ in range(STARTS):
        process = Process(command, environment)
        inits.append(process.init)
        seconds, answer = process.invoke(EVENT)
        if answer["statusCode"] != 200:
            raise RuntimeError(f"{command[0]} answered {answer}")
        firsts.append(seconds)
        process.end()
    process = Process(command, environment)
    process.invoke(EVENT)
    warm = sorted(process.invoke(EVENT)[0] for _ in range(WARM))
    memory = process.peak_memory_mb()
    process.end()
    return {
        "start to first poll, ms": statistics.median(inits) * 1e3,
        "first answer, ms": statistics.median(firsts) * 1e3,
        "warm answer p50, ms": warm[WARM // 2] * 1e3,
        "warm answer p99, ms": warm[WARM * 99 // 100] * 1e3,
        "peak memory, MB": memory,
    }


def main() -> int:
    if not PACKAGE.exists():
        print(f"{PACKAGE} is not there: `make build` makes it", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as directory:
        with zipfile.ZipFile(PACKAGE) as package:
            package.extract("bootstrap", directory)
        bootstrap = Path(directory) / "bootstrap"
        bootstrap.chmod(0o755)
        endpoint = f"http://127.0.0.1:{serve(EmptyAws).server_port}"
        ours = measure([str(bootstrap)], endpoint)
        peer = measure([sys.executable, str(Path(__file__).with_name("python_peer.py"))], endpoint)
    print(f"{'':26}{'predict':>10}{'Python':>10}{'ratio':>8}")
    for name, value in ours.items():
        print(f"{name:26}{value:10.2f}{peer[name]:10.2f}{peer[name] / value:8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
