"""Minimal Lambda Runtime API, which runs one function as a process and measures it.

One thread and plain sockets: its own share of a measured time is reading one request, about 20 us, and not that of a web
server.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

TIMEOUT_SECONDS = 60
MB = 1e6

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
    b"lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
    b"lambda-runtime-deadline-ms: %d\r\n"
    b"lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:000000000000:function:bench\r\n"
    b"content-length: %d\r\n\r\n%s"
)
ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Connection:
    """Received part of one connection's requests."""

    def __init__(self, peer: socket.socket) -> None:
        self.socket = peer
        self.received = b""

    def request(self) -> tuple[bytes, bytes] | None:
        """First line and body of the next request; None if it is not complete yet."""
        head, end, rest = self.received.partition(b"\r\n\r\n")
        if not end:
            return None
        line, _, fields = head.partition(b"\r\n")
        headers = dict(field.lower().split(b": ", 1) for field in fields.split(b"\r\n") if b": " in field)
        if headers.get(b"transfer-encoding") == b"chunked":
            return self._chunked(line, rest)
        length = int(headers.get(b"content-length", 0))
        if len(rest) < length:
            return None
        self.received = rest[length:]
        return line, rest[:length]

    def _chunked(self, line: bytes, rest: bytes) -> tuple[bytes, bytes] | None:
        body = b""
        while True:
            size, end, rest = rest.partition(b"\r\n")
            if not end or len(rest) < int(size, 16) + 2:
                return None
            chunk, rest = rest[: int(size, 16)], rest[int(size, 16) + 2 :]
            if not chunk:
                self.received = rest
                return line, body
            body += chunk


class Process:
    """Process of a function. `init` is the time from its start to its first poll for work, in seconds."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: IO[bytes] | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._waiting: Connection | None = None
        self._answer: tuple[float, bytes] | None = None
        api = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.started = time.perf_counter()
        self._program = command[0]
        self._process = subprocess.Popen(
            list(command),
            env={**environment, "AWS_LAMBDA_RUNTIME_API": api},
            stdout=log or subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait(lambda: self._waiting is not None)
        except TimeoutError:
            self.end()
            raise
        self.init = time.perf_counter() - self.started

    @property
    def pid(self) -> int:
        return self._process.pid

    def invoke(self, event: bytes) -> tuple[float, bytes]:
        """Seconds until the response, and the response."""
        self._wait(lambda: self._waiting is not None)
        poller, self._waiting, self._answer = self._waiting, None, None
        assert poller is not None
        message = HEAD % (int(time.time() * 1000) + 30_000, len(event), event)
        start = time.perf_counter()
        poller.socket.sendall(message)
        self._wait(lambda: self._answer is not None)
        assert self._answer is not None
        end, answer = self._answer
        return end - start, answer

    def peak_memory_mb(self) -> float:
        return memory_mb(self.pid, "VmHWM")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not done():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"{self._program} ended, or did nothing for {TIMEOUT_SECONDS} s")
            for key, _ in self._selector.select(1.0):
                self._accept() if key.data is None else self._read(key.data)

    def _accept(self) -> None:
        peer, _ = self._listener.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(peer, selectors.EVENT_READ, Connection(peer))

    def _read(self, connection: Connection) -> None:
        received = connection.socket.recv(1 << 18)
        if not received:
            self._selector.unregister(connection.socket)
            connection.socket.close()
            return
        connection.received += received
        while request := connection.request():
            line, body = request
            if line.startswith(b"GET"):
                self._waiting = connection
            elif line.split(b" ")[1].endswith(b"/error"):
                raise RuntimeError(f"{self._program} failed: {body.decode()}")
            else:
                self._answer = (time.perf_counter(), body)
                connection.socket.sendall(ACCEPTED)


def http_event(method: str, path: str, body: Any = None) -> bytes:
    """Event of API Gateway's HTTP API for a function."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "localhost", "accept": "*/*"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "bench",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "bench",
            },
            "requestId": "bench",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2024:00:00:00 +0000",
            "timeEpoch": 1704067200000,
        },
        "isBase64Encoded": False,
    }
    if body is not None:
        event["headers"]["content-type"] = "application/json"
        event["body"] = json.dumps(body, separators=(",", ":"))
    return json.dumps(event).encode()


def memory_mb(pid: int, field: str) -> float:
    """Memory of a process in MB: `VmHWM` is its peak, `VmRSS` the present value."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024 / MB
    raise RuntimeError(f"process {pid} has no {field}")


def group_memory_mb(leader: int) -> float:
    """Sum of the peak memory of all processes of a group, in MB."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return sum(memory_mb(pid, "VmHWM") for pid in pids if in_group(pid, leader))


def in_group(pid: int, leader: int) -> bool:
    try:
        return os.getpgid(pid) == leader
    except ProcessLookupError:
        return False


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kills a server that was started in a session of its own, with its children."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
