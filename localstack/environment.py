"""Environment of whatever talks to the system on this machine, closed against the caller's.

    environment.py run COMMAND...    runs a command in it
    environment.py only COMMAND...   runs a command without the caller's settings of AWS and Terraform, and without ours
    environment.py show              prints it as shell commands: eval "$(make env)"

A setting of AWS, Terraform or Python that the caller has is not handed on: a profile, an endpoint of one service or a
variable of Terraform would turn a command to another account. Proxies stay, as registries may be behind one; the loopback
addresses never go through it.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping

import emulator
import market
import tools
from service import ROOT, RUN

LOOPBACK = ("localhost", "127.0.0.1", "::1")
FOREIGN_PREFIXES = ("AWS_", "BOTO", "TF_", "PYTEST_")
# Settings of Terraform that say where a provider comes from and how much is logged, not what is deployed where.
KEPT = ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "TF_LOG", "TF_LOG_PATH")
KEPT_PREFIXES = ("TF_TOKEN_",)


def is_foreign(name: str) -> bool:
    """True if a variable of the caller decides about AWS, Terraform or the tests, and so must not be handed on."""
    return name.startswith(FOREIGN_PREFIXES) and name not in KEPT and not name.startswith(KEPT_PREFIXES)


def without_proxy(caller: Mapping[str, str]) -> dict[str, str]:
    """`no_proxy` and `NO_PROXY` with the caller's hosts and the loopback ones; `*`, which means all, stays alone."""
    hosts = [host.strip() for name in ("no_proxy", "NO_PROXY") for host in caller.get(name, "").split(",") if host.strip()]
    value = "*" if "*" in hosts else ",".join(dict.fromkeys([*hosts, *LOOPBACK]))
    return {"no_proxy": value, "NO_PROXY": value}


def settings() -> dict[str, str]:
    """Settings that point AWS's and Terraform's programs to the emulator, as its root user, with Terraform's state and
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
        "WEATHERVANE_MARKET_URL": f"http://127.0.0.1:{market.PORT}",
        "TF_DATA_DIR": str(ROOT / "build" / "terraform"),
        "TF_CLI_ARGS_output": f"-state={RUN / 'emulator' / 'terraform.tfstate'}",
        **tools.terraform_settings(),
    }


def stripped(caller: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without its settings of AWS and Terraform."""
    return {name: value for name, value in caller.items() if not is_foreign(name)} | without_proxy(caller)


def closed(caller: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, pointed to the emulator."""
    return stripped(caller) | settings()


def commands(caller: Mapping[str, str]) -> list[str]:
    """Shell commands that turn the caller's environment into the closed one."""
    gone = sorted(name for name in caller if is_foreign(name) and name not in settings())
    unset = [f"unset {' '.join(gone)}"] if gone else []
    return unset + [f"export {name}={shlex.quote(value)}" for name, value in (without_proxy(caller) | settings()).items()]


def main(arguments: list[str]) -> int:
    match arguments:
        case ["run", program, *rest]:
            os.execvpe(program, [program, *rest], closed(os.environ))
        case ["only", program, *rest]:
            os.execvpe(program, [program, *rest], stripped(os.environ))
        case ["show"]:
            print("\n".join(commands(os.environ)))
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FileNotFoundError as error:
        print(f"environment: {error.filename} is not there", file=sys.stderr)
        sys.exit(127)
