"""Slow preparations beside the steps of a run: they end with the process that started them, however it ends."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time

from localstack.service import ROOT, end_group

POLL_SECONDS = 1.0


def start(pid: int, names: list[str]) -> None:
    """Starts `tools NAME` for each name in the background, until it is done or process `pid` ends."""
    watched = os.pidfd_open(pid)
    command = [sys.executable, "-m", "localstack", "beside", "--watch", str(watched), *names]
    subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(watched,),
        start_new_session=True,
    )


def watch(watched: int, names: list[str]) -> None:
    """Runs the preparations. `watched` is a descriptor that becomes readable when the run's process ends."""
    running = [prepare(name) for name in names]
    while any(process.poll() is None for process in running):
        readable, _, _ = select.select([watched], [], [], POLL_SECONDS)
        if readable:
            break
    for process in running:
        if process.poll() is None:
            end_group(process.pid)


def prepare(name: str) -> subprocess.Popen[bytes]:
    log = ROOT / "build" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as file:
        file.write(f"{time.strftime('%H:%M:%S')} {name}\n")
        file.flush()
        command = [sys.executable, "-m", "localstack", "tools", name]
        return subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
