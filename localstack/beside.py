"""Companions of a run: a lock and slow preparations that end with the run's process, however it ends."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from contextlib import ExitStack

from localstack.local_system import exclusive_run
from localstack.service import ROOT, end_group

POLL_SECONDS = 1.0


def start(pid: int, names: list[str], reserve: bool) -> None:
    """Starts `tools NAME` for each name in the background, until it is done or process `pid` ends. With `reserve` the
    run's directory belongs to that process until its end."""
    watched = os.pidfd_open(pid)
    with ExitStack() as stack:
        # The lock belongs to the open file, which the background process inherits.
        kept = [stack.enter_context(exclusive_run()).fileno()] if reserve else []
        command = [sys.executable, "-m", "localstack", "beside", "--watch", str(watched), *names]
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(watched, *kept),
            start_new_session=True,
        )


def watch(watched: int, names: list[str]) -> None:
    """Runs the preparations until process `watched`, which is a descriptor, ends."""
    running = [prepare(name) for name in names]
    ended = False
    while not ended:
        # The descriptor becomes readable when the process ends.
        readable, _, _ = select.select([watched], [], [], POLL_SECONDS)
        ended = bool(readable)
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
