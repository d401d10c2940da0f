"""Function that sent a request: the process at the other end of its connection."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    function: str
    pid: int
    request_id: str
    """Id of the invocation that the process executes."""


def caller(port: int, server_port: int) -> Caller | None:
    """Function whose process has the local end of a connection from `port` to `server_port`; None if another program has it."""
    inode = inode_of(port, server_port)
    if inode is None:
        return None
    link = f"socket:[{inode}]"
    for function, pid, request_id in running():
        if holds(pid, link):
            return Caller(function, pid, request_id)
    return None


def running() -> list[tuple[str, int, str]]:
    """Function, process and invocation of each busy environment of the emulator."""
    from ministack.core import lambda_runtime

    with lambda_runtime._lock:
        workers = [worker for pool in lambda_runtime._workers.values() for worker in pool]
    found = []
    for worker in workers:
        process, request_id = worker._proc, getattr(worker, "_current_request_id", None)
        if process is not None and request_id:
            found.append((worker.func_name.rpartition("-")[2], process.pid, request_id))
    return found


def inode_of(port: int, server_port: int) -> str | None:
    """Inode of the socket that is connected from one port of this machine to another. A program that talks to another
    server may have the same local port.
    """
    local, remote = f":{port:04X}", f":{server_port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as lines:
            next(lines)
            for line in lines:
                fields = line.split()
                if fields[1].endswith(local) and fields[2].endswith(remote) and fields[9] != "0":
                    return fields[9]
    return None


def holds(pid: int, link: str) -> bool:
    directory = f"/proc/{pid}/fd"
    try:
        names = os.listdir(directory)
    except OSError:
        return False
    return any(target(f"{directory}/{name}") == link for name in names)


def target(path: str) -> str:
    """Target of a link; empty if it has gone since it was listed, because the others still count."""
    try:
        return os.readlink(path)
    except OSError:
        return ""


def end_environments() -> None:
    """Ends every idle environment, and with it everything that it has cached."""
    from ministack.core import lambda_runtime

    with lambda_runtime._lock:
        idle = [worker for pool in lambda_runtime._workers.values() for worker in pool if not worker.in_use]
    for worker in idle:
        if worker._proc is not None:
            worker._proc.kill()
            worker._proc.wait()
