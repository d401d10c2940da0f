"""Deployment of what is built to the emulator, by Terraform."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from pathlib import Path

from localstack import emulator, environment, exchange, tools
from localstack.service import ROOT, RUN

TERRAFORM_DIR = ROOT / "infra" / "terraform"
SOURCES = ("coinbase", "bitstamp", "kraken", "binance", "yahoo")
LOG_TAIL_LINES = 60


class DeploymentError(RuntimeError):
    """Terraform failed, or cannot be run here; the message says why."""


def host_architecture() -> str:
    """Name that Lambda has for the processor of this machine."""
    return platform.machine().replace("aarch64", "arm64")


def variables() -> list[str]:
    urls = ",".join(f'{source}="http://127.0.0.1:{exchange.PORT}"' for source in SOURCES)
    return [
        "-var-file=envs/emulator.tfvars",
        f"-var=architecture={host_architecture()}",
        f"-var=aws_endpoint_url=http://127.0.0.1:{emulator.PORT}",
        f"-var=market_base_urls={{{urls}}}",
    ]


def apply(*flags: str) -> str:
    """Applies the configuration with additional flags of `terraform apply`. Returns Terraform's summary line."""
    if (TERRAFORM_DIR / "backend.tf").exists():
        raise DeploymentError(
            f"{TERRAFORM_DIR / 'backend.tf'} puts Terraform's state on AWS: move it away to deploy to the emulator"
        )
    state = RUN / "emulator" / "terraform.tfstate"
    state.parent.mkdir(parents=True, exist_ok=True)
    run_terraform("init", [*shlex.split(tools.terraform_preparation()), "-no-color"])
    command = ["apply", "-input=false", "-auto-approve", "-no-color", "-compact-warnings", f"-state={state}"]
    output = run_terraform("apply", [*command, *variables(), *flags])
    return next((line for line in output.splitlines() if line.startswith("Apply complete")), "Apply complete")


def run_terraform(name: str, arguments: list[str]) -> str:
    """Output of a command of Terraform, which is also the content of `terraform-NAME.log` in the run's directory."""
    log = RUN / f"terraform-{name}.log"
    command = [tools.terraform(), f"-chdir={TERRAFORM_DIR}", *arguments]
    with open(log, "w") as file:
        done = subprocess.run(
            command, cwd=ROOT, env=environment.emulated(os.environ), stdout=file, stderr=subprocess.STDOUT, check=False
        )
    output = log.read_text(errors="replace")
    if done.returncode != 0:
        raise DeploymentError(f"terraform {name} failed, see {shown(log)}:\n{tail(output)}")
    return output


def tail(output: str) -> str:
    return "\n".join(output.splitlines()[-LOG_TAIL_LINES:])


def shown(path: Path) -> str:
    return os.path.relpath(path, ROOT)
