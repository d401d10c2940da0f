"""Programs from npm, pinned in `localstack/browser` and installed once into `build/browser`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINNED = ROOT / "localstack" / "browser"
# A copy, because npm writes beside the lock file.
HOME = ROOT / "build" / "browser"
FILES = ("package.json", "package-lock.json", ".npmrc")
COMPLETE = HOME / "complete"
# By default the linters of the contract look for updates and send statistics.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


class Unavailable(RuntimeError):
    """A program is missing on this machine; the message says which one and how to get it."""


def modules() -> Path:
    """Directory of the installed packages. Unavailable without npm, or if npm cannot fetch them."""
    pinned = [(PINNED / name).read_text() for name in FILES]
    kept = [path.read_text() if (path := HOME / name).exists() else None for name in FILES]
    if pinned != kept or not COMPLETE.exists():
        if not shutil.which("npm"):
            raise Unavailable("npm is missing: `apt-get install nodejs npm`, or your system's way")
        HOME.mkdir(parents=True, exist_ok=True)
        COMPLETE.unlink(missing_ok=True)
        for name, text in zip(FILES, pinned, strict=True):
            (HOME / name).write_text(text)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--prefix", str(HOME)]
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            raise Unavailable(f"npm could not fetch its packages: {done.stderr.strip()}")
        COMPLETE.touch()
    return HOME / "node_modules"


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Result of a program of a package, whatever its status."""
    command = [str(modules() / ".bin" / program), *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False, timeout=300
    )
