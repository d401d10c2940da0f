"""Fake AWS of predict's bench: `python -m bench.predict.fake_aws DIRECTORY` serves the files of bench/predict/models.py.

S3 answers GetObject by path, DynamoDB GetItem by `pk` and `sk` and an empty Query; nothing else exists. Signatures are not
checked and there is no TLS. Prints its port.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

OBJECT = b'HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\netag: "%s"\r\ncontent-length: %d\r\n\r\n%s'
NO_OBJECT = b"<Error><Code>NoSuchKey</Code></Error>"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-type: application/xml\r\ncontent-length: %d\r\n\r\n%s"
MISSING = NOT_FOUND % (len(NO_OBJECT), NO_OBJECT)
ITEM = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: %d\r\n\r\n%s"

answers: dict[tuple[str, str] | bytes, bytes] = {}


class Aws(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.received = transport, b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while True:
            head, end, rest = self.received.partition(b"\r\n\r\n")
            if not end:
                return
            lower = head.lower()
            place = lower.find(b"content-length:")
            length = int(lower[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(rest) < length:
                return
            self.received = rest[length:]
            self.transport.write(self.answer(head, lower, rest[:length]))

    def answer(self, head: bytes, lower: bytes, body: bytes) -> bytes:
        if head.startswith(b"GET "):
            path = head.split(b" ", 2)[1].partition(b"?")[0]
            return answers.get(path, MISSING)
        if b".getitem" in lower:
            key = json.loads(body)["Key"]
            return answers.get((key["pk"]["S"], key["sk"]["S"]), ITEM % (2, b"{}"))
        nothing = b'{"Items":[],"Count":0,"ScannedCount":0}'
        return ITEM % (len(nothing), nothing)


def load(directory: Path) -> None:
    objects = directory / "objects"
    for path in objects.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            key = b"/bench/" + str(path.relative_to(objects)).encode()
            answers[key] = OBJECT % (str(len(content)).encode(), len(content), content)
    for item in json.loads((directory / "items.json").read_text()):
        body = json.dumps({"Item": item}).encode()
        answers[item["pk"]["S"], item["sk"]["S"]] = ITEM % (len(body), body)


async def main() -> None:
    load(Path(sys.argv[1]))
    server = await asyncio.get_running_loop().create_server(Aws, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
