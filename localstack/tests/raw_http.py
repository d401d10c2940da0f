"""HTTP as bytes on a socket, for requests that no well-behaved client sends."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Reply:
    """Response; its status is None if the connection was closed without one."""

    status: int | None
    headers: dict[str, str]
    body: bytes

    @property
    def from_predict(self) -> bool:
        """True if the function responded and not the gateway: its responses have a request id."""
        return "x-request-id" in self.headers

    @property
    def json(self) -> Any:
        return json.loads(self.body)


NO_ANSWER = Reply(None, {}, b"")


@dataclass(frozen=True)
class Wire:
    """Address on which the API listens, and its host name."""

    address: tuple[str, int]
    host: str

    @classmethod
    def to(cls, url: str) -> Wire:
        """Wire to an API's base URL; names under `localhost` are this machine."""
        parts = urlsplit(url)
        name = parts.hostname or ""
        return cls(("127.0.0.1" if name.endswith(".localhost") else name, parts.port or 80), parts.netloc)

    def head(self, method: str, target: str, length: int | None, headers: Iterable[tuple[str, str]] = ()) -> bytes:
        """Request line and headers, neither escaped nor checked."""
        lines = [f"{method} {target} HTTP/1.1", f"host: {self.host}", "connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        if length is not None:
            lines.append(f"content-length: {length}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")

    def send(self, pieces: Iterable[bytes], pause: float = 0.0, hang_up: bool = False) -> Reply:
        """Response to pieces that are sent `pause` seconds apart. `hang_up` closes the sending side afterwards."""
        with socket.create_connection(self.address, timeout=TIMEOUT_SECONDS) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                for number, piece in enumerate(pieces):
                    if number and pause:
                        time.sleep(pause)
                    line.sendall(piece)
                if hang_up:
                    line.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                # A server that refuses a body need not read it; its response may be there all the same.
                pass
            answer = http.client.HTTPResponse(line)
            try:
                answer.begin()
                body = answer.read()
            except (http.client.HTTPException, ConnectionResetError):
                return NO_ANSWER
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)

    def ask(
        self, method: str, target: str, body: bytes | None = None, headers: Iterable[tuple[str, str]] = ()
    ) -> Reply:
        """Response to a complete request; its body is JSON unless `headers` name another content type."""
        named = list(headers)
        if body is not None and "content-type" not in [name.lower() for name, _ in named]:
            named.append(("content-type", "application/json"))
        return self.send([self.head(method, target, None if body is None else len(body), named) + (body or b"")])
