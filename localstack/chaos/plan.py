"""Which writes of the disturbed year the function does not survive: each kind at least twice, once on either side of the write."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

MOMENTS = ("before", "after")
# Kills of a kind that is written often; one that is written less often is killed at half of its writes, but twice at least.
MOST = 4
LEAST = 2
# The rest of the year is left for kills that had to wait, as their delivery had been killed twice already.
PART = 0.8


def kills(written: Mapping[str, int], seed: int) -> list[dict[str, Any]]:
    """The kills, given how often each kind was written in the undisturbed year."""
    draw = random.Random(seed)
    planned = []
    for kind in sorted(written):
        number = max(LEAST, min(MOST, written[kind] // 2))
        last = max(number, int(written[kind] * PART))
        # One that is written once comes again when its killed delivery is tried again.
        occurrences = sorted(draw.sample(range(1, last + 1), number))
        moments = [MOMENTS[(place + draw.randrange(2) * 0) % 2] for place in range(number)]
        planned += [
            {"kind": kind, "occurrence": occurrence, "moment": moment} for occurrence, moment in zip(occurrences, moments, strict=True)
        ]
    return planned


def shortfall(written: Mapping[str, int], done: list[dict[str, Any]]) -> list[str]:
    """Kinds that were not killed on both sides; a sentence for each."""
    missing = []
    for kind in sorted(written):
        moments = {kill["moment"] for kill in done if kill["kind"] == kind}
        missing += [f"{kind}: not killed {moment} the write" for moment in MOMENTS if moment not in moments]
    return missing
