"""Preparation of the pinned tools: `python -m localstack tools NAME`.

    check       say what is missing and how to get it
    python      install the pinned requirements into the virtual environment that .venv points to
    provider    get the AWS provider from its registry, or build it from source, once per machine
    mlflow      install MLflow's client into an environment of its own, once per machine; build/mlflow-client points to it
    linters     install the linters of Terraform and the workflows, once per machine; .linters points to them
    rust        print the version of Rust that CI builds with
    terraform   print the command line that runs Terraform here
    prepare     print the command of Terraform that comes before all others here

Everything is kept in a cache directory outside the tree, so that a second clone or a clean tree reuses it. Concurrent runs
wait for each other, and an unfinished result is never used. Needs Python 3.11 only.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "weathervane"
REQUIREMENTS = HERE / "requirements.txt"
VENV = ROOT / ".venv"
# Its requirements.txt, go.mod and go.sum pin every download by hash.
LINTERS = HERE / "linters"
# In an environment of its own: its dependencies and those of the other tools exclude each other sooner or later.
MLFLOW_REQUIREMENTS = HERE / "mlflow_client" / "requirements.txt"
MLFLOW_CLIENT = ROOT / "build" / "mlflow-client"

PROVIDER_VERSION = "6.13.0"
PROVIDER_MODULE = "github.com/hashicorp/terraform-provider-aws"
MIRROR = CACHE / "providers"
CLI_CONFIG = CACHE / "terraform.rc"
# Terraform and OpenTofu ask for the same provider under different host names.
HOSTS = {"terraform": "registry.terraform.io", "tofu": "registry.opentofu.org"}
REGISTRY_TIMEOUT_SECONDS = 5
# The first version that can fetch the newer one that a go.mod names.
MIN_GO = (1, 24)


class Missing(Exception):
    """A prerequisite is missing; the message says which one, and how to get it."""


def say(text: str) -> None:
    print(f"tools: {text}", flush=True)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Serialises preparations of one kind. The lock is released with the process, however it ends."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that prepares {name}; beside `make test` its log is build/{name}.log")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# Prerequisites


def version_of(command: list[str]) -> tuple[int, ...] | None:
    """First version number that the command prints; None if it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return None
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", done.stdout + done.stderr)
    return tuple(int(part) for part in found.groups(default="0")) if found and done.returncode == 0 else None


