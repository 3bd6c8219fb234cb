"""What the table of workspaces promises, in memory and in moto. Every test has people and orders of its own."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from integration.reconcile.claims import Ending
from integration.reconcile.errors import ClaimLost
from integration.workspaces.links import renewed
from integration.workspaces.model import BadOrder, Blocked, OrderRow, Person, Phase, Row, Why, WorkspaceKind
from integration.workspaces.naming import id_of_order, id_of_person
from integration.workspaces.quota import settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.workspaces.records import WorkspaceRecords

NOW = 1_800_000_000.0
NUMBERS = itertools.count(1)


def person() -> Person:
    return Person(f"name/person {next(NUMBERS)}", "Ada")


def order() -> str:
    return f"order{next(NUMBERS)}"


def maker(of: Person, kind: WorkspaceKind = WorkspaceKind.PERSONAL, key: str = "") -> Callable[[int, int], Row]:
    def make(generation: int, attempt: int) -> Row:
        workspace = id_of_person(of, generation) if kind is WorkspaceKind.PERSONAL else id_of_order(key)
        bucket = f"b-{workspace}-{attempt}"
        return Row(
            id=workspace, kind=kind, person=of.digest, phase=Phase.MAKING, bucket=bucket, attempt=attempt,
            created=NOW, quota=100, room=100, days=14,
        )  # fmt: skip

    return make


def live(records: WorkspaceRecords, of: Person) -> Row:
    """A workspace that is handed over, and nobody's."""
    row = records.accept(order(), [of], maker(of), "p", NOW + 60).row
    ready = replace(row, phase=Phase.READY, ready=NOW, lives_until=NOW + 1000)
    assert records.release("p", row, ready, Ending(NOW + 1000))
    found = records.get(row.id)
    assert found is not None
    return found


def test_a_row_comes_back_as_it_was(records: WorkspaceRecords) -> None:
    """With its claim, its people's names readable, and due should its pass die."""
    ada = person()
    accepted = records.accept(order(), [ada], maker(ada), "p", NOW + 60)
    found = records.get(accepted.row.id)
    assert found is not None
    assert accepted.fresh
    assert replace(found, expires=0, due=None) == accepted.row
    assert (found.owner, found.expires, found.version) == ("p", NOW + 60, 1)
    assert records.shown(found, found.members[0]) == "Ada"
    assert ("Workspace", found.id) in [each[:2] for each in records.due(NOW + 9999)]
    before = found
    row = replace(found, blocked=Blocked("x", NOW, NOW + 1), told=("a", "b"), why=Why.ASKED)
    records.save("p", before, row)
    assert records.get(row.id) == row
    records.save("p", row, replace(row, blocked=None, why=None))
    assert records.get(row.id) == replace(row, blocked=None, why=None)


def test_several_begin_in_one_write_or_none(records: WorkspaceRecords) -> None:
    """Each with its name, due and nobody's; where one stands already nothing is written."""
    people, keys = [person() for _ in range(25)], [order() for _ in range(25)]
    begun = [(key, each, maker(each, WorkspaceKind.CLASS, key)(0, 1)) for key, each in zip(keys, people, strict=True)]
    assert records.accept_together(begun[:24], NOW)
    assert not records.accept_together(begun[23:], NOW)
    rows = records.many(row.id for _, _, row in begun)
    assert list(rows) == [row.id for _, _, row in begun[:24]]
    first = rows[begun[0][2].id]
    assert (first.owner, first.due, records.shown(first, first.members[0])) == ("", NOW, "Ada")
    assert records.of_person(people[0].digest) == [first.id]


def test_an_order_is_claimed_that_only_its_workspaces_transaction_wrote(records: WorkspaceRecords) -> None:
    """It has no version before; the next claim moves that."""
    ada, key = person(), order()
    workspace = records.accept(key, [ada], maker(ada), "p", NOW + 60).row.id
    for owner in ("q", "r"):
        claimed = records.claim_order(key, owner, NOW + 60, NOW)
        assert claimed is not None
        assert (claimed.first, claimed.workspace) == (True, workspace)
        assert records.claim_order(key, "s", NOW + 60, NOW) is None
        assert records.release_order(owner, claimed, claimed, Ending(None))


