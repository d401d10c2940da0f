"""The contract by other people's tools: two linters, and the clients that two generators write from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from localstack.tests import npm
import pytest

HERE = Path(__file__).parent
CONTRACT = npm.ROOT / "functions" / "predict" / "openapi.json"
BODIES = ("predict", "forecast_from_bars", "invoke", "invoke_series")
"""The operations that take a body."""


@pytest.fixture(scope="module")
def tools() -> None:
    try:
        npm.modules()
    except npm.Unavailable as missing:
        # Where the contract is judged it is read by all; who develops without npm is not held up.
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


def test_redocly_finds_nothing(tools, tmp_path):
    done = npm.run("redocly", "lint", str(CONTRACT), "--format=json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (done.returncode, found["totals"]["errors"], found["totals"]["warnings"]) == (0, 0, 0), done.stdout


def test_spectral_finds_nothing(tools, tmp_path):
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    done = npm.run("spectral", "lint", str(CONTRACT), "--fail-severity", "warn", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_typescript_types_every_body(tools, tmp_path):
    made = npm.run("openapi-typescript", str(CONTRACT), "-o", "contract.ts", cwd=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    shutil.copy(HERE / "clients.ts", tmp_path)
    done = npm.run("tsc", "--noEmit", "--strict", "--skipLibCheck", "clients.ts", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


ROUND_TRIP = """
import json, sys
from client.models import Bars, Forecast, Predictions, ScoringError, SplitRequest
contract = json.load(open(sys.argv[1]))
series = contract["paths"]["/v1/series/{series}/forecast"]
examples = [
    (Bars, series["post"]["requestBody"]["content"]["application/json"]["example"]),
    (Forecast, series["get"]["responses"]["200"]["content"]["application/json"]["example"]),
    (SplitRequest, contract["paths"]["/invocations"]["post"]["requestBody"]["content"]["application/json"]["examples"]["bars"]["value"]),
    (Predictions, contract["paths"]["/invocations"]["post"]["responses"]["200"]["content"]["application/json"]["example"]),
    (ScoringError, contract["components"]["responses"]["ScoringInvalid"]["content"]["application/json"]["example"]),
]
for model, example in examples:
    again = model.from_dict(model.from_dict(example).to_dict()).to_dict()
    assert again.keys() == example.keys(), (model, again.keys(), example.keys())
"""
"""Each example becomes a value of the client's types, and an object with the same fields again."""


def test_python_types_every_body_and_leaves_nothing_out(tmp_path):
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [
        str(programs / "openapi-python-client"), "generate", "--path", str(CONTRACT), "--output-path", "client", "--meta", "none",
    ]  # fmt: skip
    made = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert made.returncode == 0, made.stdout + made.stderr
    # It sends no CSV, whatever the contract says of it.
    left_out = [line for line in (made.stdout + made.stderr).splitlines() if "Unable to" in line or "Unsupported" in line]
    assert [line for line in left_out if "text/csv" not in line] == [], made.stdout
    for operation in BODIES:
        source = next((tmp_path / "client" / "api").rglob(f"{operation}.py")).read_text()
        assert "body:" in source and "body: Any" not in source, operation
    command = [sys.executable, "-c", ROUND_TRIP, str(CONTRACT)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
