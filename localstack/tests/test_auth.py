"""Tests of route groups that Terraform sets to `iam`: they accept signed requests of allowed callers only.

The configuration is applied with another `api_auth` for these tests, and as it was after them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localstack import deployment
from localstack.system import DAILY, Json, System
from localstack.tests.raw_http import Reply, Wire

FORECAST = f"/v1/series/{DAILY}/forecast"
# Routes that only read stay open; routes that compute for the caller do not.
COMPUTE = {"compute": "iam"}
BODY = b"{}"


def apply(auth: dict[str, str] | None) -> None:
    """Applies the configuration with this `api_auth`, or its own. Of the resources only the routes depend on it."""
    flags = ["-var", f"api_auth={json.dumps(auth)}"] if auth else []
    deployment.apply(*flags, "-target=aws_apigatewayv2_route.this")


@pytest.fixture(scope="module")
def guarded(system: System, scored: Json) -> Iterator[Wire]:
    """The API with signatures required for computing routes; open again after the last test."""
    wire = Wire.to(system.outputs["api_url"])
    try:
        apply(COMPUTE)
        yield wire
    finally:
        apply(None)
    assert ask(wire, "POST", "/predict", BODY, None).status == 200


def new_user(system: System, policy: Json | None) -> Credentials:
    iam, name = system.client("iam"), f"caller-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture(scope="module")
def caller(system: System, guarded: Wire) -> Credentials:
    """Credentials of a user who may call the computing routes of this API and nothing else."""
    api = guarded.host.split(".")[0]
    resource = f"arn:aws:execute-api:{boto3.session.Session().region_name}:*:{api}/*/POST/*"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    return new_user(system, {"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def stranger(system: System) -> Credentials:
    """Credentials of a user without any permission."""
    return new_user(system, None)


def ask(wire: Wire, method: str, path: str, body: bytes | None, keys: Credentials | None) -> Reply:
    """Response to a request that is signed with the keys, if there are any."""
    headers = {"content-type": "application/json"} if body is not None else {}
    if keys:
        request = AWSRequest(method, f"http://{wire.host}{path}", headers=headers, data=body)
        SigV4Auth(keys, "execute-api", boto3.session.Session().region_name).add_auth(request)
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
    return wire.ask(method, path, body, list(headers.items()))


@pytest.mark.parametrize("path", ["/predict", FORECAST, "/invocations", f"/v1/series/{DAILY}/invocations"])
def test_a_guarded_route_accepts_signed_requests_only(
    guarded: Wire, caller: Credentials, stranger: Credentials, path: str
) -> None:
    forged = Credentials(caller.access_key, "not the secret")
    for keys in (None, stranger, forged):
        reply = ask(guarded, "POST", path, BODY, keys)
        assert (reply.status, reply.from_predict) == (403, False), reply
    reply = ask(guarded, "POST", path, BODY, caller)
    assert reply.from_predict and reply.status != 403, reply


@pytest.mark.parametrize("path", ["/version", "/openapi.json", "/v1/series", FORECAST, f"/v1/series/{DAILY}/forecasts"])
def test_the_other_groups_stay_open(guarded: Wire, path: str) -> None:
    reply = ask(guarded, "GET", path, None, None)
    assert (reply.status, reply.from_predict) == (200, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/predict/"),
        ("POST", "//predict"),
        ("POST", "/predict%2f"),
        ("POST", "/%70redict"),
        ("PUT", "/predict"),
        ("POST", f"/v1/series/{DAILY}/forecast/"),
        ("POST", f"/v1/series/{DAILY}%2fforecast"),
        ("POST", "/$default/predict"),
    ],
)
def test_other_spellings_of_a_guarded_route_are_rejected(guarded: Wire, method: str, path: str) -> None:
    reply = ask(guarded, method, path, BODY, None)
    assert (reply.status, reply.from_predict) == (403, False), reply
