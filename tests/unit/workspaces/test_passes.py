"""Whole passes over the twins: what is made, ended, told, and with how many calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.clients.errors import Misconfigured, Refused
from integration.reconcile.errors import Later
from integration.workspaces.bulk import LOOK_S, PROGRESS_S
from integration.workspaces.model import (
    ADDRESS_S,
    DAY_S,
    Action,
    BadOrder,
    Person,
    Phase,
    Policy,
    Setting,
    Standing,
    Why,
    WorkspaceKind,
)
from integration.workspaces.naming import id_of_person, person_of
from integration.workspaces.planner import NAMES_TRIED, extended_until
from integration.workspaces.ports import NotShown
from tests.docs.kept_items import texts_in
from tests.fakes.workspaces import PlainEnvelope, System, ada, busy, busy_of

SERVICENOW = ("read order", "tell order", "read journal", "attach")


@pytest.fixture
def system() -> System:
    return System()


def aws(system: System) -> int:
    return sum(call not in SERVICENOW for call in system.calls)


def catalog(system: System, key: str = "order1", **more: object) -> str:
    """An approved order, heard and settled; its key."""
    system.ordered(key, ada(**more))
    system.hear(key)
    system.settle()
    return key


def notes(system: System, key: str = "order1") -> list[str]:
    return system.orders.items[key].notes


def test_a_call_makes_a_workspace_with_twelve_calls(system: System) -> None:
    """The floor: accept; create and five settings; assume, POST, GET, delete; ready."""
    workspace = system.post(ada())
    assert aws(system) == 12, system.calls
    row = system.row(workspace)
    assert row.phase is Phase.READY
    assert row.lives_until == row.ready + 14 * DAY_S
    assert system.buckets.buckets[row.bucket].tags["Workspace"] == workspace
    assert system.outcomes[0].report.rests
    system.at_rest()


def test_the_same_call_again_finds_it_with_two(system: System) -> None:
    """One transaction that fails, and the row."""
    workspace = system.post(ada())
    system.calls.clear()
    assert system.post(ada(key="another")) == workspace
    assert len(system.calls) == 2


def test_an_order_is_delivered_with_fourteen_and_two(system: System) -> None:
    """Beside the event's own call: thirteen of ours, one read and one note."""
    system.ordered("order1", ada())
    system.hear("order1")
    assert aws(system) == 13, system.calls
    assert len(system.calls) - aws(system) == 2
    assert system.orders.items["order1"].closed_by_us == 1
    assert "https://api.example/prod/w#" in notes(system)[0]
    system.at_rest()


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


@pytest.mark.parametrize("standing", [Standing.WITHDRAWN, Standing.WAITING])
def test_an_approval_taken_back_ends_a_class_that_was_delivered(system: System, standing: Standing) -> None:
    """All that live, said once; closed by hand it stays. Who ended his own gets no other reason."""
    key = catalog(system, kind=WorkspaceKind.CLASS, names=("a", "b", "c"))
    system.settle(system.now + 120)
    first, *others = system.rows()
    system.records.end(first, Why.ASKED, system.now)
    system.orders.stands(key, Standing.CLOSED)
    system.hear(key)
    system.settle()
    assert {row.id for row in system.rows().values() if row.phase is Phase.READY} == set(others)
    system.orders.stands(key, standing)
    for _ in range(2):
        system.hear(key)
        system.settle()
    whys = {row.id: row.why for row in system.rows().values() if row.phase is Phase.GONE}
    assert whys == {first: Why.ASKED} | dict.fromkeys(others, Why.WITHDRAWN)
    assert "approval was taken back" in notes(system, key)[-1]
    system.at_rest()


def test_it_expires_with_its_files_in_the_archive(system: System) -> None:
    """Warned twice, then archived, deleted, proven; its floor of calls is ten and one a file, twice two a thousand."""
    catalog(system)
    (row,) = system.rows().values()
    for number in range(3):
        system.buckets.put(row.bucket, f"file{number}", b"content %d" % number)
    system.buckets.put(row.bucket, "file0", b"newer")
    system.buckets.remove(row.bucket, "file1")
    for at in (row.lives_until - 2 * DAY_S, row.lives_until - 7200):
        system.settle(at)
        assert "The workspace ends" in notes(system)[-1]
    system.settle(row.lives_until - 1)
    system.calls.clear()
    system.settle(row.lives_until)
    versions = 1
    copied = 2
    assert aws(system) == 11 + 1 + copied + 2 * versions, system.calls
    assert {content for key, content in system.buckets.archive.items() if "/files/" in key} == {b"newer", b"content 2"}
    assert len(notes(system)) == 4
    assert "2 files, 14 bytes archived" in notes(system)[-1]
    system.at_rest()


