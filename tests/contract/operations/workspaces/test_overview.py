"""What `status` says of workspaces: those that are late or blocked, each with where to look; ids alone."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from integration.names import Names
from integration.operations.declaration import load
from integration.operations.registry import OPERATED
from integration.operations.workspaces import overview
from integration.operations.workspaces.inventory import Inventory
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.model import Blocked, Phase, Row

NOW = 1_800_000_000.0
WELL = Row(id="well", phase=Phase.READY, due=NOW + 60)
LATE = Row(id="late", phase=Phase.ENDING, due=NOW - overview.LATE_S - 1)
JUST = Row(id="just", phase=Phase.MAKING, due=NOW - overview.LATE_S)
GONE = Row(id="gone", phase=Phase.GONE, due=NOW - 9 * overview.LATE_S)
FULL = Row(id="full", phase=Phase.MAKING, due=NOW + 60, blocked=Blocked("TooManyBuckets: raise the quota", NOW + 60))
REST = Row(id="rest", phase=Phase.READY)


@pytest.fixture
def told(monkeypatch):
    """The overview of these rows."""
    deployed = SimpleNamespace(names=Names(), client=None)

    def of(*rows, every=False):
        monkeypatch.setattr(overview.time, "time", lambda: NOW)
        monkeypatch.setattr(Inventory, "rows", lambda _self: list(rows))
        return overview.overview(deployed, every=every)

    return of


FOUND = [
    ((), [], []),
    ((WELL, REST, JUST, GONE), [], []),
    ((LATE,), ["late"], ["was to be looked at", "worker's log"]),
    ((FULL,), ["full"], ["waits: TooManyBuckets: raise the quota"]),
]


@pytest.mark.parametrize(("rows", "shown", "said"), FOUND)
def test_what_nobody_has_to_look_at_is_not_shown(told, rows, shown, said):
    found = told(*rows)
    assert [each["workspace"] for each in found.rows] == shown
    assert len(found.attention) == len(shown)
    assert all(words in sentence for sentence in found.attention for words in (*said, shown[0]))


def test_every_shows_all_that_are_not_gone_and_says_nothing_more(told):
    rows = (WELL, REST, JUST, GONE, LATE, FULL)
    assert [each["workspace"] for each in told(*rows, every=True).rows] == ["well", "rest", "just", "late", "full"]
    assert told(*rows, every=True).attention == told(*rows).attention


def test_the_rows_are_json_and_hold_no_name(told):
    found = told(LATE, FULL, every=True)
    assert json.loads(json.dumps(found.rows)) == [
        {"workspace": "late", "phase": "ending", "due": int(LATE.due), "blocked": False},
        {"workspace": "full", "phase": "making", "due": int(FULL.due), "blocked": True},
    ]


def test_a_table_that_cannot_be_read_hides_nothing_else(monkeypatch):
    """It wants looking at itself."""
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "Scan")

    class Scanned:
        def paginate(self, **_asked):
            raise denied

    deployed = SimpleNamespace(
        names=Names(), client=lambda _service: SimpleNamespace(get_paginator=lambda _o: Scanned())
    )
    found = overview.overview(deployed)
    assert found.rows == ()
    assert "workspaces cannot be read" in found.attention[0]


def test_status_knows_workspaces():
    [own] = [each for each in OPERATED if each.integration is WORKSPACES]
    assert load(own.overview) is overview.overview
