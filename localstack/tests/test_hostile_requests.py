"""Tests of hostile requests: they are refused, nothing breaks, and their text is in the logs only as quoted values."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator

import pytest

from localstack.system import DAILY, Json, System, wait_for
from localstack.tests.raw_http import Reply, Wire

FORECAST = f"/v1/series/{DAILY}/forecast"
SCORING = f"/v1/series/{DAILY}/invocations"
POSTS = ("/predict", FORECAST, "/invocations", SCORING)


@pytest.fixture(scope="module")
def wire(system: System, scored: Json) -> Wire:
    return Wire.to(system.outputs["api_url"])


@pytest.fixture(scope="module", autouse=True)
def since() -> int:
    """Start of these tests in milliseconds; later log lines are theirs."""
    return int(time.time() * 1000)


def refused(reply: Reply, statuses: tuple[int, ...]) -> None:
    """Asserts an error response of predict in the format of the route: problem JSON, or MLflow's error JSON."""
    assert reply.status in statuses, (reply.status, reply.body[:500])
    assert reply.from_predict, reply.headers
    answer = reply.json
    if reply.headers["content-type"].startswith("application/problem+json"):
        assert answer["type"].startswith("urn:weathervane:problem:"), answer
        assert answer["status"] == reply.status
    else:
        assert reply.headers["content-type"].startswith("application/json")
        assert answer["error_code"] and answer["message"], answer


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("beyond_every_limit", [False, True])
def test_a_body_that_is_too_large_is_refused(wire: Wire, path: str, beyond_every_limit: bool) -> None:
    """The gateway of AWS refuses 7 MB, which are more than a function may receive; the emulator passes them on."""
    limit = (4 if path.endswith("/invocations") else 1) * 1024 * 1024
    padding = b" " * (7_000_000 if beyond_every_limit else limit)
    reply = wire.ask("POST", path, b'{"bars":[' + padding + b"]}")
    refused(reply, (413,))


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("opening", [b"[", b'{"bars":', b'{"inputs":[', b'{"a":'])
def test_deeply_nested_json_is_refused(wire: Wire, path: str, opening: bytes) -> None:
    refused(wire.ask("POST", path, opening * 100_000), (400, 413, 422))


@pytest.mark.parametrize("path", POSTS)
def test_a_slow_body_is_read_to_its_end(wire: Wire, path: str) -> None:
    body = b'{"bars": "slow"}'
    pieces = [
        wire.head("POST", path, len(body), [("content-type", "application/json")]),
        *(body[i : i + 1] for i in range(len(body))),
    ]
    refused(wire.send(pieces, pause=0.1), (400, 422))


@pytest.mark.parametrize("path", POSTS)
def test_a_truncated_body_never_reaches_the_function(system: System, wire: Wire, path: str) -> None:
    """The gateway waits for the rest and then closes the connection: the response is not from predict."""
    mark = uuid.uuid4().hex
    head = wire.head("POST", path, 1_000, [("content-type", "application/json")])
    reply = wire.send([head + f'{{"{mark}":'.encode()], hang_up=True)
    assert not reply.from_predict
    assert reply.status is None or 400 <= reply.status < 500
    assert wire.ask("GET", "/openapi.json").status == 200


WRONG_TYPES = (
    "",
    "text/html",
    "application/xml",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "json",
    "application/jsonx",
    "a" * 4_000,
    "text/\xff",
)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("kind", WRONG_TYPES, ids=lambda kind: kind[:40] or "empty")
def test_a_wrong_content_type_is_refused(wire: Wire, path: str, kind: str) -> None:
    for body in (b"time,open\n1,2\n", b"\x00\xff\xfe{}", b'{"bars": 3}'):
        refused(wire.ask("POST", path, body, [("content-type", kind)]), (400, 415, 422))


SLUGS = {
    "parent": "..%2f..%2fetc%2fpasswd",
    "plain parent": "../../health/..",
    "twice encoded parent": "%252e%252e%252f",
    "encoded slash": f"{DAILY}%2fforecast",
    "backslash": "..%5c..%5c",
    "null": "%00",
    "slug and null": f"{DAILY}%00",
    "line break": f"{DAILY}%0d%0aset-cookie:%20a=b",
    "not UTF-8": "%ff%fe",
    "half an escape": "%e2%82",
    "no escape": "%zz",
    "unicode": "%e2%82%ac%f0%9f%92%a9%e2%80%ae",
    "line separator": "a%e2%80%a8b%c2%85c",
    "upper case": DAILY.upper(),
    "space": "%20",
    "empty": "",
    "long": "a" * 4_000,
    "quotes": "%22%7d%7b%27%60",
    "template": "%7bseries%7d",
    "semicolon": f"{DAILY};x=1",
}
"""Path segments in place of the series."""


@pytest.mark.parametrize("name", SLUGS)
@pytest.mark.parametrize(
    "route",
    [
        "/v1/series/{}/forecast",
        "/v1/series/{}/forecasts",
        "/v1/series/{}/versions",
        "/reports/{}/latest",
        "/v1/series/{}/ping",
    ],
)
def test_a_path_trick_in_place_of_the_series_is_not_found(wire: Wire, route: str, name: str) -> None:
    reply = wire.ask("GET", route.format(SLUGS[name]))
    refused(reply, (400, 404))
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize(
    "target",
    [
        f"/v1/series/{DAILY}/forecast/",
        f"/v1//series/{DAILY}/forecast",
        f"/v1/series//{DAILY}/forecast",
        "/v1/series/",
        f"/v1/series/{DAILY}/forecast%2f",
        f"/v1/./series/{DAILY}/forecast",
        "/%68ealth/x",
        "/PREDICT",
        f"/reports/{DAILY}/..%2f..%2fmodels",
        f"/reports/{DAILY}/latest.html",
        f"/reports/{DAILY}/2023-11-05T010203Z%00.json",
        f"/reports/{DAILY}/9999-99-99T999999Z",
        f"/reports/{DAILY}/2023-11-05T010203Z.json.json",
        "/nothing",
    ],
)
def test_a_path_that_is_no_route_is_not_found(wire: Wire, target: str) -> None:
    refused(wire.ask("GET", target), (400, 404))