def test_an_extension_moves_the_end_and_is_said(system: System) -> None:
    """In one wish; the warnings are said again for the new end."""
    catalog(system)
    (row,) = system.rows().values()
    system.settle(row.lives_until - 7200)
    said = len(notes(system))
    row = system.row(row.id)
    system.records.extend(row, extended_until(row, 14, system.now, Policy(), ordered=False), system.now)
    system.settle()
    assert "extended until" in notes(system)[said]
    system.settle(row.lives_until + 10)
    assert system.row(row.id).phase is Phase.READY
    system.settle(system.row(row.id).lives_until)
    assert len([note for note in notes(system) if "The workspace ends" in note]) == 4
    assert system.row(row.id).phase is Phase.GONE


def test_an_extension_brings_back_what_waits_for_an_upload(system: System) -> None:
    """And its bucket takes files again."""
    workspace = system.post(ada())
    row = system.row(workspace)
    assert system.records.reserve(row, "u", 10, row.lives_until - 1, row.lives_until + 899)
    system.settle(row.lives_until)
    assert system.row(workspace).phase is Phase.ENDING
    system.records.extend(system.row(workspace), row.lives_until + DAY_S, system.now)
    system.settle()
    assert system.row(workspace).phase is Phase.READY
    assert system.buckets.put(row.bucket, "a", b"b")
    system.settle(system.now + 900)
    system.at_rest()


def test_an_address_given_while_a_pass_is_at_work_is_waited_for(system: System) -> None:
    """Also where it expires in that very pass, which read the row before: it is not cut off."""
    catalog(system)
    (row,) = system.rows().values()
    system.settle(row.lives_until - DAY_S)

    def reserve(_number: int, name: str) -> None:
        if name == "tell order" and system.now < row.lives_until:
            assert system.unobserved(lambda: system.records.reserve(row, "u", 4, system.now, system.now + ADDRESS_S))
            system.now = row.lives_until + 1

    system.now, system.at_call = row.lives_until - 60, reserve
    system.look(row.id)
    assert system.row(row.id).phase is Phase.ENDING
    assert system.buckets.put(row.bucket, "late", b"late")
    system.settle(system.now + 2 * ADDRESS_S)
    assert system.row(row.id).phase is Phase.GONE
    assert b"late" in system.buckets.archive.values()


def test_end_now_cuts_addresses_off(system: System) -> None:
    """Everything else waits as long as an address lives."""
    ends = []
    for at_once in (False, True):
        workspace = system.post(ada(key=f"o{at_once}", person=person_of(f"p{at_once}")))
        row = system.row(workspace)
        assert system.records.reserve(row, "u", 10, system.now, system.now + 900)
        system.records.end(workspace, Why.ASKED, system.now, at_once=at_once)
        system.settle()
        ends.append(system.row(workspace).phase)
    assert ends == [Phase.ENDING, Phase.GONE]


def test_what_a_reservation_did_not_use_is_free_again(system: System) -> None:
    """Summed once its address is dead."""
    workspace = system.post(ada())
    row = system.row(workspace)
    assert system.records.reserve(row, "u", 600, system.now, system.now + 900)
    system.buckets.put(row.bucket, "a", b"x" * 100)
    system.settle(system.now + 901)
    check = 5
    found = system.row(workspace)
    assert (found.used, found.room) == (100 + check, 900 - check)


def test_a_full_account_blocks_is_said_once_and_goes_on_by_itself(system: System) -> None:
    """Tried again at most every quarter of an hour."""
    system.buckets.most = 0
    catalog(system)
    tries = system.calls.count("create bucket")
    system.settle(system.now + 3600)
    assert system.calls.count("create bucket") - tries == 4
    assert [note for note in notes(system) if "quota of buckets" in note] == notes(system)[:1]
    system.buckets.most = 1
    system.settle(system.now + 900)
    assert "is ready" in notes(system)[-1]
    assert len(notes(system)) == 2
    system.at_rest()


