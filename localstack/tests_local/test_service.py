"""Tests of starts and ends: a failed start ends and deletes nothing that existed before, and no run leaves anything."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from localstack import beside
from localstack.service import ROOT, Service, ServiceError
from localstack.tests_local.conftest import EMULATOR_UP, HOSTILE, LOCALSTACK, Run, free_port

PROXIED = {name: value for name, value in HOSTILE.items() if name.lower().endswith("_proxy")}


def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """File server in place of the emulator: it too has a process, a port and state."""
    monkeypatch.setattr("localstack.service.RUN", tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    return Service("files", port, "/", command, {})


def test_up_behind_a_proxy_finds_the_running_emulator(run: Run, emulator: Path) -> None:
    state, pid = emulator / "state" / "kept", (emulator / "pid").read_text()
    state.parent.mkdir(exist_ok=True)
    state.write_text("a system")
    again = run(*EMULATOR_UP, more=PROXIED)
    assert (again.returncode, "was up" in again.stdout) == (0, True), again.stderr
    assert (emulator / "pid").read_text() == pid and state.read_text() == "a system"


def test_up_leaves_a_hanging_server_and_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_failed_start_keeps_older_state_and_ends_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = server(tmp_path, monkeypatch)
    kept = service.home / "tables" / "registry"
    kept.parent.mkdir(parents=True)
    kept.write_text("versions")
    broken = Service("files", service.port, "/", [sys.executable, "-m", "no_such_module"], {})
    with pytest.raises(ServiceError, match=r"(?s)ended with status 1.*no_such_module"):
        broken.up()
    assert kept.read_text() == "versions" and service.pid() is None


def test_two_concurrent_starts_make_one_server(run: Run, ours: dict[str, str]) -> None:
    up = " ".join(EMULATOR_UP)
    both = run("bash", "-c", f"{up} & {up} & wait")
    assert sorted(line.split(",")[0] for line in both.stdout.splitlines()) == [
        "emulator: started",
        "emulator: was up",
    ], both
    assert run("make", "down").returncode == 0
    assert not (ROOT / ours["WEATHERVANE_RUN_DIR"] / "emulator" / "pid").exists()


def test_a_demo_that_cannot_be_built_ends_nothing(run: Run, emulator: Path, tmp_path: Path) -> None:
    pid = (emulator / "pid").read_text()
    cargo = tmp_path / "cargo"
    cargo.write_text(f'#!/bin/sh\ntest "$1" != lambda || exit 1\nPATH="{os.environ["PATH"]}" exec cargo "$@"\n')
    cargo.chmod(cargo.stat().st_mode | stat.S_IXUSR)
    demo = run("make", "demo", more={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert demo.returncode != 0 and "build the functions" in demo.stderr
    assert (emulator / "pid").read_text() == pid and run(*EMULATOR_UP).stdout.startswith("emulator: was up")


def test_a_second_test_run_is_refused_and_leaves_the_first_alone(run: Run, emulator: Path) -> None:
    pid = (emulator / "pid").read_text()
    with open(emulator.parent / "run.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        beside_command = ("beside", "--process", str(os.getpid()), "--reserve")
        for command in (beside_command, ("run-with-system", "--servers-only", "--", "true")):
            second = run(*LOCALSTACK, *command)
            assert second.returncode == 1 and "another run uses" in second.stderr
    assert (emulator / "pid").read_text() == pid and run(*EMULATOR_UP).stdout.startswith("emulator: was up")


@pytest.mark.parametrize(("command", "status"), [("exit 0", 0), ("exit 3", 3)])
def test_run_with_system_stops_the_system_after_its_command(
    run: Run, ours: dict[str, str], command: str, status: int
) -> None:
    run_dir = ours["WEATHERVANE_RUN_DIR"]
    check = f"cp {run_dir}/emulator/pid $OUT; curl -sf $AWS_ENDPOINT_URL/_ministack/health >/dev/null && {command}"
    out = ROOT / run_dir / "pid-seen"
    words = (*LOCALSTACK, "run-with-system", "--servers-only", "--", "bash", "-c", check)
    assert run(*words, more={"OUT": str(out)}).returncode == status
    assert not is_running(int(out.read_text()))
    assert not (out.parent / "emulator" / "pid").exists() and not (out.parent / "exchange" / "pid").exists()


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_to_run_with_system_stops_command_and_system(ours: dict[str, str], signal_: signal.Signals) -> None:
    words = [*LOCALSTACK, "run-with-system", "--servers-only", "--", "bash", "-c", "echo $$ >$OUT; sleep 600 & wait"]
    out = ROOT / ours["WEATHERVANE_RUN_DIR"] / "command-pid"
    process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **ours, "OUT": str(out)}, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while not (out.exists() and out.read_text()):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        emulator_pid, command_pid = (out.parent / "emulator" / "pid").read_text(), out.read_text()
        process.send_signal(signal_)
        assert process.wait(timeout=60) == 128 + signal_
    finally:
        process.kill()
    assert not is_running(int(emulator_pid)) and not is_running(int(command_pid))


def test_a_preparation_beside_a_run_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = subprocess.Popen(["sleep", "600"], start_new_session=True)
    monkeypatch.setattr(beside, "prepare", lambda _: slow)
    run_process = subprocess.Popen(["sleep", "0.5"])
    watched = os.pidfd_open(run_process.pid)
    try:
        beside.watch(watched, ["linters"])
        assert slow.wait(timeout=10) == -signal.SIGTERM
    finally:
        os.close(watched)
        slow.kill()
        run_process.wait()


def test_a_reserved_directory_is_free_when_its_process_ends(run: Run, ours: dict[str, str]) -> None:
    owner = subprocess.Popen(["sleep", "600"])
    reserve = (*LOCALSTACK, "beside", "--process", str(owner.pid), "--reserve")
    try:
        assert run(*reserve).returncode == 0
        refused = run(*LOCALSTACK, "run-with-system", "--servers-only", "--", "true")
        assert refused.returncode == 1 and "another run uses" in refused.stderr
        part = run(*LOCALSTACK, "run-with-system", "--reserved", "--servers-only", "--", "true")
        assert part.returncode == 0, part.stderr
    finally:
        owner.kill()
        owner.wait()
    deadline = time.monotonic() + 10
    while run(*LOCALSTACK, "beside", "--process", str(os.getpid()), "--reserve").returncode != 0:
        assert time.monotonic() < deadline


def is_running(pid: int) -> bool:
    """True for a process that has not ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
