"""The emulator, with each call carried out once however often its client sends it: what emulator.py starts.

An AWS SDK numbers the attempts of one call and sends them under one id (`amz-sdk-invocation-id`, `amz-sdk-request:
attempt=2`). The Go SDK, and so Terraform's AWS provider, drops a connection whose answer is there before the request is
marked as written, which on one machine comes about once in a thousand requests, and sends the request again. The
emulator, which does not know the second from a new one, then has two routes of one key, or a schedule that "already
exists". Here a repeated call is given the answer that the first attempt had.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
# Of one attempt: the messages of a complete answer with status 2xx, or None, as whatever failed may be tried anew.
Answer = asyncio.Future[list[Message] | None]

# Attempts follow each other within seconds; the emulator answers less than a thousand calls in one.
REMEMBERED = 10_000
# A body above this is handed on and not kept.
LARGEST_BODY = 1 << 20


class Once:
    """An ASGI application around another, which sees each call of an SDK once."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.answers: OrderedDict[bytes, Answer] = OrderedDict()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        call, attempt = call_of(scope)
        if call is None:
            await self.app(scope, receive, send)
            return
        if attempt > 1 and call in self.answers:
            # The first attempt may still be at work.
            answer = await asyncio.shield(self.answers[call])
            if answer is not None:
                await drained(receive)
                for message in answer:
                    await send(message)
                return
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


def call_of(scope: MutableMapping[str, Any]) -> tuple[bytes | None, int]:
    """The id of the call that a request is an attempt of, None for what only reads or is no call, and the attempt's number."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
        return None, 1
    headers = dict(scope["headers"])
    number = re.search(rb"attempt=(\d+)", headers.get(b"amz-sdk-request", b""))
    return headers.get(b"amz-sdk-invocation-id"), int(number[1]) if number else 1


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

    ministack.app.app = Once(ministack.app.app)
    ministack.app.main()


if __name__ == "__main__":
    main()
