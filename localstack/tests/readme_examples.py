"""Examples of README.md: each call of curl to the API, and the JSON that is shown as its response."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from localstack.service import ROOT

README = ROOT / "README.md"
# Address of the API as the demo prints it, or as a variable that a reader sets.
API = re.compile(r"https?://[\w.:-]+/_aws/execute-api/\w+|\$\{?API\b\}?")
# Items that an array does not show.
LEFT_OUT = re.compile(r",\s*\.\.\.|\.\.\.,\s*")
CURL = re.compile(r"^\s*(?:\$ )?(curl\b.*)$")


@dataclass(frozen=True)
class Example:
    """Command with `$API` in place of the address, and the response below it, if there is one."""

    line: int
    command: str
    answer: Any


def examples(text: str) -> list[Example]:
    """Calls of curl to the API in the text."""
    found, lines = [], text.splitlines()
    for number, line in enumerate(lines):
        match = CURL.match(line)
        if not match:
            continue
        command, after = match[1], number + 1
        # The shell continues after a backslash and in an open quotation.
        while command.endswith("\\") or command.count("'") % 2:
            command = command.removesuffix("\\") + ("\n" if command.count("'") % 2 else " ") + lines[after].strip()
            after += 1
        if API.search(command):
            found.append(Example(number + 1, API.sub("$API", command), answer_below(lines[after:])))
    return found


def answer_below(lines: list[str]) -> Any:
    """JSON document at the start of the lines, whose arrays may leave out items by `...`; None if there is none.

    A document that is no JSON is an error: otherwise nobody would notice that its shape is no longer tested.
    """
    text = "\n".join(lines).lstrip()
    if not text.startswith(("{", "[")):
        return None
    return json.JSONDecoder().raw_decode(LEFT_OUT.sub("", text))[0]
