"""Tests of MLflow's REST API with its real client, by signed requests and by tokens, and with hostile requests."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localstack import deployment, tools
from localstack.service import ROOT
from localstack.system import DAILY, Json, System, http
from localstack.tests.functions import restart

SCRIPTS = ROOT / "localstack" / "mlflow_client"
API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"
Answer = tuple[int, dict[str, str], Any]


@pytest.fixture(scope="session")
def client_python() -> Path:
    """Python of the environment with MLflow's client."""
    tools.mlflow_client()
    return tools.MLFLOW_CLIENT / "bin" / "python"


@pytest.fixture(scope="module")
def keys(system: System) -> Credentials:
    """Credentials of a user who may call MLflow's REST API and nothing else."""
    return new_user(system, "api/*")


def new_user(system: System, path: str) -> Credentials:
    api = system.outputs["api_execution_arn"]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{api}/*/*/{path}"}
    iam, name = system.client("iam"), f"tracker-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def ask(
    system: System, keys: Credentials | None, method: str, path: str, body: Any = None, token: str | None = None
) -> Answer:
    """Response to a request that is signed with the keys, or has the token."""
    url = system.address + path
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = AWSRequest(method, url, data=data, headers={"content-type": "application/json"} if data else {})
    if keys:
        SigV4Auth(keys, "execute-api", boto3.session.Session().region_name).add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != "host"}
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    return http(method, url, data, headers=headers)


