"""What the console shows of integrations besides cases, in a real browser; texts stay texts."""

from __future__ import annotations

from integration.operations.console.app import create_app
from integration.operations.console.server import serve
from integration.operations.console.snapshot import Panel, Snapshot

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"
ROWS = tuple((f"8fa4e375-6c1b-57de-8cad-fb253bd7{n:04d}", "ready", "2026-12-13 09:00 UTC", "no") for n in range(30))
PANELS = (
    Panel(
        "Workspace", ("workspace", "phase", "due", "blocked"), (("w1", HOSTILE, "never", "yes"), *ROWS),
        ("workspace w1 waits: the account's quota of buckets is reached: raise it, or end workspaces",),
    ),
    Panel("Change"),
)  # fmt: skip


class Told:
    """A source that tells this picture."""

    pace_s = 0.2

    def snapshot(self):
        return Snapshot("deployed", "itsm", "default", "account 111122223333, eu-central-1", panels=PANELS)

    def traffic(self, _after):
        return ()


def test_each_integration_has_a_table_and_says_what_wants_looking_at(opened, tmp_path):
    app = create_app(Told(), None)
    with serve(app) as url:
        page = opened(app.state.keys.address(url), viewport={"width": 1300, "height": 900})
        table = page.get_by_role("group", name="Table of Workspace")
        assert table.locator("tbody tr").count() == 31
        assert page.locator(".wants li").all_inner_texts() == list(PANELS[0].said)
        assert page.locator("#panel-change").inner_text() == "Change 0"
        assert page.locator("main img").count() == 0
        seen = page.get_by_role("group", name="Map of the flow").evaluate("it => it.clientHeight / it.scrollHeight")
        assert seen == 1, "whatever stands below, the map is whole"
        assert page.title() == "Security Incident Response ⇄ ServiceNow"
        page.locator("#panels").scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / "console-workspaces.png")
        narrow = opened(app.state.keys.address(url), viewport={"width": 414, "height": 896})
        narrow.locator("#panels").scroll_into_view_if_needed()
        assert narrow.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        narrow.screenshot(path=tmp_path / "console-workspaces-narrow.png")
