"""Peer that is a web server: started, measured, and ended with its children."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.predict.runtime_api import TIMEOUT_SECONDS, end_group, group_memory_mb


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Server:
    """Server that listens on `{port}` of its command. `init` is the time until `/ping` answers, in seconds."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        port = free_port()
        self._program = command[0]
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [part.replace("{port}", str(port)) for part in command],
            env=dict(environment),
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        try:
            self._wait()
        except BaseException:
            self.end()
            raise
        self.init = time.perf_counter() - self.started

    def _wait(self) -> None:
        while self._process.poll() is None and time.perf_counter() - self.started < TIMEOUT_SECONDS:
            try:
                self._connection.request("GET", "/ping")
                answer = self._connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return
            except OSError:
                self._connection.close()
            time.sleep(0.002)
        raise TimeoutError(f"{self._program} ended, or did not answer within {TIMEOUT_SECONDS} s")

    def post(self, path: str, body: bytes) -> tuple[float, Any]:
        """Seconds until the response, and the response."""
        start = time.perf_counter()
        self._connection.request("POST", path, body, {"content-type": "application/json"})
        answer = self._connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - start
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {content[:300]!r}")
        return seconds, json.loads(content)

    def peak_memory_mb(self) -> float:
        return group_memory_mb(self._process.pid)

    def end(self) -> None:
        self._connection.close()
        end_group(self._process)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
