"""What an item of the table holds is what docs/security.md names, member by member, whatever a pass went through."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import pytest

from integration.cases.ledger_records import ledger_put
from integration.cases.link import STORED_AS, Blocked, Link
from integration.cases.poll import Cursors
from tests.docs.kept_items import documented, unnamed
from tests.unit.cases.test_every_channel import OCCASIONS, TEXTS, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator


def items(stage: Stage) -> Iterator[dict[str, Any]]:
    """As the adapter stores them, but for the request of a creation, which it encrypts."""
    links = stage.links
    yield from (json.loads(row["doc"]) for row in links.rows.values() if row["doc"])
    yield from (ledger_put("", row).item for rows in links.entries.values() for row in rows.values())
    yield from links.audit
    yield from ({**asdict(row), "request": None} for row in links.by_incident.values())
    yield from stage.waiting.values()


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_an_item_holds_what_the_page_names(occasion: str) -> None:
    mapping, put = TEXTS["a marked comment"]
    stage = OCCASIONS[occasion](Stage("itsm", mapping, put))
    assert [strange for item in items(stage) for strange in unnamed(item)] == []


def test_the_page_names_every_member_there_is() -> None:
    """Also those that none of these occasions fills."""
    known = {STORED_AS.get(field.name, field.name) for kind in (Link, Cursors, Blocked) for field in fields(kind)}
    known -= {"source", "since", "retry_at"}  # within `blocked`
    assert known - documented().keys() == set()


@pytest.mark.parametrize("held", [{"title": "x"}, {"state": "Ö"}, {"base": {"title": {"case": "Odd logins…"}}}])
def test_anything_else_is_told(held: dict[str, Any]) -> None:
    assert unnamed(held)
