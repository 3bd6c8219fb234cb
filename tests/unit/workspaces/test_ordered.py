"""What becomes of an order in the catalog, and what its item is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.clients.errors import Refused
from integration.workspaces.model import DAY_S, Action, BadOrder, Person, Phase, Standing, Why, WorkspaceKind
from integration.workspaces.naming import person_of
from integration.workspaces.ports import NotShown
from tests.fakes.workspaces import System, ada, busy, busy_of
from tests.unit.workspaces.passes import catalog, notes


def test_nothing_is_begun_before_the_approval(system: System) -> None:
    """And one that never was begun leaves nothing to take back."""
    system.ordered("order1", ada(standing=Standing.WAITING))
    for standing in (Standing.WAITING, Standing.WITHDRAWN, Standing.CLOSED, Standing.DELETED):
        system.orders.stands("order1", standing)
        system.hear("order1")
    assert not system.table.items
    assert not notes(system)
    system.orders.stands("order1", Standing.APPROVED)
    system.hear("order1")
    assert len(notes(system)) == 1


def test_a_second_order_joins_the_first(system: System) -> None:
    """It is closed complete with the link and the number of the first."""
    catalog(system, number="RITM1")
    catalog(system, "order2")
    assert len(system.rows()) == 1
    assert len(notes(system, "order2")) == 1
    assert "RITM1" in notes(system, "order2")[0]
    assert system.orders.items["order2"].closed_by_us == 1
    system.hear("order2")
    system.at_rest()


@pytest.mark.parametrize("standing", [each for each in Standing if each is not Standing.APPROVED])
def test_an_order_taken_back_while_it_is_made(system: System, standing: Standing) -> None:
    """What was made goes; nothing is delivered, the item's state is left, one note says so."""
    system.ordered("order1", ada())
    system.fails["configure cors"] = busy()
    system.hear("order1")
    assert system.buckets.buckets
    system.fails.clear()
    system.orders.stands("order1", standing)
    system.hear("order1")
    system.settle()
    (row,) = system.rows().values()
    assert (row.phase, row.why) == (Phase.GONE, Why.CANCELLED)
    assert not system.buckets.buckets
    assert len(notes(system)) == (standing is not Standing.DELETED)
    assert system.orders.items["order1"].closed_by_us == 0
    system.at_rest()


def test_an_order_taken_back_after_a_slow_making_is_seen_before_it_is_delivered(system: System) -> None:
    """What was read more than two seconds ago is read again."""
    system.ordered("order1", ada())

    def slow(_number: int, name: str) -> None:
        if name == "check get":
            system.now += 3
            system.orders.stands("order1", Standing.CLOSED)

    system.at_call = slow
    system.hear("order1")
    system.at_call = lambda _number, _name: None
    system.settle()
    assert system.orders.items["order1"].closed_by_us == 0
    (row,) = system.rows().values()
    assert row.phase is Phase.GONE


def test_an_approval_taken_back_ends_what_was_delivered(system: System) -> None:
    """As if it expired; closed by hand it stays."""
    catalog(system)
    system.orders.stands("order1", Standing.CLOSED)
    system.hear("order1")
    system.settle()
    assert len(system.buckets.buckets) == 1
    system.orders.stands("order1", Standing.WITHDRAWN)
    system.hear("order1")
    system.settle()
    (row,) = system.rows().values()
    assert (row.phase, row.why) == (Phase.GONE, Why.WITHDRAWN)
    assert "gone (withdrawn)" in notes(system)[-1]


def test_a_note_that_is_refused_is_not_sent_for_ever(system: System) -> None:
    """The workspace is there all the same."""
    system.ordered("order1", ada())
    system.fails["tell order"] = Refused("servicenow", "no")
    system.hear("order1")
    system.settle()
    assert system.calls.count("tell order") == 1
    (row,) = system.rows().values()
    assert row.phase is Phase.READY


@pytest.mark.parametrize("more", [{}, {"action": Action.EXTEND, "days": 7}, {"names": ("Bob",)}])
def test_where_the_instance_keeps_the_state_a_note_is_said_once(
    system: System, monkeypatch: pytest.MonkeyPatch, more: dict[str, object]
) -> None:
    """A rule of theirs puts it back, or hides it: the note is there, the item stays open, and nobody repeats it."""
    catalog(system, "order0")
    tell = system.orders.tell

    def kept(sys_id: str, text: str, *, close: bool = False, private: bool = False) -> None:
        tell(sys_id, text, private=private)
        if close:
            raise Refused("servicenow", "the instance kept the item's state")

    monkeypatch.setattr(system.orders, "tell", kept)
    catalog(system, **more)
    system.settle(system.now + 7200)
    assert len(notes(system)) == 1, notes(system)
    assert "note refused" in [done for each in system.outcomes for done in each.report.done]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"days": 0}, "1 to 365"),
        ({"days": -1}, "1 to 365"),
        ({"days": 10000}, "1 to 365"),
        ({"quantity": 3}, "quantity"),
        ({"inactive": True}, "inactive"),
        ({"action": Action.EXTEND}, "no such workspace"),
        ({"action": Action.EXTEND, "workspace": "unknown"}, "no such workspace"),
        ({"action": Action.END}, "no workspace"),
        ({"team": tuple(Person(f"p{each}", "x") for each in range(60))}, "50 members"),
        ({"names": ("..", "<x>")}, "line 1"),
        ({"names": tuple(f"p{each}" for each in range(1001))}, "1000"),
    ],
)
def test_what_makes_no_sense_is_said_once(system: System, more: dict[str, object], sentence: str) -> None:
    """A note with a sentence; nothing is made, and hearing it again says nothing new."""
    key = catalog(system, **more)
    system.hear(key)
    assert len(notes(system)) == 1
    assert sentence in notes(system)[0]
    assert not system.rows()


