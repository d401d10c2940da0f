"""Fixtures for tests of the local tools: real programs and ports, directories of their own, no deployed system."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack.service import ROOT

# A port on which no program listens.
NOWHERE = "http://127.0.0.1:9"
HOSTILE = {
    "http_proxy": NOWHERE,
    "https_proxy": NOWHERE,
    "all_proxy": NOWHERE,
    "HTTP_PROXY": NOWHERE,
    "ALL_PROXY": NOWHERE,
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_REGION": "eu-west-1",
    "AWS_SESSION_TOKEN": "theirs",
    "AWS_ENDPOINT_URL_STS": NOWHERE,
    "AWS_ENDPOINT_URL_S3": NOWHERE,
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_CA_BUNDLE": "/nowhere/ca.pem",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/deploy",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "TF_VAR_project": "production",
    "TF_WORKSPACE": "production",
    "TF_CLI_ARGS": "-no-such-option",
    "TF_DATA_DIR": "/nowhere",
    "RUSTFLAGS": "--no-such-flag",
    "CARGO_BUILD_TARGET": "riscv32i-unknown-none-elf",
    "CARGO_PROFILE_DEV_OPT_LEVEL": "9",
    "PYTHONOPTIMIZE": "1",
    "PYTHONHOME": "/nowhere",
    "PYTEST_ADDOPTS": "--no-such-option",
}
"""Settings that a caller may have for other programs. Each of them once broke a local tool."""

LOCALSTACK = (sys.executable, "-m", "localstack")
EMULATOR_UP = (*LOCALSTACK, "emulator", "up")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def ours() -> Iterator[dict[str, str]]:
    """Settings of a system of the test's own."""
    home = Path("build") / f"run-local-{uuid.uuid4().hex[:8]}"
    yield {
        "EMULATOR_PORT": str(free_port()),
        "MARKET_PORT": str(free_port()),
        "WEATHERVANE_RUN_DIR": str(home),
        "WEATHERVANE_HISTORY": "simulate",
        "PYTHON": sys.executable,
    }
    shutil.rmtree(ROOT / home, ignore_errors=True)


@pytest.fixture
def run(ours: dict[str, str]) -> Run:
    """Function that runs a command at the root, with the settings of the test's own system and `more`."""

    def command(
        *words: str, more: dict[str, str] | None = None, seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        # Without the flags of the make that runs these tests.
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        environment = {**outside, **ours, **(more or {})}
        return subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=seconds
        )

    return command


@pytest.fixture
def emulator(run: Run, ours: dict[str, str]) -> Iterator[Path]:
    """Directory of the emulator of the test's own system, which is up."""
    try:
        started = run(*EMULATOR_UP)
        assert started.returncode == 0, started.stderr
        yield ROOT / ours["WEATHERVANE_RUN_DIR"] / "emulator"
    finally:
        run("make", "down")
