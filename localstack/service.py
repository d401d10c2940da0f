"""Background servers: started once, waited for, and ended together with everything that they started."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Tests run a system of their own beside the one that a person has up.
RUN = ROOT / os.environ.get("WEATHERVANE_RUN_DIR", "build/run")

# Direct connections: servers of this machine are never reached through a proxy of the caller's environment.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

LOG_TAIL_LINES = 15


class ServiceError(RuntimeError):
    """A server cannot be started or ended; the message says why and what to do."""


@dataclass(frozen=True)
class Service:
    """A server program, with its process number, lock and log in a directory of its own."""

    name: str
    port: int
    health_path: str
    command: Sequence[str]
    environment: Mapping[str, str]
    """The complete environment: nothing is inherited, because the emulator passes its own on to the functions."""
    start_seconds: float = 60.0

    @property
    def home(self) -> Path:
        return RUN / self.name

    @property
    def log(self) -> Path:
        return self.home / "log.txt"

    @property
    def shown_log(self) -> str:
        """Path of the log, relative to the root of the project."""
        return os.path.relpath(self.log, ROOT)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _pid_file(self) -> Path:
        return self.home / "pid"

    def pid(self) -> int | None:
        """Number of the running process; None if it has ended, also if another program has its number by now."""
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        # Whole lines, however narrow the terminal. Base names, because the tree may have been moved since the start.
        shown = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return pid if all(os.path.basename(word) in shown.stdout for word in self.command[:3]) else None

    def healthy(self) -> bool:
        try:
            with DIRECT.open(self.url + self.health_path, timeout=2) as response:
                return bool(response.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def up(self) -> bool:
        """Starts the server and waits until it answers. False if it ran already; ServiceError if it cannot be started.

        A server that ran before is left alone with its data, even if it does not answer."""
        with self._exclusively():
            pid = self.pid()
            if pid is None:
                self._start()
            elif not self._answers():
                raise ServiceError(
                    f"the {self.name} runs as process {pid} but did not answer at {self.url} within "
                    f"{self.start_seconds:.0f} s and was left as it is: see {self.log}, or end it with `make down`"
                )
            return pid is None

    def _start(self) -> None:
        if is_port_taken(self.port):
            raise ServiceError(
                f"port {self.port} of the {self.name} is taken by another program: end that program "
                f"(`ss -ltnp 'sport = :{self.port}'` names it)"
            )
        if not os.access(self.command[0], os.X_OK):
            raise ServiceError(f"{self.command[0]} of the {self.name} does not exist: build it with `make up`")
        with open(self.log, "w") as log:
            # A session of its own, so that its children end with it and Ctrl-C in a terminal does not reach it.
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
        if not self._answers(process):
            status = process.poll()
            end = "did not answer" if status is None else f"ended with status {status}"
            end_group(process.pid)
            self._pid_file.unlink()
            raise ServiceError(
                f"the {self.name} {end} within {self.start_seconds:.0f} s; its log ends with\n{log_tail(self.log)}"
            )

    def _answers(self, process: subprocess.Popen[bytes] | None = None) -> bool:
        """Waits for an answer. False if none comes in time or `process` ends."""
        deadline = time.monotonic() + self.start_seconds
        while not self.healthy():
            if time.monotonic() > deadline or (process is not None and process.poll() is not None):
                return False
            time.sleep(0.1)
        return True

    def down(self) -> bool:
        """Ends the server and its children, and deletes its data except the log. False if it did not run."""
        with self._exclusively():
            pid = self.pid()
            if pid is not None:
                end_group(pid)
            for entry in self.home.iterdir():
                if entry.is_dir():
                    shutil.rmtree(entry, ignore_errors=True)
                elif entry not in (self.log, self._lock_file):
                    entry.unlink(missing_ok=True)
            return pid is not None

    @property
    def _lock_file(self) -> Path:
        return self.home / "lock"

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Serialises starts and ends: the second of two waits, and finds the result of the first."""
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self._lock_file, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def log_tail(path: Path) -> str:
    return "".join(path.read_text(errors="replace").splitlines(keepends=True)[-LOG_TAIL_LINES:])


def is_port_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end_group(leader: int, term_seconds: float = 8.0) -> None:
    """Asks every process of the group to end, and kills those that are still there after `term_seconds`."""
    for order, seconds in ((signal.SIGTERM, term_seconds), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(leader, order)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not is_group_alive(leader):
                return
            time.sleep(0.05)


def is_group_alive(leader: int) -> bool:
    """True if a process of the group is left; one that has ended but was not waited for does not count."""
    shown = subprocess.run(["ps", "-e", "-o", "pgid=,stat="], capture_output=True, text=True, check=True)
    rows = (row.split() for row in shown.stdout.splitlines())
    return any(len(row) == 2 and row[0] == str(leader) and not row[1].startswith("Z") for row in rows)