def test_an_archive_that_refuses_keeps_everything(system: System) -> None:
    """For an hour: nothing is deleted, one note; then all goes well."""
    catalog(system)
    (row,) = system.rows().values()
    system.buckets.put(row.bucket, "a", b"content")
    system.settle(row.lives_until - 1)
    system.fails["copy"] = Misconfigured("aws", "copy_object: AccessDenied")
    system.settle(row.lives_until + 3600)
    assert system.row(row.id).phase is Phase.ENDING
    assert system.buckets.current(row.bucket)["a"] == b"content"
    assert len([note for note in notes(system) if "waits" in note]) == 1
    system.fails.clear()
    system.settle(system.now + 900)
    assert system.row(row.id).phase is Phase.GONE
    system.at_rest()


def test_silence_of_the_store_is_no_news_for_a_quarter_of_an_hour(system: System) -> None:
    """Then it is said, once."""
    system.fails["configure policy"] = busy("throttled")
    catalog(system)
    assert not notes(system)
    system.settle(system.now + 3600)
    assert len([note for note in notes(system) if "throttled" in note]) == 1
    system.fails.clear()
    system.settle(system.now + 1800)
    assert "is ready" in notes(system)[-1]


@pytest.mark.parametrize("taken", [1, 3])
def test_a_taken_name_leads_to_the_next(taken: int) -> None:
    """In the global namespace: in the same pass, as many as are taken; each is recorded before it is tried."""
    system = System(regional=False)
    names = system.reconciler.settings.buckets
    system.buckets.taken = {names.of(id_of_person(ada().person, 0), "ada", number) for number in range(1, taken + 1)}
    row = system.row(system.post(ada()))
    assert (row.attempt, row.phase) == (taken + 1, Phase.READY)
    assert row.bucket not in system.buckets.taken
    system.at_rest()


def test_where_every_name_is_taken_it_waits_and_says_so() -> None:
    """None of them is its own: all are tried again at the next look. Cancelled meanwhile, it goes, and no call of ours
    is about a bucket of somebody else.
    """
    system = System(regional=False)
    names = system.reconciler.settings.buckets
    system.buckets.taken = {names.of(id_of_person(ada().person, 0), "ada", number + 1) for number in range(NAMES_TRIED)}
    workspace = system.post(ada())
    row = system.row(workspace)
    assert (row.attempt, row.bucket, row.phase) == (0, "", Phase.MAKING)
    assert row.blocked is not None
    assert "has this name" in row.blocked.reason
    free = names.of(workspace, "ada", 7)
    system.buckets.taken.remove(free)
    system.settle(system.now + 3600)
    assert (system.row(workspace).phase, system.row(workspace).bucket) == (Phase.READY, free)
    other = System(regional=False)
    other.buckets.taken = {*system.buckets.taken, free}
    workspace = other.post(ada())
    other.calls.clear()
    other.people(lambda: other.records.end(workspace, Why.ASKED, other.now))
    other.settle(other.now + 3600)
    assert other.row(workspace).phase is Phase.GONE
    assert not {"close bucket", "head bucket", "delete bucket"} & set(other.calls)
    other.at_rest()


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


def test_a_class_of_fifty(system: System) -> None:
    """Bad and doubled names are named, the rest goes on; the links stand in one file, in the order of the names."""
    names = [f"student {number}" for number in range(50)]
    names[10:10] = ["", "<script>", "Student 3"]
    key = catalog(system, kind=WorkspaceKind.CLASS, names=tuple(names))
    system.settle(system.now + 120)
    rows = system.rows().values()
    assert len(rows) == 50
    assert {row.phase for row in rows} == {Phase.READY}
    last = notes(system, key)[-1]
    assert "50 of 50" in last
    assert "line 12: a name cannot hold <" in last
    assert "line 13: Student 3 stands in line 4" in last
    listed = system.orders.items[key].lists["workspaces.csv"].splitlines()
    assert listed[1].startswith('"student 0",https://')
    assert len(listed) == 51
    assert system.orders.items[key].closed_by_us == 1
    system.at_rest()


