"""Rust benches as programs, their Python peers as commands, and the results of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from localstack import crates
from localstack.service import ROOT

PEER_PYTHON = ROOT / "build" / "bench" / "venv" / "bin" / "python"


def build(package: str, bench: str) -> str:
    """Path of a bench that is built as a program, in the profile of the functions."""
    command = ["cargo", "bench", "--quiet", "--locked", "-p", package, "--bench", bench, "--no-run"]
    done = subprocess.run([*command, "--message-format=json"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    for message in map(json.loads, done.stdout.splitlines()):
        if message["reason"] == "compiler-artifact" and "bench" in message["target"]["kind"] and message["executable"]:
            return str(message["executable"])
    raise RuntimeError(f"cargo built no program for bench {bench} of {package}")


def peer(module: str, *arguments: str) -> list[str]:
    """Command of a peer, which is run in the root of the project."""
    return [str(PEER_PYTHON), "-m", module, *arguments]


def run(command: list[str]) -> dict[str, Any]:
    """JSON object that the program prints."""
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(done.stdout))


def compare_trainings(bench: str, series: dict[str, str], compare: Callable[[str, str], bool]) -> str | None:
    """Compares a bench of the training with its peer on each series; HOURLY=0 leaves out the hours.

    Path of the program; None where the peer is not installed or did other work.
    """
    if not PEER_PYTHON.exists():
        print(f"{PEER_PYTHON} does not exist: `make bench-{bench}` installs it", file=sys.stderr)
        return None
    program = build(crates.TRAINING, bench)
    for slug, interval in series.items():
        if (interval == "1d" or with_hours()) and not compare(program, slug):
            print("the peer did other work", file=sys.stderr)
            return None
    return program


def with_hours() -> bool:
    """True unless HOURLY=0 leaves out the hours."""
    return os.environ.get("HOURLY") != "0"
