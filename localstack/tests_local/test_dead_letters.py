"""Test of the operator's command for dead letters with a queue in memory: events of the emulator take minutes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra import dead_letters


class Queue:
    """SQS and Lambda: a redriven event fails at once and is in the queue again with another id."""

    def __init__(self, letters: int) -> None:
        self.letters = [self.letter(number) for number in range(letters)]
        self.invoked = 0

    @staticmethod
    def letter(number: int) -> dict[str, Any]:
        body = json.dumps({"requestPayload": {"series": "eth-usd-1d-h1"}})
        return {
            "MessageId": str(number),
            "ReceiptHandle": str(number),
            "Body": body,
            "Attributes": {"SentTimestamp": "0"},
        }

    def receive_message(self, **_: Any) -> dict[str, Any]:
        return {"Messages": self.letters[-10:]}

    def delete_message(self, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        self.letters = [letter for letter in self.letters if letter["ReceiptHandle"] != ReceiptHandle]

    def invoke(self, **_: Any) -> None:
        self.invoked += 1
        if self.invoked > 10:
            pytest.fail("the same event is redriven again and again")
        self.letters.append(self.letter(100 + self.invoked))


@pytest.mark.parametrize("command", ["redrive", "again"])
def test_an_event_that_fails_at_once_is_redriven_once(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    queue = Queue(2)
    monkeypatch.setattr("boto3.client", lambda _: queue)
    names = {"dead_letter_queue_urls": {"train": "url"}, "function_names": {"train": "weathervane-train"}}
    monkeypatch.setattr(dead_letters, "outputs", lambda: names)
    assert dead_letters.main([command, "train"]) == 0
    assert queue.invoked == 2
    assert [letter["MessageId"] for letter in queue.letters] == ["101", "102"]
