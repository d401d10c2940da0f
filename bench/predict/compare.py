"""Comparison of predict with the usual ways to serve the same forest from Python: start-up, response times and memory.

The model is a random forest of scikit-learn; predict reads the same trees from its own format, and all sides must give the
same probability for the same bars. predict and the Python function run behind a Runtime API; the Flask applications and
MLflow's scoring server are called over HTTP on this machine. Both functions read from a fake AWS, which is a process of its
own (fake_aws.py). `x` is the ratio to predict.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.common.histories import history
from bench.predict.measure import Answered, Effort, Request, aws, fake_aws_seconds, function, server, table
from bench.predict.runtime_api import MB
from localstack.service import ROOT

PACKAGE = ROOT / "build" / "lambda" / "predict" / "bootstrap.zip"
VENV = ROOT / "build" / "bench" / "predict-venv" / "bin"
PYTHON = str(VENV / "python")
OURS, PEERS, SLOW = Effort(starts=20, warm=250), Effort(starts=5, warm=60), Effort(starts=3, warm=100)
SERIES = [f"eth-usd-1d-h{horizon}" for horizon in range(1, 21)]
SIZES = ["usual", "large"]
# Number of bars that predict needs for a forecast, so that no side reads more.
POSTED_BARS = 475

ENVIRONMENT = {
    "PATH": f"{VENV}:/usr/bin:/bin",
    "HOME": "/tmp",
    "PYTHONPATH": str(ROOT),
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
    "WEATHERVANE_SERIES": SERIES[0],
    "WEATHERVANE_SOURCES": "coinbase",
    "WEATHERVANE_S3_ADDRESSING": "path",
    # One row is slower on several threads than on one.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # No statistics are sent.
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def data() -> Path:
    """Directory that the fake AWS serves. It is made once a day, because its bars end today."""
    directory = ROOT / "build" / "bench" / "predict" / f"{datetime.now(UTC):%Y-%m-%d}"
    if not (directory / "complete").exists():
        path, words = history("1d")
        print(f"fits the forests on {words}", flush=True)
        command = [PYTHON, "-m", "bench.predict.models", str(path), str(directory), ",".join(SERIES)]
        subprocess.run(command, check=True, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
        (directory / "complete").touch()
    return directory


def unpack(directory: Path) -> list[str]:
    """Command that runs the function. Prints its size."""
    with zipfile.ZipFile(PACKAGE) as package:
        package.extract("bootstrap", directory)
    bootstrap = directory / "bootstrap"
    bootstrap.chmod(0o755)
    print(f"predict's zip has {PACKAGE.stat().st_size / MB:.2f} MB, unpacked {bootstrap.stat().st_size / MB:.2f} MB")
    return [str(bootstrap)]


def requests(directory: Path) -> dict[str, Request]:
    """Requests by name."""
    bars = json.loads((directory / "usual" / "objects" / "window" / "ETH-USD" / "1d.json").read_bytes())["bars"]
    return {
        "GET health": ("GET", "/health", None),
        "GET forecast": ("GET", f"/v1/series/{SERIES[0]}/forecast", None),
        "POST bars": ("POST", f"/v1/series/{SERIES[0]}/forecast", {"bars": bars[-POSTED_BARS:]}),
        "POST feature row": ("POST", "/invocations", json.loads((directory / "row.json").read_bytes())),
    }


def probability(answer: dict[str, Any]) -> float:
    """Probability of `up` in the format of predict and the peers, or of MLflow: of each class, or of `up` only."""
    if "predictions" not in answer:
        return float(answer["probability_up"])
    row = answer["predictions"][0]
    return float(row[-1] if isinstance(row, list) else row)


def questions(directory: Path, predict: list[str], environment: dict[str, str]) -> bool:
    """Prints one table per request. True if all sides gave the same probability."""
    model = str(directory / "usual" / "objects" / "models" / SERIES[0] / "1" / "model.pickle")
    flask = [PYTHON, "-m", "bench.predict.flask_peer", model, "{port}"]
    gunicorn = [
        str(VENV / "gunicorn"),
        "--chdir",
        str(ROOT),
        "--bind",
        "127.0.0.1:{port}",
        "--worker-class",
        "gthread",
    ]
    gunicorn += [f"bench.predict.flask_peer:once({model!r})"]
    mlflow = [
        str(VENV / "mlflow"),
        "models",
        "serve",
        "--env-manager",
        "local",
        "--port",
        "{port}",
        "--model-uri",
        "mlflow",
    ]
    window = fake_aws_seconds(environment["AWS_ENDPOINT_URL"], "window/ETH-USD/1d.json")
    print(f"the fake AWS returns the window in {window * 1e3:.2f} ms")
    health, current, bars, feature_row = requests(directory).values()

    def ours(request: Request, pauses: int = 0) -> Answered:
        return function(predict, environment, [request], replace(OURS, pauses=pauses))

    def theirs(request: Request, pauses: int = 0) -> Answered:
        return function(
            [PYTHON, "-m", "bench.predict.lambda_peer"], environment, [request], replace(PEERS, pauses=pauses)
        )

    def http(command: list[str], request: Request, effort: Effort) -> Answered:
        return server(command, ENVIRONMENT, directory, request, effort)

    echo = function([PYTHON, "-S", str(Path(__file__).with_name("noop_function.py"))], environment, [health], OURS)
    table("GET health", {"predict": ours(health)[0], "no work at all": echo[0]})
    same = compare("GET forecast", {"predict": ours(current, 3), "Python function": theirs(current, 3)})
    same &= compare(
        "POST bars",
        {
            "predict": ours(bars),
            "Python function": theirs(bars),
            "Flask": http(flask, ("POST", "/predict", bars[2]), PEERS),
            "Flask, loaded once": http(gunicorn, ("POST", "/predict", bars[2]), PEERS),
        },
    )
    same &= compare("POST feature row", {"predict": ours(feature_row), "MLflow": http(mlflow, feature_row, SLOW)})
    return same


def require_model(answer: dict[str, Any]) -> None:
    """RuntimeError if a fallback replaced the model or the window."""
    if answer["warnings"] or answer["model"]["version"] != 1:
        raise RuntimeError(f"answered {answer}")


def compare(question: str, columns: dict[str, Answered]) -> bool:
    """Prints the table of a request. True if all sides gave the same probability."""
    table(question, {name: numbers for name, (numbers, _) in columns.items()})
    first, *others = (probability(answer) for _, answer in columns.values())
    return all(math.isclose(first, other, abs_tol=1e-9) for other in others)


def many(predict: list[str], environment: dict[str, str]) -> None:
    """Prints the table of one series and of twenty that are requested in turn."""
    columns = {}
    for series in (SERIES[:1], SERIES):
        asked = [("GET", f"/v1/series/{slug}/forecast", None) for slug in series]
        numbers, answer = function(predict, environment | {"WEATHERVANE_SERIES": ",".join(series)}, asked, OURS)
        require_model(answer)
        columns[f"{len(series)} series"] = numbers
    table("GET forecast", columns)


def sizes(directory: Path, predict: list[str]) -> None:
    """Prints the table of model sizes."""
    columns = {}
    for size in SIZES:
        model = directory / size / "objects" / "models" / SERIES[0] / "1" / "model.wvm"
        with aws(directory / size) as endpoint:
            current = requests(directory)["GET forecast"]
            numbers, answer = function(predict, ENVIRONMENT | {"AWS_ENDPOINT_URL": endpoint}, [current], OURS)
        require_model(answer)
        columns[f"{model.stat().st_size / MB:.2f} MB"] = numbers
    table("GET forecast, model of", columns)


def main() -> int:
    for needed, target in ((PACKAGE, "build"), (VENV / "python", "bench-predict")):
        if not needed.exists():
            print(f"{needed} does not exist: `make {target}` makes it", file=sys.stderr)
            return 1
    directory = data()
    with tempfile.TemporaryDirectory() as unpacked:
        predict = unpack(Path(unpacked))
        with aws(directory / "usual") as endpoint:
            environment = ENVIRONMENT | {"AWS_ENDPOINT_URL": endpoint}
            same = questions(directory, predict, environment)
            many(predict, environment)
        sizes(directory, predict)
    if not same:
        print("the sides gave different probabilities", file=sys.stderr)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
