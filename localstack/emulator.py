"""The AWS emulator: `emulator.py up | down | status`. README.md tells what it does as AWS and what it does not."""

from __future__ import annotations

import os
import sys

from service import ROOT, RUN, Service, ServiceError

REGION = "us-east-1"
# Key and secret of the root user, which Terraform and the tests use. Functions get those of their role.
ROOT_KEY, ROOT_SECRET = "test", "test"
PORT = int(os.environ.get("EMULATOR_PORT", "4566"))
PYTHON = ROOT / ".venv" / "bin" / "python"


def emulator() -> Service:
    home = RUN / "emulator"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        # Everything that it writes, the unpacked functions among it.
        "TMPDIR": str(home / "tmp"),
        "S3_DATA_DIR": str(home / "s3"),
        "STATE_DIR": str(home / "state"),
        # Reachable from this machine only.
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(PORT),
        # Signatures are checked and each function has only what its role allows, as on AWS.
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "MINISTACK_REGION": REGION,
        # Handed on to every function.
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
        # Listeners that nothing here needs.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Whether functions can be killed at their writes: `make chaos`.
        "WEATHERVANE_CHAOS": os.environ.get("WEATHERVANE_CHAOS", ""),
    }
    return Service("emulator", PORT, "/_ministack/health", [str(PYTHON), str(ROOT / "localstack" / "once.py")], environment)


def main(arguments: list[str]) -> int:
    service = emulator()
    try:
        match arguments:
            case ["up"]:
                (service.home / "tmp").mkdir(parents=True, exist_ok=True)
                started = service.up()
                print(f"emulator: {'started' if started else 'was up'}, {service.url}, log {service.shown_log}")
            case ["down"]:
                print(f"emulator: {'ended' if service.down() else 'was not running'}")
            case ["status"]:
                running = service.pid() is not None and service.healthy()
                print(f"emulator: {'up, ' + service.url if running else 'down'}")
                return 0 if running else 1
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except ServiceError as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
