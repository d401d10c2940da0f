"""Who may call: a group of routes that Terraform sets to `iam` takes signed requests of those who are allowed, and no others.

The configuration is applied anew with another `api_auth`, asked, and applied as it was."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Iterator

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from localstack.system import DAILY
from localstack.system import ROOT, System
from localstack.tests.raw_http import Reply, Wire

FORECAST = f"/v1/series/{DAILY}/forecast"
# What only reads stays open; what makes the function work for the caller does not.
COMPUTE = {"compute": "iam"}
BODY = b"{}"


def apply(auth: dict[str, str] | None) -> None:
    """Applies the configuration with this `api_auth`, or its own; of the resources only the routes depend on it."""
    setting = f"-var 'api_auth={json.dumps(auth)}' " if auth else ""
    flags = setting + "-target=aws_apigatewayv2_route.this"
    make = os.environ.get("MAKE", "make")
    done = subprocess.run(
        [make, "--no-print-directory", "apply", f"APPLY_FLAGS={flags}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def guarded(system: System, scored: dict) -> Iterator[Wire]:
    """The API with signatures wanted for what computes; open to all again for what comes after."""
    wire = Wire.to(system.outputs["api_url"])
    try:
        apply(COMPUTE)
        yield wire
    finally:
        apply(None)
    assert ask(wire, "POST", "/predict", BODY, None).status == 200


def new_user(system: System, policy: dict | None) -> Credentials:
    iam, name = system.client("iam"), f"caller-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture(scope="module")
def caller(system: System, guarded: Wire) -> Credentials:
    """Somebody who may call the computing routes of this API and do nothing else."""
    api = guarded.host.split(".")[0]
    resource = f"arn:aws:execute-api:{boto3.session.Session().region_name}:*:{api}/*/POST/*"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    return new_user(system, {"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def stranger(system: System) -> Credentials:
    """Somebody of the account who may do nothing."""
    return new_user(system, None)


def ask(wire: Wire, method: str, path: str, body: bytes | None, keys: Credentials | None) -> Reply:
    """A request, signed with the keys, if any, as an SDK would do it."""
    headers = {"content-type": "application/json"} if body is not None else {}
    if keys:
        request = AWSRequest(method, f"http://{wire.host}{path}", headers=headers, data=body)
        SigV4Auth(keys, "execute-api", boto3.session.Session().region_name).add_auth(request)
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
    return wire.ask(method, path, body, list(headers.items()))


@pytest.mark.parametrize("path", ["/predict", FORECAST, "/invocations", f"/v1/series/{DAILY}/invocations"])
def test_a_route_of_a_guarded_group_takes_signed_requests_only(guarded, caller, stranger, path):
    forged = Credentials(caller.access_key, "not the secret")
    for keys in (None, stranger, forged):
        reply = ask(guarded, "POST", path, BODY, keys)
        assert (reply.status, reply.from_predict) == (403, False), reply
    reply = ask(guarded, "POST", path, BODY, caller)
    assert reply.from_predict and reply.status != 403, reply


@pytest.mark.parametrize("path", ["/version", "/openapi.json", "/v1/series", FORECAST, f"/v1/series/{DAILY}/forecasts"])
def test_the_other_groups_stay_open(guarded, path):
    reply = ask(guarded, "GET", path, None, None)
    assert (reply.status, reply.from_predict) == (200, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/predict/"), ("POST", "//predict"), ("POST", "/predict%2f"), ("POST", "/%70redict"), ("PUT", "/predict"),
        ("POST", f"/v1/series/{DAILY}/forecast/"), ("POST", f"/v1/series/{DAILY}%2fforecast"), ("POST", "/$default/predict"),
    ],
)  # fmt: skip
def test_no_other_spelling_walks_round_the_guard(guarded, method, path):
    reply = ask(guarded, method, path, BODY, None)
    assert (reply.status, reply.from_predict) == (403, False), reply