def test_a_class_costs_its_floor_and_is_handed_over_soon_after_its_last(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirteen calls each, and twenty begin in one; nobody's name is decrypted for the list."""
    monkeypatch.setattr(PlainEnvelope, "decrypt", None)
    system.ordered("order1", ada(kind=WorkspaceKind.CLASS, names=tuple(f"student {number}" for number in range(60))))
    system.hear("order1")
    assert aws(system) == 1 + 3 * 2 + 1 + 1, "claim; each twenty, and how far; their rows; let go"
    assert system.records.due(system.now + 60) == [("Order", "order1", system.now + LOOK_S)]
    system.calls.clear()
    began = system.now
    system.settle(began + 30)
    assert system.orders.items["order1"].closed_by_us == 1
    assert 60 * 13 <= aws(system) <= 60 * 13 * 1.02
    assert len(notes(system)) == 1
    assert system.looked["order1"] - began <= 2


@pytest.mark.parametrize(("count", "each_second"), [(50, 8), (120, 4)])
def test_a_class_is_looked_at_when_it_should_be_made(system: System, count: int, each_second: int) -> None:
    """Few looks, and the last one soon after the last workspace: they are as far apart as the pace until then says."""
    names = tuple(f"student {number}" for number in range(count))
    system.ordered("order1", ada(kind=WorkspaceKind.CLASS, names=names))
    began, looks, made = system.now, 0, 0
    system.hear("order1")
    while not system.orders.items["order1"].closed_by_us:
        system.now, looks = _order_due(system), looks + 1
        until = min(count, int((system.now - began) * each_second))
        for workspace in system.woken[made:until]:
            system.look(workspace)
        made = until
        system.hear("order1")
    took = count / each_second
    assert system.now - began - took <= max(1, took * 0.05)
    assert looks <= 10


def test_a_class_some_of_which_wait_is_looked_at_ever_more_rarely(system: System) -> None:
    """Until somebody does something it may take days."""
    system.buckets.most = 9
    system.ordered("order1", ada(kind=WorkspaceKind.CLASS, names=tuple(f"student {number}" for number in range(10))))
    began, looks = system.now, 0
    system.hear("order1")
    for workspace in system.woken:
        system.look(workspace)
    while system.now < began + 3600:
        system.now, looks = _order_due(system), looks + 1
        system.hear("order1")
    assert looks <= 160
    assert _order_due(system) - system.now == PROGRESS_S


def _order_due(system: System) -> float:
    return next(at for kind, _, at in system.records.due(system.now + 3600) if kind == "Order")


def test_a_bulk_order_that_waits_says_so_rarely_and_can_be_taken_back(system: System) -> None:
    """At most one note a minute; taken back, all that was made goes."""
    system.buckets.most = 2
    key = catalog(system, kind=WorkspaceKind.DEMO, names=("a", "b", "c", "d"))
    began = system.now
    system.settle(began + 300)
    assert 1 <= len(notes(system, key)) <= 6
    assert "2 of 4" in notes(system, key)[-1]
    assert "quota of buckets" in notes(system, key)[-1]
    system.orders.stands(key, Standing.WITHDRAWN)
    system.hear(key)
    system.settle(system.now + 120)
    assert {row.phase for row in system.rows().values()} == {Phase.GONE}
    assert not system.buckets.buckets
    system.at_rest()


def test_with_little_time_it_goes_on_later(system: System) -> None:
    """A call waits a second and a half at most; what is left is due at once."""
    accepted = system.reconciler.accept(ada())
    system.at_call = lambda _number, _name: setattr(system, "now", system.now + 0.5)
    outcome = system.reconciler.run(accepted.row.id, system.now + 1.5, accepted)
    assert outcome.error is None
    assert not outcome.report.rests
    system.at_call = lambda _number, _name: None
    system.settle()
    assert system.row(accepted.row.id).phase is Phase.READY


def test_many_files_are_copied_in_several_passes() -> None:
    """What a pass copied it names in the archive, and the next goes on there; all pages of the list are read."""
    system = System(deadline_s=60)
    workspace = system.post(ada())
    row = system.row(workspace)
    system.buckets.page = 7
    for number in range(40):
        system.buckets.put(row.bucket, f"f{number}", b"%d" % number)
    system.at_call = lambda _number, name: setattr(system, "now", system.now + 5 * (name == "copy"))
    system.records.end(workspace, Why.ASKED, system.now)
    system.settle(system.now + 2000)
    assert system.row(workspace).phase is Phase.GONE
    assert system.calls.count("copy") == 40
    assert len([key for key in system.buckets.archive if "/files/" in key]) == 40


def test_a_successor_takes_over(system: System) -> None:
    """His link is new, the old one is of nobody; whoever had it may order again. Done again it changes nothing."""
    workspace, bob = system.post(ada()), person_of("Bob")
    for _ in range(2):
        assert system.reconciler.hand_over(workspace, bob).person == bob.digest
    (member,) = system.row(workspace).members
    assert member.id == bob.digest
    assert system.records.shown(system.row(workspace), member) == "Bob"
    assert system.post(ada(key="b", person=bob)) == workspace
    assert system.post(ada(key="c")) != workspace
    system.settle()
    system.at_rest()
    system.records.end(workspace, Why.ASKED, system.now)
    system.settle()
    assert system.post(ada(key="d", person=bob)) != workspace
    system.at_rest()


def test_a_hand_over_that_cannot_be(system: System) -> None:
    """A successor with a place of his own, a workspace that is not in use, a pass at work; each changes nothing."""
    workspace, bob = system.post(ada()), person_of("Bob")
    system.post(ada(key="b", person=bob))
    with pytest.raises(BadOrder, match="has a personal workspace"):
        system.reconciler.hand_over(workspace, bob)
    with pytest.raises(BadOrder, match="in use"):
        system.reconciler.hand_over("unknown", bob)
    system.settle()
    assert system.records.claim(workspace, "another", system.now + 60, system.now, system.row(workspace))
    with pytest.raises(Later):
        system.reconciler.hand_over(workspace, person_of("Eve"))
    system.now += 61
    system.settle(system.now + 120)
    assert system.row(workspace).person == ada().person.digest
    system.at_rest()


def test_ids_nobody_knows(system: System) -> None:
    """A message about what is not there makes nothing."""
    assert system.reconciler.run("unknown", system.now + 60).report.outcome == "unknown"
    assert system.ordering.run("unknown", system.now + 60).report.outcome == "not ours"
    assert not system.table.items
    with pytest.raises(BadOrder):
        system.post(ada(days=0))
    assert not system.table.items


def test_settings_are_all_put(system: System) -> None:
    """Every one of them, before anybody gets an address."""
    row = system.row(system.post(ada()))
    assert system.buckets.buckets[row.bucket].settings == set(Setting)
    assert replace(row, version=0).phase is Phase.READY


@pytest.mark.parametrize("call", ["list versions", "configure policy", "update", "transact"])
def test_what_is_refused_again_ends_the_pass(system: System, call: str) -> None:
    """No pass asks for the same thing again and again; its message comes back."""
    workspace = system.post(ada())
    row = system.row(workspace)
    assert system.records.reserve(row, "u", 1, system.now, system.now + 900)
    system.now += 901
    system.fails[call] = Misconfigured("aws", "x: AccessDenied")
    system.calls.clear()
    system.reconciler.run(workspace, system.now + 60)
    assert len(system.calls) < 10
    system.fails.clear()
    system.settle(system.now + 3000)
    system.at_rest()


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


def test_a_name_rests_nowhere_but_where_it_is_encrypted(system: System) -> None:
    """But for the eleven letters that the bucket's name has of it."""
    catalog(system, person=person_of("Somebody Special"))
    (row,) = system.rows().values()
    assert "somebody-sp" in row.bucket
    kept = [text for item in system.table.items.values() for text in texts_in(item) if "special" in text.casefold()]
    assert kept == [row.members[0].shown]


def test_what_is_logged_and_audited_names_nobody(system: System) -> None:
    """Neither a person nor a file, whatever a pass meets."""
    catalog(system, person=person_of("Somebody Special"))
    (row,) = system.rows().values()
    system.buckets.put(row.bucket, "private file", b"x")
    system.fails["copy"] = Misconfigured("aws", "copy_object: AccessDenied")
    system.settle(row.lives_until + 100)
    system.fails.clear()
    catalog(system, "order2", names=("Another One", "../x"), kind=WorkspaceKind.CLASS)
    system.settle(row.lives_until + 3000)
    told = [[o.report.reasons, o.report.done, o.report.outcome, o.report.blocked, o.error] for o in system.outcomes]
    audits = [item for (_, sk), item in system.table.items.items() if sk.startswith("Audit#")]
    assert audits
    for word in ("Special", "somebody", "private", "Another", "another-one", "../x"):
        assert word not in f"{told} {audits}"
