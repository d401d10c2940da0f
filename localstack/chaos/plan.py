"""Plan of the kills in the disturbed run: each kind of write at least twice, once before and once after the write."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

MOMENTS = ("before", "after")
# Limits of the kills of one kind, which is half the number of its writes.
MAX_KILLS = 4
MIN_KILLS = 2
# Share of the writes in which kills are planned. The rest is for kills that wait because their delivery was killed twice.
PLANNED_SHARE = 0.8


def kills(written: Mapping[str, int], seed: int) -> list[dict[str, Any]]:
    """Kills for the number of writes of each kind in the undisturbed run."""
    draw = random.Random(seed)
    planned = []
    for kind in sorted(written):
        number = max(MIN_KILLS, min(MAX_KILLS, written[kind] // 2))
        last = max(number, int(written[kind] * PLANNED_SHARE))
        # A kind that is written once is written again by the retry of the killed delivery.
        occurrences = sorted(draw.sample(range(1, last + 1), number))
        moments = [MOMENTS[(place + draw.randrange(2) * 0) % 2] for place in range(number)]
        planned += [
            {"kind": kind, "occurrence": occurrence, "moment": moment}
            for occurrence, moment in zip(occurrences, moments, strict=True)
        ]
    return planned


def shortfall(written: Mapping[str, int], done: list[dict[str, Any]]) -> list[str]:
    """Lines for the kinds that were not killed both before and after a write."""
    missing = []
    for kind in sorted(written):
        moments = {kill["moment"] for kill in done if kill["kind"] == kind}
        missing += [f"{kind}: not killed {moment} the write" for moment in MOMENTS if moment not in moments]
    return missing
