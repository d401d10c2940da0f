"""Tests of the choice of the node that runs the programs of npm."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack import tools
from localstack.tests import npm

Machine = Callable[[str | None], None]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Function that makes a machine with a version of node, or without one; pip fails there."""

    def install(version: str | None) -> None:
        programs = {"node": f"echo {version}", "npm": "exit 1"} if version else {}
        for name, script in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    def fail(name: str, pins: list[Path], link: Path, install: object) -> None:
        raise subprocess.CalledProcessError(1, "pip")

    npm.node.cache_clear()
    monkeypatch.setattr(tools, "environment", fail)
    yield install
    npm.node.cache_clear()


@pytest.mark.parametrize("version", ["v20.19.0", "v22.12.0", "v24.1.0"])
def test_a_recent_node_of_the_machine_is_used(machine: Machine, tmp_path: Path, version: str) -> None:
    machine(version)
    assert npm.node() == (["npm"], str(tmp_path))


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.1", None])
def test_without_a_recent_node_the_failed_download_is_reported(machine: Machine, version: str | None) -> None:
    machine(version)
    with pytest.raises(npm.Unavailable, match=r"Node\.js 20\.19 or newer is missing"):
        npm.node()
