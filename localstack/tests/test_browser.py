"""The dashboard and a report in a real browser: light, dark, on a phone, without JavaScript, and for who cannot see well."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from localstack.tests import npm
import pytest
from localstack.tests.chromium import LOOKS, Browser, Unavailable, axe_source
from localstack.system import DAILY
from localstack.tests.raw_http import Wire

PAGES = {"dashboard": "/", "report": f"/reports/{DAILY}/latest", "missing": f"/reports/{DAILY}/2001-01-01T000000Z"}

HTML_RULES = {"extends": ["html-validate:recommended"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        axe_source()
        opened = Browser()
    except Unavailable as missing:
        # Where the pages are judged they are seen; who develops without a browser is not held up.
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    yield opened
    opened.close()


@pytest.fixture
def url(system, scored):
    """The address of a page by its name. The browser knows by itself that names under `localhost` are this machine."""
    return lambda page: system.outputs["api_url"].rstrip("/") + PAGES[page]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_well_and_asks_nobody_else(browser, url, page, look):
    browser.open(url(page), look)
    picture = browser.screenshot(f"{page}-{look.name}")

    # A browser reports each page that is a 404.
    assert [line for line in browser.complaints() if page != "missing" or "404" not in line] == []
    asked = browser.requests()
    assert asked[0] == url(page)
    assert {urlsplit(one).netloc for one in asked} == {urlsplit(url(page)).netloc}
    assert browser.overflow() <= 0, f"wider than the window: {picture}"
    assert browser.violations() == []
    assert browser.faint_plot_text() == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_the_same_without_javascript(browser, url, page):
    look = LOOKS[0]
    browser.open(url(page), look)
    with_scripts = browser.text()
    browser.open(url(page), look, javascript=False)
    browser.screenshot(f"{page}-no-javascript")
    assert (DAILY in with_scripts) or page == "missing"
    assert browser.text() == with_scripts


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_valid_html(system, scored, tmp_path, page):
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(HTML_RULES))
    reply = Wire.to(system.outputs["api_url"]).ask("GET", PAGES[page], headers=[("accept", "text/html")])
    (tmp_path / "page.html").write_bytes(reply.body)
    done = npm.run("html-validate", "page.html", cwd=tmp_path)
    assert done.returncode == 0, f"{reply.status}: {done.stdout}"


@pytest.mark.parametrize("page", PAGES)
def test_dark_is_dark_and_light_is_light(browser, url, page):
    brightness = {}
    for look in LOOKS[:2]:
        browser.open(url(page), look)
        color = browser.script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)")
        brightness[look.name] = sum(color) / 3
    assert brightness["dark"] < 80 and brightness["light"] > 180, brightness


BROKEN = """<!DOCTYPE html><title>broken</title><body style="background:#fff"><p style="color:#aaa">faint</p>
<div style="width:900px">wide</div><img src="http://elsewhere.localhost:1/x.png"><svg><text fill="#999">plot</text></svg>
<script>document.body.append(" scripted")</script>"""


def test_what_is_wrong_with_a_page_is_noticed(browser):
    """So that the tests above cannot pass by not looking."""
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
