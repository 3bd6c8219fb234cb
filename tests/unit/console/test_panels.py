"""What the page shows of integrations besides cases: their overviews, as they tell them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from integration.clients.errors import Misconfigured
from integration.names import Names
from integration.operations.console import panels as shown
from integration.operations.console.panels import panels
from integration.operations.console.snapshot import Panel, Snapshot
from integration.operations.overview import Overview
from integration.registry import with_connection

LATE = {"workspace": "w1", "phase": "ending", "due": 1_800_000_000, "blocked": True}
REST = {"workspace": "w2", "phase": "ready", "due": 0, "blocked": False}
COLUMNS = ("workspace", "phase", "due", "blocked")


@pytest.fixture
def told(monkeypatch):
    """The panels where each overview tells this, of a deployment with these integrations."""

    def of(overview, *keys):
        def look(_deployed, *, every):
            assert every, "the page shows all that is not over"
            if isinstance(overview, Exception):
                raise overview
            return overview

        monkeypatch.setattr(shown, "load", lambda _path: look)
        return panels(SimpleNamespace(names=Names(), integrations=with_connection(keys)))

    return of


TELLS = [
    (Overview(), ()),
    (Overview(rows=()), (Panel("Workspace"),)),
    (
        Overview(rows=(LATE, REST), attention=("w1 waits: raise the quota",)),
        (Panel("Workspace", COLUMNS, (
            ("w1", "ending", "2027-01-15 08:00 UTC", "yes"), ("w2", "ready", "never", "no"),
        ), ("w1 waits: raise the quota",)),),
    ),
    (
        Misconfigured("aws", "scan: AccessDenied"),
        (Panel("Workspace", said=("this cannot be read: scan: AccessDenied",)),),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("overview", "expected"), TELLS)
def test_rows_are_texts_and_what_wants_looking_at_stands_above(told, overview, expected):
    assert told(overview, "cases", "workspace") == expected


def test_cases_have_the_page_itself_and_what_is_not_deployed_is_not_shown(told):
    assert told(Overview(rows=(LATE,)), "cases") == ()
    assert [each.title for each in told(Overview(rows=(LATE,)), "change", "workspace")] == ["Change", "Workspace"]


def test_a_picture_carries_them(told):
    picture = Snapshot("local", "itsm", "", "", panels=told(Overview(rows=(LATE,)), "workspace"))
    assert json.loads(json.dumps(picture.as_json()))["panels"][0]["rows"][0][0] == "w1"
