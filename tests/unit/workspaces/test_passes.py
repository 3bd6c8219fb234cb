"""Whole passes over the twins: what is made, ended, told, and with how many calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.clients.errors import Misconfigured
from integration.reconcile.errors import Later
from integration.workspaces.model import ADDRESS_S, DAY_S, BadOrder, Phase, Policy, Setting, Why, WorkspaceKind
from integration.workspaces.naming import id_of_person, person_of
from integration.workspaces.planner import NAMES_TRIED, extended_until
from tests.docs.kept_items import texts_in
from tests.fakes.workspaces import System, ada, busy
from tests.unit.workspaces.passes import aws, catalog, notes


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
