"""Browser over chromedriver: appearance, requests and console messages of a page, and the findings of axe-core."""

from __future__ import annotations

import base64
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from selenium import webdriver

from localstack.service import ROOT
from localstack.tests import npm

SHOTS = ROOT / "build" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = (1280, 800)
PHONE = (360, 740)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: arguments[0], resultTypes: ["violations"]})
  .then(found => done({violations: found.violations}), error => done({error: String(error)}));
"""

# axe checks the text of HTML only. This is the text of plots against the nearest opaque background, by WCAG's formula.
PLOT_TEXT = """
const parts = text => (text.match(/[\\d.]+/g) || []).map(Number);
const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const behind = node => {
  for (; node; node = node.parentElement) {
    const color = parts(getComputedStyle(node).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color.slice(0, 3);
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll("svg text")].map(node => {
  const [text, ground] = [parts(getComputedStyle(node).fill).slice(0, 3), behind(node)];
  const [low, high] = [luminance(text), luminance(ground)].sort((a, b) => a - b);
  return {text: node.textContent, ratio: (high + 0.05) / (low + 0.05)};
});
"""


def programs() -> tuple[str, str]:
    """Paths of browser and driver, as Debian installs them. Unavailable if one is missing."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        missing = "a browser" if not browser else "chromedriver"
        raise npm.Unavailable(f"{missing} is missing: `apt-get install chromium chromium-driver`, or your system's way")
    return browser, driver


def axe_source() -> str:
    """Source of the pinned axe-core, which is fetched once. Unavailable without npm, or if npm cannot fetch it."""
    return (npm.modules() / "axe-core" / "axe.min.js").read_text()


@dataclass(frozen=True)
class Look:
    """Colour scheme and window size in which a page is shown."""

    name: str
    scheme: str
    size: tuple[int, int]


LOOKS = (
    Look("light", "light", DESKTOP),
    Look("dark", "dark", DESKTOP),
    Look("phone", "light", PHONE),
    Look("phone-dark", "dark", PHONE),
    Look("600", "light", (600, 900)),
    Look("800", "dark", (800, 900)),
    Look("1000", "light", (1000, 900)),
)


class Browser:
    """Headless browser that can reach names under `localhost` only."""

    def __init__(self) -> None:
        browser, driver = programs()
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        arguments = [
            "--headless=new",
            # A request to another host fails, as behind a firewall, and is logged.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *.localhost, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--force-device-scale-factor=1",
            "--no-first-run",
        ]
        if os.geteuid() == 0:
            # The sandbox refuses to run as root, which is common in containers; the pages are our own.
            arguments.append("--no-sandbox")
        for argument in arguments:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # With a named driver selenium does not fetch one.
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
        self.width = DESKTOP[0]
        self.driver.set_page_load_timeout(60)
        self.driver.set_script_timeout(60)

    def close(self) -> None:
        self.driver.quit()

    def _command(self, method: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(method, parameters)

    def script(self, text: str, *arguments: Any) -> Any:
        return self.driver.execute_script(text, *arguments)

    def open(self, url: str, look: Look, javascript: bool = True) -> None:
        """Shows the page and discards earlier log entries."""
        width, height = self.width, _ = look.size
        self._command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": look.scheme}])
        self._command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self._command("Emulation.setScriptExecutionDisabled", value=not javascript)
        for kind in ("browser", "performance"):
            self._log(kind)
        self.driver.get(url)

    def _log(self, kind: str) -> list[Any]:
        """Entries of a log since the last call."""
        return list(self.driver.get_log(kind))  # type: ignore[no-untyped-call] # selenium has no types for it

    def complaints(self) -> list[str]:
        """Warnings and errors of the console."""
        return [entry["message"] for entry in self._log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self) -> list[str]:
        """URLs that the page requested, its own first."""
        events = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        urls = [str(params["request"]["url"]) for params in sent]
        return [url for url in urls if urlsplit(url).scheme not in ("data", "about")]

    def text(self) -> str:
        return str(self.script("return document.body.innerText"))

    def overflow(self) -> int:
        """Pixels by which the page is wider than the screen."""
        return int(self.script("return document.documentElement.scrollWidth")) - self.width

    def violations(self) -> list[str]:
        """Violations of WCAG A or AA that axe-core finds."""
        self.script(axe_source())
        found = self.driver.execute_async_script(RUN_AXE, TAGS)
        if "error" in found:
            raise RuntimeError(f"axe: {found['error']}")
        return [
            f"{rule['id']}: {node['html'][:200]}: {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def faint_plot_text(self, min_contrast: float = 4.5) -> list[str]:
        """Text of plots whose contrast is below `min_contrast`."""
        readings = self.script(PLOT_TEXT)
        faint = [reading for reading in readings if reading["ratio"] < min_contrast]
        return [f"{reading['text']}: {reading['ratio']:.2f}" for reading in faint]

    def screenshot(self, name: str) -> Path:
        """Picture of the whole page, also outside the window, in `build/screenshots/NAME.png`."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        whole = self._command("Page.getLayoutMetrics")["cssContentSize"]
        picture = self._command(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip={**whole, "scale": 1}
        )
        path = SHOTS / f"{name}.png"
        path.write_bytes(base64.b64decode(picture["data"]))
        return path