FORGED = '"}}\n{{"level":"ERROR","message":"{mark}","request_id":"{mark}"}}'
"""Text that would be a log line of its own if it were not escaped."""


def logged(system: System, since: int) -> list[str]:
    """Log lines of predict since a time in milliseconds, without those of the platform."""
    pages = (
        system.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/aws/lambda/{system.outputs['function_names']['predict']}", startTime=since)
    )
    lines = [event["message"].rstrip("\n") for page in pages for event in page["events"]]
    return [line for line in lines if not line.startswith(("START ", "END ", "REPORT ", "INIT_START "))]


def injections(mark: str) -> Iterator[tuple[str, str, bytes | None, list[tuple[str, str]]]]:
    """Requests with the forged line in each place where a caller can put text."""
    text = FORGED.format(mark=mark)
    escaped = "".join(f"%{byte:02x}" for byte in text.encode())
    for breaks in ("%0a", "%0d%0a", "%e2%80%a8", "%c2%85", "%0b", "%1b%5b2K"):
        yield "GET", f"/{breaks}{escaped}", None, []
        yield "GET", f"/v1/series/{breaks}{escaped}/forecast", None, []
        yield "GET", f"{FORECAST}?explain={breaks}{escaped}", None, []
        yield "GET", f"{FORECAST}?{breaks}{escaped}=1", None, []
        yield "GET", f"/v1/series/{DAILY}/forecasts?from={breaks}{escaped}", None, []
        yield "GET", f"/v1/series/{DAILY}/forecasts?cursor={breaks}{escaped}", None, []
        yield "GET", f"/reports/{DAILY}/{breaks}{escaped}", None, []
    for path in POSTS:
        yield "POST", path, text.encode(), []
        yield "POST", path, json.dumps({text: 1}).encode(), []
        yield "POST", path, json.dumps({"bars": [{text: text}]}).encode(), []
        yield "POST", path, json.dumps({"dataframe_records": [{text: text}]}).encode(), []
        yield "POST", path, b"{}", [("content-type", f"text/{mark}")]
    for name in (
        "x-request-id",
        "x-amzn-requestid",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "user-agent",
        "referer",
        "if-none-match",
    ):
        yield "GET", FORECAST, None, [(name, text.replace("\n", " "))]
        yield "GET", f"/{mark}", None, [(name, mark)]
    # Not allowed in any URI.
    for proto in ("https,http", "!", "a b"):
        yield "GET", FORECAST, None, [("x-forwarded-proto", proto)]
    yield "GET", FORECAST + '?a="<b>', None, []


def test_text_of_a_caller_never_becomes_a_log_line(system: System, wire: Wire, since: int) -> None:
    mark = f"forged-{uuid.uuid4().hex}"
    answered = set()
    for method, target, body, headers in injections(mark):
        reply = wire.ask(method, target, body, headers)
        assert reply.status is not None and reply.status < 500, (method, target, headers, reply)
        assert mark not in "".join(reply.headers.values())
        if reply.from_predict:
            answered.add(reply.headers["x-request-id"])

    lines = wait_for(
        "a line that quotes the caller",
        lambda: [line for line in logged(system, since) if mark in line] and logged(system, since),
    )
    for line in lines:
        entry = json.loads(line)
        assert isinstance(entry, dict), line
        for field in ("timestamp", "level", "target", "message", "request_id"):
            assert mark not in str(entry.get(field, "")), line
        if mark in line:
            assert entry["request_id"] in answered, line


@pytest.mark.parametrize("name", ["x-request-id", "x-amzn-requestid", "x-amzn-trace-id"])
def test_a_caller_cannot_choose_the_request_id(wire: Wire, name: str) -> None:
    reply = wire.ask("GET", "/nothing", None, [(name, "forged")])
    refused(reply, (404,))
    assert "forged" not in (reply.headers["x-request-id"], reply.json["request_id"])


@pytest.mark.parametrize(
    "headers",
    [
        [("x-forwarded-for", "1.2.3.4, " * 500)],
        [(f"x-{n}", "y") for n in range(90)],
        [("cookie", "a=" + "b" * 4_000)],
        [("content-length", "-1")],
        [("transfer-encoding", "gzip")],
        [("expect", "x")],
        [("x y", "z")],
        [("a", "b\r\n c")],
        [("a", "b\nx-request-id: forged")],
        [("a", "\x00")],
        [("host", "example.com")],
    ],
    ids=lambda headers: headers[0][0] + f" x{len(headers)}",
)
def test_odd_headers_break_nothing(wire: Wire, headers: list[tuple[str, str]]) -> None:
    """The gateway refuses some itself: by closing the connection, or an unknown encoding with 501, as in RFC 9112."""
    reply = wire.ask("GET", "/openapi.json", None, headers)
    assert reply.status in (None, 200, 501) or 400 <= reply.status < 500, reply
    assert reply.status != 501 or not reply.from_predict
    assert "forged" not in reply.headers.get("x-request-id", "")
    assert wire.ask("GET", "/openapi.json").status == 200
