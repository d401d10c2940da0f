"""The state after the undisturbed days as sorted JSON, the same for the same code: `make golden-state`.

Two commits that only rename things leave files that differ in the renamed names alone. Differences between two runs of one
commit, and between any two commits, are masked: MASKS and `rename_runs` give the reasons.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localstack.chaos import equal, writes
from localstack.chaos.state import State

MASKS = (
    *(one for one in equal.EXCLUSIONS if one.field),
    equal.Exclusion("runs SERIES#*", "code_version", "the commit that the functions were built from"),
    equal.Exclusion("locks *", "token", "drawn at random for each lease"),
    equal.Exclusion("locks *", "acquired_at", "the clock when the lease was taken"),
    equal.Exclusion("locks *", "expires_at", "the clock, and the time of a lease"),
)
# The end of a run's name is a hash of the code version and the configuration, so it is another at every commit.
RUN = re.compile(rb"\d{8}T\d{6}Z-([0-9a-f]{12})\b")
SHA256 = re.compile(rb"\b[0-9a-f]{64}\b")
BINARY = (".gz", ".parquet", ".wvm")
MASKED = "masked"


def save(path: Path, state: State, report: dict[str, Any]) -> None:
    """Writes objects, records and requests. Of each kind of object the last is written in full, of others a hash."""
    runs = runs_of(state)
    renamed = {key: rename_runs(content, runs) for key, content in state.objects.items()}
    # A model holds its run's name, so its own hash changes with it.
    hashes = {sha256(state.objects[key]): sha256(renamed[key]) for key in renamed}
    objects = {
        key: content if key.endswith(BINARY) else rename_hashes(content, hashes) for key, content in renamed.items()
    }
    full = {writes.object_kind(f"/bucket/{key}"): key for key in sorted(objects)}
    golden = {
        "objects": {key: shown(key, content, key in full.values()) for key, content in objects.items()},
        "records": {key: masked(key, item) for key, item in state.records.items()},
        "requests": requests(report["bodies"]),
        "counts": report["counts"],
        # A slow machine renews leases.
        "writes": {kind: number for kind, number in report["seen"].items() if "locks" not in kind},
    }
    text = rename_hashes(rename_runs(json.dumps(golden).encode(), runs), hashes)
    path.write_text(json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n")


def runs_of(state: State) -> dict[bytes, bytes]:
    """Maps the hash in each run id to twelve letters of its series, so that files keep their length."""
    keys = [key.split() for key in state.records if key.startswith("runs SERIES#")]
    found = ((RUN.fullmatch(run.encode()[4:]), series) for _, series, run in keys)
    return {match[1]: series[-12:].encode() for match, series in found if match}


def rename_runs(content: bytes, runs: dict[bytes, bytes]) -> bytes:
    return RUN.sub(lambda found: found[0].replace(found[1], runs.get(found[1], found[1])), content)


def rename_hashes(content: bytes, hashes: dict[str, str]) -> bytes:
    """Hashes of objects, each by that of the object as it is compared."""
    return SHA256.sub(lambda found: hashes.get(found[0].decode(), found[0].decode()).encode(), content)


def shown(key: str, content: bytes, full: bool) -> Any:
    """JSON as it is and text line by line; of everything else, and of all but the last of a kind, size and hash."""
    if key.endswith(".gz"):
        content = gzip.decompress(content)
    if key.endswith(".json"):
        value = json.loads(content)
        # Names may change on purpose: without them, in the order of the file, the values are to stay.
        return value if full else {"values_sha256": sha256("\n".join(leaves(value)).encode())}
    if key.endswith(".html") and full:
        return content.decode().splitlines()
    return {"bytes": len(content), "sha256": sha256(content)}


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield json.dumps(value)


def masked(key: str, item: dict[str, Any]) -> dict[str, Any]:
    fields = [one.field for one in MASKS if fnmatch.fnmatchcase(key, one.where)]
    return {name: MASKED if name in fields else value for name, value in item.items()}


def requests(bodies: dict[str, list[str]]) -> dict[str, list[Any]]:
    """By kind, the distinct requests that published a message, took a lease, or wrote what is gone in the end."""
    found = {}
    for kind, texts in bodies.items():
        # A renewal of a lease depends on how long the work takes.
        once = [text for text in texts if "locks" not in kind or "attribute_not_exists" in text]
        distinct = {json.dumps(request(kind, text), sort_keys=True) for text in once}
        found[kind] = [json.loads(one) for one in sorted(distinct)]
    return found


def request(kind: str, body: str) -> Any:
    """A request, with the JSON or the lines that it holds as text."""
    if " sns:" in kind:
        form = dict(urllib.parse.parse_qsl(body))
        # Numbered in any order.
        names = {
            name.removesuffix("Name"): form.pop(name)
            for name in [*form]
            if re.fullmatch(r"MessageAttributes\..*\.Name", name)
        }
        attributes = {names[prefix]: form.pop(f"{prefix}Value.StringValue") for prefix in names}
        return {**form, "Message": unpacked(form["Message"]), "MessageAttributes": attributes}
    content = json.loads(body)
    for entry in content.get("Entries", []):
        entry["Detail"] = json.loads(entry["Detail"])
    if "locks" in kind:
        lease = {name: next(iter(value.values())) for name, value in content["Item"].items()}
        return {"condition": content.get("ConditionExpression"), "item": masked(f"locks {lease['pk']}", lease)}
    return content


def unpacked(value: Any) -> Any:
    """JSON and lines that are held as text, at any depth."""
    if isinstance(value, dict):
        return {name: unpacked(one) for name, one in value.items()}
    if isinstance(value, str) and value.startswith("{"):
        return unpacked(json.loads(value))
    return value.splitlines() if isinstance(value, str) and "\n" in value else value


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