def test_one_personal_workspace(records: WorkspaceRecords) -> None:
    """A second order, and the same again, get the first; the next one comes when it is gone."""
    ada, first = person(), order()
    one = records.accept(first, [ada], maker(ada), "p", NOW + 60)
    for key in (first, order()):
        again = records.accept(key, [ada], maker(ada), "q", NOW + 60)
        assert (again.row.id, again.fresh) == (one.row.id, False)
    assert records.of_person(ada.digest) == [one.row.id]
    assert records.release("p", one.row, replace(one.row, phase=Phase.GONE), Ending(None), frees=True)
    assert records.of_person(ada.digest) == []
    two = records.accept(order(), [ada], maker(ada), "p", NOW + 60)
    assert two.fresh
    assert two.row.id == id_of_person(ada, 1)
    assert records.accept(first, [ada], maker(ada), "q", NOW + 60).row.id == one.row.id


def test_others_have_as_many_as_they_order(records: WorkspaceRecords) -> None:
    """And all are found again by their person."""
    ada, keys = person(), [order(), order()]
    rows = [records.accept(key, [ada], maker(ada, WorkspaceKind.TEAM, key), "p", NOW).row for key in keys]
    mine = live(records, ada)
    assert set(records.of_person(ada.digest)) == {mine.id, *(row.id for row in rows)}
    assert records.of_person(ada.digest)[0] == mine.id
    assert records.release("p", rows[0], replace(rows[0], phase=Phase.GONE), Ending(None), frees=True)
    assert set(records.of_person(ada.digest)) == {mine.id, rows[1].id}


def test_no_two_workspaces_share_a_bucket(records: WorkspaceRecords) -> None:
    """Whoever finds the name another's gets the next; also where the store took it, and a name is tried later."""
    ada, bob, name = person(), person(), f"shared{next(NUMBERS)}"

    def make(of: Person) -> Callable[[int, int], Row]:
        return lambda generation, attempt: replace(maker(of)(generation, attempt), bucket=f"{name}-{attempt}")

    one = records.accept(order(), [ada], make(ada), "p", NOW).row
    two = records.accept(order(), [bob], make(bob), "p", NOW).row
    assert (one.bucket, two.bucket, two.attempt) == (f"{name}-1", f"{name}-2", 2)
    assert not records.name("p", one, replace(one, bucket=two.bucket, attempt=2))
    third = replace(one, bucket=f"{name}-3", attempt=3)
    assert records.name("p", one, third)
    found = records.get(one.id)
    assert found is not None
    assert found.bucket == third.bucket


def test_a_pass_writes_what_it_changed_and_no_wish(records: WorkspaceRecords) -> None:
    """An extension, an end and a reservation made while a pass works all stay; its release meets their mark."""
    row = live(records, person())
    claimed = records.claim(row.id, "p", NOW + 60, NOW)
    assert claimed is not None
    assert records.reserve(row, "u", 40, NOW, NOW + 900)
    extended = records.extend(row, NOW + 5000, NOW)
    records.end(row.id, Why.ASKED, NOW)
    assert not records.release("p", claimed, replace(claimed, serial=7), Ending(None))
    records.save("p", claimed, replace(claimed, serial=7), clears_mark=True)
    found = records.get(row.id)
    assert found is not None
    assert (found.lives_until, found.extended, found.ended, found.room, found.serial) == (
        NOW + 5000, 1, Why.ASKED, 60, 7,
    )  # fmt: skip
    assert extended.lives_until == NOW + 5000
    assert records.release("p", found, found, Ending(None))


def test_an_extension_takes_back_an_end_until_something_is_deleted(records: WorkspaceRecords) -> None:
    """The last wish counts; of two that saw the same expiry only one extends."""
    row = live(records, person())
    records.end(row.id, Why.ASKED, NOW, at_once=True)
    back = records.extend(row, NOW + 2000, NOW)
    assert (back.ended, back.end_at_once) == (None, False)
    with pytest.raises(BadOrder, match="look again"):
        records.extend(row, NOW + 3000, NOW)
    claimed = records.claim(row.id, "p", NOW + 60, NOW)
    assert claimed is not None
    records.save("p", claimed, replace(claimed, phase=Phase.ENDING, deleting=True))
    with pytest.raises(BadOrder, match="being removed"):
        records.extend(back, NOW + 9000, NOW)


def test_whoever_freezes_sees_what_was_wished_by_then(records: WorkspaceRecords) -> None:
    """Though the row was read before it; from then on no address is given. Without the claim it is lost."""
    row = live(records, person())
    claimed = records.claim(row.id, "p", NOW + 60, NOW)
    assert claimed is not None
    assert records.reserve(row, "a", 10, NOW, NOW + 900)
    frozen = records.freeze("p", claimed, replace(claimed, phase=Phase.ENDING))
    assert (frozen.phase, frozen.uploads_until, frozen.room) == (Phase.ENDING, NOW + 900, claimed.room - 10)
    assert not records.reserve(row, "b", 10, NOW, NOW + 900)
    with pytest.raises(ClaimLost):
        records.freeze("other", claimed, replace(claimed, phase=Phase.ENDING))


