"""The emulator, with each call of Terraform's provider carried out once however often it is sent: what emulator.py starts.

An AWS SDK sends all attempts of one call under one id, `amz-sdk-invocation-id`. The Go SDK, read in its source and watched
by strace, drops a connection whose answer is there before the request is marked as written, and sends the request again:
8 times in 29 applies of 427 requests on one machine. The emulator takes the second for a new one: it then has two routes of
one key, or refuses a schedule as there already. Here a repeated call gets the answer of the first one. Other SDKs are left
alone: AWS knows no such thing, and what a function does when its own write comes twice must show.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from localstack import conditions

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
# Of one attempt: the messages of a complete answer with status 2xx, or None, as whatever failed may be tried anew.
Answer = asyncio.Future[list[Message] | None]

GO_SDK = b"aws-sdk-go"
# Attempts follow each other within a second, of which an apply needs some hundred.
REMEMBERED = 1_000
# A body above this is handed on and not kept.
LARGEST_BODY = 1 << 16


class Once:
    """An ASGI application around another, which sees each call of the Go SDK once."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.answers: OrderedDict[bytes, Answer] = OrderedDict()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        call = call_of(scope)
        if call is None:
            await self.app(scope, receive, send)
            return
        # An earlier attempt may still be at work, and another that waited for it may have begun when it failed.
        while (earlier := self.answers.get(call)) is not None:
            answer = await asyncio.shield(earlier)
            if answer is not None:
                await drained(receive)
                for message in answer:
                    await send(message)
                return
            if self.answers.get(call) is earlier:
                break
        await self.carry_out(call, scope, receive, send)

    async def carry_out(self, call: bytes, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        answer: Answer = asyncio.get_running_loop().create_future()
        self.answers[call] = answer
        self.answers.move_to_end(call)
        while len(self.answers) > REMEMBERED:
            self.answers.popitem(last=False)
        kept: list[Message] = []
        size = 0

        async def keep(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            if size <= LARGEST_BODY:
                kept.append(message)
            await send(message)

        try:
            await self.app(scope, receive, keep)
        finally:
            answer.set_result(kept if size <= LARGEST_BODY and succeeded(kept) else None)


def call_of(scope: MutableMapping[str, Any]) -> bytes | None:
    """The id of the Go SDK's call that a request is an attempt of; None when it is none, or a GET, which may come twice."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
        return None
    headers = dict(scope["headers"])
    return headers.get(b"amz-sdk-invocation-id") if GO_SDK in headers.get(b"user-agent", b"") else None


def succeeded(answer: list[Message]) -> bool:
    """Whether it is a whole answer that no client would ask for again."""
    return (
        len(answer) > 1
        and answer[0]["type"] == "http.response.start"
        and 200 <= answer[0]["status"] < 300
        and not answer[-1].get("more_body", False)
    )


async def drained(receive: Receive) -> None:
    """Reads the request to its end: a server closes a connection on which it has answered without."""
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


def main() -> None:
    import ministack.app

    conditions.add()
    app: App = Once(ministack.app.app)
    if os.environ.get("WEATHERVANE_CHAOS"):
        from localstack.chaos.disturber import Disturber

        app = Disturber(app)
    ministack.app.app = app
    ministack.app.main()


if __name__ == "__main__":
    main()
