"""How fast predict starts and answers as a process, beside the usual ways to serve the same forest from Python.

The model is a random forest that scikit-learn has fitted; predict reads the same trees from its own format, and it is
checked that all give the same probability for the same bars. predict and the Python function are run behind a Runtime
API, the Flask applications and MLflow's scoring server are asked over HTTP on this machine. The AWS that both functions
read from is a process of its own (predict_aws.py). `x` is how many times longer, or how much more, than predict.
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
from bench.predict.measure import Answered, Effort, Request, aws, function, server, stand_in_seconds, table
from bench.predict.runtime_api import MB

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
PACKAGE = ROOT / "build" / "lambda" / "predict" / "bootstrap.zip"
VENV = ROOT / "build" / "bench" / "predict-venv" / "bin"
PYTHON = str(VENV / "python")
OURS, PEERS, SLOW = Effort(starts=20, warm=250), Effort(starts=5, warm=60), Effort(starts=3, warm=100)
SERIES = [f"eth-usd-1d-h{horizon}" for horizon in range(1, 21)]
SIZES = ["usual", "large"]
# What predict needs for a forecast, so that nobody reads more.
POSTED_BARS = 475

ENVIRONMENT = {
    "PATH": f"{VENV}:/usr/bin:/bin",
    "HOME": "/tmp",
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
    # Nothing here is to be sent anywhere.
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def data() -> Path:
    """What the stand-in serves; made once a day, as its bars end today."""
    directory = ROOT / "build" / "bench" / "predict" / f"{datetime.now(UTC):%Y-%m-%d}"
    if not (directory / "complete").exists():
        path, words = history("1d")
        print(f"fits the forests on {words}", flush=True)
        command = [PYTHON, str(BENCH / "predict_models.py"), str(path), str(directory), ",".join(SERIES)]
        subprocess.run(command, check=True, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
        (directory / "complete").touch()
    return directory


def unpack(directory: Path) -> list[str]:
    """The function as a command; says how large it is."""
    with zipfile.ZipFile(PACKAGE) as package:
        package.extract("bootstrap", directory)
    bootstrap = directory / "bootstrap"
    bootstrap.chmod(0o755)
    print(f"predict's zip has {PACKAGE.stat().st_size / MB:.2f} MB, unpacked {bootstrap.stat().st_size / MB:.2f} MB")
    return [str(bootstrap)]


def requests(directory: Path) -> dict[str, Request]:
    """By the name of the question."""
    bars = json.loads((directory / "usual" / "objects" / "window" / "ETH-USD" / "1d.json").read_bytes())["bars"]
    return {
        "GET health": ("GET", "/health", None),
        "GET forecast": ("GET", f"/v1/series/{SERIES[0]}/forecast", None),
        "POST bars": ("POST", f"/v1/series/{SERIES[0]}/forecast", {"bars": bars[-POSTED_BARS:]}),
        "POST feature row": ("POST", "/invocations", json.loads((directory / "row.json").read_bytes())),
    }


def probability(answer: dict[str, Any]) -> float:
    """Of `up`, as predict and the peers say it, or as MLflow's protocol does: of each class, or of `up` alone."""
    if "predictions" not in answer:
        return answer["probability_up"]
    row = answer["predictions"][0]
    return row[-1] if isinstance(row, list) else row


def questions(directory: Path, predict: list[str], environment: dict[str, str]) -> bool:
    """A table per question; whether all sides gave the same probability."""
    model = str(directory / "usual" / "objects" / "models" / SERIES[0] / "1" / "model.pickle")
    flask = [PYTHON, str(BENCH / "predict_flask.py"), model, "{port}"]
    gunicorn = [
        str(VENV / "gunicorn"),
        "--chdir",
        str(BENCH),
        "--bind",
        "127.0.0.1:{port}",
        "--worker-class",
        "gthread",
    ]
    gunicorn += [f"predict_flask:once({model!r})"]
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
    window = stand_in_seconds(environment["AWS_ENDPOINT_URL"], "window/ETH-USD/1d.json")
    print(f"the stand-in hands out the window in {window * 1e3:.2f} ms")
    health, current, bars, feature_row = requests(directory).values()

    def ours(request: Request, pauses: int = 0) -> Answered:
        return function(predict, environment, [request], replace(OURS, pauses=pauses))

    def theirs(request: Request, pauses: int = 0) -> Answered:
        return function([PYTHON, str(BENCH / "python_peer.py")], environment, [request], replace(PEERS, pauses=pauses))

    def http(command: list[str], request: Request, effort: Effort) -> Answered:
        return server(command, ENVIRONMENT, directory, request, effort)

    echo = function([PYTHON, "-S", str(BENCH / "echo.py")], environment, [health], OURS)
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


def by_the_model(answer: dict[str, Any]) -> None:
    """RuntimeError when something stood in for the model or the window."""
    if answer["warnings"] or answer["model"]["version"] != 1:
        raise RuntimeError(f"answered {answer}")


def compare(question: str, columns: dict[str, Answered]) -> bool:
    """Prints the table of a question; whether all gave the same probability."""
    table(question, {name: numbers for name, (numbers, _) in columns.items()})
    first, *others = (probability(answer) for _, answer in columns.values())
    return all(math.isclose(first, other, abs_tol=1e-9) for other in others)


def many(predict: list[str], environment: dict[str, str]) -> None:
    """One series and twenty, asked in turn."""
    columns = {}
    for series in (SERIES[:1], SERIES):
        asked = [("GET", f"/v1/series/{slug}/forecast", None) for slug in series]
        numbers, answer = function(predict, environment | {"WEATHERVANE_SERIES": ",".join(series)}, asked, OURS)
        by_the_model(answer)
        columns[f"{len(series)} series"] = numbers
    table("GET forecast", columns)


def sizes(directory: Path, predict: list[str]) -> None:
    """How much a larger model costs."""
    columns = {}
    for size in SIZES:
        model = directory / size / "objects" / "models" / SERIES[0] / "1" / "model.wvm"
        with aws(directory / size) as endpoint:
            current = requests(directory)["GET forecast"]
            numbers, answer = function(predict, ENVIRONMENT | {"AWS_ENDPOINT_URL": endpoint}, [current], OURS)
        by_the_model(answer)
        columns[f"{model.stat().st_size / MB:.2f} MB"] = numbers
    table("GET forecast, model of", columns)


def main() -> int:
    for needed, target in ((PACKAGE, "build"), (VENV / "python", "bench-predict")):
        if not needed.exists():
            print(f"{needed} is not there: `make {target}` makes it", file=sys.stderr)
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
