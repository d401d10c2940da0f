"""What the README and the contract show as examples is sent as it stands there, and answered as it is shown."""

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
from localstack.tests.readme_examples import README, Example, examples
from localstack.tests.json_shape import differences
from localstack.system import ROOT, http, parse_time, rfc3339

CONTRACT = ROOT / "functions" / "predict" / "openapi.json"
METHODS = ("get", "post", "put", "delete", "patch")


@pytest.mark.parametrize("example", examples(README.read_text()), ids=lambda one: f"line {one.line}")
def test_curl_in_the_readme_does_what_is_shown(system, scored, example: Example):
    api = system.address
    # curl's own options come last: what the reader sees is what runs.
    command = f"{example.command} --silent --show-error --write-out '\\n%{{http_code}}'"
    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "API": api}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    assert status in ("200", "304"), done.stdout
    if example.answer is not None:
        assert differences(example.answer, json.loads(body)) == []


def test_the_readme_shows_calls_of_the_api():
    assert examples(README.read_text()), "no call of curl was found: are they written in another way now?"


def contract() -> dict[str, Any]:
    return json.loads(CONTRACT.read_text())


def follow(node: Any) -> Any:
    """What a `$ref` stands for; everything else as it is."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = contract()
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def shown(media: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The examples of a request body, an answer or a parameter, by name."""
    if "example" in media:
        yield "example", media["example"]
    for name, one in media.get("examples", {}).items():
        yield name, follow(one)["value"]


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Of one schema of the contract, with all that it refers to."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": contract()["components"]}, validate_formats=True)


def operations() -> Iterator[tuple[str, str, dict[str, Any], list[dict[str, Any]]]]:
    """Path, method, operation, and the parameters of both."""
    for path, item in contract()["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                named = [follow(one) for one in [*item.get("parameters", []), *operation.get("parameters", [])]]
                yield path, method, operation, named


def url_of(path: str, parameters: list[dict[str, Any]]) -> str:
    """The path with the examples of its parameters."""
    values = {(one["in"], one["name"]): text(value) for one in parameters for _, value in list(shown(one))[:1]}
    for (place, name), value in values.items():
        if place == "path":
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
    query = urlencode({name: value for (place, name), value in values.items() if place == "query"})
    return f"{path}?{query}" if query else path


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def requests() -> Iterator[Any]:
    """Every documented request: one for each example of a body, else one."""
    for path, method, operation, parameters in operations():
        bodies = operation.get("requestBody", {}).get("content", {})
        named = [(kind, name, body) for kind, media in bodies.items() for name, body in shown(media)]
        for kind, name, body in named or [("", "", None)]:
            label = " ".join(filter(None, (method.upper(), path, kind, name)))
            yield pytest.param(url_of(path, parameters), method.upper(), operation, kind, body, id=label)


def answers() -> Iterator[Any]:
    """Every documented answer: its schema and an example."""
    for path, method, operation, _ in operations():
        for status, answer in operation["responses"].items():
            for kind, media in follow(answer).get("content", {}).items():
                for name, body in shown(media):
                    yield pytest.param(media.get("schema", {}), body, id=f"{method.upper()} {path} {status} {kind} {name}")


def in_full(body: Any) -> Any:
    """The body as the caller would send it. An example that is shortened to one bar says so; it stands for as many
    days in a row as a forecast needs."""
    bars = body.get("bars") if isinstance(body, dict) else None
    if not bars or len(bars) > 1:
        return body
    start = parse_time(bars[0]["time"])
    return {**body, "bars": [{**bars[0], "time": rfc3339(start + timedelta(days=day))} for day in range(400)]}


@pytest.mark.parametrize(("target", "method", "operation", "kind", "body"), [*requests()])
def test_a_documented_request_is_answered_as_documented(system, scored, target, method, operation, kind, body):
    raw = body.encode() if isinstance(body, str) else body if body is None else json.dumps(in_full(body)).encode()
    url = system.outputs["api_url"].rstrip("/") + target
    status, headers, answer = http(method, url, raw, content_type=kind or "application/json")
    # The market of the tests lies in the past: readiness says so, by its own document.
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
    """A content type without its parameters."""
    return content_type.split(";")[0].strip()


@pytest.mark.parametrize(("schema", "body"), [*answers()])
def test_a_documented_answer_is_of_its_own_schema(schema, body):
    validator(schema).validate(body)
