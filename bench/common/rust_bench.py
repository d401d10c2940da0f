"""What benches beside Python have in common: the Rust side as a program, the peers' interpreter, and running both."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEER_PYTHON = ROOT / "build" / "bench" / "venv" / "bin" / "python"


def build(package: str, bench: str) -> str:
    """The bench as a program, in the profile of what ships."""
    command = ["cargo", "bench", "--quiet", "--locked", "-p", package, "--bench", bench, "--no-run"]
    done = subprocess.run([*command, "--message-format=json"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    for message in map(json.loads, done.stdout.splitlines()):
        if message["reason"] == "compiler-artifact" and "bench" in message["target"]["kind"] and message["executable"]:
            return message["executable"]
    raise RuntimeError("cargo built no bench")


def peer(script: str, *arguments: str) -> list[str]:
    return [str(PEER_PYTHON), str(Path(__file__).with_name(script)), *arguments]


def run(command: list[str]) -> dict[str, Any]:
    """What the program says of itself: one JSON object."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)
