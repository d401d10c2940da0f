"""Command line of the system on this machine: `python -m localstack COMMAND`, in the root of the project.

Only `tools`, `env`, `down` and `beside` run without the pinned packages of .venv.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from localstack import beside, deployment, emulator, environment, exchange, local_system, tools
from localstack.progress import Steps
from localstack.service import Service, ServiceError

Arguments = argparse.Namespace
Command = Callable[[Arguments], int]


def up(arguments: Arguments) -> int:
    local_system.up(arguments.steps)
    return address(arguments)


def down(_: Arguments) -> int:
    local_system.stop_servers()
    return 0


def wait(arguments: Arguments) -> int:
    environment.enter()
    local_system.wait(arguments.seconds)
    return 0


def apply(arguments: Arguments) -> int:
    print(deployment.apply(*arguments.flags))
    return 0


def address(_: Arguments) -> int:
    environment.enter()
    from localstack.system import System

    print(System().address)
    return 0


def smoke(_: Arguments) -> int:
    environment.enter()
    from localstack import smoke

    return smoke.run()


def demo(arguments: Arguments) -> int:
    local_system.up(arguments.steps, fresh=True)
    environment.enter()
    from localstack import demo

    demo.run(arguments.steps)
    return 0


def chaos(arguments: Arguments) -> int:
    environment.enter()
    from localstack.chaos import command

    return command.run(arguments.days, arguments.train_every, arguments.save, arguments.undisturbed_only)


def run_with_system(arguments: Arguments) -> int:
    return local_system.run_with_system(
        arguments.command_line,
        arguments.steps,
        arguments.title,
        deploy=not arguments.servers_only,
        reserved=arguments.reserved,
    )


def server(name: str) -> Command:
    """Command for one of the two servers alone."""
    module = {"emulator": emulator, "exchange": exchange}[name]

    def service() -> Service:
        return emulator.emulator() if name == "emulator" else exchange.exchange([])

    def status() -> int:
        running = service().pid() is not None and service().healthy()
        print(f"{name}: {'up, ' + service().url if running else 'down'}")
        return 0 if running else 1

    def command(arguments: Arguments) -> int:
        if arguments.action == "status":
            return status()
        module.start() if arguments.action == "up" else module.stop()
        return 0

    return command


def env(arguments: Arguments) -> int:
    if arguments.kind == "show":
        print("\n".join(environment.shell_commands(os.environ)))
        return 0
    if not arguments.command_line:
        print(f"localstack env {arguments.kind}: the command is missing", file=sys.stderr)
        return 2
    program = arguments.command_line[0]
    settings = environment.emulated if arguments.kind == "emulated" else environment.offline
    try:
        os.execvpe(program, arguments.command_line, settings(os.environ))
    except FileNotFoundError:
        print(f"localstack env: program {program} does not exist", file=sys.stderr)
        return 127


def prepare_beside(arguments: Arguments) -> int:
    if arguments.watch is not None:
        beside.watch(arguments.watch, arguments.names)
    else:
        beside.start(arguments.process, arguments.names, arguments.reserve)
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m localstack", description="Run Weathervane on this machine.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        sub.set_defaults(run=run)
        return sub

    def add_steps(sub: argparse.ArgumentParser, default: str) -> None:
        sub.add_argument(
            "--steps", type=Steps.parse, default=default, metavar="FIRST/TOTAL", help="number of its first step, of all"
        )

    add_steps(add("up", up, "start the emulator and the exchange server, and deploy what is built"), "1/2")
    add("down", down, "stop both servers and delete what they hold")
    add("wait", wait, "wait until the system that is up answers").add_argument(
        "--seconds", type=float, default=60.0, help="time limit in seconds (default 60)"
    )
    add_steps(add("demo", demo, "start a fresh system, show the main job on it and leave it up"), "1/9")
    add("smoke", smoke, "check that both servers do what the system needs of them")
    add("address", address, "print the address of the API that is up")
    add("apply", apply, "deploy what is built to the emulator that is up").add_argument(
        "flags", nargs="*", metavar="FLAG", help="flags of `terraform apply`, after --"
    )

    sub = add("run-with-system", run_with_system, "start a system, run a command on it and stop the system again")
    add_steps(sub, "1/3")
    sub.add_argument("--title", default="command", help="title of the step that runs the command")
    sub.add_argument("--reserved", action="store_true", help="part of the run that has reserved the directory")
    sub.add_argument("--servers-only", action="store_true", help="deploy nothing")
    sub.add_argument("command_line", nargs="+", metavar="COMMAND", help="command and its arguments, after --")

    sub = add("chaos", chaos, "run simulated days twice, the second time with functions killed at their writes")
    sub.add_argument("--days", type=int, default=366, help="number of days (default 366)")
    sub.add_argument("--train-every", type=int, default=30, metavar="DAYS", help="days between trainings (default 30)")
    sub.add_argument("--save", type=Path, metavar="FILE", help="file for the state after the undisturbed days")
    sub.add_argument("--undisturbed-only", action="store_true", help="leave the disturbed days out")

    for name in ("emulator", "exchange"):
        sub = add(name, server(name), f"start or stop the {name} alone")
        sub.add_argument("action", choices=("up", "down", "status"))

    sub = add("env", env, "show, or run a command in, an environment that is closed against the caller's")
    sub.add_argument("kind", choices=("show", "emulated", "offline"))
    sub.add_argument("command_line", nargs="*", metavar="COMMAND", help="command and its arguments, after --")

    sub = add("beside", prepare_beside, "run `tools NAME` in the background until a process ends")
    sub.add_argument("--process", type=int, metavar="PID", help="process whose end ends them")
    sub.add_argument("--watch", type=int, help=argparse.SUPPRESS)
    sub.add_argument("--reserve", action="store_true", help="refuse other runs in WEATHERVANE_RUN_DIR until then")
    sub.add_argument("names", nargs="*", metavar="NAME", help="provider or linters")

    sub = add("tools", lambda arguments: tools.run(arguments.name), "prepare or print one of the pinned tools")
    sub.add_argument("name", choices=tools.COMMANDS)
    return top


def main() -> int:
    arguments = parser().parse_args()
    try:
        return int(arguments.run(arguments))
    except (ServiceError, RuntimeError, TimeoutError) as error:
        print(f"localstack: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
