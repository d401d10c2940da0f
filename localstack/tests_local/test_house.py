"""The rules of the house find what breaks them, and nothing else."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from localstack.service import ROOT

RETIRED = """[directories]
market-data = ["shared/market-data"]

[retired.everywhere]
as_float = "as_f64"

[retired.market-data]
Ledger = "QualityReport"
"""


@pytest.fixture
def house() -> ModuleType:
    found = importlib.util.spec_from_file_location("house", ROOT / ".ci" / "house.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def written(house: ModuleType, root: Path, **files: str) -> Any:
    """Sources of `shared/market-data/src`; `a__b` is the file `a/b.rs`."""
    for name, text in files.items():
        path = root / "shared" / "market-data" / "src" / f"{name.replace('__', '/')}.rs"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return house.sources(root)


@pytest.mark.parametrize(
    "text",
    [
        "/// What it is.\nstruct A;",
        "//! How it works.",
        "/// of what it is.",
        "struct A {\n    /// **Whether** it is.\n    a: bool,\n}",
        '#[doc = "Which it is."]\nstruct A;',
        "/** Why it is. */\nstruct A;",
    ],
)
def test_a_doc_comment_that_begins_with_a_question_word_is_found(house: ModuleType, tmp_path: Path, text: str) -> None:
    assert len(house.bad_doc_comments(written(house, tmp_path, lib=text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "/// The bar,\n/// of which there are many.\nstruct A;",
        "/// Whatever follows `Of`.\nstruct A;",
        "// What a plain comment says is free.",
        "//// What is no doc comment.",
        'const A: &str = "\n/// What a string says\n";',
        'const A: char = \'"\'; // a quote\nconst B: &str = r#"\n/// How "quoted"\n"#;',
    ],
)
def test_other_comments_and_later_lines_are_free(house: ModuleType, tmp_path: Path, text: str) -> None:
    assert house.bad_doc_comments(written(house, tmp_path, lib=text)) == []


def test_a_retired_identifier_is_found_in_code_of_its_crate_only(house: ModuleType, tmp_path: Path) -> None:
    data = tmp_path / "retired.toml"
    data.write_text(RETIRED)
    free = "struct LedgerRow; // Ledger\nconst A: &str = \"Ledger\"; /* Ledger /* Ledger */ Ledger */ fn a<'a>(b: &'a str) {}"
    written(house, tmp_path, lib=f"{free}\nstruct Ledger;")
    other = tmp_path / "shared" / "market-data-extra" / "src" / "lib.rs"
    other.parent.mkdir(parents=True)
    other.write_text("struct Ledger; fn as_float() {}")
    found = house.retired_identifiers(house.sources(tmp_path), data)
    assert found == [
        "shared/market-data/src/lib.rs:3: `Ledger` is retired, its name is `QualityReport`",
        "shared/market-data-extra/src/lib.rs:1: `as_float` is retired, its name is `as_f64`",
    ]


def test_a_crate_that_has_moved_away_is_found(house: ModuleType, tmp_path: Path) -> None:
    data = tmp_path / "retired.toml"
    data.write_text(RETIRED)
    assert house.retired_identifiers([], data) == [
        "retired.toml: shared/market-data has no Rust file: say where its crate is now"
    ]


def test_a_file_of_more_than_400_lines_is_found(house: ModuleType, tmp_path: Path) -> None:
    files = written(house, tmp_path, lib="//\n" * 400, long="//\n" * 401)
    assert house.long_files(files) == ["shared/market-data/src/long.rs: 401 lines, at most 400 are allowed"]


def test_files_that_use_each_other_are_found_through_names_passed_on_and_nested_imports(
    house: ModuleType, tmp_path: Path
) -> None:
    files = written(
        house,
        tmp_path,
        lib="mod bar; mod gaps; mod rules;\npub use rules::{Rule as Check, text::Text};",
        bar="use crate::{gaps::{self, Gap}, Text};",
        gaps="use super::Check;",
        rules="mod text;\nuse crate::bar::Bar;",
        rules__text="use super::*;",
    )
    found = sorted(line.partition("circle: ")[2] for line in house.file_cycles(files))
    assert found == ["bar.rs -> gaps.rs -> rules.rs -> bar.rs", "rules/text.rs -> rules.rs -> bar.rs -> rules/text.rs"]


def test_parts_of_a_module_and_tests_form_no_circle(house: ModuleType, tmp_path: Path) -> None:
    files = written(
        house,
        tmp_path,
        lib="mod bar; #[cfg(test)] mod testing;\nuse bar::Bar;\nstruct Error;",
        bar="use crate::Error;\n#[cfg(test)]\nuse crate::{testing::bars};\n#[cfg(test)]\n"
        "mod tests { use crate::gaps::Gap; fn a() {} }",
        gaps="use crate::bar::Bar;",
        testing="use crate::bar::Bar;",
        main="use market_data::Bar;",
    )
    assert house.file_cycles(files) == []


def test_the_list_names_crates_that_are_there(house: ModuleType) -> None:
    assert not [
        line
        for line in house.retired_identifiers(house.sources(ROOT), house.RETIRED)
        if line.startswith(house.RETIRED.name)
    ]
