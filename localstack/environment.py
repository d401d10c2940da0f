"""Environment of everything that talks to the system on this machine, closed against the caller's.

A caller's setting of AWS, Terraform or Python is not passed on: a profile, an endpoint of one service or a variable of
Terraform would point a command at another account. Proxies stay, because registries may be behind one; the loopback
addresses never go through them.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from localstack import emulator, exchange, tools
from localstack.service import ROOT, RUN

LOOPBACK = ("localhost", "127.0.0.1", "::1")
FOREIGN_PREFIXES = ("AWS_", "BOTO", "TF_", "PYTEST_")
# Settings of Terraform that say where a provider comes from and how much is logged, not what is deployed where.
ALLOWED = ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "TF_LOG", "TF_LOG_PATH")
ALLOWED_PREFIXES = ("TF_TOKEN_",)


def is_foreign(name: str) -> bool:
    """True if a variable of the caller decides about AWS, Terraform or the tests, and so must not be passed on."""
    return name.startswith(FOREIGN_PREFIXES) and name not in ALLOWED and not name.startswith(ALLOWED_PREFIXES)


def without_proxy(caller: Mapping[str, str]) -> dict[str, str]:
    """`no_proxy` and `NO_PROXY` with the caller's hosts and the loopback ones; `*`, which means all, stays alone."""
    values = (caller.get(name, "") for name in ("no_proxy", "NO_PROXY"))
    hosts = [host.strip() for value in values for host in value.split(",") if host.strip()]
    value = "*" if "*" in hosts else ",".join(dict.fromkeys([*hosts, *LOOPBACK]))
    return {"no_proxy": value, "NO_PROXY": value}


def settings() -> dict[str, str]:
    """Settings that point AWS's and Terraform's programs at the emulator, as its root user, with Terraform's state and
    plug-in directory apart from those of a real deployment."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{emulator.PORT}",
        "AWS_ACCESS_KEY_ID": emulator.ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": emulator.ROOT_SECRET,
        "AWS_REGION": emulator.REGION,
        "AWS_DEFAULT_REGION": emulator.REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # awscli shows long answers in a pager, which would wait for a key.
        "AWS_PAGER": "",
        "WEATHERVANE_MARKET_URL": f"http://127.0.0.1:{exchange.PORT}",
        "TF_DATA_DIR": str(ROOT / "build" / "terraform"),
        "TF_CLI_ARGS_output": f"-state={RUN / 'emulator' / 'terraform.tfstate'}",
        **tools.terraform_settings(),
    }


def offline(caller: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without its settings of AWS and Terraform."""
    return {name: value for name, value in caller.items() if not is_foreign(name)} | without_proxy(caller)


def emulated(caller: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, pointed at the emulator."""
    return offline(caller) | settings()


def enter() -> None:
    """Points this process at the emulator."""
    environment = emulated(os.environ)
    os.environ.clear()
    os.environ.update(environment)


def shell_commands(caller: Mapping[str, str]) -> list[str]:
    """Shell commands that point the caller's shell at the emulator."""
    gone = sorted(name for name in caller if is_foreign(name) and name not in settings())
    unset = [f"unset {' '.join(gone)}"] if gone else []
    return unset + [
        f"export {name}={shlex.quote(value)}" for name, value in (without_proxy(caller) | settings()).items()
    ]
