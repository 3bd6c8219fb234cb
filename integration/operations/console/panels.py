"""What the page shows of integrations besides cases: the rows of their overviews, as `status --links` has them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from integration.cases.declaration import CASES
from integration.operations.console.snapshot import Panel
from integration.operations.declaration import load
from integration.operations.overview import Looks, Overview
from integration.operations.registry import OPERATED

if TYPE_CHECKING:
    from integration.operations.deployment.deployed import Deployed

MOMENTS = frozenset({"due"})
"""Columns of epoch seconds; 0: never."""


def panels(deployed: Deployed) -> tuple[Panel, ...]:
    """Of each that tells rows. What cannot be read is said in its place."""
    there = [each for each in OPERATED if each.integration in deployed.integrations and each.integration is not CASES]
    found = [(each.integration.key, *_told(deployed, each.overview)) for each in there if each.overview]
    return tuple(_panel(key, told, said) for key, told, said in found if said or told.rows is not None)


def _told(deployed: Deployed, overview: str) -> tuple[Overview, tuple[str, ...]]:
    looks = Looks()
    told: Overview = looks.part("this", partial(load(overview), deployed, every=True), Overview())
    return told, (*looks.attention, *told.attention)


def _panel(key: str, told: Overview, said: tuple[str, ...]) -> Panel:
    rows = told.rows or ()
    columns = tuple(rows[0]) if rows else ()
    return Panel(key.capitalize(), columns, tuple(tuple(_cell(*each) for each in row.items()) for row in rows), said)


def _cell(column: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column in MOMENTS:
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M} UTC" if value else "never"
    return str(value)
