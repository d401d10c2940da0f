"""Runs make targets one after another and tells the time of each: `steps.py up | demo | system | backfill |
gateway | chaos | test`.

What takes long and needs nothing else, the AWS provider and the linters, is made beside the other steps. However it ends, by itself,
by an error or by Ctrl-C, nothing that was started only for the run is left running. A run that cleans up has its
directory for itself: a second one is refused, and leaves the first alone.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from service import ROOT, RUN, end_group

MAKE = os.environ.get("MAKE", "make")
# Target => what it makes, beside the steps of a plan that needs it.
BESIDE = {"provider": "the AWS provider", "linters": "the linters"}


@dataclass(frozen=True)
class Step:
    title: str
    target: str
    needs: str | None = None
    """A key of BESIDE."""


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...]
    last: str | None = None
    """A target that tells its own steps."""
    total: int | None = None
    clean_up: str | None = None
    """A target that is made at the end, however the run ends."""


TOOLS = Step("pinned tools", "tools")
BUILD = Step("build the functions for Amazon Linux 2023", "build")
SERVERS = Step("start the emulator, with IAM enforced, and the market server", "servers")
APPLY = Step("terraform apply", "apply", needs="provider")
SYSTEM = (SERVERS, APPLY, Step("system tests", "pytest"))

PLANS = {
    "up": Plan((TOOLS, BUILD, SERVERS, APPLY), last="address"),
    # What an earlier demo left up is ended when this one is built, so that one that cannot be built ends nothing.
    "demo": Plan((TOOLS, BUILD, replace(SERVERS, target="fresh-servers"), APPLY), last="demo-run", total=9),
    "system": Plan((TOOLS, BUILD, *SYSTEM), clean_up="down"),
    "gateway": Plan(
        (TOOLS, BUILD, SERVERS, APPLY, Step("load, and champions swapped under it", "gateway-run")), clean_up="down"
    ),
    "backfill": Plan((TOOLS, BUILD, SERVERS, APPLY, Step("back-fill of all hours", "backfill-run")), clean_up="down"),
    "chaos": Plan(
        (TOOLS, BUILD, SERVERS, APPLY, Step("days undisturbed, and the same days disturbed", "chaos-run")), clean_up="down"
    ),
    "test": Plan(
        (
            TOOLS,
            Step("formatting", "lint-format"),
            Step("clippy and the crate graph", "lint-rust"),
            Step("unit tests", "unit"),
            BUILD,
            Step("size and links of predict", "size-check"),
            Step("terraform validate", "lint-terraform", needs="provider"),
            Step("terraform test", "terraform-test", needs="provider"),
            Step("checkov, tflint, zizmor, actionlint", "lint-supply", needs="linters"),
            Step("known vulnerabilities", "advisories"),
            *SYSTEM,
            # The last one: it begins with an emulator and a market of its own, in the place of those of the tests.
            Step("chaos: 28 days undisturbed, and the same days disturbed", "chaos-short"),
        ),
        clean_up="down",
    ),
}


class Failed(Exception):
    """A step failed."""


def make(target: str) -> list[str]:
    return [MAKE, "--no-print-directory", target]


class Beside:
    """A target that takes long and needs nothing of the other steps, made beside them."""

    def __init__(self, target: str, what: str) -> None:
        self.what = what
        self.log = ROOT / "build" / f"{target}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.start = time.monotonic()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                make(target), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> None:
        if self.process.poll() is None:
            print(f"      waiting for {self.what}; {self.log.relative_to(ROOT)} tells how far it is", flush=True)
            self.process.wait()
            print(f"      there after {time.monotonic() - self.start:.0f} s", flush=True)
        if self.process.returncode != 0:
            tail = "".join(self.log.read_text(errors="replace").splitlines(keepends=True)[-15:])
            raise Failed(f"{self.what} could not be had:\n{tail}")

    def end(self) -> None:
        if self.process.poll() is None:
            end_group(self.process.pid)
            self.process.wait()


@contextmanager
def alone() -> Iterator[None]:
    """The run's directory, for one run at a time. The lock goes with the process, however it ends."""
    RUN.mkdir(parents=True, exist_ok=True)
    with open(RUN / "run.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed(f"another run uses {os.path.relpath(RUN, ROOT)}: wait for its end, or end it") from None
        yield


def run(target: str, what: str) -> None:
    status = subprocess.run(make(target), cwd=ROOT, check=False).returncode
    if status != 0:
        raise Failed(f"{what} failed (`make {target}`, status {status})")


def follow(plan: Plan, beside: dict[str, Beside]) -> None:
    total = plan.total or len(plan.steps)
    for number, step in enumerate(plan.steps, 1):
        print(f"\n[{number}/{total}] {step.title}", flush=True)
        start = time.monotonic()
        if step.needs:
            beside[step.needs].wait()
        run(step.target, step.title)
        print(f"      done in {time.monotonic() - start:.1f} s", flush=True)
    if plan.last:
        run(plan.last, "the run")


def main(arguments: list[str]) -> int:
    plan = PLANS.get(arguments[0]) if len(arguments) == 1 else None
    if plan is None:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic()
    try:
        with alone() if plan.clean_up else nullcontext():
            carry_out(plan)
        print(f"\nall done in {time.monotonic() - start:.0f} s", flush=True)
        return 0
    except Failed as error:
        print(f"\nFAILED after {time.monotonic() - start:.0f} s: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr, flush=True)
        return 130


def carry_out(plan: Plan) -> None:
    beside = {target: Beside(target, BESIDE[target]) for target in sorted({step.needs for step in plan.steps if step.needs})}
    try:
        if plan.clean_up:
            # What a run that was killed has left.
            subprocess.run(make(plan.clean_up), cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        follow(plan, beside)
    finally:
        # A second Ctrl-C must not stop the cleaning up.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for made in beside.values():
            made.end()
        if plan.clean_up:
            subprocess.run(make(plan.clean_up), cwd=ROOT, check=False, start_new_session=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