@pytest.mark.parametrize("more", [{"days": 0}, {"action": Action.EXTEND}])
def test_a_refusal_that_is_not_answered_is_let_go(system: System, more: dict[str, object]) -> None:
    """Wherever it was found; said once, as soon as the instance answers."""
    system.fails["tell order"] = busy_of("tell order", lost=True)
    system.ordered("order1", ada(**more))
    system.hear("order1")
    assert not system.table.items["Order#order1", "latest"].get("owner")
    system.fails.clear()
    system.settle()
    assert len(notes(system)) == 1


def test_variables_that_stop_making_sense_leave_an_order_as_it_is(system: System) -> None:
    """Nothing is said, and an approval that is taken back ends the workspace all the same."""
    catalog(system)
    item = system.orders.items["order1"]
    item.order = replace(item.order, quantity=3, standing=Standing.APPROVED)
    system.hear("order1")
    assert len(notes(system)) == 1
    system.orders.stands("order1", Standing.WITHDRAWN)
    system.hear("order1")
    system.settle()
    (row,) = system.rows().values()
    assert (row.phase, row.why) == (Phase.GONE, Why.WITHDRAWN)


HIDDEN = NotShown("servicenow", "the answer has no column approval: this user may not read it")


@pytest.mark.parametrize("more", [{}, {"action": Action.EXTEND, "days": 7}, {"names": ("Bob", "Eve")}])
def test_an_order_of_which_something_is_not_shown_waits_and_says_so(system: System, more: dict[str, object]) -> None:
    """To the desk, once; as soon as it is shown, it is done, also where its approval was asked for meanwhile."""
    if more.get("action"):
        catalog(system, "order0")
    made = len(system.rows())
    system.fails["read order"] = HIDDEN
    catalog(system, **more)
    system.settle(system.now + 3600)
    item = system.orders.items["order1"]
    assert [each for each in item.notes if "no column approval" in each] == item.notes
    assert (len(item.notes), item.private, len(system.rows())) == (1, 1, made)
    assert {type(each.error) for each in system.outcomes[-3:]} == {NotShown}
    system.fails.clear()
    system.orders.stands("order1", Standing.WAITING)
    system.settle(system.now + 1800)
    assert len(system.rows()) == made
    system.orders.stands("order1", Standing.APPROVED)
    system.hear("order1")
    system.settle(system.now + 1800)
    assert len(item.notes) > 1
    system.at_rest()


def test_a_workspace_that_is_being_made_waits_for_what_is_not_shown_of_its_order(system: System) -> None:
    """It is blocked with the reason, which `status` shows and its item is told; nothing is handed over meanwhile."""
    system.ordered("order1", ada())
    system.fails["configure policy"] = busy("throttled")
    system.hear("order1")
    system.fails = {"read order": HIDDEN}
    system.settle(system.now + 3600)
    (row,) = system.rows().values()
    assert row.phase is Phase.MAKING
    assert row.blocked is not None
    assert "no column approval" in row.blocked.reason
    assert sum("no column approval" in note for note in notes(system)) == 1
    system.fails.clear()
    system.settle(system.now + 3600)
    assert "is ready" in notes(system)[-1]
    system.at_rest()


def test_a_team_has_a_link_for_each(system: System) -> None:
    """By name, each another; a person twice in it has one."""
    team = (person_of("Bob"), person_of("BOB"), person_of("Eve"))
    catalog(system, kind=WorkspaceKind.TEAM, team=team)
    catalog(system, "order2", kind=WorkspaceKind.TEAM, team=team)
    assert len(system.rows()) == 2
    lines = notes(system)[0].splitlines()
    assert [line.split(":")[0] for line in lines if "https://" in line] == ["Ada", "Bob", "Eve"]
    assert len({line.split("#")[1] for line in lines if "https://" in line}) == 3
    system.at_rest()


