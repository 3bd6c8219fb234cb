"""What another tool imports keeps the date it had elsewhere, before any window a pass reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration.cases.journals import whole_due
from integration.reconcile.scheduling import DAY_S

if TYPE_CHECKING:
    from tests.fakes.running import Running

YEAR = 365 * 86_400


def import_entry(running: Running, sys_id: str, text: str, age_s: float = YEAR) -> None:
    running.incidents.edit(sys_id, work_notes=text, by="import")
    running.incidents.records[sys_id]["journal"][-1]["at"] -= int(age_s)


def told(running: Running, case_id: str, text: str) -> int:
    return sum(text in comment for comment in running.comments(case_id))


def in_step(running: Running, pair: tuple[str, str]) -> None:
    """With entries of its own from before, and the window moved on."""
    running.incidents.edit(pair[1], work_notes="from the beginning", comments="to all")
    running.incident(pair[1])
    running.world.now += 3600
    running.incidents.edit(pair[1], work_notes="later")
    running.incident(pair[1])


def test_a_replay_finds_an_entry_with_a_date_of_the_past_once(running: Running, pair: tuple[str, str]) -> None:
    in_step(running, pair)
    import_entry(running, pair[1], "imported from elsewhere")
    for _ in range(2):
        running.incident(pair[1], forced=True)
        running.case(pair[0], forced=True)
        running.sweep()
    assert told(running, pair[0], "imported from elsewhere") == 1
    assert [told(running, pair[0], text) for text in ("from the beginning", "to all", "later")] == [1, 1, 1]


@pytest.mark.parametrize("age_s", [700, 86_400, YEAR])
def test_a_sweep_of_the_day_finds_it_once(running: Running, pair: tuple[str, str], age_s: float) -> None:
    """Once a day the journal of an open link is read from its beginning."""
    in_step(running, pair)
    import_entry(running, pair[1], "imported from elsewhere", age_s)
    running.incident(pair[1])
    assert told(running, pair[0], "imported from elsewhere") == 0
    for _ in range(3):
        running.world.now += DAY_S
        running.sweep()
        running.sweep()
    assert told(running, pair[0], "imported from elsewhere") == 1
    assert [told(running, pair[0], text) for text in ("from the beginning", "to all", "later")] == [1, 1, 1]


def test_other_sweeps_of_the_day_read_what_is_new_and_claim_nothing(running: Running, pair: tuple[str, str]) -> None:
    in_step(running, pair)
    running.world.now += DAY_S
    for expected in ("in step", "nothing new", "nothing new"):
        report = running.case(pair[0], sweep=True)
        assert report is not None
        assert report.outcome == expected
        running.world.now += 900


def test_a_private_one_stays(running: Running, pair: tuple[str, str]) -> None:
    in_step(running, pair)
    import_entry(running, pair[1], "[private] imported")
    running.incident(pair[1], forced=True)
    assert told(running, pair[0], "imported") == 0


def test_a_replay_costs_one_read_of_the_incident(running: Running, pair: tuple[str, str]) -> None:
    in_step(running, pair)
    before = running.world.calls["servicenow.read"]
    running.case(pair[0], forced=True)
    assert running.world.calls["servicenow.read"] == before + 1


def test_a_file_with_a_date_of_the_past_goes_over_by_itself(running: Running, pair: tuple[str, str]) -> None:
    """Files are listed whole and compared as a set."""
    in_step(running, pair)
    running.incidents.add_file(pair[1], "new.txt", b"new")
    running.incident(pair[1])
    running.incidents.add_file(pair[1], "old.txt", b"old")
    running.incidents.records[pair[1]]["files"][-1]["at"] -= YEAR
    running.sweep()
    assert sum("old" in file["name"] for file in running.cases.records[pair[0]]["files"]) == 1


def test_whole_looks_come_once_a_day_and_not_of_all_links_at_once() -> None:
    """Five hundred links that were looked at together, swept each quarter of an hour."""
    last = dict.fromkeys(map(str, range(4_000_000_000, 4_000_000_500)), 0.0)
    most = 0
    for now in range(0, 3 * 86_400, 900):
        due = [link for link, at in last.items() if whole_due(at, link, now)]
        most = max(most, len(due))
        last |= dict.fromkeys(due, float(now))
        assert min(last.values()) >= now - DAY_S
    assert 0 < most <= len(last) / 10
