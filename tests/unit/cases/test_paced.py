"""Sweeps of many links, counted in calls per second of a clock that moves with every call."""

from __future__ import annotations

from collections import Counter

import pytest

from integration.cases.link import loads_link
from tests.fakes.running import Running
from tests.proofs.crowd import Crowd

LINKS = 40
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
