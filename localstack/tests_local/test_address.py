"""Test of the printed address of the API with common clients."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from localstack.system import plain_address

# The emulator answers the first itself under the name of an API.
PATHS = ("/health", "/v1/series")


class Echo(BaseHTTPRequestHandler):
    """Server behind the gateway: its response is the requested path."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api(ours: dict[str, str], emulator: object) -> Iterator[str]:
    """Plain address of an HTTP API with routes like those of predict, in front of `Echo`."""
    echo = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=echo.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{ours['EMULATOR_PORT']}"
    gateway = boto3.client(
        "apigatewayv2",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    api_id = gateway.create_api(Name="echo", ProtocolType="HTTP")["ApiId"]
    made = gateway.create_integration(
        ApiId=api_id,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        PayloadFormatVersion="1.0",
        IntegrationUri=f"http://127.0.0.1:{echo.server_port}",
    )
    for path in PATHS:
        gateway.create_route(ApiId=api_id, RouteKey=f"GET {path}", Target=f"integrations/{made['IntegrationId']}")
    gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    yield plain_address(f"http://{api_id}.execute-api.localhost:{ours['EMULATOR_PORT']}")
    echo.shutdown()


CLIENTS = {
    "urllib": [sys.executable, "-c", "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())"],
    "node": ["node", "-e", "fetch(process.argv[1]).then(a => a.text()).then(console.log)"],
    "curl": ["curl", "-sS", "--fail-with-body"],
}


def test_every_client_reaches_the_printed_address(api: str) -> None:
    for client, path in itertools.product(CLIENTS, PATHS):
        if shutil.which(CLIENTS[client][0]) is None:
            assert os.environ.get("CI") != "true", f"{client} is missing"
            continue
        # Without quotation marks: the address must have no special characters of the shell.
        command = ["bash", "-c", f'"$@" {api}{path}', "bash", *CLIENTS[client]]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, (client, path, done.stderr)
        assert json.loads(done.stdout) == {"path": path}, client
