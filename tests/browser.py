"""A real browser at the console: Debian's Chromium, driven by Playwright. Journeys are in tests/long.

``with chromium() as browser, demonstration(folder) as demo:`` and then ``visit = Visit.of(browser, demo)``: a
page that remembers every request it made and everything it complained of.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

IN_CI = os.environ.get("CI") == "true"
ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PATIENCE_S = 120

WIDTHS = (360, 768, 1280)
"""CSS pixels: a phone, a tablet, an office PC."""

NAMES = {
    "supervisor": "ratna",
    "call_taker": "petugas-1",
    "shift_lead": "kepala-1",
    "data_staff": "data-1",
    "auditor": "auditor-1",
    "administrator": "admin-1",
}
"""The demonstration's accounts, all under one password."""

_AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def _program() -> str:
    """Where Chromium is; installed in CI, else a test that wants it is skipped by name."""
    if IN_CI and shutil.which("chromium") is None:
        quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
        subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]
        subprocess.run(install, check=False, capture_output=True, env=quiet)
    found = shutil.which("chromium")
    if found is None:
        assert not IN_CI, "CI runs these tests: apt-get install chromium"
        pytest.skip("no browser is installed: apt-get install chromium")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    program = _program()
    with sync_playwright() as playwright:
        # A container has no user namespaces to build a sandbox from; what it opens is our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True)
class Demo:
    """A running demonstration, its shift replayed."""

    address: str
    keys: dict[str, Any]
    folder: Path

    @property
    def password(self) -> str:
        """Of every account."""
        return str(self.keys["console"]["password"])


@contextmanager
def demonstration(folder: Path, **settings: str) -> Iterator[Demo]:
    """Start ``prankfilter-serve --demo`` on the shipped model, and wait until its shift is replayed."""
    log = folder / "serve.log"
    # As `make run` starts it: where the shipped models are.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRANKFILTER_")}
    with log.open("w") as out:
        process = subprocess.Popen(
            [BIN / "prankfilter-serve", "--demo", "--port", "0"],
            cwd=ROOT,
            env=environment | {"PRANKFILTER_DATA": str(folder / "data")} | settings,
            stdout=out,
            stderr=out,
        )
    try:
        address = _address(process, log)
        keys = json.loads((folder / "data" / "demo-keys.json").read_text(encoding="utf-8"))
        yield Demo(address, keys, folder)
    finally:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(PATIENCE_S * 10):
        told = re.search(r"Its console: (http://127\.0\.0\.1:\d+)/", log.read_text(encoding="utf-8"))
        if told:
            return told[1]
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError("the demonstration does not start")


@dataclass
class Visit:
    """One person's browser window."""

    page: Page
    demo: Demo
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What the browser wrote to its console: a refused script or style, a fault in a script."""

    @classmethod
    def of(cls, browser: Browser, demo: Demo, *, width: int = 1280, **context: Any) -> Visit:
        """Open a window in which nobody has signed in."""
        # Colours that fade from one scheme to the other would be measured half-way.
        still = {"reduced_motion": "reduce", "viewport": {"width": width, "height": 800}}
        opened = browser.new_context(**still, **context)
        visit = cls(opened.new_page(), demo)
        visit.page.set_default_timeout(PATIENCE_S * 1000)
        visit.page.on("request", lambda request: visit.requests.append(request.url))
        visit.page.on("console", visit._listen)
        visit.page.on("pageerror", lambda fault: visit.complaints.append(str(fault)))
        return visit

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        """Go to a page of the console."""
        self.page.goto(self.demo.address + path)
        return self.page

    def sign_in(self, role: str) -> Page:
        """Sign in as somebody of a role."""
        page = self.open("/console/login")
        page.fill("#name", NAMES[role])
        page.fill("#password", self.demo.password)
        with page.expect_navigation():
            page.click("main button")
        assert "/console/login" not in page.url
        return page

    def close(self) -> None:
        """Close the window."""
        self.page.context.close()

    @property
    def elsewhere(self) -> list[str]:
        """Requests that left for another host."""
        ours = urlsplit(self.demo.address).netloc
        return [one for one in self.requests if urlsplit(one).netloc not in (ours, "")]

    # --- what every page must be -------------------------------------------------------------

    def findings(self) -> list[str]:
        """What axe-core finds wrong with the page that is open (WCAG 2.2 A and AA, and good practice)."""
        if not self.page.evaluate("typeof window.axe === 'object'"):
            self.page.evaluate(_AXE)
        told = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [
            f"{self.page.url} {found['id']}: {node['html'][:160]}"
            for found in told["violations"]
            for node in found["nodes"]
        ]

    def overflow_px(self) -> int:
        """By how much the page is wider than its window."""
        wide: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide

    def small_targets(self) -> list[str]:
        """What is to be pressed and is lower than 44 px."""
        found: list[str] = self.page.evaluate(
            """[...document.querySelectorAll('button, nav a, summary, select, input:not([type=hidden])')]
            .filter(one => one.checkVisibility())
            .filter(one => !one.matches('[type=checkbox], [type=radio]'))
            .filter(one => one.getBoundingClientRect().height < 43.5)
            .map(one => one.outerHTML.slice(0, 160))"""
        )
        return found


def pages_of(page: Page) -> list[str]:
    """The addresses in the menu of whoever has signed in."""
    links = page.locator("header nav a")
    return [str(links.nth(number).get_attribute("href")) for number in range(links.count())]