def test_what_is_gone_or_was_never_there_takes_no_wish(records: WorkspaceRecords) -> None:
    """An end is done where it is gone; nothing comes into being by it."""
    row = live(records, person())
    claimed = records.claim(row.id, "p", NOW + 60, NOW)
    assert claimed is not None
    assert records.release("p", claimed, replace(claimed, phase=Phase.GONE), Ending(None), frees=True)
    for workspace in (row.id, "never"):
        records.end(workspace, Why.ASKED, NOW)
    found = records.get(row.id)
    assert found is not None
    assert found.ended is None
    assert records.get("never") is None


def test_the_quota_is_taken_before_an_address_is_given(records: WorkspaceRecords) -> None:
    """Never more than there is room for; not from the second of its expiry, nor once it ends."""
    row = live(records, person())
    assert records.reserve(row, "a", 60, NOW, NOW + 900)
    assert not records.reserve(row, "b", 41, NOW, NOW + 900)
    assert records.reserve(row, "c", 40, NOW, NOW + 900)
    assert not records.reserve(row, "d", 0, NOW + 1000, NOW + 1900)
    records.end(row.id, Why.ASKED, NOW)
    assert not records.reserve(row, "e", 0, NOW, NOW + 900)
    assert {(each.size, each.until) for each in records.uploads(row.id)} == {(60, NOW + 900), (40, NOW + 900)}


def test_settling_keeps_what_is_reserved_meanwhile(records: WorkspaceRecords) -> None:
    """Of 60 reserved 25 came; 10 are reserved while it is summed."""
    row = live(records, person())
    assert records.reserve(row, "a", 60, NOW, NOW + 900)
    claimed = records.claim(row.id, "p", NOW + 2000, NOW + 900)
    assert claimed is not None
    settlement = settled(claimed.used, 25, records.uploads(row.id), NOW + 900)
    assert records.reserve(claimed, "b", 10, NOW + 900, NOW + 1800)
    told = records.settle("p", claimed, settlement, NOW + 900)
    found = records.get(row.id)
    assert found is not None
    assert (told.used, told.room) == (25, 75)
    assert (found.used, found.room, found.settled) == (25, 65, NOW + 900)
    assert [each.size for each in records.uploads(row.id)] == [10]
    with pytest.raises(Exception, match="conditional write"):
        records.settle("another", found, settlement, NOW)


def test_a_lost_claim_writes_nothing(records: WorkspaceRecords) -> None:
    """Whoever lost it meets it at his next write, whatever that is."""
    row = live(records, person())
    claimed = records.claim(row.id, "p", NOW + 60, NOW)
    assert claimed is not None
    assert records.claim(row.id, "q", NOW + 120, NOW + 61) is not None
    for write in (
        lambda: records.save("p", claimed, replace(claimed, serial=9)),
        lambda: records.release("p", claimed, replace(claimed, serial=9), Ending(None)),
        lambda: records.name("p", claimed, replace(claimed, bucket="x")),
    ):
        with pytest.raises(ClaimLost):
            write()
    found = records.get(row.id)
    assert found is not None
    assert found.serial == 0


def test_what_became_of_an_order(records: WorkspaceRecords) -> None:
    """It has a claim of its own, and is due like a workspace."""
    key = order()
    assert records.order(key) is None
    row = records.claim_order(key, "p", NOW + 60, NOW)
    assert row is not None
    assert records.claim_order(key, "q", NOW + 60, NOW) is None
    after = OrderRow(key=key, workspaces=("a", "b"), told=("x",), serial=1)
    records.save_order("p", row, after)
    assert records.release_order("p", after, replace(after, done=True), Ending(NOW))
    found = records.order(key)
    assert found is not None
    assert (found.workspaces, found.told, found.done) == (("a", "b"), ("x",), True)
    assert ("Order", key) in [each[:2] for each in records.due(NOW)]
    assert records.orders([key, order()]) == {key: found}
    assert records.orders([]) == {}


def test_members_are_renewed_under_a_pass(records: WorkspaceRecords) -> None:
    """Whoever holds the row goes on; what it writes leaves the new serials alone."""
    ada = person()
    row = records.accept(order(), [ada], maker(ada), "p", NOW + 60).row
    records.renew(row.id, renewed(row))
    after = records.get(row.id)
    assert after is not None
    assert [each.serial for each in after.members] == [2]
    assert records.release("p", row, replace(row, phase=Phase.READY), Ending(None))
    ended = records.get(row.id)
    assert ended is not None
    assert ([each.serial for each in ended.members], ended.phase) == ([2], Phase.READY)
