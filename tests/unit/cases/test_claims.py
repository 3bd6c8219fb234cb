"""Who works on a link: one at a time, and nobody waits for a holder who is gone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from integration.cases.link import CASE, INCIDENT, Blocked, Link, Pair, loads_link
from integration.clients.errors import Unavailable
from tests.fakes.running import CLAIM_S, Running, at_call


class TooOften(Exception):
    """A pass that asks again and again would never end."""


def test_a_holder_who_lets_go_before_the_mark_is_followed(running: Running, pair: tuple[str, str]) -> None:
    """The row was read as held and is free when the mark is to be left: the claim is taken, without asking for ever."""
    case_id, sys_id = pair
    running.links.rows[case_id] |= {"owner": "somebody", "expires": running.world.now + 200}
    running.cases.add_comment(case_id, "hello")

    def let_go(moment: str, _: str, call: str) -> None:
        if (moment, call) == ("before", "mark"):
            running.links.rows[case_id] |= {"owner": "", "expires": 0}
            if running.world.calls["table.mark"] > 3:
                raise TooOften

    running.world.hook = let_go
    report = running.case(case_id)
    assert report is not None
    assert report.outcome == "in step"
    assert any("hello" in text for text in running.journal(sys_id))
    assert running.world.calls["table.mark"] == 1


def test_a_live_holder_is_left_a_mark_and_nothing_is_written(running: Running, pair: tuple[str, str]) -> None:
    case_id, _ = pair
    running.links.rows[case_id] |= {"owner": "somebody", "expires": running.world.now + 200}
    running.cases.add_comment(case_id, "hello")
    before = running.world.writes
    report = running.case(case_id)
    assert report is not None
    assert (report.outcome, running.world.writes) == ("left a mark", before)
    assert running.links.rows[case_id]["marked"]


@pytest.mark.parametrize("side", [CASE, INCIDENT])
def test_an_event_that_a_later_run_has_read_leaves_its_holder_alone(
    running: Running, pair: tuple[str, str], side: str
) -> None:
    """Else a holder goes on for as long as a burst comes in: ten times the events would be ten times the runs."""
    case_id, sys_id = pair
    burst = running.wake(side, case_id if side == CASE else sys_id)
    running.world.now += 60
    running.case(case_id, forced=True)
    running.links.rows[case_id] |= {"owner": "somebody", "expires": running.world.now + 200}
    report = running.deliver(burst)
    assert report is not None
    assert report.outcome == "known already"
    assert not running.links.rows[case_id]["marked"]


def test_that_a_case_was_made_is_known_once_a_run_ended_well(running: Running, pair: tuple[str, str]) -> None:
    """AWS tells it of the cases we make, too: with a thousand of them, two thousand calls for nothing."""
    case_id, _ = pair
    before = running.world.calls["aws.GetCase"]
    report = running.case(case_id, created=True)
    assert report is not None
    assert (report.outcome, running.world.calls["aws.GetCase"]) == ("known already", before)


@pytest.mark.parametrize(
    "left",
    [{"unclean": True}, {"marked": True}, {"owner": "somebody", "expires": 1}],
    ids=lambda left: next(iter(left)),
)
def test_that_a_case_was_made_is_news_where_something_was_left_behind(
    running: Running, pair: tuple[str, str], left: dict[str, object]
) -> None:
    """The message of a pass that died or failed comes back, and what it was about is not done."""
    case_id, sys_id = pair
    running.cases.add_comment(case_id, "hello")
    running.links.rows[case_id] |= left
    report = running.case(case_id, created=True)
    assert report is not None
    assert report.outcome == "in step"
    assert any("hello" in text for text in running.journal(sys_id))


def test_that_a_case_was_made_is_news_until_a_run_has_ended_well(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.add_comment(case_id, "hello")
    row = running.links.rows[case_id]
    row["doc"] = replace(loads_link(row["doc"]), incident_began=0, clean_began=0).dumps()
    running.case(case_id, created=True)
    assert any("hello" in text for text in running.journal(sys_id))


def test_what_a_later_version_kept_in_a_link_is_dropped_at_each_level() -> None:
    """Else a return to the version before would stall every link the later one has touched."""
    link = Link("4000000001", base={"title": Pair("a", "b")}, blocked={"title": Blocked("no", "a", 1.0, 2.0)})
    later = json.loads(link.dumps()) | {"later": 1}
    for kept in (later["base"], later["blocked"]):
        kept["title"] |= {"later": 1}
    assert loads_link(json.dumps(later)) == link


@pytest.mark.parametrize(("swept", "kept"), [(False, True), (True, False)], ids=["no mark", "marked by the sweep"])
def test_a_look_that_has_fallen_due_stays_due_until_its_sweep_came(
    running: Running, pair: tuple[str, str], *, swept: bool, kept: bool
) -> None:
    """A sweep that meets a live claim is acknowledged, and its holder then looks in its place."""
    case_id, sys_id = pair
    running.incidents.edit(sys_id, description="edited")
    running.links.rows[case_id]["due"] = due = running.world.now - 1

    def arrives(moment: str, _: str, call: str) -> None:
        if (moment, call) == ("before", "release") and swept:
            running.world.hook = lambda *_: None
            running.run(running.wake(CASE, case_id, sweep=True))

    running.world.hook = arrives
    running.incident(sys_id)
    assert (running.links.rows[case_id]["due"] == due) is kept


def test_a_mark_taken_with_the_claim_of_a_case_just_made_is_heeded(running: Running) -> None:
    """The claim's answer was lost, so it stands until it runs out; whoever comments meanwhile leaves a mark and is
    acknowledged. The pass that makes the case again, and may leave its comments unread, takes that mark with the claim.
    """
    sys_id = running.incidents.make("Odd logins")

    def lost() -> None:
        raise Unavailable("aws", "no answer", outcome_unknown=True)

    at_call(running, "after", "claim", lost)
    with pytest.raises(Unavailable):
        running.run(running.wake(INCIDENT, sys_id))
    [case_id] = running.cases.records
    running.cases.add_comment(case_id, "We look at it.")
    assert running.run(running.wake(CASE, case_id)).outcome == "left a mark"
    running.world.now += CLAIM_S + 40
    running.incident(sys_id)
    assert sum("We look at it." in text for text in running.journal(sys_id)) == 1
