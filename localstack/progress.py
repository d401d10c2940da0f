"""Numbered steps with their titles and times, in the format of the Makefile's own steps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Steps:
    """Counter of the steps of one run. A part of a longer run begins at `next` of `total`."""

    next: int
    total: int

    @classmethod
    def parse(cls, position: str) -> Steps:
        """Steps from a position such as `3/11`, the third of eleven."""
        first, _, total = position.partition("/")
        return cls(int(first), int(total))

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        print(f"\n[{self.next}/{self.total}] {title}", flush=True)
        self.next += 1
        start = time.monotonic()
        yield
        print(f"      done in {time.monotonic() - start:.1f} s", flush=True)
