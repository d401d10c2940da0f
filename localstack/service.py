"""A server that runs in the background: started once, waited for, and ended with all that it started."""

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


# Servers of this machine are asked directly, whatever proxy the caller's environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


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
    def shown_log(self) -> str:
        """The log's path, from the root of the project."""
        return os.path.relpath(self.log, ROOT)

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
            with DIRECT.open(self.url + self.health_path, timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def up(self) -> bool:
        """Starts it and waits until it answers. False when it ran already. ServiceError when it cannot.

        A server that ran before is left alone, with all that it keeps, even if it does not answer."""
        with self._alone():
            pid = self.pid()
            if pid is None:
                self._start()
            elif not self._answers():
                raise ServiceError(
                    f"the {self.name} runs as process {pid} but did not answer at {self.url} within {self.start_seconds:.0f} s; "
                    f"it was left as it is: its log is {self.log}, `make down` ends it"
                )
            return pid is None

    def _start(self) -> None:
        if taken(self.port):
            raise ServiceError(
                f"port {self.port} is taken by another program, so the {self.name} cannot start there: end that "
                f"program (`ss -ltnp 'sport = :{self.port}'` names it)"
            )
        if not os.access(self.command[0], os.X_OK):
            raise ServiceError(f"{self.command[0]} is not there yet: `make servers` makes what the {self.name} needs")
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
        if not self._answers(process):
            status = process.poll()
            end = "did not answer" if status is None else f"ended with status {status}"
            tail = "".join(self.log.read_text(errors="replace").splitlines(keepends=True)[-15:])
            end_group(process.pid)
            self._pid_file.unlink()
            raise ServiceError(f"the {self.name} {end} within {self.start_seconds:.0f} s; its log ends with\n{tail}")

    def _answers(self, process: subprocess.Popen[bytes] | None = None) -> bool:
        """Waits for an answer; False when none comes in time, or `process` ends before."""
        deadline = time.monotonic() + self.start_seconds
        while not self.healthy():
            if time.monotonic() > deadline or (process is not None and process.poll() is not None):
                return False
            time.sleep(0.1)
        return True

    def down(self) -> bool:
        """Ends it and all that it started, and forgets what it kept but its log. False when it did not run."""
        with self._alone():
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
    def _alone(self) -> Iterator[None]:
        """One start or end at a time: the second of two waits, and finds what the first one made."""
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self._lock_file, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


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
