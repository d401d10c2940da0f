"""A start that fails ends nothing and deletes nothing that was there before it."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from localstack.tests_local.conftest import EMULATOR_UP, HOSTILE, ROOT, Run, free_port
from localstack.service import Service, ServiceError

PROXIED = {name: value for name, value in HOSTILE.items() if name.lower().endswith("_proxy")}


def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A file server in place of the emulator: it has a process, a port and state as that has."""
    monkeypatch.setattr("service.RUN", tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    return Service("files", port, "/", command, {})


def test_up_through_a_proxy_finds_what_is_up(run: Run, emulator: Path):
    state, pid = emulator / "state" / "kept", (emulator / "pid").read_text()
    state.parent.mkdir(exist_ok=True)
    state.write_text("a system")
    again = run(*EMULATOR_UP, more=PROXIED)
    assert (again.returncode, "was up" in again.stdout) == (0, True), again.stderr
    assert (emulator / "pid").read_text() == pid and state.read_text() == "a system"


def test_up_over_a_server_that_hangs_leaves_it_and_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    service = server(tmp_path, monkeypatch)
    assert service.up()
    pid = service.pid()
    assert pid is not None
    kept = service.home / "tables" / "registry"
    kept.parent.mkdir()
    kept.write_text("versions")
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ServiceError, match=f"process {pid} but did not answer"):
        replace(service, start_seconds=2).up()
    os.kill(pid, signal.SIGCONT)
    assert (service.up(), service.pid(), kept.read_text()) == (False, pid, "versions")
    assert service.down() and not kept.exists()


def test_a_start_that_fails_keeps_older_state_and_ends_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    service = server(tmp_path, monkeypatch)
    kept = service.home / "tables" / "registry"
    kept.parent.mkdir(parents=True)
    kept.write_text("versions")
    broken = Service("files", service.port, "/", [sys.executable, "-m", "no_such_module"], {})
    with pytest.raises(ServiceError, match="(?s)ended with status 1.*no_such_module"):
        broken.up()
    assert kept.read_text() == "versions" and service.pid() is None


def test_two_starts_at_once_make_one_server(run: Run, ours: dict[str, str]):
    up = " ".join(EMULATOR_UP)
    both = run("bash", "-c", f"{up} & {up} & wait")
    assert sorted(line.split(",")[0] for line in both.stdout.splitlines()) == ["emulator: started", "emulator: was up"], both
    assert run("make", "down").returncode == 0
    assert not (ROOT / ours["WEATHERVANE_RUN_DIR"] / "emulator" / "pid").exists()


def test_a_demo_that_cannot_be_built_ends_nothing(run: Run, emulator: Path, tmp_path: Path):
    pid = (emulator / "pid").read_text()
    cargo = tmp_path / "cargo"
    cargo.write_text(f'#!/bin/sh\ntest "$1" != lambda || exit 1\nPATH="{os.environ["PATH"]}" exec cargo "$@"\n')
    cargo.chmod(cargo.stat().st_mode | stat.S_IXUSR)
    demo = run("make", "demo", more={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert demo.returncode != 0 and "build the functions" in demo.stderr
    assert (emulator / "pid").read_text() == pid and run(*EMULATOR_UP).stdout.startswith("emulator: was up")


def test_a_second_test_run_leaves_the_first_alone(run: Run, emulator: Path):
    pid = (emulator / "pid").read_text()
    with open(emulator.parent / "run.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        second = run(sys.executable, str(ROOT / "localstack" / "steps.py"), "system")
    assert second.returncode == 1 and "another run uses" in second.stderr
    assert (emulator / "pid").read_text() == pid and run(*EMULATOR_UP).stdout.startswith("emulator: was up")
