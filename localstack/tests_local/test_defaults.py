"""Tests of the documents against Terraform, which alone decides the default series."""

from __future__ import annotations

import re

import pytest

from localstack.service import ROOT
from localstack.system import DAILY, NEXT_HOUR, WEEKLY

VARIABLES = ROOT / "infra" / "terraform" / "variables.tf"


def default_series() -> list[tuple[str, str, str]]:
    """Symbol, interval and horizon of each default series."""
    block = re.search(r'variable "series" \{.*?\n  default = \[(.*?)\n  \]', VARIABLES.read_text(), re.DOTALL)
    assert block, "variables.tf has no default series"
    return re.findall(r'symbol = "([^"]+)", interval = "([^"]+)", horizon = (\d+)', block[1])


@pytest.mark.parametrize("document", ["README.md", "infra/terraform/README.md"])
def test_documents_list_the_default_series(document: str) -> None:
    text = (ROOT / document).read_text()
    names = [f"`{symbol} {interval} h{horizon}`" for symbol, interval, horizon in default_series()]
    assert [name for name in names if name not in text] == []


def test_the_system_tests_use_default_series() -> None:
    slugs = [f"{symbol}-{interval}-h{horizon}".lower() for symbol, interval, horizon in default_series()]
    assert slugs[0] == DAILY and {WEEKLY, NEXT_HOUR} <= set(slugs)
