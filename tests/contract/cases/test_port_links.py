"""What the core may rely on of the table, held by the twin of the proofs and by the adapter over DynamoDB."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from integration.aws.errors import ConditionFailed
from integration.cases.link import ACTIVE, Blocked, Link
from integration.cases.ports import COMMENT, JOURNAL, IncidentRow, LedgerRow
from integration.cases.records import LinkRecords
from integration.reconcile.claims import Ending
from integration.reconcile.errors import ClaimLost
from tests.fakes.world import World

NOW, LONG, HOUR = 1_700_000_000.0, 200.0, 3600.0
REQUEST = {"title": "kept", "watchers": [{"email": "ann@here.example"}]}


def name() -> str:
    return uuid.uuid4().hex


def link_of(case_id, **members):
    return Link(case_id, arn=f"arn:{case_id}", sys_id=f"s{case_id[:31]}", table="incident", state=ACTIVE, **members)


def claimed(links, owner="one", now=NOW):
    """A case nobody has, claimed until `LONG` from now."""
    case_id = name()
    assert links.claim(case_id, owner, now + LONG, now) is not None
    return case_id


def released(links, **members):
    case_id = claimed(links)
    assert links.release("one", link_of(case_id, **members), [], Ending())
    return case_id


# ------------------------------------------------------------------------------------------------ the claim
def test_what_nobody_wrote_is_none(links):
    assert links.get(name()) is None
    assert links.incident(name()) is None


def test_a_link_is_claimed_marked_and_put_off_as_any_record(links):
    """What that means, `test_port_claims` says."""
    case_id = released(links, serial=7)
    before = links.get(case_id)
    assert links.postpone(case_id, before.version, NOW + 900)
    assert links.claim(case_id, "two", NOW + LONG, NOW, known=before).link.serial == 7
    assert links.claim(case_id, "three", NOW + LONG, NOW) is None
    assert links.mark(case_id, NOW)
    assert (links.get(case_id).version, links.get(case_id).marked) == (before.version + 1, True)
    assert not links.postpone(case_id, before.version, NOW + 900)


# ------------------------------------------------------------------------------------------------ marks
def test_nothing_is_released_while_a_mark_stands(links):
    case_id = claimed(links)
    links.mark(case_id, NOW)
    rows = [LedgerRow(COMMENT, "1")]
    assert links.release("one", link_of(case_id, serial=3), rows, Ending(), {"pass": "p", "at": NOW}) is False
    row = links.get(case_id)
    assert (row.owner, row.marked, row.link.serial, links.whole_ledger(case_id, COMMENT)) == ("one", True, 0, {})
    links.save("one", link_of(case_id, serial=4), clears_mark=True)
    assert (links.get(case_id).marked, links.get(case_id).link.serial) == (False, 4)
    assert links.release("one", link_of(case_id, serial=5), [], Ending())
    assert (links.get(case_id).owner, links.get(case_id).link.serial) == ("", 5)


# ------------------------------------------------------------------------------------------------ storing
def test_a_link_comes_back_as_it_was_stored(links):
    case_id = claimed(links)
    link = link_of(
        case_id, number="INC1", notes_said=["a"], journal_since=NOW - 0.5, blocked={"k": Blocked("no", "s", 1, 2)}
    )
    links.save("one", link)
    assert links.get(case_id).link == link


ENDS = {
    "save": lambda links, owner, link: links.save(owner, link, [LedgerRow(COMMENT, "x")]),
    "clear_mark": lambda links, owner, link: links.save(owner, link, [LedgerRow(COMMENT, "x")], clears_mark=True),
    "release": lambda links, owner, link: links.release(owner, link, [LedgerRow(COMMENT, "x")], Ending()),
    "abandon": lambda links, owner, link: links.release(owner, link, [LedgerRow(COMMENT, "x")], Ending(unclean=True)),
    "join": lambda links, owner, link: links.join(link, owner),
}


@pytest.mark.parametrize("end", ENDS)
def test_whoever_lost_the_claim_writes_nothing(links, end):
    case_id = claimed(links)
    links.claim(case_id, "two", NOW + LONG * 2, NOW + LONG)
    with pytest.raises(ClaimLost):
        ENDS[end](links, "one", link_of(case_id, serial=9))
    row = links.get(case_id)
    assert (row.owner, row.link.serial, links.whole_ledger(case_id, COMMENT)) == ("two", 0, {})


@pytest.mark.parametrize("end", ENDS)
def test_nobody_writes_without_a_claim(links, end):
    case_id = released(links)
    with pytest.raises(ClaimLost):
        ENDS[end](links, "one", link_of(case_id, serial=9))
    assert links.get(case_id).link.serial == 0


# ------------------------------------------------------------------------------------------------ the ledger
def test_ledger_rows_are_stored_with_the_link_and_asked_for_by_key_or_kind(links):
    case_id = claimed(links)
    comment = LedgerRow(COMMENT, "000001", fingerprint="p", peers=("Journal#1", "Journal#2"))
    entry = LedgerRow(JOURNAL, "1", why="ours")
    links.save("one", link_of(case_id), [comment, entry])
    assert links.ledger(case_id, [comment.key, "Comment#none"]) == {comment.key: comment}
    assert links.whole_ledger(case_id, JOURNAL) == {entry.key: entry}
    assert links.ledger(claimed(links), [comment.key]) == {}
    later = replace(comment, attempts=2, peers=())
    links.save("one", link_of(case_id), [later])
    assert links.whole_ledger(case_id, COMMENT) == {comment.key: later}


def test_more_rows_than_one_transaction_takes(links):
    case_id = claimed(links)
    rows = [LedgerRow(COMMENT, f"{number:06d}") for number in range(120)]
    assert links.release("one", link_of(case_id, serial=1), rows, Ending())
    assert len(links.ledger(case_id, [row.key for row in rows])) == len(links.whole_ledger(case_id, COMMENT)) == 120


# ------------------------------------------------------------------------------------------------ incidents
def test_a_request_is_kept_by_the_first_and_told_to_whoever_follows(links):
    row = IncidentRow(name(), table="incident", request=REQUEST)
    mine = links.claim_incident(row, "one", NOW + LONG, NOW)
    assert (mine.owner, mine.request, mine.case_id) == ("one", REQUEST, "")
    assert links.claim_incident(row, "two", NOW + LONG, NOW) is None
    other = replace(row, request={"title": "different"})
    assert links.claim_incident(other, "one", NOW + LONG, NOW).request == REQUEST
    assert links.claim_incident(other, "two", NOW + LONG * 2, NOW + LONG).request == REQUEST


def test_a_right_given_back_is_free_at_once_and_only_its_holder_gives_it_back(links):
    row = IncidentRow(name(), table="incident", request=REQUEST)
    links.claim_incident(row, "one", NOW + LONG, NOW)
    links.free_incident(row.sys_id, "two", NOW)
    assert links.claim_incident(row, "two", NOW + LONG, NOW) is None
    links.free_incident(row.sys_id, "one", NOW)
    assert links.claim_incident(replace(row, request=None), "two", NOW + LONG, NOW).request == REQUEST


def test_what_aws_refused_is_remembered_without_its_request(links):
    row = IncidentRow(name(), table="incident", request=REQUEST)
    blocked = Blocked("no", "print", NOW, NOW + 60)
    links.claim_incident(row, "one", NOW + LONG, NOW)
    with pytest.raises(ClaimLost):
        links.block_incident(row.sys_id, "two", blocked)
    links.block_incident(row.sys_id, "one", blocked)
    told = links.incident(row.sys_id)
    assert (told.blocked, told.request, told.owner) == (blocked, None, "")
    fresh = {"title": "after the fix"}
    assert links.claim_incident(replace(row, request=fresh), "two", NOW + LONG, NOW).request == fresh


def test_a_link_and_its_incident_are_joined_in_one(links):
    case_id = claimed(links)
    link = link_of(case_id, serial=1)
    links.claim_incident(IncidentRow(link.sys_id, table="incident", request=REQUEST), "one", NOW + LONG, NOW)
    links.join(link, "one")
    assert links.get(case_id).link == link
    assert links.incident(link.sys_id).case_id == case_id
    links.join(replace(link, serial=2), "one")
    told = links.claim_incident(IncidentRow(link.sys_id, table="incident", request=REQUEST), "two", NOW + LONG, NOW)
    assert (told.case_id, told.request, told.owner) == (case_id, None, "")


def test_an_incident_is_joined_to_one_case_only(links):
    first = link_of(claimed(links))
    links.join(first, "one")
    second = replace(link_of(claimed(links)), sys_id=first.sys_id, serial=8)
    with pytest.raises(ClaimLost):
        links.join(second, "one")
    assert links.get(second.case_id).link.serial == 0
    assert links.incident(first.sys_id).case_id == first.case_id


# ------------------------------------------------------------------------------------------------ counters
def test_unreadable_links_are_counted_once_each_until_an_hour_after_their_last_look(links):
    now = NOW + 10 * HOUR
    first, second = name(), name()
    assert [links.count_unreadable(each, now) for each in (first, first, second)] == [1, 1, 2]
    assert links.count_unreadable(first, now + HOUR / 2) == 2
    assert links.count_unreadable(second, now + HOUR + 1) == 2
    assert links.count_unreadable(second, now + 2 * HOUR) == 1


@pytest.fixture
def counting(links):
    """No creation was counted before."""
    if not isinstance(links, LinkRecords):
        return World().links
    links._table.delete("Brake", "latest")
    return links


def test_the_brake_counts_from_the_first_of_an_hour_and_opens_by_itself_at_half(counting):
    """Who can open incidents can put it on, so it stays on for an hour; `resume` lets it go at once and whole."""
    assert [counting.count_creation(NOW + minute * 600, 3) for minute in range(3)] == [True, True, True]
    anew = NOW + HOUR
    assert [counting.count_creation(anew + second, 3) for second in range(3)] == [True, True, True]
    assert not counting.count_creation(anew + 10, 3)
    assert not counting.count_creation(anew + HOUR - 1, 3)
    reopened = anew + 10 + HOUR
    assert [counting.count_creation(reopened + second, 3) for second in range(2)] == [True, False]
    again = reopened + 1 + HOUR
    assert counting.count_creation(again, 3)
    quiet = again + HOUR
    assert [counting.count_creation(quiet + second, 3) for second in range(4)] == [True, True, True, False]


def test_one_opener_uses_up_a_share_and_never_the_whole(counting):
    """A fifth of the limit, five at least: so many reach one opener in an hour, and others go on meanwhile."""
    held = [counting.count_creation(NOW + second, 25, "mallory") for second in range(30)]
    assert held == [True] * 5 + [False] * 25
    assert [counting.count_creation(NOW + 40 + place, 25, f"user {place % 4}") for place in range(20)] == [True] * 20
    assert not counting.count_creation(NOW + 70, 25)
    assert not counting.count_creation(NOW + HOUR + 69, 25, "mallory")
    assert [counting.count_creation(NOW + HOUR + 71 + s, 25, "mallory") for s in range(6)] == [True] * 5 + [False]


def test_an_opener_who_is_held_counts_anew_in_the_next_hour(counting):
    assert [counting.count_creation(NOW, 50, "mallory") for _ in range(11)] == [True] * 10 + [False]
    assert [counting.count_creation(NOW + HOUR, 50, "mallory") for _ in range(11)] == [True] * 10 + [False]


def test_a_share_is_never_more_than_the_limit(counting):
    assert [counting.count_creation(NOW, 2, "mallory") for _ in range(3)] == [True, True, False]


def test_no_name_of_an_opener_rests_in_the_table(table):
    """User names may be e-mail addresses."""
    table._table.delete("Brake", "latest")
    for _ in range(6):
        table.count_creation(NOW, 25, "mallory@here.example")
    assert "mallory" not in str(table._table.get("Brake", "latest"))


def test_two_creations_that_begin_an_hour_together_are_two_and_no_brake(table, monkeypatch):
    """The second finds no hour to count in, and when it would begin one, the first just has."""
    now = NOW + 40 * HOUR
    table._table.delete("Brake", "latest")

    def overtaken(_update):
        monkeypatch.undo()
        assert table.count_creation(now, 3)
        raise ConditionFailed(None)

    monkeypatch.setattr(table._table, "write", overtaken)
    assert table.count_creation(now, 3)
    assert table.count_creation(now, 3)
    assert not table.count_creation(now, 3)


def test_what_is_due_is_told_with_its_time_and_a_claim_once_its_message_is_back(table):
    """A pass that died is repeated by its own message, which is back before; one more each time would pile up."""
    case_id, sys_id = claimed(table, now=HOUR), name()
    assert table.claim_incident(IncidentRow(sys_id, table="incident", request=REQUEST), "one", HOUR, HOUR)
    records = {("case", case_id), ("incident", sys_id)}
    assert not records & {record for record, _ in table.due(HOUR + 59)}
    assert ("case", case_id) in {record for record, _ in table.due(HOUR + LONG + 60)}
    assert ("incident", sys_id) in {record for record, _ in table.due(HOUR + 60)}
    table.free_incident(sys_id, "one", 2 * HOUR)
    assert ("incident", sys_id) not in {record for record, _ in table.due(2 * HOUR - 1)}
    assert table.release("one", link_of(case_id), [], Ending(HOUR + 30))
    assert (("case", case_id), HOUR + 30) in table.due(HOUR + 31)


def test_a_refused_record_is_due_until_nobody_wants_it_any_more(table):
    """It does not become due anew by a look that finds nothing to make; a live claim is left alone."""
    sys_id = name()
    row, blocked = IncidentRow(sys_id, table="incident", request=REQUEST), Blocked("no", "print", HOUR, HOUR + 600)
    assert table.claim_incident(row, "one", HOUR + LONG, HOUR)
    table.settle_incident(sys_id, HOUR + 1)
    assert ("incident", sys_id) in {record for record, _ in table.due(HOUR + LONG + 60)}
    table.block_incident(sys_id, "one", blocked)
    assert (("incident", sys_id), HOUR + 600) in table.due(HOUR + 600)
    table.settle_incident(sys_id, HOUR + 601)
    assert ("incident", sys_id) not in {record for record, _ in table.due(HOUR + 601)}
    assert table.incident(sys_id).blocked == blocked
    table.settle_incident(name(), HOUR)


def test_of_which_records_something_stands_in_the_table(table):
    case_id, sys_id = claimed(table), name()
    table.claim_incident(IncidentRow(sys_id, table="incident", request=REQUEST), "one", NOW + LONG, NOW)
    asked = [("case", case_id), ("incident", sys_id), ("case", name()), ("incident", case_id)]
    assert table.known(asked) == set(asked[:2])
