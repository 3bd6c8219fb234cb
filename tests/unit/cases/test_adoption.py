"""Trust of pointers: what one side alone says about a pair links nothing that was not to be taken anyway."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from integration.cases.adopting import own_sys_id
from tests.fakes.incidents import OWN_USER
from tests.fakes.running import Running
from tests.fakes.world import Killed

if TYPE_CHECKING:
    from collections.abc import Callable

TAG = "servicenow:default"
SECRET = "what only its own side knows"


class Scene:
    """A deployment that takes cases of one team and incidents of one category; one record on each side, unlinked."""

    def __init__(self, where: str, pointer: str) -> None:
        self.running = running = Running(case_tag="team=blue", incident_filter="category=security")
        tags = {"team": "red" if where == "case out of scope" else "blue"}
        if where == "foreign tag":
            tags["servicenow:other"] = "incident/" + "0" * 32
        category = "hardware" if where == "incident out of scope" else "security"
        self.case_id = running.cases.make("Case", SECRET, tags=tags)
        self.sys_id = running.incidents.make("Incident", description=SECRET, category=category)
        if where == "case closed, old":
            running.cases.close(self.case_id)
            self._installed_later()
        if where == "incident closed":
            running.incidents.edit(self.sys_id, state="7")
        if where == "incident old":
            self._installed_later()
            running.cases.records[self.case_id]["created"] = running.world.now + 20
        if where == "case linked":
            running.case(self.case_id)
        if where == "incident linked":
            running.incident(self.sys_id)
        if pointer in {"incident", "both"}:
            running.incidents.edit(self.sys_id, correlation_id=running.cases.arn(self.case_id))
        if pointer in {"case", "both"}:
            running.cases.records[self.case_id]["tags"][TAG] = f"incident/{self.sys_id}"

    def _installed_later(self) -> None:
        self.running.settings = replace(self.running.settings, installed_at=self.running.world.now + 10)
        self.running.world.now += 30

    @property
    def linked(self) -> bool:
        row = self.running.links.get(self.case_id)
        return row is not None and row.link.sys_id == self.sys_id

    def look(self) -> None:
        for _ in range(2):
            self.running.case(self.case_id)
            self.running.incident(self.sys_id)


NEVER = ("foreign tag", "case linked", "incident linked")
OUTSIDE = ("case out of scope", "incident out of scope", "case closed, old", "incident closed", "incident old")
MATRIX = [
    *(("in scope", pointer, True) for pointer in ("case", "incident", "both")),
    *((where, pointer, False) for where in (*OUTSIDE, *NEVER) for pointer in ("case", "incident")),
    *((where, "both", True) for where in (*OUTSIDE, "foreign tag")),
    *((where, "both", False) for where in ("case linked", "incident linked")),
]


@pytest.mark.parametrize(("where", "pointer", "adopted"), MATRIX)
def test_one_pointer_links_only_what_is_in_scope(where: str, pointer: str, adopted: bool) -> None:
    scene = Scene(where, pointer)
    scene.look()
    assert scene.linked is adopted
    if not adopted:
        shown = [*scene.running.comments(scene.case_id), *scene.running.journal(scene.sys_id)]
        assert not any(SECRET in text for text in shown)


@pytest.mark.parametrize(("where", "pointer", "adopted"), [row for row in MATRIX if not row[2] and row[1] != "both"])
def test_what_is_left_is_said_once_where_it_points_from(where: str, pointer: str, adopted: bool) -> None:
    """Not on the records of others, nor on a linked one, which stays as it is; a closed case takes no comment."""
    scene = Scene(where, pointer)
    scene.look()
    told = {
        "case": sum("not-linked" in text for text in scene.running.comments(scene.case_id)),
        "incident": sum("not-linked" in text for text in scene.running.journal(scene.sys_id)),
    }
    silent = where == f"{pointer} linked" or (where, pointer) == ("case closed, old", "case")
    assert told == {"case": 0, "incident": 0} | {pointer: 0 if silent else 1}


@pytest.mark.parametrize("pointer", ["case", "incident"])
@pytest.mark.parametrize("where", OUTSIDE)
def test_outside_the_scope_an_operator_links(where: str, pointer: str) -> None:
    """`backfill` names the record that points; the case of another deployment stays there all the same."""
    scene = Scene(where, pointer)
    wake = scene.running.case if pointer == "case" else scene.running.incident
    wake(scene.case_id if pointer == "case" else scene.sys_id, forced=True)
    assert scene.linked


def test_a_refused_pointer_is_counted() -> None:
    scene = Scene("case out of scope", "incident")
    report = scene.running.incident(scene.sys_id)
    assert report is not None
    assert report.done == ["adoption refused"]


def test_resolving_a_record_that_only_points_closes_nothing() -> None:
    scene = Scene("case out of scope", "incident")
    scene.look()
    scene.running.incidents.edit(scene.sys_id, state="7", close_code="Solved")
    scene.look()
    assert scene.running.status(scene.case_id) == "Submitted"


def test_copies_of_a_pointer_keep_no_case_from_its_incident(running: Running) -> None:
    """Made between our own record and the moment its link stands, by somebody who has seen the ARN."""
    case_id = running.cases.make("Root key used")
    arn = running.cases.arn(case_id)

    def copied(moment: str, system: str, call: str) -> None:
        if (moment, call) == ("after", "create") and len(running.incidents.records) == 1:
            running.incidents.make("a copy", correlation_id=arn)
            raise Killed

    crash(running, copied)
    running.case(case_id)
    (ours,) = [s for s, r in running.incidents.records.items() if r["by"] == OWN_USER]
    assert running.links.get(case_id).link.sys_id == ours
    assert not any("two incidents" in text.lower() for text in running.comments(case_id))


def test_a_pointer_on_a_linked_incident_keeps_no_other_case_from_its_own(running: Running) -> None:
    first = running.cases.make("First")
    running.case(first)
    _, sys_id = running.linked()
    second = running.cases.make("Second")
    running.incidents.edit(sys_id, correlation_id=running.cases.arn(second))
    running.case(second)
    assert running.links.get(second).link.sys_id not in {"", sys_id}
    assert running.links.get(first).link.sys_id == sys_id


def test_a_copy_leaves_the_pair_its_next_look(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    due = running.links.rows[case_id]["due"]
    running.incident(running.incidents.make("a copy", correlation_id=running.cases.arn(case_id)))
    assert running.links.rows[case_id]["due"] == due
    assert running.links.get(case_id).link.sys_id == sys_id


def test_a_record_planted_under_our_sys_id_is_not_ours() -> None:
    """Whoever may POST can choose a sys_id, and ours can be computed; who made a record cannot be chosen."""
    scene = Scene("case out of scope", "incident")
    running = scene.running
    planted = own_sys_id(running.cases.arn(scene.case_id))
    running.incidents.records[planted] = running.incidents.records.pop(scene.sys_id)
    running.incident(planted)
    row = running.links.get(scene.case_id)
    assert row is None or not row.link.linked


def test_a_pointer_does_not_end_a_creation_that_is_under_way(running: Running) -> None:
    """The kept request is what its successor repeats; somebody fills the field meanwhile."""
    other = running.cases.make("Other", tags={"servicenow:other": "incident/0"})
    sys_id = running.incidents.make("Odd logins")

    def filled(moment: str, system: str, call: str) -> None:
        if (moment, call) == ("before", "CreateCase"):
            running.incidents.edit(sys_id, correlation_id=running.cases.arn(other))
            raise Killed

    crash(running, filled)
    running.incident(sys_id)
    assert len(running.cases.records) == 2
    assert running.links.incident(sys_id).case_id not in {"", other}


def crash(running: Running, hook: Callable[[str, str, str], None]) -> None:
    """Once; what follows runs undisturbed."""

    def once(moment: str, system: str, call: str) -> None:
        try:
            hook(moment, system, call)
        except Killed:
            running.world.hook = lambda *_: None
            raise

    running.world.hook = once
