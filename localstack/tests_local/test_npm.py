"""Where the node comes from that runs the programs of npm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

import npm  # noqa: E402
import tools  # noqa: E402


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Makes a machine that has the node of a version, or none; pip cannot fetch one there."""

    def has(version: str | None) -> None:
        programs = {"node": f"echo {version}", "npm": "exit 1"} if version else {}
        for name, does in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    def fails(name: str, pins: list[Path], link: Path, install: object) -> None:
        raise subprocess.CalledProcessError(1, "pip")

    npm.node.cache_clear()
    monkeypatch.setattr(tools, "environment", fails)
    yield has
    npm.node.cache_clear()


@pytest.mark.parametrize("version", ["v20.19.0", "v22.12.0", "v24.1.0"])
def test_a_node_that_is_new_enough_is_used(machine, tmp_path, version):
    machine(version)
    assert npm.node() == (["npm"], str(tmp_path))


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.1", None])
def test_an_old_or_missing_node_is_fetched_and_if_that_fails_it_is_said(machine, version):
    machine(version)
    with pytest.raises(npm.Unavailable, match=r"Node\.js 20\.19 or newer is not there"):
        npm.node()
