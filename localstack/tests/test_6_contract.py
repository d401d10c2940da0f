"""The API against its own contract: schemathesis makes up requests, right and wrong ones, and compares the answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from system import ROOT, path_address
from wire import Wire

SETTINGS = Path(__file__).with_name("schemathesis.toml")
SEED = 7
"""Of what is made up: the same requests on every run."""
SCORING = "^/(invocations|predict)$"
PARTS = {"scoring": ["--include-path-regex", SCORING], "series": ["--exclude-path-regex", SCORING]}
"""Halves of about as many requests, at the same time: each mostly waits for the poll of the emulator's gateway."""
LONGEST = 900


def test_schemathesis_finds_nothing(system, scored, tmp_path):
    api = system.outputs["api_url"]
    wire = Wire.to(api)
    contract = tmp_path / "openapi.json"
    reply = wire.ask("GET", "/openapi.json")
    contract.write_bytes(reply.body)
    program = Path(sys.executable).with_name("schemathesis")
    running = {}
    for part, paths in PARTS.items():
        record = ROOT / "build" / f"schemathesis-{part}.ndjson"
        command = [
            str(program), "--config-file", str(SETTINGS), "run", str(contract), *paths,
            # Under its name the emulator would answer /health by itself.
            "--url", f"http://{wire.address[0]}:{wire.address[1]}{path_address(api)}",
            "--seed", str(SEED), "--no-color", "--report", "ndjson", "--report-ndjson-path", str(record),
        ]  # fmt: skip
        (tmp_path / part).mkdir()
        running[part] = subprocess.Popen(command, cwd=tmp_path / part, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = {part: process.communicate(timeout=LONGEST)[0] for part, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
    assert {part: process.returncode for part, process in running.items()} == dict.fromkeys(PARTS, 0), "\n".join(
        text[-20_000:] for text in said.values()
    )
    for text in said.values():
        print(text[-2_000:])
