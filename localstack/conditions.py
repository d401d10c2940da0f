"""Condition keys of IAM that AWS gives a request and the emulator does not; retry_dedup.py adds them.

The emulator evaluates conditions of policies, but has no value for two keys that the functions' roles are restricted by, and
`ForAllValues` allows a key without a value. Their values are those of the Service Authorization Reference:

    dynamodb:LeadingKeys    the partition keys that the request names, by the name that every table here gives them
    events:source           the sources of the events to be put
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

PARTITION_KEY = "pk"

Context = dict[str, Any]


def read(body: bytes) -> dict[str, Any]:
    """JSON object of the request; empty if it has none, which the service itself then refuses."""
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def leading_keys(body: bytes) -> list[str]:
    """Partition keys of a request for one item."""
    document = read(body)
    named = [document.get(part) for part in ("Key", "Item")]
    values = [item.get(PARTITION_KEY) for item in named if isinstance(item, dict)]
    return [value["S"] for value in values if isinstance(value, dict) and isinstance(value.get("S"), str)]


def event_sources(body: bytes) -> list[str]:
    entries = read(body).get("Entries")
    named = [entry.get("Source") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [source for source in named if isinstance(source, str)]


def with_leading_keys(original: Callable[[bytes], Context]) -> Callable[[bytes], Context]:
    """Adds the missing key to the emulator's keys of a DynamoDB request."""

    def context(body: bytes) -> Context:
        keys = leading_keys(body)
        return original(body) | ({"dynamodb:LeadingKeys": keys} if keys else {})

    return context


def with_event_sources(original: Callable[..., Context]) -> Callable[..., Context]:
    """Adds the missing key of events to the emulator's keys of any request."""

    def context(service: str, action: str, body: bytes, parameters: Any) -> Context:
        sources = event_sources(body) if action == "events:PutEvents" else []
        return original(service, action, body, parameters) | ({"events:source": sources} if sources else {})

    return context


def add() -> None:
    """Adds both keys. AttributeError if this version of the emulator makes its keys elsewhere."""
    from ministack.core import iam_actions

    iam_actions.dynamodb_service_context = with_leading_keys(iam_actions.dynamodb_service_context)
    iam_actions.request_tag_context = with_event_sources(iam_actions.request_tag_context)
