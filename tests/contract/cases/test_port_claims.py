"""What any integration may rely on of claims, held by their twin and by the adapter over DynamoDB."""

from __future__ import annotations

import uuid

import pytest
from boto3.dynamodb.conditions import Attr

from integration.aws.item import Check, Delete, Put
from integration.reconcile.claims import DEAD_S, Ending
from integration.reconcile.errors import ClaimLost
from tests.fakes.claims import FakeClaims

NOW, LONG = 1_700_000_000.0, 200.0
UNCLEAN, LEFT = Ending(NOW + 60, unclean=True), Ending(NOW + 60, despite_mark=True)


def key():
    return f"Order#{uuid.uuid4().hex}", "latest"


def claimed(claims, owner="one", now=NOW):
    """An order nobody has, claimed until `LONG` from now."""
    at = key()
    assert claims.claim(at, owner, now + LONG, now) is not None
    return at


def released(claims, note=""):
    at = claimed(claims)
    assert claims.release(at, "one", {"note": note}, Ending())
    return at


def beside(claims, at):
    return claims.others.get(at) if isinstance(claims, FakeClaims) else claims._table.get(*at)


# ------------------------------------------------------------------------------------------------ the claim
def test_what_nobody_wrote_is_none(claims):
    assert claims.get(key()) is None


def test_the_first_claim_gives_a_record_that_says_nothing(claims):
    at = key()
    before = claims.claim(at, "one", NOW + LONG, NOW, body={"note": "new"})
    assert (before.number, before.note, before.owner, before.deaths) == (at[0].removeprefix("Order#"), "", "", 0)
    assert claims.get(at).note == "new"


def test_a_claim_stands_against_everybody_until_it_expires(claims):
    at = claimed(claims)
    row = claims.get(at)
    assert (row.owner, row.expires, row.live(NOW), row.live(NOW + LONG)) == ("one", NOW + LONG, True, False)
    assert claims.claim(at, "two", NOW + 300, NOW + LONG - 1) is None
    assert claims.claim(at, "two", NOW + 300, NOW + LONG - 1, known=row) is None
    before = claims.claim(at, "two", NOW + LONG * 2, NOW + LONG)
    assert (before.owner, claims.get(at).owner) == ("one", "two")


def test_a_claim_gives_the_record_as_it_was_and_takes_the_mark_with_it(claims):
    at = claimed(claims)
    assert claims.mark(at, NOW)
    assert claims.get(at).marked
    before = claims.claim(at, "two", NOW + 600, NOW + LONG)
    assert before.marked
    assert not claims.get(at).marked


def test_every_claim_moves_the_version(claims):
    """So whoever read before another's claim can tell."""
    at = claimed(claims)
    first = claims.get(at)
    claims.release(at, "one", {}, UNCLEAN)
    assert claims.get(at).version == first.version
    claims.claim(at, "two", NOW + LONG, NOW)
    assert claims.get(at).version == first.version + 1


def test_a_claim_on_an_old_reading_gives_the_record_as_it_is_now(claims):
    at = released(claims)
    old = claims.get(at)
    claims.claim(at, "two", NOW + LONG, NOW)
    claims.release(at, "two", {"note": "newer"}, Ending())
    before = claims.claim(at, "three", NOW + LONG, NOW, known=old)
    assert (before.note, before.version) == ("newer", old.version + 1)


def test_a_claim_made_twice_by_the_same_is_one(claims):
    """A call whose answer was lost is sent again."""
    at = claimed(claims)
    assert claims.claim(at, "one", NOW + LONG, NOW) is not None
    assert claims.get(at).owner == "one"


def test_passes_killed_one_after_the_other_are_counted_until_one_ends_well(claims):
    """A failure that is told is no death, and does not end the row of them either."""
    at = claimed(claims)
    for number in range(1, 4):
        then = NOW + number * 300
        before = claims.claim(at, str(number), then + LONG, then, known=claims.get(at))
        assert before.deaths == number
    claims.release(at, "3", {}, UNCLEAN)
    assert claims.get(at).deaths == 3
    assert claims.claim(at, "last", NOW + 7200, NOW + 3600) is not None
    assert claims.release(at, "last", {}, Ending())
    assert claims.get(at).deaths == 0


# ------------------------------------------------------------------------------------------------ marks, times
def test_a_mark_is_for_a_live_holder_only(claims):
    at = claimed(claims)
    assert claims.mark(at, NOW)
    assert not claims.mark(at, NOW + LONG)
    assert not claims.mark(released(claims), NOW)
    assert not claims.mark(key(), NOW)


def test_nothing_is_released_while_a_mark_stands(claims):
    at, note = claimed(claims), key()
    claims.mark(at, NOW)
    assert not claims.release(at, "one", {"note": "3"}, Ending(), [Put({"PK": note[0], "SK": note[1]})])
    row = claims.get(at)
    assert (row.owner, row.marked, row.note, beside(claims, note)) == ("one", True, "", None)
    claims.save(at, "one", {"note": "4"}, clears_mark=True)
    assert (claims.get(at).marked, claims.get(at).note) == (False, "4")
    assert claims.release(at, "one", {"note": "5"}, Ending())
    assert (claims.get(at).owner, claims.get(at).note) == ("", "5")


