"""Every phase, wish and finding, and the one step that follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.workspaces.model import (
    DAY_S,
    BadOrder,
    Blocked,
    Entry,
    Found,
    Order,
    Person,
    Phase,
    Policy,
    Row,
    Setting,
    Standing,
    Wanted,
    Why,
)
from integration.workspaces.planner import (
    days_of,
    extended_until,
    may_extend,
    may_use,
    plan,
    refused,
    unanswered,
    wanted_of,
)
from integration.workspaces.steps import (
    Archive,
    Block,
    Check,
    Close,
    Configure,
    Create,
    Deliver,
    Drop,
    Empty,
    Freeze,
    Manifest,
    Name,
    Nothing,
    Prove,
    Release,
    Settle,
    Tell,
    Thaw,
    WaitFor,
)

NOW = 1_000_000.0
STAY, GO = Wanted(), Wanted(Why.ASKED)
ROW = Row(id="w", attempt=1, created=NOW - DAY_S, days=14, quota=100)
LIVES = replace(ROW, phase=Phase.READY, ready=NOW - DAY_S, lives_until=NOW + 13 * DAY_S)
ENDS = replace(LIVES, phase=Phase.ENDING, why=Why.ASKED)
DELETES = replace(ENDS, deleting=True, manifest="abc")
BLOCK = Blocked("no right", NOW + 60)
SET = Found(missing=())
SEEN = Found(missing=(), entries=(Entry("a", "1"), Entry("b", "2")), listed=True)
STORED = replace(SEEN, stored=2)
PERSON = Person("name/ada", "Ada")
ORDERED = Order(key="o", person=PERSON, catalog=True)


def ordered(row: Row, *told: str) -> Row:
    return replace(row, catalog=True, order="o", told=told)


TABLE = [
    # new and making
    ("named before it is tried", STAY, replace(ROW, attempt=0), None, Name(1)),
    ("made", STAY, ROW, None, Create()),
    ("made by a pass that began", STAY, replace(ROW, phase=Phase.MAKING), None, Create()),
    *[
        (f"{setting} is put", STAY, ROW, Found(missing=tuple(Setting)[index:]), Configure(setting))
        for index, setting in enumerate(Setting)
    ],
    ("checked before it is handed over", STAY, ROW, SET, Check()),
    ("handed over", STAY, ROW, replace(SET, checked=True), Deliver()),
    ("blocked: waits", STAY, replace(ROW, blocked=BLOCK), None, Nothing(BLOCK.retry_at)),
    ("blocked, ordered: said", STAY, ordered(replace(ROW, blocked=BLOCK)), None, Tell("blocked no right")),
    (
        "blocked, said", STAY, ordered(replace(ROW, blocked=BLOCK), "blocked no right"), None,
        Nothing(BLOCK.retry_at),
    ),
    ("blocked until now: tried", STAY, replace(ROW, blocked=replace(BLOCK, retry_at=NOW)), None, Create()),
    ("not wanted before it is made", GO, ROW, None, Freeze(Why.ASKED)),
    ("not wanted while it is made", GO, ROW, Found(), Freeze(Why.ASKED)),
    ("not wanted while blocked", GO, replace(ROW, blocked=BLOCK), None, Freeze(Why.ASKED)),
    # ready
    ("rests until it expires", STAY, LIVES, None, Nothing(LIVES.lives_until)),
    ("ordered: result first", STAY, ordered(LIVES), None, Tell("delivered")),
    ("ordered: rests until it warns", STAY, ordered(LIVES, "delivered"), None, Nothing(LIVES.lives_until - 2 * DAY_S)),
    ("extended: said", STAY, ordered(replace(LIVES, extended=1), "delivered"), None, Tell("extended 1")),
    (
        "extended again: said again", STAY, ordered(replace(LIVES, extended=2), "delivered", "extended 1"), None,
        Tell("extended 2"),
    ),
    (
        "two days before", STAY,
        ordered(replace(LIVES, ready=NOW - 13 * DAY_S, lives_until=NOW + DAY_S), "delivered"), None,
        Tell(f"warn 2 days {NOW + DAY_S:.0f}"),
    ),
    (
        "two hours before: the days are not said any more", STAY,
        ordered(replace(LIVES, lives_until=NOW + 3600), "delivered"), None, Tell(f"warn 2 hours {NOW + 3600:.0f}"),
    ),
    (
        "a day's workspace is not warned at its delivery", STAY,
        ordered(replace(LIVES, ready=NOW, lives_until=NOW + DAY_S), "delivered"), None, Nothing(NOW + DAY_S - 7200),
    ),
    ("an address died: summed", STAY, replace(LIVES, uploads_until=NOW), None, Settle()),
    ("an address lives: looked at then", STAY, replace(LIVES, uploads_until=NOW + 9), None, Nothing(NOW + 9)),
    ("summed since", STAY, replace(LIVES, uploads_until=NOW - 5, settled=NOW - 1), None, Nothing(LIVES.lives_until)),
    (
        "the sum is refused: rests", STAY, replace(LIVES, uploads_until=NOW, blocked=BLOCK), None,
        Nothing(BLOCK.retry_at),
    ),
    ("expires while it is refused", GO, replace(LIVES, uploads_until=NOW, blocked=BLOCK), None, Freeze(Why.ASKED)),
    ("ends", GO, LIVES, None, Freeze(Why.ASKED)),
    ("ends with notes owed", GO, ordered(LIVES), None, Freeze(Why.ASKED)),
    # ending
    ("extended in time: comes back", STAY, ENDS, None, Thaw()),
    ("extended in time, copies made: comes back", STAY, ENDS, STORED, Thaw()),
    ("too late: goes on", STAY, DELETES, None, Close()),
    ("an address lives: waited for", GO, replace(ENDS, uploads_until=NOW + 9), None, WaitFor(NOW + 9)),
    ("never longer than an address lives", GO, replace(ENDS, uploads_until=NOW + 9999), None, WaitFor(NOW + 900)),
    ("cut off", Wanted(Why.ASKED, at_once=True), replace(ENDS, uploads_until=NOW + 9), None, Close()),
    ("closed", GO, ENDS, None, Close()),
    ("listed and copied", GO, ENDS, SET, Archive()),
    ("no time for more copies", GO, ENDS, replace(SEEN, listed=False, short=True), Manifest(complete=False)),
    ("no time, all stored", GO, ENDS, replace(STORED, listed=False, short=True), Nothing(NOW)),
    ("named before it is deleted", GO, ENDS, SEEN, Manifest(complete=True)),
    ("nothing in it: the way back is closed all the same", GO, ENDS, replace(SET, listed=True),
     Manifest(complete=True)),
    ("deleted", GO, DELETES, STORED, Empty()),
    ("the rest is deleted", GO, DELETES, replace(STORED, deleted=1), Empty()),
    ("a late upload: copied first", GO, DELETES, replace(STORED, deleted=2, listed=False), Archive()),
    ("a late upload: named", GO, DELETES, replace(SEEN, stored=1, deleted=1), Manifest(complete=True)),
    ("dropped", GO, DELETES, replace(STORED, deleted=2), Drop()),
    ("proven", GO, DELETES, Found(exists=False), Prove()),
    ("never there: proven too", GO, ENDS, Found(exists=False), Prove()),
    ("given up", GO, replace(DELETES, proof="x"), Found(exists=False), Release()),
    ("archive refused: keeps everything", GO, replace(ENDS, blocked=BLOCK), None, Nothing(BLOCK.retry_at)),
    ("archive refused: said", GO, ordered(replace(ENDS, blocked=BLOCK)), None, Tell("blocked no right")),
    ("archive refused, extended", STAY, replace(ENDS, blocked=BLOCK), None, Thaw()),
    # gone
    ("gone", GO, replace(DELETES, phase=Phase.GONE), None, Nothing(None)),
    ("gone: the proof is told", GO, ordered(replace(DELETES, phase=Phase.GONE)), None, Tell("ended")),
    ("gone before it was there", GO, ordered(replace(ROW, phase=Phase.GONE)), None, Tell("cancelled")),
    ("gone and told", GO, ordered(replace(DELETES, phase=Phase.GONE), "ended"), None, Nothing(None)),
    ("gone stays gone", STAY, replace(DELETES, phase=Phase.GONE), None, Nothing(None)),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "row", "found", "step"), [each[1:] for each in TABLE], ids=[e[0] for e in TABLE])
def test_step(wanted: Wanted, row: Row, found: Found | None, step: object) -> None:
    """One step for each phase, wish and finding."""
    assert plan(wanted, row, found, NOW) == step


def test_every_phase_wish_and_finding_has_a_step_that_loses_nothing() -> None:
    """Of all combinations: nothing is deleted before the manifest is stored and the way back closed."""
    phases = [ROW, replace(ROW, phase=Phase.MAKING), LIVES, ENDS, DELETES, replace(DELETES, phase=Phase.GONE)]
    rows = [
        replace(row, blocked=blocked, catalog=catalog, uploads_until=until)
        for row in phases
        for blocked in (None, BLOCK)
        for catalog in (False, True)
        for until in (0, NOW + 9)
    ]
    founds = [
        None, Found(), SET, SEEN, STORED, replace(STORED, deleted=2), replace(SEEN, short=True), Found(exists=False),
    ]  # fmt: skip
    for wanted in (STAY, GO, Wanted(Why.ASKED, at_once=True)):
        for row in rows:
            for found in founds:
                step = plan(wanted, row, found, NOW)
                if isinstance(step, Empty | Drop):
                    assert row.deleting
                    assert found is not None
                    assert found.listed
                    assert found.stored == len(found.entries)
                assert not (wanted.gone is None and row.phase is Phase.READY and isinstance(step, Freeze | Close))


@pytest.mark.parametrize(
    ("row", "order", "gone"),
    [
        (ROW, None, None),
        (ROW, ORDERED, None),
        *[
            (ROW, replace(ORDERED, standing=standing), Why.CANCELLED)
            for standing in Standing
            if standing is not Standing.APPROVED
        ],
        (LIVES, replace(ORDERED, standing=Standing.CLOSED), None),
        (LIVES, replace(ORDERED, standing=Standing.DELETED), None),
        (LIVES, replace(ORDERED, standing=Standing.WITHDRAWN), None),
        (replace(LIVES, lives_until=NOW), None, Why.EXPIRED),
        (replace(LIVES, lives_until=NOW + 1), None, None),
        (replace(ROW, created=0), None, None),
        (replace(LIVES, ended=Why.LEFT), None, Why.LEFT),
    ],
)
def test_what_is_wanted(row: Row, order: Order | None, gone: Why | None) -> None:
    """Until the delivery the item decides; after it only the time and a wish do."""
    assert wanted_of(row, order, NOW).gone is gone


def test_a_taken_name_leads_to_the_next_and_a_quota_to_a_block() -> None:
    """Also a taken name ends somewhere."""
    assert refused(Create(), "BucketAlreadyExists", ROW, NOW) == Name(2)
    last = refused(Create(), "BucketAlreadyExists", replace(ROW, attempt=20), NOW)
    assert isinstance(last, Block)
    assert last.unnamed
    block = refused(Create(), "TooManyBuckets", ROW, NOW)
    assert isinstance(block, Block)
    assert "quota" in block.reason
    assert block.retry_at == NOW + 900


def test_silence_is_said_only_once_it_lasts() -> None:
    """A moment's throttling is nobody's news; after a quarter of an hour it is, and is tried rarely."""
    first = unanswered(ROW, "busy", NOW)
    assert (first.retry_at, first.said_after) == (NOW, NOW + 900)
    later = unanswered(replace(ROW, blocked=Blocked("busy", NOW, NOW + 900)), "busy", NOW + 901)
    assert later.retry_at == NOW + 901 + 900
    row = ordered(replace(ROW, blocked=Blocked(later.reason, later.retry_at, later.said_after)))
    assert plan(STAY, row, None, NOW + 901) == Tell("blocked busy")


@pytest.mark.parametrize(
    ("days", "is_ordered", "lives_until", "until"),
    [
        (14, False, LIVES.lives_until, LIVES.lives_until + 14 * DAY_S),
        (None, False, LIVES.lives_until, LIVES.lives_until + 14 * DAY_S),
        (60, False, LIVES.lives_until, LIVES.ready + 60 * DAY_S),
        (100, True, LIVES.lives_until, LIVES.lives_until + 100 * DAY_S),
        (1, False, NOW - 60, NOW + DAY_S),
    ],
)
def test_extension(days: int | None, is_ordered: bool, lives_until: float, until: float) -> None:
    """From the expiry, or from now where that passed; one click up to the maximum, an order beyond."""
    assert extended_until(replace(LIVES, lives_until=lives_until), days, NOW, Policy(), ordered=is_ordered) == until


def test_no_extension_beyond_the_maximum() -> None:
    """What is refused says what to do instead."""
    full = replace(LIVES, lives_until=LIVES.ready + 60 * DAY_S)
    with pytest.raises(BadOrder, match="ordered in the catalog"):
        extended_until(full, 1, NOW, Policy(), ordered=False)
    with pytest.raises(BadOrder, match="365 days at most"):
        extended_until(full, 365, NOW, Policy(), ordered=True)


@pytest.mark.parametrize("days", [0, -1, 366, 10000, True])
def test_days_that_are_none(days: int) -> None:
    """Refused, with the numbers that can be."""
    with pytest.raises(BadOrder, match="1 to 365"):
        days_of(days, Policy())


def test_who_may_use_and_extend() -> None:
    """From the second of its expiry nothing is used; extended it can be until the first deletion."""
    rows = [LIVES, replace(LIVES, lives_until=NOW), replace(LIVES, ended=Why.ASKED), ENDS]
    assert [may_use(row, NOW) for row in rows] == [True, False, False, False]
    assert [may_extend(row) for row in (LIVES, ENDS, DELETES, ROW)] == [True, True, False, False]
