"""Tests of the contract with two linters, and of the clients that two generators write from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localstack.service import ROOT
from localstack.tests import npm

HERE = Path(__file__).parent
CONTRACT = ROOT / "functions" / "predict" / "openapi.json"
BODIES = ("predict", "forecast_from_bars", "invoke", "invoke_series")
"""Operations that have a request body."""


@pytest.fixture(scope="module")
def tools() -> None:
    try:
        npm.modules()
    except npm.Unavailable as missing:
        # CI runs every linter; development without npm is possible.
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


def test_redocly_has_no_findings(tools: None, tmp_path: Path) -> None:
    done = npm.run("redocly", "lint", str(CONTRACT), "--format=json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (done.returncode, found["totals"]["errors"], found["totals"]["warnings"]) == (0, 0, 0), done.stdout


def test_spectral_has_no_findings(tools: None, tmp_path: Path) -> None:
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    done = npm.run("spectral", "lint", str(CONTRACT), "--fail-severity", "warn", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_typescript_client_has_a_type_for_every_body(tools: None, tmp_path: Path) -> None:
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
scoring = contract["paths"]["/invocations"]["post"]
examples = [
    (Bars, series["post"]["requestBody"]["content"]["application/json"]["example"]),
    (Forecast, series["get"]["responses"]["200"]["content"]["application/json"]["example"]),
    (SplitRequest, scoring["requestBody"]["content"]["application/json"]["examples"]["bars"]["value"]),
    *(
        (Predictions, example["value"])
        for example in scoring["responses"]["200"]["content"]["application/json"]["examples"].values()
    ),
    (ScoringError, contract["components"]["responses"]["ScoringInvalid"]["content"]["application/json"]["example"]),
]
for model, example in examples:
    again = model.from_dict(model.from_dict(example).to_dict()).to_dict()
    assert again.keys() == example.keys(), (model, again.keys(), example.keys())
"""
"""Program that converts each example to the client's types and back, and compares the fields."""


def test_the_python_client_has_a_type_for_every_body(tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [
        str(programs / "openapi-python-client"),
        "generate",
        "--path",
        str(CONTRACT),
        "--output-path",
        "client",
        "--meta",
        "none",
    ]
    made = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert made.returncode == 0, made.stdout + made.stderr
    # The generator does not support CSV.
    left_out = [
        line for line in (made.stdout + made.stderr).splitlines() if "Unable to" in line or "Unsupported" in line
    ]
    assert [line for line in left_out if "text/csv" not in line] == [], made.stdout
    for operation in BODIES:
        source = next((tmp_path / "client" / "api").rglob(f"{operation}.py")).read_text()
        assert "body:" in source and "body: Any" not in source, operation
    command = [sys.executable, "-c", ROUND_TRIP, str(CONTRACT)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
