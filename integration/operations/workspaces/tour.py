"""Workspaces of a day: ordered in the catalog, ordered again, extended, ended, each item closed with what became of it.

The page and its files stand on AWS, where people of the day have no hands: a browser shows them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from integration.operations.tour import BOTH, Part, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.operations.tour import Sweep

PERSON, ITEM = "abel.tuter", "Workspace for files"
ITEMS, CLOSED_COMPLETE = "sc_req_item", "3"
LINK, MARK = re.compile(r"\S+/w#\S+"), re.compile(r"\[workspace \S+ #\d+\]")


class Orders:
    """Those of this day, by what each is for."""

    def __init__(self, people: Any) -> None:
        self._people = people
        self._made: dict[str, str] = {}

    def place(self, name: str, **variables: str) -> None:
        staff = self._people.servicenow
        request = staff.in_catalog(PERSON, "order", item=ITEM, variables=variables)
        (item,) = staff.rows(ITEMS, request=str(request["sys_id"]))
        self._made[name] = str(item["sys_id"])

    def notes(self, name: str) -> list[str]:
        rows = self._people.servicenow.rows("sys_journal_field", element_id=self._made[name])
        return [str(row["value"]) for row in rows]

    def closed(self, name: str) -> bool:
        (item,) = self._people.servicenow.rows(ITEMS, sys_id=self._made[name])
        return bool(item["state"] == CLOSED_COMPLETE)

    def says(self, name: str, words: str) -> bool:
        """Once, and by then the item is closed."""
        return self.closed(name) and sum(words in note for note in self.notes(name)) == 1

    def links(self, name: str) -> list[str]:
        return LINK.findall("\n".join(self.notes(name)))


def _steps(people: Any, _sweep: Sweep) -> Sequence[Step]:
    orders = Orders(people)
    return [
        Step(
            "an order is approved: a workspace, its item closed with the link", BOTH,
            lambda _: orders.place("first", action="new", kind="personal", days="7"),
            lambda _: orders.closed("first") and len(orders.links("first")) == 1,
        ),
        Step(
            "the same person orders again, and gets the same link", BOTH,
            lambda _: orders.place("again", action="new", kind="personal"),
            lambda _: orders.closed("again") and orders.links("again") == orders.links("first"),
        ),
        Step(
            "it is extended", BOTH,
            lambda _: orders.place("longer", action="extend", days="3"),
            lambda _: orders.says("longer", "extended until"),
        ),
        Step(
            "the person leaves: archived, removed, and the proof on the first item", BOTH,
            lambda _: orders.place("leaving", action="end"),
            lambda _: any("answers 404" in note for note in orders.notes("first")),
        ),
    ]  # fmt: skip


def _doubled(people: Any) -> int:
    """Notes with the same mark on one item."""
    rows = people.servicenow.rows("sys_journal_field", name=ITEMS)
    said = [(row["element_id"], mark) for row in rows for mark in MARK.findall(str(row["value"]))]
    return len(said) - len(set(said))


TOUR = Part(_steps, duplicates=_doubled)