def version_text(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def rust_floor() -> tuple[int, ...]:
    """Oldest version of Rust that Cargo.toml allows."""
    found = re.search(r'^rust-version = "([\d.]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    if not found:
        raise Missing("Cargo.toml names no rust-version")
    return tuple(int(part) for part in found.group(1).split("."))


def terraform() -> str:
    """Name of the program: Terraform, or else OpenTofu."""
    wanted = os.environ.get("TERRAFORM")
    for name in [wanted] if wanted else HOSTS:
        if shutil.which(name):
            return name
    raise Missing(
        "Terraform 1.9 or OpenTofu 1.9, or newer: https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install"
    )


def check() -> None:
    """Missing, with the complete list, if prerequisites are absent or too old."""
    problems = []

    def need(what: str, command: list[str], floor: tuple[int, ...], how: str) -> None:
        version = version_of(command)
        if version is None:
            problems.append(f"{what} is missing: {how}")
        elif version < floor:
            problems.append(f"{what} is {version_text(version)}, needed is {version_text(floor)} or newer: {how}")

    if sys.version_info < (3, 11):  # noqa: UP036 # this code says so to who has an older one
        problems.append(
            f"Python is {version_text(sys.version_info[:3])}, needed is 3.11 or newer: set PYTHON=python3.11 for make"
        )
    rustup = "https://rustup.rs, then `rustup update stable`"
    need("Rust's cargo", ["cargo", "--version"], rust_floor(), rustup)
    need("rustfmt", ["cargo", "fmt", "--version"], (1,), "`rustup component add rustfmt`")
    need("clippy", ["cargo", "clippy", "--version"], (0,), "`rustup component add clippy`")
    for what, package in {"git": "git", "curl": "curl", "make": "make", "cc": "build-essential"}.items():
        need(what, [what, "--version"], (0,), f"`apt-get install {package}`, or your system's way")
    if not shutil.which("ps"):
        problems.append("ps is missing: `apt-get install procps`")
    try:
        need(terraform(), [terraform(), "version"], (1, 9), "https://developer.hashicorp.com/terraform/install")
    except Missing as error:
        problems.append(str(error))
    if problems:
        raise Missing("before this can start:\n" + "\n".join(f"  - {problem}" for problem in problems))


# Python's packages


def environment(name: str, pins: list[Path], link: Path, install: Callable[[Path], None]) -> None:
    """Installs into a directory that is named by the hash of the pins, and makes `link` point to it."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in pins) + sys.version.encode()).hexdigest()[:12]
    home = CACHE / f"{name}-{digest}"
    stamp = home / "complete"
    with locked(name):
        if not stamp.exists():
            say(f"installing into {home}")
            shutil.rmtree(home, ignore_errors=True)
            install(home)
            stamp.touch()
        if link.is_symlink() or link.is_file():
            link.unlink()
        elif link.is_dir():
            shutil.rmtree(link)
        link.symlink_to(home)
        # make compares the age of the environment with that of the pins.
        os.utime(home)


def packages(home: Path, requirements: Path) -> None:
    """Makes a virtual environment with the pinned packages, verified by their hashes."""
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)], check=True)


def python_environment() -> None:
    environment("python", [REQUIREMENTS], VENV, lambda home: packages(home, REQUIREMENTS))


def mlflow_client() -> None:
    MLFLOW_CLIENT.parent.mkdir(exist_ok=True)
    pins = [MLFLOW_REQUIREMENTS]
    environment("mlflow-client", pins, MLFLOW_CLIENT, lambda home: packages(home, MLFLOW_REQUIREMENTS))


# The linters


def linters() -> None:
    requirements, module = LINTERS / "requirements.txt", [LINTERS / "go.mod", LINTERS / "go.sum"]

    def install(home: Path) -> None:
        need_go("actionlint and tflint have to be built")
        packages(home, requirements)
        # go.mod lists the programs as tools, go.sum has the hashes of their modules.
        for file in module:
            shutil.copy(file, home)
        build = ["nice", "-n", "10", "go", "install", "-trimpath", "tool"]
        subprocess.run(
            build, cwd=home, env={**os.environ, "GOBIN": str(home / "bin"), "GOFLAGS": "-mod=readonly"}, check=True
        )

    environment("linters", [requirements, *module], ROOT / ".linters", install)


# The AWS provider


def built_provider() -> Path | None:
    """Provider that was built on this machine before."""
    return next(MIRROR.glob(f"*/hashicorp/aws/{PROVIDER_VERSION}/*/terraform-provider-aws_v{PROVIDER_VERSION}"), None)


def own_installation() -> bool:
    """True if the user's own CLI configuration says where providers come from."""
    config = Path(os.environ.get("TF_CLI_CONFIG_FILE", ""))
    return config.is_file() and config != CLI_CONFIG and "provider_installation" in config.read_text()


def registry_answers() -> bool:
    url = f"https://{HOSTS[Path(terraform()).name]}/.well-known/terraform.json"
    try:
        with urllib.request.urlopen(url, timeout=REGISTRY_TIMEOUT_SECONDS) as answer:
            return "providers.v1" in json.load(answer)
    except (OSError, ValueError):
        return False


def provider() -> None:
    """Builds the provider once, unless the user's configuration names a place or the registry answers: then Terraform
    fetches it by itself."""
    if own_installation():
        return
    if built_provider():
        write_cli_config()
        return
    if registry_answers():
        say("the provider registry answers: Terraform gets the AWS provider from there")
        return
    with locked("provider"):
        if not built_provider():
            build_provider()
    write_cli_config()


def need_go(why: str) -> None:
    """Missing if Go is absent or too old."""
    go = version_of(["go", "version"])
    if go is None or go < MIN_GO:
        have = f"Go is {version_text(go)}" if go else "Go is missing"
        raise Missing(f"{why}, and for that {have}: needed is {version_text(MIN_GO)} or newer, from https://go.dev/dl")


def build_provider() -> None:
    need_go("the provider registry does not answer, so the AWS provider has to be built")
    say(f"the provider registry does not answer: building the AWS provider {PROVIDER_VERSION} from the Go module proxy")
    say("once per machine, about 20 minutes on two cores")
    start = time.monotonic()
    system, processor = subprocess.run(
        ["go", "env", "GOOS", "GOARCH"], capture_output=True, text=True, check=True
    ).stdout.split()
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="provider-") as scratch:
        for file in ("go.mod", "go.sum"):
            shutil.copy(HERE / "provider" / file, scratch)
        download = ["go", "mod", "download", "-json", PROVIDER_MODULE]
        module = subprocess.run(download, cwd=scratch, stdout=subprocess.PIPE, text=True, check=True)
        source = json.loads(module.stdout)["Dir"]
        binary = Path(scratch) / "provider"
        environment = {**os.environ, "GOFLAGS": "-buildvcs=false -trimpath"}
        build = ["nice", "-n", "10", "go", "build", "-ldflags=-s -w", "-o", str(binary), "."]
        subprocess.run(build, cwd=source, env=environment, check=True)
        for host in HOSTS.values():
            place = MIRROR / host / "hashicorp" / "aws" / PROVIDER_VERSION / f"{system}_{processor}"
            place.mkdir(parents=True, exist_ok=True)
            # A link under another name and a rename: a reader sees the complete file or none.
            unfinished = place / f".unfinished-{os.getpid()}"
            os.link(binary, unfinished)
            unfinished.rename(place / f"terraform-provider-aws_v{PROVIDER_VERSION}")
    say(f"the AWS provider is built, in {time.monotonic() - start:.0f} s")


def write_cli_config() -> None:
    """Makes Terraform run the provider that was built here, whatever .terraform.lock.hcl says: that file is for the
    registry's builds, and a build of one's own has another hash."""
    overrides = "".join(
        f"    {json.dumps(f'{host}/hashicorp/aws')} = {json.dumps(str(binary.parent))}\n"
        for host in HOSTS.values()
        for binary in MIRROR.glob(
            f"{host}/hashicorp/aws/{PROVIDER_VERSION}/*/terraform-provider-aws_v{PROVIDER_VERSION}"
        )
    )
    text = f"provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n"
    if not CLI_CONFIG.exists() or CLI_CONFIG.read_text() != text:
        unfinished = CLI_CONFIG.with_suffix(f".{os.getpid()}")
        unfinished.write_text(text)
        unfinished.rename(CLI_CONFIG)


def runs_built_provider() -> bool:
    return not own_installation() and built_provider() is not None and CLI_CONFIG.exists()


def terraform_settings() -> dict[str, str]:
    """Settings that make Terraform use the provider that was built here; empty without one."""
    return {"TF_CLI_CONFIG_FILE": str(CLI_CONFIG)} if runs_built_provider() else {}


def terraform_words() -> str:
    """Command line of Terraform, with the settings that it needs before it."""
    settings = [f"{name}={value}" for name, value in terraform_settings().items()]
    return shlex.join([*(["env", *settings] if settings else []), terraform()])


def terraform_preparation() -> str:
    """Command that prepares a directory: with a provider that was built here, only the modules are installed."""
    return "get" if runs_built_provider() else "init -backend=false -input=false"


COMMANDS: dict[str, Callable[[], None]] = {
    "check": check,
    "python": python_environment,
    "mlflow": mlflow_client,
    "provider": provider,
    "linters": linters,
    "rust": lambda: print(version_text(rust_floor())),
    "terraform": lambda: print(terraform_words()),
    "prepare": lambda: print(terraform_preparation()),
}


def run(name: str) -> int:
    # So that a child is ended, and the scratch directory removed, when this process is terminated.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        COMMANDS[name]()
    except Missing as error:
        print(f"tools: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"tools: `{shlex.join(error.cmd)}` failed with status {error.returncode}", file=sys.stderr)
        return 1
    return 0
