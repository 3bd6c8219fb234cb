"""Hours pass: while a system is away nothing piles up, and what waits for a scan or a record goes on by itself."""

from __future__ import annotations

from collections import Counter

import pytest

from integration.cases.link import CASE, INCIDENT
from integration.clients.errors import Unavailable
from integration.reconcile.scheduling import COMES_BACK_S
from tests.fakes.running import Running
from tests.proofs.kit.crowd import Crowd

LINKS = 8
SYSTEMS = {"aws": "security_ir", "servicenow": "servicenow"}


@pytest.fixture
def crowd() -> Crowd:
    crowd = Crowd(Running("itsm"))
    for number in range(LINKS):
        crowd.running.cases.make(f"case {number}")
    crowd.minutes(2)
    assert len(list(crowd.pairs())) == LINKS
    return crowd


def away(crowd: Crowd, system: str, hours: float) -> None:
    """No call of this system answers for so many hours."""

    def refuse(moment: str, called: str, _: str) -> None:
        if moment == "before" and called == system:
            raise Unavailable(SYSTEMS[system], "no answer")

    crowd.world.hook = refuse
    crowd.minutes(int(hours * 60))
    crowd.world.hook = lambda *_: None


def waiting(crowd: Crowd) -> int:
    """The most messages that wait for one record."""
    return max(Counter((wake.side, wake.key) for _, _, wake, _ in crowd.queue).values(), default=0)


@pytest.mark.parametrize("system", ["servicenow", "aws"])
def test_an_outage_of_a_day_leaves_at_most_two_messages_per_link(crowd: Crowd, system: str) -> None:
    """Each message comes back by itself, so the poll sends no other; and soon after the end everything is in step."""
    for case_id, sys_id in list(crowd.pairs()):
        crowd.running.cases.records[case_id]["values"]["title"] = "Edited on AWS"
        crowd.running.incidents.edit(sys_id, description="Edited in ServiceNow")
    away(crowd, system, 24)
    assert 1 <= waiting(crowd) <= 2
    crowd.minutes(20)
    assert not crowd.queue
    for case_id, sys_id in crowd.pairs():
        assert crowd.running.incidents.records[sys_id]["columns"]["short_description"] == "Edited on AWS"
        assert crowd.running.cases.records[case_id]["values"]["description"] == "Edited in ServiceNow"


def test_while_one_function_is_dead_the_passes_of_the_other_call_for_no_more_sweeps(crowd: Crowd) -> None:
    """Each edit in ServiceNow is brought over; that no sweep has looked stays as it was told."""
    crowd.stopped[CASE] = []
    for number in range(12):
        for _, sys_id in list(crowd.pairs()):
            crowd.running.incidents.edit(sys_id, description=f"Edited in ServiceNow {number}")
        crowd.minutes(20)
    swept = Counter(wake.key for wake, _ in crowd.stopped[CASE] if wake.sweep)
    assert swept == {case_id: 2 for case_id, _ in crowd.pairs()}
    crowd.start_again(CASE)
    crowd.minutes(20)
    assert not crowd.queue


def test_a_record_made_while_its_function_is_dead_has_two_messages_after_hours(crowd: Crowd) -> None:
    crowd.stopped[INCIDENT] = []
    crowd.running.incidents.make("Made meanwhile", description="d")
    crowd.minutes(8 * 60)
    assert len(crowd.stopped[INCIDENT]) == 2
    crowd.start_again(INCIDENT)
    crowd.minutes(20)
    assert not crowd.queue
    assert len(list(crowd.pairs())) == LINKS + 1


def test_a_message_lost_with_its_pass_is_made_up_for(crowd: Crowd) -> None:
    """Only where no message comes back does somebody else look."""
    away(crowd, "servicenow", 1)
    crowd.queue.clear()
    crowd.minutes(int(COMES_BACK_S / 60) + 10)
    assert not crowd.queue
    assert {row["unclean"] for row in crowd.running.links.rows.values()} == {False}


def test_a_file_arrives_soon_after_a_scan_of_two_minutes(crowd: Crowd) -> None:
    """However often the poll has told of the link before."""
    case_id, sys_id = next(crowd.pairs())
    crowd.running.cases.add_file(case_id, "dump.txt", b"x" * 10, status="Pending")
    crowd.minutes(2)
    assert not crowd.running.incidents.records[sys_id]["files"]
    crowd.running.cases.records[case_id]["files"][0]["status"] = "Verified"
    crowd.minutes(2)
    assert len(crowd.running.incidents.records[sys_id]["files"]) == 1


def test_a_sweep_that_finds_nothing_writes_one_time_and_claims_nothing(running: Running, pair: tuple[str, str]) -> None:
    running.world.now += 900
    running.world.calls.clear()
    report = running.case(pair[0], sweep=True)
    assert report is not None
    assert report.outcome == "nothing new"
    calls = running.world.calls
    assert {name: count for name, count in calls.items() if name.startswith("table.")} == {
        "table.get": 1,
        "table.postpone": 1,
    }
    assert (calls["aws.GetCase"], calls["aws.ListComments"], calls["servicenow.read"]) == (1, 1, 1)
    assert running.links.rows[pair[0]]["due"] == pytest.approx(running.world.now + 900, abs=1)


def test_a_pass_that_fails_before_its_claim_still_says_that_its_message_comes_back(
    running: Running, pair: tuple[str, str]
) -> None:
    """Else the poll would send one more every quarter of an hour."""

    def refuse(moment: str, system: str, _: str) -> None:
        if moment == "before" and system == "aws":
            raise Unavailable("security_ir", "no answer")

    running.world.now += 1000
    running.world.hook = refuse
    with pytest.raises(Unavailable):
        running.run(running.wake(CASE, pair[0], sweep=True))
    assert running.links.rows[pair[0]]["due"] >= running.world.now + 900
