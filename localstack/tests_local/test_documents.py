"""Tests of the commands in the documents with the real programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from localstack.environment import emulated
from localstack.service import ROOT

COMMAND = re.compile(r"^    (\S.*\baws lambda invoke\b(?:.*\\\n)*.*)$", re.MULTILINE)
RUNBOOK_INVOKE = """invoke ingest '{"symbol":"ETH-USD","interval":"1d"}'"""
# Status of awscli 1 and 2 for an unknown option.
USAGE_ERRORS = (2, 252)


def commands() -> list[str]:
    """Invocations of README.md, and the shell function of RUNBOOK.md with a call of it."""
    readme, runbook = ((ROOT / name).read_text() for name in ("README.md", "RUNBOOK.md"))
    return COMMAND.findall(readme) + [f"{line}\n{RUNBOOK_INVOKE}" for line in COMMAND.findall(runbook)]


@pytest.mark.skipif(shutil.which("aws") is None and os.environ.get("CI") != "true", reason="awscli is missing")
def test_invocations_in_the_documents_are_understood_by_awscli(emulator: Path, ours: dict[str, str]) -> None:
    settings = {**os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ours['EMULATOR_PORT']}"}
    environment = {**emulated(settings), "AWS_ENDPOINT_URL": settings["AWS_ENDPOINT_URL"]}
    assert len(commands()) == 3
    for command in commands():
        assert "--cli-read-timeout 0" in command, command
        done = subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        # Nothing is deployed: the error of the emulator proves that the call was made.
        assert done.returncode not in USAGE_ERRORS and "ResourceNotFoundException" in done.stderr, (
            command,
            done.stderr,
        )
