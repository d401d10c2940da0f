"""Rules of the house that no linter knows: `house.py [--count]`.

1. A doc comment begins with a noun phrase or a verb, not with What, Whether, How and the like (CONTRIBUTING.md).
2. An identifier that was renamed does not come back; `retired-identifiers.toml` beside this file lists them.
3. A Rust file has at most 400 lines.
4. The files of a crate do not use each other in a circle.

Prints each violation and ends with status 1, or prints the four numbers with `--count`. Needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RETIRED = Path(__file__).resolve().parent / "retired-identifiers.toml"
# Directories with Rust of ours, and those whose files may not form circles.
RUST = ("functions", "shared", "localstack", "research", "fuzz")
WITHOUT_CYCLES = ("functions", "shared")
MAX_LINES = 400
EVERYWHERE = "everywhere"

FIRST_WORD = re.compile(r"[\s*_(\[\"]*(What|Whether|How|Which|Who|Whose|Why|When|Where|Of|That)\b", re.IGNORECASE)
DOC_ATTRIBUTE = re.compile(r"#!?\[doc\s*=\s*(?:r#*)?\"")
TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)
      | (?P<block>/\*)
      | (?P<raw>\b(?:[bc]?r)(?P<hashes>\#*)".*?"(?P=hashes))
      | (?P<string>"(?:\\.|[^"\\])*")
      | (?P<char>'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\\n])')""",
    re.DOTALL | re.VERBOSE,
)
IDENTIFIER = re.compile(r"(?:\br#)?\b[A-Za-z_]\w*")
TEST_MODULE_FILE = re.compile(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;")
TEST_ITEM = re.compile(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*[^;{]*[;{]")
USE = re.compile(r"\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);")


class Source:
    """A Rust file: its text, its code without comments and strings, and its comments."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self.comments: list[tuple[int, str]] = []
        self.code = self.without_comments_and_strings()

    def without_comments_and_strings(self) -> str:
        """The text with each comment, string and character blanked out; every other character keeps its place."""
        parts, done = [], 0
        while found := TOKEN.search(self.text, done):
            end = block_end(self.text, found.start()) if found["block"] else found.end()
            if found["block"] or found["comment"]:
                self.comments.append((found.start(), self.text[found.start() : end]))
            parts += [self.text[done : found.start()], re.sub(r"[^\n]", " ", self.text[found.start() : end])]
            done = end
        return "".join([*parts, self.text[done:]])

    def line(self, position: int) -> int:
        return self.text.count("\n", 0, position) + 1


def block_end(text: str, start: int) -> int:
    """The end of a block comment, which may hold others."""
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return start + mark.end()
    return len(text)


def sources(root: Path) -> list[Source]:
    paths = [path for directory in RUST for path in sorted((root / directory).rglob("*.rs"))]
    return [
        Source(path.relative_to(root), path.read_text())
        for path in paths
        if "target" not in path.relative_to(root).parts
    ]


def doc_comments(source: Source) -> Iterator[tuple[int, str]]:
    """Line and beginning of each doc comment."""
    last: tuple[str, int] = ("", 0)
    for position, comment in source.comments:
        kind = next((kind for kind in ("///", "//!", "/**", "/*!") if comment.startswith(kind)), "")
        if not kind or comment.startswith(("////", "/***", "/**/")):
            continue
        line = source.line(position)
        if last != (kind, line - 1):
            yield line, comment[3:]
        last = (kind, line)
    for found in DOC_ATTRIBUTE.finditer(source.text):
        if source.code.startswith("#", found.start()):
            yield source.line(found.start()), source.text[found.end() : found.end() + 80]


def bad_doc_comments(files: list[Source]) -> list[str]:
    return [
        f"{file.path}:{line}: a doc comment begins with {found[1]}: begin with a noun phrase or a third-person verb"
        for file in files
        for line, text in doc_comments(file)
        if (found := FIRST_WORD.match(text))
    ]


def retired_identifiers(files: list[Source], data: Path) -> list[str]:
    """One line for each use of a retired identifier, which is looked for in the directory of its crate only."""
    entries = tomllib.loads(data.read_text())
    by_directory: dict[str, dict[str, str]] = {}
    for crate, names in entries["retired"].items():
        directories = [""] if crate == EVERYWHERE else entries["directories"][crate]
        for directory in directories:
            by_directory.setdefault(directory, {}).update(names)
    there = {parent.as_posix() for file in files for parent in file.path.parents}
    gone = sorted(directory for directory in by_directory if directory and directory not in there)
    found = [f"{data.name}: {directory} has no Rust file: say where its crate is now" for directory in gone]
    for file in files:
        retired: dict[str, str] = {}
        for directory, names in by_directory.items():
            if f"{file.path.as_posix()}/".startswith(f"{directory}/") or not directory:
                retired |= names
        for word in IDENTIFIER.finditer(file.code):
            if word[0] in retired:
                found.append(
                    f"{file.path}:{file.line(word.start())}: `{word[0]}` is retired, its name is `{retired[word[0]]}`"
                )
    return found


def long_files(files: list[Source]) -> list[str]:
    counted = [(file.path, len(file.text.splitlines())) for file in files]
    return [f"{path}: {lines} lines, at most {MAX_LINES} are allowed" for path, lines in counted if lines > MAX_LINES]


Module = tuple[str, ...]


class Crate:
    """The modules of a crate's `src`, without tests, and which of them use which."""

    def __init__(self, root: Path, files: list[Source]) -> None:
        self.modules = {module_of(file.path.relative_to(root)): file for file in files}
        for module in self.test_modules():
            self.modules = {name: file for name, file in self.modules.items() if name[: len(module)] != module}
        code = {module: without_tests(file.code) for module, file in self.modules.items()}
        self.uses = {module: list(uses(text)) for module, text in code.items()}
        # What others find in a module that it only imports: `use bar::Bar` in `lib.rs` makes `crate::Bar` a thing of `bar`.
        self.imported = {
            (module, alias or path[-1]): absolute
            for module, found in self.uses.items()
            for _, path, alias in found
            if path[-1] != "*" and (absolute := self.absolute(module, path))
        }

    def test_modules(self) -> list[Module]:
        return [
            (*module, name) for module, file in self.modules.items() for name in TEST_MODULE_FILE.findall(file.code)
        ]

    def absolute(self, module: Module, path: Module) -> Module | None:
        """A path from the root of the crate; None for one of another crate."""
        match path:
            case ("crate", *rest):
                return tuple(rest)
            case ("self", *rest):
                return (*module, *rest)
            case ("super", *_):
                ups = next((number for number, part in enumerate(path) if part != "super"), len(path))
                return (*module[: len(module) - ups], *path[ups:])
            case (first, *_) if (*module, first) in self.modules:
                return (*module, *path)
        return None

    def defined_in(self, path: Module, depth: int = 0) -> Module:
        """The module that defines what an absolute path names."""
        size = next(size for size in range(len(path), -1, -1) if path[:size] in self.modules)
        module = path[:size]
        if size < len(path) and depth < 8 and (target := self.imported.get((module, path[size]))):
            return self.defined_in((*target, *path[size + 1 :]), depth + 1)
        return module

    def edges(self) -> dict[Module, set[Module]]:
        """Modules that each module names by `crate::` or `super::`. A module and its own parts count as one."""
        edges: dict[Module, set[Module]] = {module: set() for module in self.modules}
        if () not in self.modules:
            return edges
        for module, found in self.uses.items():
            for public, path, _ in found:
                if (
                    path[0] in ("crate", "super")
                    and (absolute := self.absolute(module, path)) is not None
                    and not public
                ):
                    edges[module].add(self.defined_in(absolute))
            edges[module].discard(module)
        return edges


def module_of(path: Path) -> Module:
    """`features/rows.rs` is `features::rows`; `lib.rs`, `main.rs` and `mod.rs` are their directory."""
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] in ("lib", "main", "mod") else parts


def without_tests(code: str) -> str:
    """Code without what is compiled for tests only."""
    while found := TEST_ITEM.search(code):
        end = found.end()
        if found[0].endswith("{"):
            depth = 1
            while depth and end < len(code):
                depth += {"{": 1, "}": -1}.get(code[end], 0)
                end += 1
            if code[end : end + 1] == ";":
                end += 1
        code = code[: found.start()] + code[end:]
    return code


def uses(code: str) -> Iterator[tuple[bool, Module, str]]:
    """Every path that a `use` names, whether it is passed on, and its other name."""
    for public, tree in USE.findall(code):
        for path, alias in leaves(re.sub(r"\s+", " ", tree).strip()):
            yield bool(public), path, alias


def leaves(tree: str, before: Module = ()) -> Iterator[tuple[Module, str]]:
    """`a::{b, c::d as e}` is `a::b` and `a::c::d`."""
    head, brace, rest = tree.partition("{")
    path = (*before, *(part.strip() for part in head.split("::") if part.strip()))
    if not brace:
        last, _, alias = path[-1].partition(" as ")
        path = (*path[:-1], last)
        yield (path[:-1] if last == "self" and len(path) > 1 else path), alias
        return
    depth, start, inner = 0, 0, rest.rpartition("}")[0]
    for place, character in enumerate([*inner, ","]):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            if part := inner[start:place].strip():
                yield from leaves(part, path)
            start = place + 1


def cycles(edges: dict[Module, set[Module]]) -> list[list[Module]]:
    """The shortest circle through each module that is in one; each circle once."""
    found: dict[frozenset[Module], list[Module]] = {}
    for start in sorted(edges):
        way = circle(start, edges)
        if way:
            found.setdefault(frozenset(way), way)
    return list(found.values())


def circle(start: Module, edges: dict[Module, set[Module]]) -> list[Module]:
    """The shortest way from a module back to itself."""
    ways, seen = [[start]], {start}
    while ways:
        longer = []
        for way in ways:
            for module in sorted(edges[way[-1]]):
                if module == start:
                    return way
                if module not in seen:
                    seen.add(module)
                    longer.append([*way, module])
        ways = longer
    return []


def file_cycles(files: list[Source]) -> list[str]:
    by_crate: dict[Path, list[Source]] = {}
    paths = {file.path for file in files}
    for file in files:
        directory, *rest = file.path.parts
        root = Path(directory, *rest[:2])
        # A thin `main.rs` uses the library as any other crate does.
        program = rest[2:3] == ["bin"] or (rest[2:] == ["main.rs"] and root / "lib.rs" in paths)
        if directory in WITHOUT_CYCLES and rest[1:2] == ["src"] and not program:
            by_crate.setdefault(root, []).append(file)
    found = []
    for root, members in by_crate.items():
        crate = Crate(root, members)
        for way in cycles(crate.edges()):
            names = " -> ".join(crate.modules[module].path.relative_to(root).as_posix() for module in [*way, way[0]])
            found.append(f"{root}: files use each other in a circle: {names}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--count", action="store_true", help="print the number of violations of each rule, and end with status 0"
    )
    arguments = parser.parse_args()
    files = sources(ROOT)
    violations = {
        "doc comments that begin with a question word, Of or That": bad_doc_comments(files),
        "uses of retired identifiers": retired_identifiers(files, RETIRED),
        f"Rust files over {MAX_LINES} lines": long_files(files),
        "circles of files": file_cycles(files),
    }
    if arguments.count:
        for rule, found in violations.items():
            print(f"{len(found):5} {rule}")
        return 0
    lines = [line for found in violations.values() for line in found]
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
