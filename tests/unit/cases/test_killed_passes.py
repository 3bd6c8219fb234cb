"""Passes that are killed again and again: what they had to carry is put aside, and the link goes on."""

from __future__ import annotations

import pytest

from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.aside import KILLED_MOST
from tests.fakes.running import CLAIM_S, Running
from tests.fakes.world import Killed

POISON = "kills whoever carries it"


def killed_passes(
    running: Running, side: str, key: str, system: str = "servicenow", call: str = "update", *, moment: str = "before",
    times: int = KILLED_MOST,
) -> None:  # fmt: skip
    def hook(*met: str) -> None:
        if met == (moment, system, call):
            raise Killed

    running.world.hook = hook
    for _ in range(times):
        with pytest.raises(Killed):
            running.run(running.wake(side, key))
        running.world.now += CLAIM_S + 40
    running.world.hook = lambda *_: None


def test_what_killed_five_passes_is_put_aside_told_and_the_rest_goes_on(
    running: Running, pair: tuple[str, str]
) -> None:
    """Even where every write of the poison kills: a note to the case and the row are all that is made of it."""
    case_id, sys_id = pair
    running.cases.add_comment(case_id, POISON)
    killed_passes(running, CASE, case_id)
    running.cases.records[case_id]["values"]["title"] = "Edited meanwhile"
    report = running.case(case_id)
    assert report is not None
    assert report.outcome == "in step"
    assert not any(POISON in text for text in running.journal(sys_id))
    assert sum("put aside" in body for body in running.comments(case_id)) == 1
    assert running.incidents.records[sys_id]["columns"]["short_description"] == "Edited meanwhile"
    running.cases.add_comment(case_id, "and on it goes")
    running.case(case_id)
    running.sweep()
    assert any("and on it goes" in text for text in running.journal(sys_id))
    assert not any(POISON in text for text in running.journal(sys_id))


def test_fewer_deaths_lose_nothing(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.add_comment(case_id, POISON)
    killed_passes(running, CASE, case_id, times=KILLED_MOST - 1)
    running.case(case_id)
    assert sum(POISON in text for text in running.journal(sys_id)) == 1


def test_deaths_count_only_one_after_the_other(running: Running, pair: tuple[str, str]) -> None:
    """A pass that ends well in between shows that they had causes of their own."""
    case_id, sys_id = pair
    for number in range(KILLED_MOST + 1):
        running.cases.add_comment(case_id, f"{POISON} {number}")
        killed_passes(running, CASE, case_id, times=1)
        running.case(case_id)
    assert sum(POISON in text for text in running.journal(sys_id)) == KILLED_MOST + 1


def test_what_was_carried_before_is_not_told_as_put_aside(running: Running, pair: tuple[str, str]) -> None:
    """A pass after a death looks at all comments, those with a row among them; and ours are nobody's news."""
    case_id, sys_id = pair
    running.cases.add_comment(case_id, "carried long ago")
    running.case(case_id)
    running.incidents.edit(sys_id, work_notes="carried back long ago")
    running.incident(sys_id)
    running.cases.add_comment(case_id, POISON)
    killed_passes(running, CASE, case_id)
    running.case(case_id)
    (told,) = (body for body in running.comments(case_id) if "put aside" in body)
    assert "1 comment(s)" in told
    assert not any("put aside" in text for text in running.journal(sys_id))


def test_an_entry_that_a_killed_pass_posted_counts_as_carried(running: Running, pair: tuple[str, str]) -> None:
    """Its comment stands on the case: it is neither told as put aside nor posted again by the other road."""
    case_id, sys_id = pair
    running.incidents.edit(sys_id, work_notes=POISON, short_description="Edited there")
    killed_passes(running, INCIDENT, sys_id, "aws", "CreateCaseComment", moment="after", times=1)
    killed_passes(running, INCIDENT, sys_id, "aws", "UpdateCase", times=KILLED_MOST - 1)
    running.cases.add_comment(case_id, "what else is new")
    running.case(case_id)
    running.incidents.rows_hidden = True
    running.incidents.edit(sys_id, work_notes="and on it goes")
    running.incident(sys_id)
    assert sum(POISON in body for body in running.comments(case_id)) == 1
    assert sum("put aside" in body for body in running.comments(case_id)) == 1
    assert not any("put aside" in text for text in running.journal(sys_id))


def test_an_entry_put_aside_is_known_by_the_other_road(running: Running, pair: tuple[str, str]) -> None:
    """Where the rows are hidden later the record displays it under another id: it stays put aside."""
    case_id, sys_id = pair
    running.incidents.edit(sys_id, work_notes=POISON)
    killed_passes(running, INCIDENT, sys_id, "aws", "CreateCaseComment")
    running.incident(sys_id)
    assert any("put aside" in text for text in running.journal(sys_id))
    running.incidents.rows_hidden = True
    running.incidents.edit(sys_id, work_notes="and on it goes")
    running.incident(sys_id)
    assert not any(POISON in body for body in running.comments(case_id))
    assert any("and on it goes" in body for body in running.comments(case_id))


def test_a_comment_edited_after_a_killed_pass_appended_it_is_told(running: Running, pair: tuple[str, str]) -> None:
    """What stands in the journal is what it said before: its edit is put aside, not taken for carried."""
    case_id, _ = pair
    comment = running.cases.add_comment(case_id, POISON)
    killed_passes(running, CASE, case_id, moment="after", times=1)
    running.cases.edit_comment(case_id, comment, "what it says now")
    killed_passes(running, CASE, case_id, times=KILLED_MOST - 1)
    running.case(case_id)
    assert any("put aside" in body and comment in body for body in running.comments(case_id))
