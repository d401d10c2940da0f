"""Tests of the dashboard and a report in a real browser: colour schemes, screen sizes, no JavaScript, accessibility."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from localstack.system import DAILY, Json, System
from localstack.tests import npm
from localstack.tests.chromium import LOOKS, Browser, Look, axe_source
from localstack.tests.raw_http import Wire

PAGES = {"dashboard": "/", "report": f"/reports/{DAILY}/latest", "missing": f"/reports/{DAILY}/2001-01-01T000000Z"}

HTML_RULES = {"extends": ["html-validate:recommended"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        axe_source()
        opened = Browser()
    except npm.Unavailable as missing:
        # CI always has a browser; development without one is possible.
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    yield opened
    opened.close()


@pytest.fixture
def url(system: System, scored: Json) -> Callable[[str], str]:
    """Address of a page by its name. Browsers resolve names under `localhost` to this machine."""
    return lambda page: system.outputs["api_url"].rstrip("/") + PAGES[page]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_accessible_and_requests_no_other_host(
    browser: Browser, url: Callable[[str], str], page: str, look: Look
) -> None:
    browser.open(url(page), look)
    picture = browser.screenshot(f"{page}-{look.name}")

    # The browser reports each page that is a 404.
    assert [line for line in browser.complaints() if page != "missing" or "404" not in line] == []
    requested = browser.requests()
    assert requested[0] == url(page)
    assert {urlsplit(address).netloc for address in requested} == {urlsplit(url(page)).netloc}
    assert browser.overflow() <= 0, f"wider than the window: {picture}"
    assert browser.violations() == []
    assert browser.faint_plot_text() == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_same_text_without_javascript(browser: Browser, url: Callable[[str], str], page: str) -> None:
    look = LOOKS[0]
    browser.open(url(page), look)
    with_scripts = browser.text()
    browser.open(url(page), look, javascript=False)
    browser.screenshot(f"{page}-no-javascript")
    assert (DAILY in with_scripts) or page == "missing"
    assert browser.text() == with_scripts


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_valid_html(system: System, scored: Json, tmp_path: Path, page: str) -> None:
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(HTML_RULES))
    reply = Wire.to(system.outputs["api_url"]).ask("GET", PAGES[page], headers=[("accept", "text/html")])
    (tmp_path / "page.html").write_bytes(reply.body)
    done = npm.run("html-validate", "page.html", cwd=tmp_path)
    assert done.returncode == 0, f"{reply.status}: {done.stdout}"


@pytest.mark.parametrize("page", PAGES)
def test_dark_is_dark_and_light_is_light(browser: Browser, url: Callable[[str], str], page: str) -> None:
    brightness = {}
    for look in LOOKS[:2]:
        browser.open(url(page), look)
        color = browser.script(
            "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
        )
        brightness[look.name] = sum(color) / 3
    assert brightness["dark"] < 80 and brightness["light"] > 180, brightness


BROKEN = """<!DOCTYPE html><title>broken</title><body style="background:#fff"><p style="color:#aaa">faint</p>
<div style="width:900px">wide</div><img src="http://elsewhere.localhost:1/x.png"><svg><text fill="#999">plot</text></svg>
<script>document.body.append(" scripted")</script>"""


def test_the_checks_find_the_defects_of_a_broken_page(browser: Browser) -> None:
    """Proves that the tests above can fail."""
    look = next(look for look in LOOKS if look.name == "phone")
    browser.open("data:text/html," + quote(BROKEN), look)
    assert any("Failed to load resource" in line for line in browser.complaints())
    assert "http://elsewhere.localhost:1/x.png" in browser.requests()
    assert browser.overflow() > 0
    found = "".join(browser.violations())
    assert "color-contrast" in found and "image-alt" in found
    assert browser.faint_plot_text() == ["plot: 2.85"]
    assert "scripted" in browser.text()
    browser.open("data:text/html," + quote(BROKEN), look, javascript=False)
    assert "scripted" not in browser.text()
