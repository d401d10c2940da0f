"""The Lambda Runtime API, just enough to run one function as a process and to time it."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_SECONDS = 30


class QuietServer(ThreadingHTTPServer):
    """A server whose clients may be killed at any time."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A connection that a killed process left is no news."""


class Answers(BaseHTTPRequestHandler):
    """What both servers share. Each answer leaves in one piece, at once: Nagle's algorithm and delayed acknowledgements
    would add 40 ms a message to whichever client does not happen to avoid them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_: Any) -> None:
        """Quiet: the bench prints its own table."""


class EmptyAws(Answers):
    """An AWS in which nothing exists, so that a start meets real answers and not a refused connection's retries."""

    def do_GET(self) -> None:
        self._refuse(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self._refuse(400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}')

    def _refuse(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def serve(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server on a free port of this machine, running until the process ends or it is shut down."""
    server = QuietServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Process:
    """One function process. `init` is the time from its start to its first poll for work, in seconds."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._events: queue.Queue[bytes] = queue.Queue()
        self._answers: queue.Queue[tuple[float, bytes]] = queue.Queue()
        self._polled = threading.Event()
        self._server = serve(self._handler())
        api = f"127.0.0.1:{self._server.server_port}"
        start = time.perf_counter()
        self._process = subprocess.Popen(
            list(command),
            env={**environment, "AWS_LAMBDA_RUNTIME_API": api},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if not self._polled.wait(PATIENCE_SECONDS):
            self.end()
            raise TimeoutError(f"{command[0]} did not ask for work within {PATIENCE_SECONDS} s")
        self.init = self._first_poll - start

    def invoke(self, event: Any) -> tuple[float, Any]:
        """Seconds until the answer, and the answer."""
        start = time.perf_counter()
        self._events.put(json.dumps(event).encode())
        end, body = self._answers.get(timeout=PATIENCE_SECONDS)
        return end - start, json.loads(body)

    def peak_memory_mb(self) -> float:
        for line in open(f"/proc/{self._process.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError("the process has no VmHWM")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._server.shutdown()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(Answers):
            def do_GET(self) -> None:
                if not outer._polled.is_set():
                    outer._first_poll = time.perf_counter()
                    outer._polled.set()
                self._send(200, outer._events.get())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0)) or self._chunks()
                outer._answers.put((time.perf_counter(), body))
                self._send(202, b"{}")

            def _chunks(self) -> bytes:
                body = b""
                while self.headers.get("transfer-encoding") == "chunked":
                    size = int(self.rfile.readline(), 16)
                    body += self.rfile.read(size)
                    self.rfile.readline()
                    if size == 0:
                        break
                return body

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.send_header("lambda-runtime-aws-request-id", "00000000-0000-0000-0000-000000000000")
                self.send_header("lambda-runtime-deadline-ms", str(int(time.time() * 1000) + 30_000))
                self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:bench")
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

        return Handler