def test_who_must_look_next_is_said_without_a_claim_unless_somebody_took_one(claims):
    """Then somebody has worked since, and knows better."""
    at = released(claims)
    version = claims.get(at).version
    assert claims.postpone(at, version, NOW + 900)
    assert (claims.get(at).version, claims.get(at).due) == (version, NOW + 900)
    assert claims.postpone(at, version, None)
    assert claims.get(at).due is None
    assert claims.claim(at, "two", NOW + LONG, NOW) is not None
    assert not claims.postpone(at, version, NOW + 900)
    assert not claims.postpone(at, version + 1, NOW + 900)
    assert not claims.postpone(key(), 0, NOW + 900)


def test_a_claim_is_due_once_it_is_dead_and_a_record_when_its_holder_said(claims):
    """The longest waiting first; a table tells of everybody's, so others may stand between."""
    first, second = claimed(claims, now=60.0), claimed(claims, now=60.0)
    assert claims.release(second, "one", {}, Ending(30.0))
    waits = [(at, when) for at, when in claims.due(60 + LONG + DEAD_S) if at in {first, second}]
    assert waits == [(second, 30.0), (first, 60 + LONG + DEAD_S)]
    assert first not in dict(claims.due(59 + LONG + DEAD_S))
    assert claims.release(first, "one", {}, Ending())
    assert first not in dict(claims.due(NOW))


# ------------------------------------------------------------------------------------------------ endings
ENDS = {
    "save": lambda claims, at, owner, *what: claims.save(at, owner, *what),
    "clearing the mark": lambda claims, at, owner, *what: claims.save(at, owner, *what, clears_mark=True),
    "clean": lambda claims, at, owner, body, *writes: claims.release(at, owner, body, Ending(), *writes),
    "despite a mark": lambda claims, at, owner, body, *writes: claims.release(at, owner, body, LEFT, *writes),
    "unclean": lambda claims, at, owner, body, *writes: claims.release(at, owner, body, UNCLEAN, *writes),
}


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_whoever_lost_the_claim_writes_nothing(claims, end, writes):
    at, note = claimed(claims), key()
    claims.claim(at, "two", NOW + LONG * 2, NOW + LONG)
    with pytest.raises(ClaimLost):
        ENDS[end](claims, at, "one", {"note": "9"}, *([[Put({"PK": note[0], "SK": note[1]})]] if writes else []))
    row = claims.get(at)
    assert (row.owner, row.note, beside(claims, note)) == ("two", "", None)


@pytest.mark.parametrize("end", ENDS)
def test_nobody_writes_without_a_claim(claims, end):
    at = released(claims)
    with pytest.raises(ClaimLost):
        ENDS[end](claims, at, "one", {"note": "9"})
    assert claims.get(at).note == ""


def test_a_claim_that_ran_out_still_holds_until_somebody_takes_it(claims):
    at = claimed(claims)
    claims.save(at, "one", {"note": "2"})
    assert claims.get(at).note == "2"


@pytest.mark.parametrize(
    ("ending", "left"),
    [
        (UNCLEAN, ("", True, True, NOW + 60)),
        (LEFT, ("", False, True, NOW + 60)),
    ],
)
def test_what_an_ending_leaves_where_a_mark_stands(claims, ending, left):
    at = claimed(claims)
    claims.mark(at, NOW)
    assert claims.release(at, "one", {}, ending)
    row = claims.get(at)
    assert (row.owner, row.unclean, row.marked, row.due) == left


def test_an_unclean_end_is_remembered_until_a_clean_one(claims):
    at = claimed(claims)
    claims.release(at, "one", {}, UNCLEAN)
    claims.claim(at, "two", NOW + LONG, NOW)
    assert claims.get(at).ended_unclean
    claims.release(at, "two", {}, Ending())
    assert not claims.get(at).unfinished


# ------------------------------------------------------------------------------------------------ written beside
def test_other_items_are_written_with_the_record_or_not_at_all(claims):
    at, place, line = claimed(claims), key(), key()
    free = Attr("PK").not_exists()
    taken = Put({"PK": place[0], "SK": place[1], "of": at[0]}, free)
    claims.save(at, "one", {"note": "1"}, [taken, Put({"PK": line[0], "SK": line[1], "n": 1})])
    assert (beside(claims, place)["of"], beside(claims, line)["n"]) == (at[0], 1)
    with pytest.raises(ClaimLost):
        claims.save(at, "one", {"note": "2"}, [Put({"PK": line[0], "SK": line[1], "n": 2}), taken])
    assert (claims.get(at).note, beside(claims, line)["n"]) == ("1", 1)
    claims.release(at, "one", {"note": "3"}, Ending(), [Delete(place), Check(line, Attr("n").eq(1))])
    assert (claims.get(at).note, beside(claims, place)) == ("3", None)


def test_more_writes_than_one_transaction_takes(claims):
    at, lines = claimed(claims), [key() for _ in range(120)]
    writes = [Put({"PK": pk, "SK": sk}) for pk, sk in lines]
    assert claims.release(at, "one", {"note": "all"}, Ending(), writes)
    assert all(beside(claims, line) for line in lines)
    assert (claims.get(at).owner, claims.get(at).note) == ("", "all")
