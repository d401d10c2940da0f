"""ASGI application around the emulator that counts each write of a function and kills the function at planned ones.

It is idle until `POST /_chaos/begin`; then every write of a function is counted by its kind. `before` kills the function's
process before the emulator receives the write, `after` when the write is done and the function has no response yet.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import urllib.parse
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from localstack.chaos import writes
from localstack.chaos.callers import Caller, caller, end_environments
from localstack.chaos.deliveries import Installed, Settings
from localstack.chaos.leases import Leases
from localstack.retry_dedup import App, Message, Receive, Scope, Send

ROUTE = "/_chaos/"
# Writes whose bodies are kept, as the state in the end does not show them: messages, leases, pending work, gaps.
KEPT = ("sns:", "events:", "dynamodb:PutItem locks", "s3:PutObject pending/", "s3:PutObject quality/")


class Year:
    """One run of days: its writes and kills."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.installed = Installed(Settings(**order.get("deliveries", {})))
        self.deliveries = self.installed.deliveries
        self.plan: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for kill in order.get("kills", []):
            self.plan[kill["kind"]].append(kill)
        self.seen: Counter[str] = Counter()
        self.kills: list[dict[str, Any]] = []
        self.messages: Counter[str] = Counter()
        self.bodies: dict[str, list[str]] = defaultdict(list)
        self.leases = Leases()

    def due(self, kind: str) -> dict[str, Any] | None:
        """Counts a write. Returns the next kill of its kind from the plan if it is due."""
        self.seen[kind] += 1
        orders = self.plan.get(kind)
        return orders.pop(0) if orders and self.seen[kind] >= orders[0]["occurrence"] else None

    def record(self, who: Caller, written: str, body: bytes) -> None:
        """Records leases and messages of a write that was done."""
        self.leases.written(who.pid, written, body)
        if written.startswith(("sns:", "events:")):
            self.messages[f"{written} {message_text(written, body)}"] += 1
        if written.startswith(KEPT):
            self.bodies[f"{who.function} {written}"].append(body.decode())

    async def kill(self, who: Caller, kind: str, order: Mapping[str, Any]) -> None:
        os.kill(who.pid, signal.SIGKILL)
        self.kills.append({**order, "at": self.seen[kind], "request_id": who.request_id})
        await asyncio.to_thread(self.leases.pass_minute, who.pid)

    def report(self) -> dict[str, Any]:
        left = [kill for kills in self.plan.values() for kill in kills]
        messages = dict(self.messages)
        return {
            "seen": dict(self.seen),
            "kills": self.kills,
            "left": left,
            "messages": messages,
            "bodies": self.bodies,
            **self.deliveries.report(),
        }


class Disturber:
    """Application around `app`, which is the emulator's."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.year: Year | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(ROUTE):
            await self.control(scope["path"].removeprefix(ROUTE), await body_of(receive), send)
        elif scope["type"] == "http" and self.year is not None and scope["method"] in ("PUT", "POST", "DELETE"):
            await self.watch(self.year, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def watch(self, year: Year, scope: Scope, receive: Receive, send: Send) -> None:
        who = caller(scope["client"][1], scope["server"][1])
        if who is None:
            await self.app(scope, receive, send)
            return
        body = await body_of(receive)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        written = writes.kind(scope["method"], scope["path"], headers, body)
        if written is None:
            await self.app(scope, replay(body), send)
            return
        kind = f"{who.function} {written}"
        order = year.due(kind)
        if order and order["moment"] == "before":
            await year.kill(who, kind, order)
            return
        answer: list[Message] = []

        async def hold(message: Message) -> None:
            answer.append(message)

        await self.app(scope, replay(body), hold)
        if answer and answer[0]["status"] < 300:
            year.record(who, written, body)
            if order:
                await year.kill(who, kind, order)
                return
        elif order:
            # Nothing was written, for example because of its condition. The next write of its kind is killed.
            year.plan[kind].insert(0, order)
        for message in answer:
            await send(message)

    async def control(self, what: str, body: bytes, send: Send) -> None:
        order = json.loads(body or b"{}")
        answer: Any = {}
        if what == "begin":
            self.end()
            end_environments()
            self.year = Year(order)
        elif self.year is None:
            answer = {"message": "no year has begun"}
        elif what == "day":
            self.year.deliveries.begin_day(order["day"], order["alone"])
        elif what == "redeliver":
            answer = {"delivered": self.year.deliveries.redeliver()}
        elif what == "dead":
            answer = {"functions": self.year.deliveries.newly_dead()}
        elif what == "status":
            answer = self.year.deliveries.status()
        elif what == "end":
            answer = self.year.report()
            self.end()
        status = 404 if "message" in answer else 200
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def end(self) -> None:
        if self.year is not None:
            self.year.installed.remove()
            self.year = None


def message_text(written: str, body: bytes) -> str:
    """Text of a message: detail of an event, or subject and text of a notification."""
    if written.startswith("events:"):
        return " ".join(entry["Detail"] for entry in json.loads(body)["Entries"])
    form = dict(urllib.parse.parse_qsl(body.decode()))
    return f"{form.get('Subject', '')}: {form.get('Message', '')}"


async def body_of(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(parts)


def replay(body: bytes) -> Receive:
    """Receiver of a request whose body has been read."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return receive
