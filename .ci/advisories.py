"""Check of the linked crates for known vulnerabilities, by cargo-deny.

RustSec's database is fetched. Where it cannot be fetched, the copy in `advisories/` beside this file is used, with a warning
that states its age and the number of its crates. cargo-deny reads a database from a git repository, so the copy becomes one,
in build/advisories. Needs git, Python 3.11, and the pinned packages (`make tools`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = Path(__file__).resolve().parent / "advisories"
WORK = ROOT / "build" / "advisories"
CARGO_DENY = ROOT / ".venv" / "bin" / "cargo-deny"
# cargo-deny names the directory of a database by the hash of its address; this is the hash of RustSec's.
DATABASE = WORK / "database" / "advisory-db-3157b0e258782691"


def deny(*arguments: str, quiet: bool = False) -> int:
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run([CARGO_DENY, *arguments], cwd=ROOT, check=False, stdout=output, stderr=output).returncode


def covered_crates() -> set[str]:
    """Crates that the copy was made for; others were not looked up."""
    lines = (COPY / "crates.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def copy_date() -> date:
    return date.fromisoformat((COPY / "date.txt").read_text().strip())


def linked_crates() -> set[str]:
    """Foreign crates that are built into the functions."""
    tree = [
        "cargo",
        "tree",
        "--locked",
        "--workspace",
        "--all-features",
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]
    done = subprocess.run(tree, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return {line.split()[0] for line in done.stdout.splitlines() if line and f"({ROOT}" not in line}


def make_database() -> None:
    """Makes a git repository of the copy, with its date as commit date."""
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(COPY / "crates", DATABASE / "crates")
    day = f"{copy_date()}T00:00:00Z"
    environment = {**os.environ, "GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day, "GIT_CONFIG_GLOBAL": os.devnull}
    identity = ["-c", "user.name=mirror", "-c", "user.email=mirror@localhost"]
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        [*identity, "commit", "-q", "-m", "Copy of RustSec's advisories"],
    ):
        subprocess.run(["git", *words], cwd=DATABASE, env=environment, check=True)
    settings = (ROOT / "deny.toml").read_text()
    place = f'[advisories]\ndb-path = "{DATABASE.parent}"'
    (WORK / "deny.toml").write_text(re.sub(r"^\[advisories\]$", lambda _: place, settings, flags=re.MULTILINE))


def main() -> int:
    if deny("fetch", "db", quiet=True) == 0:
        return deny("--offline", "--locked", "check", "advisories")
    age = (date.today() - copy_date()).days
    linked = linked_crates()
    unknown = linked - covered_crates()
    print(f"WARNING: RustSec's database cannot be fetched; this tree's copy of {copy_date()}, {age} days old, is used.")
    if unknown:
        covered = len(linked) - len(unknown)
        print(
            f"WARNING: the copy covers {covered} linked crates; {len(unknown)} others are not in .ci/advisories/crates.txt."
        )
    sys.stdout.flush()
    make_database()
    return deny("--offline", "--locked", "--config", str(WORK / "deny.toml"), "check", "advisories")


if __name__ == "__main__":
    sys.exit(main())
