"""Service description of the AWS emulator. README.md says where it behaves as AWS and where it does not."""

from __future__ import annotations

import os

from localstack.service import ROOT, RUN, Service

REGION = "us-east-1"
# Key and secret of the root user, for Terraform and the tests. Functions get those of their role.
ROOT_KEY, ROOT_SECRET = "test", "test"
PORT = int(os.environ.get("EMULATOR_PORT", "4566"))
PYTHON = ROOT / ".venv" / "bin" / "python"


def emulator() -> Service:
    home = RUN / "emulator"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        # Everything that it writes, the unpacked functions included.
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
        # Passed on to every function.
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
        # Listeners that this project does not need.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Not empty: functions can be killed at their writes, for `make chaos`.
        "WEATHERVANE_CHAOS": os.environ.get("WEATHERVANE_CHAOS", ""),
    }
    command = [str(PYTHON), "-m", "localstack.retry_dedup"]
    return Service("emulator", PORT, "/_ministack/health", command, environment)


def start() -> bool:
    service = emulator()
    (service.home / "tmp").mkdir(parents=True, exist_ok=True)
    started = service.up()
    print(f"emulator: {'started' if started else 'was up'}, {service.url}, log {service.shown_log}", flush=True)
    return started


def stop() -> None:
    print(f"emulator: {'ended' if emulator().down() else 'was not running'}", flush=True)
