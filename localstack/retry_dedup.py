"""The emulator with idempotent retries of Terraform's provider: the program that emulator.py starts.

An AWS SDK sends all attempts of one call under one id, `amz-sdk-invocation-id`. The Go SDK, as its source and strace show,
drops a connection if the response arrives before the request is marked as written, and sends the request again: 8 times in
29 applies of 427 requests on one machine. The emulator takes the second attempt for a new call: it then has two routes of one
key, or refuses a schedule because it exists. Here a repeated call gets the response of the first. Calls of other SDKs are not
deduplicated, because AWS does not do so either, and a function that writes twice must be noticed.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from localstack import conditions

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
# Messages of a complete response with status 2xx; None for any other, because a failed call may be executed again.
Response = asyncio.Future[list[Message] | None]

GO_SDK = b"aws-sdk-go"
# Attempts follow each other within a second, and an apply makes a few hundred calls.
MAX_REMEMBERED = 1_000
# A larger body is passed on and not kept.
MAX_BODY_BYTES = 1 << 16


class DeduplicatingApp:
    """ASGI application around another one, which sees each call of the Go SDK once."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.responses: OrderedDict[bytes, Response] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = call_of(scope)
        if call is None:
            await self.app(scope, receive, send)
            return
        # An earlier attempt may still run. If it fails, another one that waited may have started before this one.
        while (earlier := self.responses.get(call)) is not None:
            messages = await asyncio.shield(earlier)
            if messages is not None:
                await drain(receive)
                for message in messages:
                    await send(message)
                return
            if self.responses.get(call) is earlier:
                break
        await self.execute(call, scope, receive, send)

    async def execute(self, call: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        response: Response = asyncio.get_running_loop().create_future()
        self.responses[call] = response
        self.responses.move_to_end(call)
        while len(self.responses) > MAX_REMEMBERED:
            self.responses.popitem(last=False)
        kept: list[Message] = []
        size = 0

        async def keep(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            if size <= MAX_BODY_BYTES:
                kept.append(message)
            await send(message)

        try:
            await self.app(scope, receive, keep)
        finally:
            response.set_result(kept if size <= MAX_BODY_BYTES and succeeded(kept) else None)


def call_of(scope: Scope) -> bytes | None:
    """Id of the Go SDK's call to which a request belongs; None for other clients, and for reads, which may be repeated."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
        return None
    headers = dict(scope["headers"])
    return headers.get(b"amz-sdk-invocation-id") if GO_SDK in headers.get(b"user-agent", b"") else None


def succeeded(messages: list[Message]) -> bool:
    """True for a complete response with status 2xx."""
    return (
        len(messages) > 1
        and messages[0]["type"] == "http.response.start"
        and 200 <= messages[0]["status"] < 300
        and not messages[-1].get("more_body", False)
    )


async def drain(receive: Receive) -> None:
    """Reads the request to its end; otherwise the server closes the connection after its response."""
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


def main() -> None:
    import ministack.app

    conditions.add()
    app: App = DeduplicatingApp(ministack.app.app)
    if os.environ.get("WEATHERVANE_CHAOS"):
        from localstack.chaos.disturber import Disturber

        app = Disturber(app)
    ministack.app.app = app
    ministack.app.main()


if __name__ == "__main__":
    main()
