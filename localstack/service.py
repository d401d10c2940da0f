"""A server that runs in the background: started once, waited for, and ended with all that it started."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Tests run a system of their own beside the one that a person has up.
RUN = ROOT / os.environ.get("WEATHERVANE_RUN_DIR", "build/run")


class ServiceError(RuntimeError):
    """A server cannot be started or ended; the message says why and what to do."""


@dataclass(frozen=True)
class Service:
    name: str
    port: int
    health_path: str
    command: Sequence[str]
    environment: Mapping[str, str]
    """All of it: nothing is inherited, as the emulator hands its own on to the functions."""
    start_seconds: float = 60.0

    @property
    def home(self) -> Path:
        return RUN / self.name

    @property
    def log(self) -> Path:
        return self.home / "log.txt"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _pid_file(self) -> Path:
        return self.home / "pid"

    def pid(self) -> int | None:
        """The process, when it is ours and lives: a number that another program has meanwhile does not count."""
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        # Whole lines, however narrow the terminal; the program and what it is given first may lie in other directories now.
        shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return pid if all(os.path.basename(word) in shown.stdout for word in self.command[:2]) else None

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + self.health_path, timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def up(self) -> bool:
        """Starts it and waits until it answers. False when it ran already. ServiceError when it cannot."""
        if self.pid() is not None:
            self._wait()
            return False
        if taken(self.port):
            raise ServiceError(
                f"port {self.port} is taken by another program, so the {self.name} cannot start there: end that "
                f"program (`ss -ltnp 'sport = :{self.port}'` names it)"
            )
        if not os.access(self.command[0], os.X_OK):
            raise ServiceError(f"{self.command[0]} is not there yet: `make servers` makes what the {self.name} needs")
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.log, "w") as log:
            # A session of its own: its children can be ended with it, and Ctrl-C in a terminal does not reach it.
            process = subprocess.Popen(
                list(self.command),
                cwd=self.home,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))
        self._wait(process)
        return True

    def _wait(self, process: subprocess.Popen[bytes] | None = None) -> None:
        deadline = time.monotonic() + self.start_seconds
        while not self.healthy():
            gone = process is not None and process.poll() is not None
            if gone or time.monotonic() > deadline:
                end = f"ended with status {process.returncode}" if gone and process else "did not answer"
                tail = "".join(self.log.read_text(errors="replace").splitlines(keepends=True)[-15:])
                self.down()
                raise ServiceError(f"the {self.name} {end} within {self.start_seconds:.0f} s; its log ends with\n{tail}")
            time.sleep(0.1)

    def down(self) -> bool:
        """Ends it and all that it started, and forgets what it kept but its log. False when it did not run."""
        pid = self.pid()
        if pid is not None:
            end_group(pid)
        if self.home.is_dir():
            for entry in self.home.iterdir():
                if entry.is_dir():
                    shutil.rmtree(entry, ignore_errors=True)
                elif entry != self.log:
                    entry.unlink(missing_ok=True)
        return pid is not None


def taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end_group(leader: int, patience: float = 8.0) -> None:
    """Asks every process of the group to end, and makes those that do not."""
    for order, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(leader, order)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not group_lives(leader):
                return
            time.sleep(0.05)


def group_lives(leader: int) -> bool:
    """Whether a process of the group is left; one that has ended but was not waited for does not count."""
    shown = subprocess.run(["ps", "-e", "-o", "pgid=,stat="], capture_output=True, text=True, check=True)
    rows = (row.split() for row in shown.stdout.splitlines())
    return any(len(row) == 2 and row[0] == str(leader) and not row[1].startswith("Z") for row in rows)
