"""The caller's environment does not reach the system on this machine."""

from __future__ import annotations

import json
import sys

import pytest
from localstack.tests_local.conftest import HOSTILE, ROOT, Run

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
GUARDED = ("AWS_", "TF_", "PYTEST_", "BOTO")


def guarded(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(GUARDED)}


def test_hostile_settings_leave_emulated_commands_unchanged(run: Run):
    command = ("make", "--eval", f"show: ; @$(EMULATED) {sys.executable} -c '{SHOW}'", "show")
    undisturbed, hostile = (json.loads(run(*command, more=more).stdout) for more in ({}, HOSTILE))
    assert guarded(hostile) == guarded(undisturbed)
    assert hostile["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_make_env_turns_a_hostile_shell_into_ours(run: Run):
    words = f'eval "$(make env)" && exec {sys.executable} -E -c \'{SHOW}\''
    undisturbed, hostile = (json.loads(run("bash", "-c", words, more=more).stdout) for more in ({}, HOSTILE))
    assert guarded(hostile) == guarded(undisturbed)
    assert {"localhost", "127.0.0.1"} <= set(hostile["no_proxy"].split(","))


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith(("RUST", "CARGO", "PYTHON"))])
def test_hostile_settings_do_not_reach_what_make_builds(run: Run, name: str):
    shown = run("make", "--eval", "show: ; @env", "show", more={name: HOSTILE[name]})
    assert shown.returncode == 0, shown.stderr
    assert f"\n{name}=" not in shown.stdout


def test_a_target_directory_of_the_callers_is_the_one_read(run: Run):
    shown = run("make", "--eval", "show: ; @env; echo; echo $(CARGO_TARGET_DIR)", "show", more={"CARGO_TARGET_DIR": "elsewhere"})
    assert f"CARGO_TARGET_DIR={ROOT / 'elsewhere'}\n" in shown.stdout
    assert shown.stdout.splitlines()[-1] == str(ROOT / "elsewhere")
    binary = run(sys.executable, "-c", "import sys; sys.path.insert(0, 'localstack'); import market; print(market.BINARY)",
                 more={"CARGO_TARGET_DIR": "elsewhere"})  # fmt: skip
    assert binary.stdout.strip() == str(ROOT / "elsewhere" / "debug" / "replay")


def test_a_call_under_hostile_settings_reaches_the_emulator(run: Run, emulator):
    asked = run("make", "--eval", f'who: ; @$(EMULATED) {sys.executable} -E -c "{WHO}"', "who", more=HOSTILE)
    assert asked.stdout.strip() == "000000000000", asked.stderr


def test_a_proxy_of_all_hosts_stays_bypassed():
    from localstack.environment import without_proxy

    assert without_proxy({"no_proxy": "*"})["NO_PROXY"] == "*"
    assert without_proxy({"NO_PROXY": "example.com, 127.0.0.1"})["no_proxy"] == "example.com,127.0.0.1,localhost,::1"
