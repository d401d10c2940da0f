"""The examples in README.md: each call of curl to the API, and the JSON that is shown as its answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parents[2] / "README.md"
# The address of the API as the demo prints it, or as a variable that a reader sets.
API = re.compile(r"https?://[\w.:-]+/_aws/execute-api/\w+|\$\{?API\b\}?")
CURL = re.compile(r"^\s*(?:\$ )?(curl\b.*)$")


@dataclass(frozen=True)
class Example:
    """A command, as it stands there but for the API's address, which is `$API`, and the answer below it, if any."""

    line: int
    command: str
    answer: Any


def examples(text: str) -> list[Example]:
    """Every call of curl to the API in the text."""
    found, lines = [], text.splitlines()
    for number, line in enumerate(lines):
        match = CURL.match(line)
        if not match:
            continue
        command, after = match[1], number + 1
        # What the shell would read on: a backslash or an open quotation.
        while command.endswith("\\") or command.count("'") % 2:
            command = command.removesuffix("\\") + ("\n" if command.count("'") % 2 else " ") + lines[after].strip()
            after += 1
        if API.search(command):
            found.append(Example(number + 1, API.sub("$API", command), answer_below(lines[after:])))
    return found


def answer_below(lines: list[str]) -> Any:
    """The JSON document that the lines start with; nothing when they start with something else."""
    text = "\n".join(lines).lstrip()
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except json.JSONDecodeError:
        return None