def run_client(system: System, python: Path, environment: Json, script: str, *arguments: str) -> str:
    """Output of a script that uses MLflow's client."""
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(tools.MLFLOW_CLIENT),
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": system.address,
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
        "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": "5242880",
        "GIT_PYTHON_REFRESH": "quiet",
        **environment,
    }
    done = subprocess.run(
        [python, SCRIPTS / script, *arguments], env=settings, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def signed(keys: Credentials) -> Json:
    return {
        "MLFLOW_TRACKING_AWS_SIGV4": "true",
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_DEFAULT_REGION": boto3.session.Session().region_name,
        # requests-auth-aws-sigv4 cannot sign the content of a file; parts have presigned addresses.
        "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "0",
    }


def new_run(system: System, keys: Credentials, experiment: str = "0") -> str:
    status, _, answer = ask(system, keys, "POST", f"{API}/runs/create", {"experiment_id": experiment})
    assert status == 200, answer
    return str(answer["run"]["info"]["run_id"])


def stored(system: System) -> set[str]:
    """All documents with their revisions, and all files."""
    name = system.outputs["table_names"]["tracking"]
    pages = system.client("dynamodb").get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    return {f"{item['pk']['S']} {item['sk']['S']} {item['revision']['N']}" for item in items} | set(
        system.keys("tracking/")
    )


def test_a_notebook_works_with_signed_requests(system: System, client_python: Path, keys: Credentials) -> None:
    run_client(system, client_python, signed(keys), "notebook.py", f"signed-{uuid.uuid4().hex[:8]}", "-")


def test_clients_of_one_run_lose_and_double_nothing(system: System, client_python: Path, keys: Credentials) -> None:
    run = run_client(system, client_python, signed(keys), "writers.py", "32", "2").strip()
    batches = [item for item in stored(system) if item.startswith(f"RUN/{run} METRICS/")]
    assert len(batches) == 64, "each batch was sent twice"


def test_unsigned_and_foreign_requests_reach_nothing(system: System, keys: Credentials) -> None:
    before = stored(system)
    body = {"name": "intruder"}
    for other in (None, Credentials(keys.access_key, "not the secret"), new_user(system, "predict")):
        status, headers, _ = ask(system, other, "POST", f"{API}/experiments/create", body)
        assert status == 403 and "x-request-id" not in headers
    # The emulator's gateway takes any other header for a signature; then the function refuses.
    assert ask(system, None, "POST", f"{API}/experiments/create", body, token="x")[0] in (401, 403)
    assert stored(system) == before


def test_of_two_alias_moves_at_once_none_is_lost_unseen(system: System, keys: Credentials) -> None:
    name, run = f"model-{uuid.uuid4().hex[:8]}", new_run(system, keys)
    post = f"{API}/registered-models"
    assert ask(system, keys, "POST", f"{post}/create", {"name": name})[0] == 200
    for _ in range(3):
        body = {"name": name, "source": f"runs:/{run}/model", "run_id": run}
        assert ask(system, keys, "POST", f"{API}/model-versions/create", body)[0] == 200

    def move(version: int) -> Answer:
        return ask(system, keys, "POST", f"{post}/alias", {"name": name, "alias": "best", "version": str(version)})

    assert move(1)[0] == 200
    accepted = 1
    with ThreadPoolExecutor(8) as pool:
        for _ in range(4):
            answers = list(pool.map(move, [2, 3] * 4))
            assert {status for status, _, _ in answers} <= {200, 409}, answers
            told = [answer for status, _, answer in answers if status == 409]
            assert all(answer["error_code"] == "RESOURCE_CONFLICT" for answer in told)
            accepted += len(answers) - len(told)
    history = ask(system, keys, "GET", f"{post}/alias-history?name={name}")[2]["alias_history"]
    chain = history[::-1]
    assert [move["from"] for move in chain] == [None, *(move["to"] for move in chain[:-1])]
    assert len(chain) <= accepted and all("user/tracker-" in move["user_id"] for move in chain)
    model = ask(system, keys, "GET", f"{post}/get?name={name}")[2]["registered_model"]
    assert model["aliases"] == [{"alias": "best", "version": chain[-1]["to"]}]


def test_own_trainings_are_shown_and_cannot_be_changed(system: System, keys: Credentials, trained: Json) -> None:
    def get(path: str) -> Json:
        status, _, answer = ask(system, keys, "GET", f"{API}/{path}")
        assert status == 200, answer
        return dict(answer)

    def search(text: str) -> list[Json]:
        body = {"experiment_ids": [DAILY], "filter": text, "order_by": ["metrics.log_loss"]}
        status, _, answer = ask(system, keys, "POST", f"{API}/runs/search", body)
        assert status == 200, answer
        return list(answer["runs"])

    assert get(f"experiments/get-by-name?experiment_name={DAILY}")["experiment"]["experiment_id"] == DAILY
    best = search("metrics.log_loss > 0 AND tags.`weathervane.data_hash` != ''")[0]
    run, values = best["info"]["run_id"], {metric["key"]: metric["value"] for metric in best["data"]["metrics"]}
    stored_run = next(one for one in system.query("runs", f"SERIES#{DAILY}") if f"{DAILY}_{one['run']}" == run)
    assert values["log_loss"] == pytest.approx(float(stored_run["holdout_log_loss"]))
    assert get(f"runs/get?run_id={run}")["run"]["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "ETH-USD-1d"
    assert get(f"metrics/get-history?run_id={run}&metric_key=log_loss")["metrics"][0]["value"] == values["log_loss"]
    trials = search(f"tags.mlflow.parentRunId = '{run}'")
    assert len(trials) == int(stored_run["trials"])
    assert get(f"runs/get?run_id={trials[0]['info']['run_id']}")["run"]["data"]["params"]

    champion = system.history(DAILY)[-1]["version"]
    model = get(f"registered-models/get?name={DAILY}")["registered_model"]
    assert {"alias": "champion", "version": str(champion)} in model["aliases"]
    versions = get("model-versions/search")["model_versions"]
    assert {one["version"] for one in versions if one["name"] == DAILY} == {
        str(one["version"]) for one in system.versions(DAILY)
    }
    version = get(f"registered-models/alias?name={DAILY}&alias=champion")["model_version"]
    assert version["version"] == str(champion) and version["aliases"]
    moves = get(f"registered-models/alias-history?name={DAILY}")["alias_history"]
    assert [move["to"] for move in moves] == [str(move["version"]) for move in reversed(system.history(DAILY))]

    before, registry = stored(system), system.query("registry", f"SERIES#{DAILY}")
    for method, path, body in [
        ("POST", "runs/create", {"experiment_id": DAILY}),
        ("POST", "runs/log-metric", {"run_id": run, "key": "log_loss", "value": 0, "timestamp": 1}),
        ("POST", "runs/delete", {"run_uuid": run}),
        ("POST", "experiments/delete", {"experiment_id": DAILY}),
        ("POST", "experiments/create", {"name": DAILY}),
        ("POST", "registered-models/create", {"name": DAILY}),
        ("POST", "registered-models/alias", {"name": DAILY, "alias": "champion", "version": "1"}),
        ("DELETE", "registered-models/alias", {"name": DAILY, "alias": "champion"}),
        ("DELETE", "registered-models/delete", {"name": DAILY}),
        ("POST", "model-versions/create", {"name": DAILY, "source": "runs:/x"}),
    ]:
        status, _, answer = ask(system, keys, method, f"{API}/{path}", body)
        assert (status, answer["error_code"]) == (403, "PERMISSION_DENIED") and "read-only" in answer["message"], path
    assert (stored(system), system.query("registry", f"SERIES#{DAILY}")) == (before, registry)


HOSTILE_JSON = [
    ("experiments/create", b"[" * 100_000, 400),
    ("experiments/create", b'{"a":' * 200 + b"1" + b"}" * 200, 400),
    ("experiments/create", {"name": "x" * 501}, 400),
    ("experiments/create", {"name": ""}, 400),
    ("experiments/create", {"name": "y", "artifact_location": "file:///etc"}, 400),
    ("runs/create", {"experiment_id": "../0"}, 404),
    ("runs/search", {"experiment_ids": ["0"], "filter": " AND ".join(["params.a = 'b'"] * 1_000)}, 400),
    ("runs/search", {"experiment_ids": ["0"], "filter": "(" * 10_000}, 400),
    ("runs/search", {"experiment_ids": ["0"], "page_token": "1.0123456789abcdef"}, 400),
    ("runs/search", {"experiment_ids": ["0"], "max_results": -1}, 400),
    ("runs/search", {"experiment_ids": ["0"] * 101}, 400),
    ("runs/log-batch", {"run_id": "RUN", "metrics": [{"key": "a", "value": 1, "timestamp": 1}] * 1_001}, 400),
    ("runs/log-batch", {"run_id": "RUN", "params": [{"key": "a", "value": "x" * 6_001}]}, 400),
    ("runs/log-batch", {"run_id": "RUN", "params": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, 400),
    ("runs/log-metric", {"run_id": "RUN", "key": "a", "value": "x", "timestamp": 1}, 400),
    ("runs/set-tag", {"run_id": "RUN", "key": "../a", "value": "x"}, 400),
    ("registered-models/create", {"name": "a/b"}, 400),
    ("model-versions/create", {"name": "none", "source": "/etc/passwd"}, 400),
    ("traces", {}, 501),
    ("nothing", {}, 404),
]


@pytest.mark.parametrize(("path", "body", "expected"), HOSTILE_JSON)
def test_hostile_bodies_are_refused_and_write_nothing(
    system: System, keys: Credentials, path: str, body: Any, expected: int
) -> None:
    run = new_run(system, keys)
    before = stored(system)
    if isinstance(body, dict) and body.get("run_id") == "RUN":
        body = {**body, "run_id": run}
    status, _, answer = ask(system, keys, "POST", f"{API}/{path}", body)
    assert status == expected and set(answer) == {"error_code", "message"}, (status, answer)
    assert stored(system) == before


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "%2e%2e/x",
        "%252e%252e/x",
        "..%5cx",
        "a/../../x",
        "/etc/passwd",
        "file:/etc/passwd",
        "s3://other/key",
        "a%00b",
    ],
)
def test_paths_that_leave_a_run_are_refused(system: System, keys: Credentials, path: str) -> None:
    run = new_run(system, keys)
    before = stored(system)
    for target in (f"{FILES}/{path}", f"{FILES}/0/{run}/artifacts/{path}"):
        for method in ("PUT", "GET", "DELETE"):
            status, headers, answer = ask(system, keys, method, target, b"x" if method == "PUT" else None)
            # A gateway or a client that resolves dots leads to another route, which refuses too.
            assert 400 <= status < 500, (method, target, status)
            if "x-request-id" in headers:
                assert set(answer) == {"error_code", "message"}, answer
    assert stored(system) == before


def test_a_body_of_10_mb_is_refused(system: System, keys: Credentials) -> None:
    run = new_run(system, keys)
    before = stored(system)
    body = json.dumps({"name": "x" * 10_000_000}).encode()
    assert ask(system, keys, "POST", f"{API}/experiments/create", body)[0] in (400, 413, 500)
    assert ask(system, keys, "PUT", f"{FILES}/0/{run}/artifacts/big", b"x" * 10_000_000)[0] in (400, 413, 500)
    assert stored(system) == before


@pytest.fixture
def tokens(system: System) -> Iterator[dict[str, str]]:
    """Tokens with write and read access, while the API is configured for tokens."""
    texts = {"write": uuid.uuid4().hex, "read": uuid.uuid4().hex}
    targets = ["-target=aws_apigatewayv2_route.track", '-target=module.function["track"]']
    deployment.apply("-var", "tracking_auth=token", "-target=aws_secretsmanager_secret.tracking_tokens", *targets)
    entries = [
        {"name": name, "sha256": hashlib.sha256(text.encode()).hexdigest(), "access": name}
        for name, text in texts.items()
    ]
    secret = f"{system.outputs['function_names']['track'].removesuffix('-track')}-tracking-tokens"
    system.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=json.dumps({"tokens": entries}))
    restart(system, "track")
    try:
        yield texts
    finally:
        deployment.apply("-target=aws_secretsmanager_secret.tracking_tokens", *targets)


def test_tokens_read_or_write_by_their_right(system: System, client_python: Path, tokens: dict[str, str]) -> None:
    create, body = f"{API}/experiments/create", {"name": f"token {uuid.uuid4().hex[:8]}"}
    for token, expected in ((None, 401), ("guess", 401), (tokens["read"], 403)):
        status, _, answer = ask(system, None, "POST", create, body, token=token)
        assert status == expected and set(answer) == {"error_code", "message"}, answer
    assert ask(system, None, "POST", f"{API}/experiments/search", {}, token=tokens["read"])[0] == 200
    assert ask(system, None, "POST", create, body, token=tokens["write"])[0] == 200
    environment = {"MLFLOW_TRACKING_TOKEN": tokens["write"], "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "4400000"}
    run_client(system, client_python, environment, "notebook.py", f"token {uuid.uuid4().hex[:8]}", " ")
