"""Test of the API against its own contract: schemathesis generates valid and invalid requests and checks the responses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from localstack.service import ROOT
from localstack.system import Json, System, path_address
from localstack.tests.raw_http import Wire

SETTINGS = Path(__file__).with_name("schemathesis.toml")
RECORD = ROOT / "build" / "schemathesis.ndjson"
SEED = 7
"""Seed of the generated requests, so that every run has the same."""


def test_schemathesis_finds_no_violation_of_the_contract(system: System, scored: Json, tmp_path: Path) -> None:
    api = system.outputs["api_url"]
    wire = Wire.to(api)
    contract = tmp_path / "openapi.json"
    reply = wire.ask("GET", "/openapi.json")
    contract.write_bytes(reply.body)
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        str(program),
        "--config-file",
        str(SETTINGS),
        "run",
        str(contract),
        # Under its name the emulator itself would answer /health.
        "--url",
        f"http://{wire.address[0]}:{wire.address[1]}{path_address(api)}",
        "--seed",
        str(SEED),
        "--no-color",
        "--report",
        "ndjson",
        "--report-ndjson-path",
        str(RECORD),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    print(done.stdout[-2_000:])
