"""The API against its own contract: schemathesis makes up requests, right and wrong ones, and compares the answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from localstack.system import ROOT, path_address
from localstack.tests.raw_http import Wire

SETTINGS = Path(__file__).with_name("schemathesis.toml")
RECORD = ROOT / "build" / "schemathesis.ndjson"
SEED = 7
"""Of what is made up: the same requests on every run."""


def test_schemathesis_finds_nothing(system, scored, tmp_path):
    api = system.outputs["api_url"]
    wire = Wire.to(api)
    contract = tmp_path / "openapi.json"
    reply = wire.ask("GET", "/openapi.json")
    contract.write_bytes(reply.body)
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        str(program), "--config-file", str(SETTINGS), "run", str(contract),
        # Under its name the emulator would answer /health by itself.
        "--url", f"http://{wire.address[0]}:{wire.address[1]}{path_address(api)}",
        "--seed", str(SEED), "--no-color", "--report", "ndjson", "--report-ndjson-path", str(RECORD),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    print(done.stdout[-2_000:])
