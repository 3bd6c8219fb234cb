"""A running local system, its console, and Debian's Chromium. Pages are watched for errors and for calls elsewhere."""

import os
import re
import shutil
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from integration.module import Module
from integration.operations import waiting
from integration.operations.console.local import local_console
from integration.operations.console.server import serve
from integration.operations.local.system import Options, start

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
USUAL = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "reduced_motion": "reduce"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """One system, one worker."""
    for item in items:
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker(pytest.mark.plane)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def chromium():
    if not CHROMIUM:
        pytest.skip("needs Debian's chromium: make browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def running(chromium):
    with start(Options(module=Module.ITSM)) as system:
        yield system


@pytest.fixture(scope="package")
def address(running):
    """`address()` opens the console in one browser."""
    app = local_console(running)
    with serve(app) as url:
        yield lambda: app.state.keys.address(url)


@pytest.fixture
def read(address):
    """`read(path)` from a program that was given an address of its own."""
    with requests.Session() as session:
        url = session.get(address(), timeout=10).url
        yield lambda path: session.get(urljoin(url, path), timeout=10)


@pytest.fixture
def day(running):
    return running.people()


@pytest.fixture
def opened(chromium):
    """`opened(address, **options)` gives a page; at the end it must have been quiet and have stayed on its origin.

    Without motion unless `options` say otherwise: without a graphics card each frame of it is drawn by the processor.
    """
    contexts = []

    def open_page(address, **options):
        context = chromium.new_context(**{**USUAL, **options})
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.errors, page.elsewhere = [], []
        contexts.append((context, page))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
        ours = urljoin(address, "/")
        page.on("request", lambda asked: None if asked.url.startswith(ours) else page.elsewhere.append(asked.url))
        page.goto(address)
        page.locator("#line.live").wait_for()
        page.locator("#place", has_text="module").wait_for()
        return page

    yield open_page
    told = [(page.errors, page.elsewhere) for _, page in contexts]
    for context, _ in contexts:
        context.close()
    assert told == [([], [])] * len(contexts)


@pytest.fixture
def page(opened, address):
    """The local console; what a test broke is healed at its end."""
    page = opened(address())
    yield page
    for switch in page.locator(".break[aria-checked=true]").all():
        switch.evaluate("button => button.click()")
    page.wait_for_function("() => !document.querySelector('.break[aria-checked=true]')")


@pytest.fixture
def pictures(tmp_path):
    """Where screenshots go: the documentation if `PICTURES` is set (`make pictures`), else nowhere that stays."""
    return HERE.parents[1] / "docs" / "images" if os.environ.get("PICTURES") else tmp_path


@pytest.fixture
def act():
    return Acting()


class Acting:
    """What a person does on the page."""

    def card(self, page, side, title):
        return page.locator(f"#{side} .card", has=page.locator(".title", has_text=exactly(title)))

    def create(self, page, kind, title, description="Seen by the SOC."):
        page.get_by_role("button", name=f"New {kind}").click()
        form = page.locator("#make")
        form.locator("input").fill(title)
        form.locator("textarea").fill(description)
        form.get_by_role("button", name="Create").click()
        form.wait_for(state="hidden")

    def pair(self, page, title):
        """The open sheet of a pair that stands on both sides."""
        self.card(page, "incidents", title).wait_for()
        self.card(page, "cases", title).click()
        sheet = page.locator("#sheet")
        sheet.locator("h2", has_text="⇄").wait_for()
        return sheet

    def turn(self, page, title, *, on):
        switch = page.get_by_role("switch", name=title, exact=True)
        switch.click()
        page.locator(f".break[aria-checked={str(on).lower()}]", has_text=title).wait_for()

    def row(self, page, title):
        """The pair's row in the table of links."""
        case_id = self.card(page, "cases", title).locator(".id").inner_text()
        return page.locator(f'#link-rows tr[data-case="{case_id}"]')


def exactly(text):
    return re.compile(f"^{re.escape(text)}$")


@pytest.fixture
def until():
    """Wait for a condition; its value."""
    return waiting.until
