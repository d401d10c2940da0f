"""Tests of the examples in the README and the contract: each is sent as it is, and the response has the shown shape."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest

from localstack.service import ROOT
from localstack.system import Json, System, http, parse_time, rfc3339
from localstack.tests.json_shape import differences
from localstack.tests.readme_examples import README, Example, examples

CONTRACT = ROOT / "functions" / "predict" / "openapi.json"
METHODS = ("get", "post", "put", "delete", "patch")


@pytest.mark.parametrize("example", examples(README.read_text()), ids=lambda example: f"line {example.line}")
def test_curl_in_the_readme_has_the_shown_response(system: System, scored: Json, example: Example) -> None:
    api = system.address
    # Options of the test come last, so that the shown command runs unchanged.
    command = f"{example.command} --silent --show-error --write-out '\\n%{{http_code}}'"
    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "API": api}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    assert status in ("200", "304"), done.stdout
    if example.answer is not None:
        assert differences(example.answer, json.loads(body)) == []


def test_the_readme_has_calls_of_the_api() -> None:
    assert examples(README.read_text()), "no call of curl was found in README.md"


def contract() -> dict[str, Any]:
    return dict(json.loads(CONTRACT.read_text()))


def follow(node: Any) -> Any:
    """Target of a `$ref`; everything else unchanged."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = contract()
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def shown(media: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Examples of a request body, a response or a parameter, by name."""
    if "example" in media:
        yield "example", media["example"]
    for name, example in media.get("examples", {}).items():
        yield name, follow(example)["value"]


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Validator of one schema of the contract, with everything that it refers to."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": contract()["components"]}, validate_formats=True)


def operations() -> Iterator[tuple[str, str, dict[str, Any], list[dict[str, Any]]]]:
    """Path, method, operation, and the parameters of both."""
    for path, item in contract()["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                named = [
                    follow(parameter) for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]
                ]
                yield path, method, operation, named


def url_of(path: str, parameters: list[dict[str, Any]]) -> str:
    """Path with the examples of its parameters."""
    values = {(entry["in"], entry["name"]): text(value) for entry in parameters for _, value in list(shown(entry))[:1]}
    for (place, name), value in values.items():
        if place == "path":
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
    query = urlencode({name: value for (place, name), value in values.items() if place == "query"})
    return f"{path}?{query}" if query else path


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def requests() -> Iterator[Any]:
    """Documented requests: one for each example of a body, or one without a body."""
    for path, method, operation, parameters in operations():
        bodies = operation.get("requestBody", {}).get("content", {})
        named = [(kind, name, body) for kind, media in bodies.items() for name, body in shown(media)]
        for kind, name, body in named or [("", "", None)]:
            label = " ".join(filter(None, (method.upper(), path, kind, name)))
            yield pytest.param(url_of(path, parameters), method.upper(), operation, kind, body, id=label)


def answers() -> Iterator[Any]:
    """Documented responses: schema and example of each."""
    for path, method, operation, _ in operations():
        for status, answer in operation["responses"].items():
            for kind, media in follow(answer).get("content", {}).items():
                for name, body in shown(media):
                    yield pytest.param(
                        media.get("schema", {}), body, id=f"{method.upper()} {path} {status} {kind} {name}"
                    )


def in_full(body: Any) -> Any:
    """Body as a caller sends it: an example that is shortened to one bar becomes as many days as a forecast needs."""
    bars = body.get("bars") if isinstance(body, dict) else None
    if not bars or len(bars) > 1:
        return body
    start = parse_time(bars[0]["time"])
    return {**body, "bars": [{**bars[0], "time": rfc3339(start + timedelta(days=day))} for day in range(400)]}


@pytest.mark.parametrize(("target", "method", "operation", "kind", "body"), [*requests()])
def test_a_documented_request_has_a_documented_response(
    system: System, scored: Json, target: str, method: str, operation: Json, kind: str, body: Any
) -> None:
    raw = body.encode() if isinstance(body, str) else body if body is None else json.dumps(in_full(body)).encode()
    url = system.outputs["api_url"].rstrip("/") + target
    status, headers, answer = http(method, url, raw, content_type=kind or "application/json")
    # The bars of the tests are old, which readiness reports with status 503.
    assert status == 200 or (target, status) == ("/ready", 503), answer
    content = follow(operation["responses"][str(status)]).get("content", {})
    if not content:
        assert not answer
        return
    schemas = {plain(kind): media.get("schema", {}) for kind, media in content.items()}
    answered = plain(headers["content-type"])
    assert answered in schemas, schemas.keys()
    if "json" in answered:
        validator(schemas[answered]).validate(answer)


def plain(content_type: str) -> str:
    """Content type without its parameters."""
    return content_type.split(";")[0].strip()


@pytest.mark.parametrize(("schema", "body"), [*answers()])
def test_a_documented_response_matches_its_schema(schema: Json, body: Any) -> None:
    validator(schema).validate(body)
