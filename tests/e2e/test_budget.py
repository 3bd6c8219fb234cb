"""Each piece of work costs at most the calls of the budget, whoever watches the clock."""

import json
import math

import pytest

from bench import growth
from bench.burst import PARALLEL
from bench.conditions import one_at_a_time, settled
from bench.measure import measured
from bench.rows import rows
from bench.workload import Scene

BURST = 24


@pytest.fixture(scope="module")
def counted(itsm):
    """Every row once, in order, since later ones work on what earlier ones made."""
    scene = Scene(itsm)
    with one_at_a_time(itsm):
        return {row.name: measured(row, scene) for row in rows()}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_a_piece_of_work_stays_within_its_budget(itsm, counted, row):
    """A poll lists what tests before have left there, too, 25 cases a page."""
    found = counted[row.name]
    calls = json.dumps(found.counts.detail)
    cases = int(itsm.people().security_ir.send("GET")["cases"])
    more_pages = math.ceil(cases / growth.PAGE) - 1 if row.polls else 0
    assert found.aws <= row.aim.aws + more_pages, calls
    assert found.servicenow <= row.aim.servicenow, calls


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_no_work_costs_less_than_its_floor(counted, row):
    """Else the floor is argued wrongly, or the work was not done."""
    assert counted[row.name].ratio >= 1


def test_one_comment_more_costs_the_same_however_many_there_are(itsm):
    """Security IR's pages of 25 apart; and the link's item stays small."""
    first, second = growth.with_comments(itsm, (1, 30))
    assert (first.servicenow, first.table) == (second.servicenow, second.table)
    assert second.security_ir - first.security_ir == 1
    assert second.link_bytes < growth.ITEM_AIM_BYTES


def test_a_poll_costs_its_pages_and_nothing_per_unchanged_case(itsm):
    found = growth.polls(itsm, 60)
    assert found.list_calls == found.pages > 2
    assert (found.other_aws, found.servicenow) == (3, 1)


def test_an_edit_overtakes_a_burst_of_new_cases(itsm, until):
    """With a slow instance that serves three calls at a time: what is new waits, what is edited does not."""
    scene = Scene(itsm)
    scene.new_case()
    until(scene.incident_exists)
    settled(itsm)
    with scene.people.servicenow.switched(latency_s=0.3, serves_at_once=PARALLEL):
        made = [scene.people.new_case(f"Burst {number}", "x") for number in range(BURST)]
        scene.comment_on_case()
        until(scene.comment_in_journal, 60)
        missing = [case for case in made if not scene.people.incident_of(case)]
    assert missing
    until(lambda: all(scene.people.incident_of(case) for case in made), 120)
    settled(itsm)
