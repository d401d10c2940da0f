"""The system of one run directory: started, stopped, or started for one command and stopped however that ends."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import IO

from localstack import deployment, emulator, environment, exchange
from localstack.progress import Steps
from localstack.service import DIRECT, ROOT, RUN, ServiceError, end_group

START_TITLE = "start the emulator, with IAM enforced, and the exchange server"


class RunRefused(RuntimeError):
    """Another run uses the same directory."""


def start_servers() -> None:
    emulator.start()
    exchange.start()


def stop_servers() -> None:
    exchange.stop()
    emulator.stop()


def up(steps: Steps, fresh: bool = False) -> None:
    """Starts the servers and deploys to them. `fresh` stops earlier ones first, with all that they hold."""
    with steps.step(START_TITLE):
        if fresh:
            stop_servers()
        start_servers()
    with steps.step("terraform apply"):
        print(f"      {deployment.apply()}", flush=True)


def wait(seconds: float) -> None:
    """Waits until both servers and the deployed API answer. TimeoutError names what does not."""
    deadline = time.monotonic() + seconds
    while missing := not_answering():
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"no answer within {seconds:.0f} s from {', '.join(missing)}: is it up? `make up` starts it"
            )
        time.sleep(0.2)


def not_answering() -> list[str]:
    services = (emulator.emulator(), exchange.exchange([]))
    missing = [f"the {service.name} at {service.url}" for service in services if not service.healthy()]
    return missing or ([] if api_answers() else ["the deployed API"])


def api_answers() -> bool:
    # Imported here because it needs the pinned packages.
    from localstack.system import System

    with suppress(OSError, RuntimeError), DIRECT.open(f"{System().address}/health", timeout=5) as response:
        return bool(response.status == 200)
    return False


@contextmanager
def exclusive_run(name: str = "run") -> Iterator[IO[str]]:
    """Reserves the run's directory for one run at a time. The lock is released with the process, however it ends."""
    RUN.mkdir(parents=True, exist_ok=True)
    with open(RUN / f"{name}.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            shown = os.path.relpath(RUN, ROOT)
            raise RunRefused(f"another run uses {shown}: wait for its end, or end it") from None
        yield file


def run_with_system(
    command: Sequence[str], steps: Steps, title: str, deploy: bool = True, reserved: bool = False
) -> int:
    """Exit status of a command that is run on a system of its own, which is started before and always stopped after.

    A second run in the same directory is refused and leaves the first alone. `reserved` says that this run is a part of
    the one that has reserved the directory."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    start = time.monotonic()
    try:
        with nullcontext() if reserved else exclusive_run(), exclusive_run("system"):
            status = run_and_stop(command, steps, title, deploy)
    except (RunRefused, ServiceError, deployment.DeploymentError) as error:
        print(f"\nFAILED after {time.monotonic() - start:.0f} s: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr, flush=True)
        return 128 + signal.SIGINT
    if status != 0:
        print(
            f"\nFAILED after {time.monotonic() - start:.0f} s: {title} (status {status})", file=sys.stderr, flush=True
        )
    return status


def run_and_stop(command: Sequence[str], steps: Steps, title: str, deploy: bool) -> int:
    try:
        # Left over by a run that was killed.
        stop_quietly()
        if deploy:
            up(steps)
        else:
            start_servers()
        with steps.step(title):
            return run_command(command)
    finally:
        # A second Ctrl-C must not interrupt the clean-up.
        for ignored in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ignored, signal.SIG_IGN)
        stop_servers()


def run_command(command: Sequence[str]) -> int:
    """Exit status of the command in the emulator's environment. However this call ends, no process of it is left."""
    process = subprocess.Popen(list(command), cwd=ROOT, env=environment.emulated(os.environ), start_new_session=True)
    try:
        return process.wait()
    finally:
        end_group(process.pid)
        process.wait()


def stop_quietly() -> None:
    exchange.exchange([]).down()
    emulator.emulator().down()
