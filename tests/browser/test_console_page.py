"""The page itself: safe with any text, usable with keys, in any theme and width, and read-only where it must be."""

from contextlib import contextmanager

import boto3
import pytest

from integration.aws_plane.plane import ACCOUNT
from integration.operations.console.app import create_app
from integration.operations.console.deployed import DeployedSource
from integration.operations.console.emulator_client import EmulatorClient
from integration.operations.console.live import LiveSource
from integration.operations.console.server import serve
from integration.operations.deployment.account import Account
from integration.operations.deployment.deployed import find

UNNAMED = """() => [...document.querySelectorAll('button, input, select, textarea')]
    .filter((each) => !each.textContent.trim() && !each.getAttribute('aria-label') && !(each.labels || []).length)
    .map((each) => each.outerHTML)"""
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def test_titles_are_texts(page, act):
    """Whatever a title holds is shown as it is; nothing of it runs or is loaded."""
    act.create(page, "case", HOSTILE, HOSTILE)
    act.card(page, "cases", HOSTILE).wait_for()
    sheet = act.pair(page, HOSTILE)
    assert sheet.get_by_label("Title").input_value() == HOSTILE
    assert page.title() == "Security Incident Response ⇄ ServiceNow"
    assert page.locator("main script, main img, dialog script, dialog img").count() == 0


def test_the_policy_of_the_page_lets_nothing_else_in(read):
    policy = read("/").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_keys_are_enough(page, act):
    """Skip link, cards in tab order, Enter opens, Escape closes and the focus is back where it was."""
    act.create(page, "case", "By keys")
    card = act.card(page, "cases", "By keys")
    card.focus()
    page.keyboard.press("Enter")
    page.locator("#sheet[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("#sheet").wait_for(state="hidden")
    assert card.evaluate("card => card === document.activeElement")


def test_everything_has_a_name(page, act):
    """A screen reader finds landmarks, and no control without a name."""
    act.create(page, "case", "Named")
    act.pair(page, "Named")
    unnamed = page.evaluate(UNNAMED)
    assert unnamed == []
    for landmark in ("header", "main", "section[aria-labelledby=cases-title]", "section[aria-labelledby=links-title]"):
        assert page.locator(landmark).count() >= 1


def test_themes_follow_the_system_and_the_button(opened, address):
    page = opened(address(), color_scheme="dark")
    shade = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(shade)
    page.get_by_role("button", name="Theme").click()
    light = page.evaluate(shade)
    page.get_by_role("button", name="Theme").click()
    assert (page.evaluate(shade), light != dark) == (dark, True)
    page.reload()
    page.get_by_role("button", name="Theme: dark").wait_for()


@pytest.mark.parametrize("width", [360, 768, 1024])
def test_a_narrow_window_needs_no_sideways_scrolling(opened, address, width):
    page = opened(address(), viewport={"width": width, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.get_by_role("button", name="New case").is_visible()


def test_a_lost_line_is_said_and_how_it_is_found_again(chromium, running):
    """Another console on the port is none of this page's: it opens by an address of its own."""
    page = chromium.new_context().new_page()
    with _shown(running) as (url, address):
        page.goto(address)
        page.locator("#line.live").wait_for()
    page.locator("#line.lost").wait_for()
    with _shown(running, int(url.rpartition(":")[2])) as (_, address):
        page.locator("#line.over", has_text="address").wait_for(timeout=20_000)
        page.goto(address)
        page.locator("#line.live").wait_for()
        page.context.close()


def test_an_address_opens_one_browser_and_stands_in_no_history(chromium, running):
    with _shown(running) as (url, address):
        page = chromium.new_context().new_page()
        page.goto(address)
        page.locator("#line.live").wait_for()
        assert page.url == f"{url}/"
        assert page.evaluate("() => document.cookie") == ""
        another = chromium.new_context().new_page()
        assert another.goto(address).status == 403
        assert another.goto(url).status == 403
        for each in (page, another):
            each.context.close()


def test_a_read_only_page_has_nothing_that_writes(opened, running):
    """Neither a control nor a route, whatever is sent."""
    with _shown(running) as (_, address):
        page = opened(address)
        page.locator("#links").wait_for()
        assert page.locator("#switches *, #cases-tools *, #incidents-tools *, fieldset").count() == 0
        assert page.locator("meta[name=console-token]").get_attribute("content") == ""
        for path in ("/api/act/case.create", "/api/switch/servicenow_down", "/api/attach/case/1"):
            told = page.evaluate("path => fetch(path, {method: 'POST', body: '{}'}).then(a => a.status)", path)
            assert told in {403, 404, 405}
        page.errors.clear()  # the refusals just asked for


def test_a_deployment_is_shown_read_only(opened, act, page, running, monkeypatch):
    """The same plane, seen only through table, queues, metrics and ListCases, as `console` sees an account."""
    act.create(page, "case", "Seen from outside")
    act.card(page, "incidents", "Seen from outside").wait_for()
    act.row(page, "Seen from outside").locator(".pill", has_text="in step").wait_for()
    for name, value in running.plane.operator_environment().items():
        monkeypatch.setenv(name, value)
    source = DeployedSource(_deployed(running))
    assert "Seen from outside" in [card.title for card in source.snapshot().cases]
    app = create_app(source, None)
    with serve(app) as url:
        seen = opened(app.state.keys.address(url))
        act.card(seen, "cases", "Seen from outside").wait_for()
        row = act.row(seen, "Seen from outside")
        row.locator(".pill", has_text="in step").wait_for()
        assert row.locator("td").nth(1).inner_text().startswith("INC")
        seen.locator("#traffic .pass", has_text="incident made").first.wait_for()
        row.click()
        link = seen.locator("#sheet .snow a:visible", has_text="Open in ServiceNow")
        assert link.get_attribute("href").startswith(running.servicenow_url)
        seen.locator("#sheet .passes", has_text="incident made").wait_for()
        seen.get_by_role("button", name="Show the plan").click()
        seen.locator("#sheet .plan", has_text="In step").wait_for()


def test_the_machine_readable_picture_holds_what_the_page_shows(read):
    told = read("/api/picture").json()
    assert told["mode"] == "local"
    assert {switch["key"] for switch in told["switches"]} >= {"servicenow_down", "webhooks_lost"}


@contextmanager
def _shown(running, port=0):
    """A console that only shows: its URL, and the address that opens it."""
    app = create_app(LiveSource(running, EmulatorClient(running.security_ir_admin, running.servicenow_admin)), None)
    with serve(app, port) as url:
        yield url, app.state.keys.address(url)


def _deployed(running):
    return find(Account(boto3.Session(), ACCOUNT, "us-east-1", "arn:aws:iam::123456789012:root"), running.names)
