"""Sweeps of many links, counted in calls per second of a clock that moves with every call."""

from __future__ import annotations

from collections import Counter

import pytest

from integration.cases.link import loads_link
from tests.fakes.running import Running
from tests.fakes.world import WRITES
from tests.proofs.kit.crowd import Crowd

LINKS, MANY = 40, 500
SWEEPS_A_MINUTE = 61
"""One in a second; the clock's minutes are not those of the poll."""
EARLIER_S = 1_700_001_000
"""After the entries were written and before the sweep."""


@pytest.fixture
def crowd() -> Crowd:
    crowd = Crowd(Running("itsm", new_cases_per_hour=5 * LINKS))
    for number in range(LINKS):
        sys_id = crowd.running.incidents.make(f"incident {number}", description="d")
        crowd.running.incidents.edit(sys_id, work_notes="noted")
    crowd.minutes(30)
    assert len(list(crowd.pairs())) == LINKS
    return crowd


def due_together(crowd: Crowd, **remembered: object) -> None:
    """As after an upgrade: each link falls due now, and remembers this."""
    for row in crowd.running.links.rows.values():
        link = loads_link(row["doc"])
        for name, value in remembered.items():
            setattr(link, name, value)
        row["doc"], row["due"] = link.dumps(), crowd.world.now - 1


@pytest.mark.parametrize(
    "remembered",
    [{}, {"journal_whole": 0, "journal_since": EARLIER_S, "journal_seen": []}, {"rules": "another"}],
    ids=repr,
)
def test_sweeps_of_unchanged_links_stay_below_twenty_calls_in_any_second(
    crowd: Crowd, remembered: dict[str, object]
) -> None:
    """Also where each is a whole pass: the first of links that never had their journal read whole, or knew another
    mapping.
    """
    due_together(crowd, **remembered)
    calls: Counter[int] = Counter()
    crowd.world.call_s = 0.001
    swept = crowd.count["deliveries"]
    crowd.world.hook = lambda moment, *_: calls.update([int(crowd.world.now)] if moment == "before" else [])
    crowd.minutes(2)
    assert crowd.count["deliveries"] - swept == LINKS
    assert max(calls.values()) <= 20


def test_five_hundred_open_links_are_swept_each_in_its_round_and_no_minute_asks_for_more_than_its_share() -> None:
    """Two rounds after all fell due together: each sweep lists comments once, and none lists tags, claims or writes."""
    crowd = Crowd(Running("itsm"))
    for number in range(MANY):
        crowd.running.cases.make(f"case {number}", "d")
    crowd.minutes(2)
    due_together(crowd)
    calls: Counter[tuple[int, str]] = Counter()
    listed: Counter[str] = Counter()
    swept = crowd.count["deliveries"]

    def count(moment: str, _: str, call: str) -> None:
        if moment == "before":
            calls[int(crowd.world.now // 60), call] += 1
            listed[call] += 1

    crowd.world.call_s = 0.001
    crowd.world.hook = count
    crowd.minutes(35)
    sweeps = crowd.count["deliveries"] - swept
    assert 2 * MANY <= sweeps <= 3 * MANY
    assert listed["ListComments"] == listed["GetCase"] == listed["read"] == sweeps
    assert max(number for (_, call), number in calls.items() if call == "ListComments") <= SWEEPS_A_MINUTE
    assert not listed.keys() & (WRITES | {"ListTagsForResource", "claim"})
