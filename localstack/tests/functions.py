"""The functions' processes: each runs where the emulator has unpacked its code."""

from __future__ import annotations

import os
import time
from pathlib import Path

from localstack.emulator import emulator
from localstack.system import System, wait_for

QUIET_SECONDS = 1.0
CPU_FIELDS = slice(13, 15)
"""User and system time in /proc/PID/stat."""


def processes(function_name: str | None = None) -> list[int]:
    """Processes of one function, or of all functions of this emulator."""
    home, found = str(emulator().home), []
    wanted = b"AWS_LAMBDA_FUNCTION_NAME=" + (function_name or "").encode()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(home):
                variables = (entry / "environ").read_bytes().split(b"\0")
                if any(
                    variable == wanted or (not function_name and variable.startswith(wanted)) for variable in variables
                ):
                    found.append(int(entry.name))
        except OSError:
            # It has ended since it was listed.
            continue
    return found


def restart(system: System, function: str) -> None:
    """Replaces the warm processes of a function by a change of its environment: the next call is a cold start."""
    client, name = system.client("lambda"), system.outputs["function_names"][function]
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables["RESTARTED"] = str(int(variables.get("RESTARTED", 0)) + 1)
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def wait_until_idle(system: System, seconds: float = 300.0) -> None:
    """Waits until no function has used the processor for a second and no lock is held."""

    def idle() -> bool:
        before = cpu_ticks()
        time.sleep(QUIET_SECONDS)
        return cpu_ticks() == before and not held_locks(system)

    wait_for("the end of all invocations", idle, seconds)


def cpu_ticks() -> dict[int, int]:
    ticks = {}
    for pid in processes():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            # The first two fields are before the closing bracket of the program's name.
            ticks[pid] = sum(int(field) for field in fields[CPU_FIELDS.start - 2 : CPU_FIELDS.stop - 2])
        except OSError:
            continue
    return ticks


def held_locks(system: System) -> list[str]:
    """Locks that have not expired."""
    client = system.client("dynamodb")
    items = client.scan(TableName=system.outputs["table_names"]["locks"], ConsistentRead=True)["Items"]
    return [item["pk"]["S"] for item in items if float(item.get("expires_at", {}).get("N", 0)) > time.time()]