def test_an_extension_by_order(system: System) -> None:
    """Beyond what a click can; the order is closed with the new end, the first order is told too."""
    catalog(system)
    (row,) = system.rows().values()
    catalog(system, "order2", action=Action.EXTEND, days=100)
    found = system.row(row.id)
    assert found.lives_until == row.lives_until + 100 * DAY_S
    assert "extended until" in notes(system, "order2")[0]
    assert system.orders.items["order2"].closed_by_us == 1
    assert "extended until" in notes(system)[-1]


def test_an_end_by_order_ends_all_that_are_the_persons(system: System) -> None:
    """Offboarding: personal and team; closed soon after they are gone, with the proofs."""
    catalog(system)
    catalog(system, "order2", kind=WorkspaceKind.TEAM)
    catalog(system, "order3", person=person_of("Bob"))
    system.ordered("order4", ada(action=Action.END))
    system.hear("order4")
    system.settle(system.now + 30)
    assert [row.phase for row in system.rows().values() if row.person == ada().person.digest] == [Phase.GONE] * 2
    assert len(system.buckets.buckets) == 1
    assert system.orders.items["order4"].closed_by_us == 1
    assert notes(system, "order4")[0].count("proof sha256") == 2


WISHES: list[tuple[list[Action], str, Phase, dict[Action, str]]] = [
    (
        [Action.END, Action.EXTEND],
        "one",
        Phase.READY,
        {Action.END: "extended meanwhile", Action.EXTEND: "extended until"},
    ),
    ([Action.EXTEND, Action.END], "one", Phase.GONE, {Action.END: "Ended, and gone", Action.EXTEND: "extended until"}),
    ([Action.END, Action.EXTEND], "", Phase.GONE, {Action.END: "Ended, and gone", Action.EXTEND: "cannot be extended"}),
]
"""Wishes of one second, in their order; named or as a leaver's; what it is then, and what each is told."""


@pytest.mark.parametrize(("wishes", "named", "phase", "told"), WISHES)
def test_of_an_end_and_an_extension_in_one_second_the_last_wins_and_both_are_told(
    system: System, wishes: list[Action], named: str, phase: Phase, told: dict[Action, str]
) -> None:
    """But whoever leaves does not stay by a click: an end for a person holds."""
    catalog(system)
    (row,) = system.rows().values()
    for action in wishes:
        about = row.id if named or action is Action.EXTEND else ""
        system.ordered(action, ada(action=action, workspace=about, days=5 if action is Action.EXTEND else None))
        system.hear(action)
    system.settle(system.now + 3600)
    assert system.row(row.id).phase is phase
    for action, words in told.items():
        assert [words in note for note in notes(system, action)] == [True]
        assert system.orders.items[action].closed_by_us == ("cannot be" not in words)


@pytest.mark.parametrize("standing", [Standing.WITHDRAWN, Standing.CLOSED])
def test_who_stays_after_all_is_extended_once_the_end_is_taken_back(system: System, standing: Standing) -> None:
    """The order of the end is: what it began goes on, until it is extended."""
    catalog(system)
    (row,) = system.rows().values()
    system.ordered("left", ada(action=Action.END))
    system.hear("left")
    assert system.row(row.id).ended is Why.LEFT
    with pytest.raises(BadOrder):
        system.records.extend(system.row(row.id), system.now + 30 * DAY_S, system.now)
    system.orders.stands("left", standing)
    system.hear("left")
    system.records.extend(system.row(row.id), system.now + 30 * DAY_S, system.now)
    system.settle(system.now + 3600)
    assert system.row(row.id).phase is Phase.READY


def test_nobody_ends_or_extends_anothers(system: System) -> None:
    """A foreign id is answered like an unknown one."""
    catalog(system)
    (row,) = system.rows().values()
    for number, action in enumerate((Action.END, Action.EXTEND)):
        key = catalog(system, f"bob{number}", action=action, workspace=row.id, person=person_of("Bob"))
        assert "no such workspace" in notes(system, key)[0]
    assert system.row(row.id) == row


@pytest.mark.parametrize("becomes", ["another item's", "nonsense"])
def test_an_item_that_is_changed_while_its_workspace_is_made(
    system: System, monkeypatch: pytest.MonkeyPatch, becomes: str
) -> None:
    """What is another's is taken back; variables that stop making sense change nothing. No pass asks for ever."""
    system.ordered("order1", ada())

    def read(_sys_id: str) -> None:
        system.call("read order", lambda: None)
        if becomes == "nonsense":
            raise BadOrder("days", "no number")

    def slow(_number: int, name: str) -> None:
        if name == "check get":
            system.now += 3
            monkeypatch.setattr(system.orders, "read", read)

    system.at_call = slow
    system.hear("order1")
    assert system.calls.count("read order") <= 3
    monkeypatch.undo()
    system.at_call = lambda _number, _name: None
    system.settle()
    (row,) = system.rows().values()
    assert row.phase is (Phase.READY if becomes == "nonsense" else Phase.GONE)
