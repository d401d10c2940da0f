"""Tests that the caller's environment does not reach the system on this machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from localstack import crates
from localstack.environment import without_proxy
from localstack.service import ROOT
from localstack.tests_local.conftest import HOSTILE, Run

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
GUARDED = ("AWS_", "TF_", "PYTEST_", "BOTO")


def guarded(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(GUARDED)}


def test_hostile_settings_leave_emulated_commands_unchanged(run: Run) -> None:
    command = ("make", "--eval", f"show: ; @$(TOOLS) env emulated -- {sys.executable} -c '{SHOW}'", "show")
    undisturbed, hostile = (json.loads(run(*command, more=more).stdout) for more in ({}, HOSTILE))
    assert guarded(hostile) == guarded(undisturbed)
    assert hostile["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_make_env_closes_a_hostile_shell(run: Run) -> None:
    words = f"eval \"$(make env)\" && exec {sys.executable} -E -c '{SHOW}'"
    undisturbed, hostile = (json.loads(run("bash", "-c", words, more=more).stdout) for more in ({}, HOSTILE))
    assert guarded(hostile) == guarded(undisturbed)
    assert {"localhost", "127.0.0.1"} <= set(hostile["no_proxy"].split(","))


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith(("RUST", "CARGO", "PYTHON"))])
def test_hostile_settings_do_not_reach_what_make_builds(run: Run, name: str) -> None:
    shown = run("make", "--eval", "show: ; @env", "show", more={name: HOSTILE[name]})
    assert shown.returncode == 0, shown.stderr
    assert f"\n{name}=" not in shown.stdout


def test_the_callers_target_directory_is_used(run: Run) -> None:
    shown = run(
        "make", "--eval", "show: ; @env; echo; echo $(CARGO_TARGET_DIR)", "show", more={"CARGO_TARGET_DIR": "elsewhere"}
    )
    assert f"CARGO_TARGET_DIR={ROOT / 'elsewhere'}\n" in shown.stdout
    assert shown.stdout.splitlines()[-1] == str(ROOT / "elsewhere")
    binary = run(
        sys.executable,
        "-c",
        "from localstack.exchange import BINARY; print(BINARY)",
        more={"CARGO_TARGET_DIR": "elsewhere"},
    )
    assert binary.stdout.strip() == str(ROOT / "elsewhere" / "debug" / crates.EXCHANGE_SIMULATOR)


def test_a_call_under_hostile_settings_reaches_the_emulator(run: Run, emulator: Path) -> None:
    asked = run(
        "make", "--eval", f'who: ; @$(TOOLS) env emulated -- {sys.executable} -E -c "{WHO}"', "who", more=HOSTILE
    )
    assert asked.stdout.strip() == "000000000000", asked.stderr


def test_no_proxy_keeps_the_callers_hosts() -> None:
    assert without_proxy({"no_proxy": "*"})["NO_PROXY"] == "*"
    assert without_proxy({"NO_PROXY": "example.com, 127.0.0.1"})["no_proxy"] == "example.com,127.0.0.1,localhost,::1"
