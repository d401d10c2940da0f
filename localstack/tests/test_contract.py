"""Test of the API against its own contract: schemathesis generates valid and invalid requests and checks the responses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from localstack.service import ROOT
from localstack.system import Json, System, path_address
from localstack.tests.raw_http import Wire

SETTINGS = Path(__file__).with_name("schemathesis.toml")
SEED = 7
"""Seed of the generated requests, so that every run has the same."""
SCORING = "^/(invocations|predict)$"
PARTS = {"scoring": ["--include-path-regex", SCORING], "series": ["--exclude-path-regex", SCORING]}
"""Parts with about the same number of requests, run concurrently: each mostly waits for the emulator's gateway."""
MAX_SECONDS = 900


def test_schemathesis_finds_no_violation_of_the_contract(system: System, scored: Json, tmp_path: Path) -> None:
    api = system.outputs["api_url"]
    wire = Wire.to(api)
    contract = tmp_path / "openapi.json"
    contract.write_bytes(wire.ask("GET", "/openapi.json").body)
    # Under its name the emulator itself would answer /health.
    url = f"http://{wire.address[0]}:{wire.address[1]}{path_address(api)}"
    program = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(SETTINGS)]
    running = {}
    for part, paths in PARTS.items():
        record = ROOT / "build" / f"schemathesis-{part}.ndjson"
        command = [*program, "run", str(contract), *paths, "--url", url, "--seed", str(SEED), "--no-color"]
        command += ["--report", "ndjson", "--report-ndjson-path", str(record)]
        home = tmp_path / part
        home.mkdir()
        running[part] = subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        output = {part: process.communicate(timeout=MAX_SECONDS)[0] for part, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
    statuses = {part: process.returncode for part, process in running.items()}
    assert statuses == dict.fromkeys(PARTS, 0), "\n".join(text[-20_000:] for text in output.values())
    for text in output.values():
        print(text[-2_000:])
