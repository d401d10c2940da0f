"""Check of the first word of docstrings: each begins with a noun phrase or a verb, never with a question word.

CONTRIBUTING.md has the rule. Docstrings of modules, classes, functions and of assigned names count.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("localstack", "bench", "research", "infra", ".ci")
FORBIDDEN = re.compile(r"(What|Whether|How|Which|Who|Whose|Why|When|Where|Of|That)\b")


def docstrings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is a statement of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def findings(path: Path) -> Iterator[str]:
    for line, text in docstrings(ast.parse(path.read_text(), str(path))):
        if FORBIDDEN.match(text.lstrip()):
            yield f"{path.relative_to(ROOT)}:{line}: docstring begins with {text.split()[0]}"


def main() -> int:
    found = [
        finding for source in SOURCES for path in sorted((ROOT / source).rglob("*.py")) for finding in findings(path)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
