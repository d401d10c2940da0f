"""Tests of the check for known vulnerabilities without access to RustSec's database."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from localstack.service import ROOT

ADVISORY = """```toml
[advisory]
id = "RUSTSEC-2026-9999"
package = "serde"
date = "2026-01-01"

[versions]
patched = []
```

# Made up for this test
"""


@pytest.fixture
def advisories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Module `.ci/advisories.py` without a network, with a copy and a working directory of its own."""
    found = importlib.util.spec_from_file_location("advisories", ROOT / ".ci" / "advisories.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    shutil.copytree(module.COPY, tmp_path / "copy")
    monkeypatch.setattr(module, "COPY", tmp_path / "copy")
    monkeypatch.setattr(module, "WORK", tmp_path / "work")
    monkeypatch.setattr(module, "DATABASE", tmp_path / "work" / "database" / module.DATABASE.name)
    reached = module.deny
    monkeypatch.setattr(
        module, "deny", lambda *words, quiet=False: 1 if words == ("fetch", "db") else reached(*words, quiet=quiet)
    )
    return module


def test_the_copy_has_no_advisory_of_a_linked_crate(advisories: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    assert advisories.main() == 0
    assert "cannot be fetched" in capfd.readouterr().out


def test_an_advisory_in_the_copy_stops_the_build(advisories: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    place = advisories.COPY / "crates" / "serde"
    place.mkdir(exist_ok=True)
    (place / "RUSTSEC-2026-9999.md").write_text(ADVISORY)
    assert advisories.main() != 0
    assert "RUSTSEC-2026-9999" in capfd.readouterr().err
