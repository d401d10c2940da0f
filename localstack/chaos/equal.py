"""Comparison of two states. Exclusions are data, each with its reason."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localstack.chaos.state import State


@dataclass(frozen=True)
class Exclusion:
    where: str
    """Key of an object, or table and key of a record, with `*` as wildcard."""
    field: str
    """Path of the field; empty for the whole object or record."""
    reason: str


EXCLUSIONS = (
    Exclusion("forecasts SERIES#*", "stored_at", "the clock at the attempt that stored it"),
    Exclusion("forecasts ALERTS#*", "stored_at", "the clock at the attempt that logged it; reports leave it out"),
    Exclusion("registry SERIES#*", "stored_at", "the clock at the attempt that stored the version or moved the alias"),
    Exclusion("runs SERIES#*", "started_at", "the clock at the attempt that finished the run"),
    Exclusion("runs SERIES#*", "finished_at", "the clock at the attempt that finished the run"),
    Exclusion("runs SERIES#*", "duration_ms", "the duration of the attempt that finished the run"),
    Exclusion("runs SERIES#*", "peak_memory_mb", "the process that searched"),
    Exclusion(
        "locks *", "", "a lock of a killed process stays until it expires; it belongs to a process and is no data"
    ),
)


# The disturbed run may have more of these objects: a retry fetches what is still missing, and archives the responses.
MAY_BE_ADDED = ("raw/*",)


def differences(undisturbed: State, disturbed: State) -> list[str]:
    """Lines for the objects and fields that differ and are not excluded."""
    return [*objects(undisturbed.objects, disturbed.objects), *records(undisturbed.records, disturbed.records)]


def objects(first: dict[str, bytes], second: dict[str, bytes]) -> Iterator[str]:
    for key in sorted(first.keys() | second.keys()):
        if excluded(key, ""):
            continue
        if key not in first and any(fnmatch.fnmatchcase(key, pattern) for pattern in MAY_BE_ADDED):
            continue
        if key not in second or key not in first:
            yield f"s3 {key}: only in the {'undisturbed' if key in first else 'disturbed'} run"
        elif first[key] != second[key]:
            yield from contents(key, first[key], second[key])


def contents(key: str, first: bytes, second: bytes) -> Iterator[str]:
    """Differing fields of JSON; one line for other content."""
    if key.endswith(".json"):
        for path, one, other in fields(json.loads(first), json.loads(second)):
            if not excluded(key, path):
                yield f"s3 {key}: {path}: {one} -> {other}"
    else:
        at = next(
            (place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
            min(len(first), len(second)),
        )
        yield f"s3 {key}: {len(first)} and {len(second)} bytes, from byte {at}: {part(first, at)!r} -> {part(second, at)!r}"


def part(content: bytes, start: int) -> bytes:
    return content[start : start + 60]


def records(first: dict[str, Any], second: dict[str, Any]) -> Iterator[str]:
    for key in sorted(first.keys() | second.keys()):
        if excluded(key, ""):
            continue
        if key not in second or key not in first:
            yield f"{key}: only in the {'undisturbed' if key in first else 'disturbed'} run"
            continue
        for path, one, other in fields(first[key], second[key]):
            if not excluded(key, path):
                yield f"{key}: {path}: {one} -> {other}"


def excluded(key: str, path: str) -> bool:
    return any(
        fnmatch.fnmatchcase(key, exclusion.where) and exclusion.field in ("", path)
        for exclusion in EXCLUSIONS
        if path or not exclusion.field
    )


def fields(first: Any, second: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path and both values of each difference."""
    if isinstance(first, dict) and isinstance(second, dict):
        for name in sorted(first.keys() | second.keys()):
            yield from fields(first.get(name), second.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for place, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from fields(one, other, f"{path}[{place}]")
    elif first != second:
        yield path, first, second
