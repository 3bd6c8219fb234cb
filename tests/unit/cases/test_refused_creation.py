"""The other side will not have the new record: blocked with its reason, said once, tried again when that may help."""

from __future__ import annotations

import pytest

from integration.clients.errors import Refused, Unavailable
from integration.reconcile.errors import Braked
from tests.fakes.running import Running
from tests.proofs.kit.crowd import Crowd

REASON = "a mandatory field is empty"
HOURS = 3600.0


def refusing(side: str) -> tuple[Running, str]:
    """A deployment whose other side refuses to make the half of a record that exists on `side`."""
    running = Running()
    running.incidents.refuse = lambda what, _: REASON if what == "create" else None
    running.cases.refuse = lambda call: REASON if call == "CreateCase" else None
    if side == "case":
        return running, running.cases.make("Root key used")
    running.incidents.refuse = lambda *_: None
    return running, running.incidents.make("Odd logins")


def creations(running: Running) -> int:
    return running.world.calls["servicenow.create"] + running.world.calls["aws.CreateCase"]


def texts_of(running: Running, side: str, key: str) -> list[str]:
    return running.comments(key) if side == "case" else running.journal(key)


def said(running: Running, side: str, key: str, reason: str = REASON) -> int:
    return sum(reason in text for text in texts_of(running, side, key))


def accept_all(running: Running) -> None:
    running.incidents.refuse, running.cases.refuse = (lambda *_: None), (lambda _: None)


def linked(running: Running) -> bool:
    return len(running.cases.records) == len(running.incidents.records) == 1


sides = pytest.mark.parametrize("side", ["case", "incident"])


@sides
def test_it_is_said_once_and_the_message_is_done_with(side: str) -> None:
    running, key = refusing(side)
    for _ in range(3):
        report = running.deliver(running.wake(side, key))
        assert report is not None
        assert report.outcome == "creation blocked"
    running.sweep()
    assert creations(running) == 1
    assert said(running, side, key) == 1


@sides
def test_it_is_tried_again_when_it_is_due(side: str) -> None:
    running, key = refusing(side)
    running.deliver(running.wake(side, key))
    accept_all(running)
    running.deliver(running.wake(side, key))
    assert not linked(running)
    running.world.now += 6 * HOURS
    running.deliver(running.wake(side, key, sweep=True))
    assert linked(running)


@sides
def test_it_is_tried_again_when_its_source_changes(side: str) -> None:
    running, key = refusing(side)
    running.deliver(running.wake(side, key))
    accept_all(running)
    if side == "case":
        running.cases.records[key]["values"]["title"] = "shorter"
    else:
        running.incidents.edit(key, short_description="shorter")
    running.deliver(running.wake(side, key))
    assert linked(running)
    assert next(iter(running.cases.records.values()))["values"]["title"] == "shorter"


@sides
def test_replay_tries_it_at_once(side: str) -> None:
    running, key = refusing(side)
    running.deliver(running.wake(side, key))
    accept_all(running)
    running.deliver(running.wake(side, key, forced=True))
    assert linked(running)


def test_the_row_knows_when_somebody_must_look_and_why() -> None:
    running, case_id = refusing("case")
    running.case(case_id)
    row = running.links.get(case_id)
    assert row.link.blocked["creation:"].reason == REASON
    assert running.links.rows[case_id]["due"] == row.link.blocked["creation:"].retry_at
    running, sys_id = refusing("incident")
    running.incident(sys_id)
    blocked = running.links.incident(sys_id).blocked
    assert blocked is not None
    assert blocked.reason == REASON


def test_an_outage_does_not_put_the_brake_on() -> None:
    """The same creation tried thirty times is one new case, not thirty."""
    running = Running(new_cases_per_hour=2)
    sys_id = running.incidents.make("Odd logins")
    down = [True]

    def hook(moment: str, _: str, call: str) -> None:
        if down[0] and (moment, call) == ("before", "CreateCase"):
            raise Unavailable("security_ir", "503")

    running.world.hook = hook
    for _ in range(30):
        with pytest.raises(Unavailable):
            running.run(running.wake("incident", sys_id))
    down[0] = False
    running.incident(sys_id)
    assert linked(running)


def opened(running: Running, by: str, count: int) -> list[str]:
    made = [running.incidents.make(f"{by} {number}") for number in range(count)]
    for sys_id in made:
        running.incidents.records[sys_id]["by"] = by
    return made


def held(running: Running, woken: list[str], *, forced: bool = False) -> int:
    """How many the brake held of those that were looked at, one after the other."""
    stopped = 0
    for sys_id in woken:
        try:
            running.run(running.wake("incident", sys_id, forced=forced))
        except Braked:
            stopped += 1
    return stopped


def test_who_opens_many_holds_up_own_incidents_only() -> None:
    """One portal user is no denial of service: what others open becomes cases in the same hour."""
    running = Running()
    assert held(running, opened(running, "mallory", 30)) == 25
    assert held(running, opened(running, "ann", 3)) == 0
    assert len(running.cases.records) == 8


@pytest.mark.parametrize("exempt", [["siem.connector"], ["other", "SIEM.Connector"]])
def test_an_exempt_opener_passes_the_brake(exempt: list[str]) -> None:
    """Not held, also while it is on, and none of theirs is counted."""
    running = Running(mapping={"creation": {"exempt": exempt}}, new_cases_per_hour=3)
    assert held(running, opened(running, "siem.connector", 10)) == 0
    assert held(running, opened(running, "ann", 5)) == 2
    assert held(running, opened(running, "siem.connector", 2)) == 0


def test_what_an_operator_asks_for_counts_for_no_opener() -> None:
    running = Running()
    assert held(running, opened(running, "mallory", 30), forced=True) == 5


def test_the_brake_holds_what_was_not_begun_before_it() -> None:
    running = Running(new_cases_per_hour=2)
    for title in "abc":
        running.incidents.make(title)
    first, second, third = running.incidents.records
    running.incident(first)
    running.incident(second)
    for _ in range(2):
        with pytest.raises(Braked):
            running.run(running.wake("incident", third))
    assert len(running.cases.records) == 2


@pytest.mark.parametrize(("collisions", "made"), [(1, 2), (2, 3)])
def test_a_refusal_by_chance_is_repeated_at_once(collisions: int, made: int) -> None:
    """A number that collided: the next insert gets another one, so nobody is told anything."""
    running = Running()
    running.incidents.collisions = collisions
    key = running.cases.make("Root key used")
    running.deliver(running.wake("case", key))
    assert linked(running)
    assert running.world.calls["servicenow.create"] == made
    assert not any("could not be carried" in text for text in running.comments(key))


def test_what_looks_like_chance_and_stays_is_blocked_and_soon_tried_again() -> None:
    running = Running()
    running.incidents.collisions = 3
    key = running.cases.make("Root key used")
    running.deliver(running.wake("case", key))
    assert not linked(running)
    assert sum("Error during insert" in text for text in running.comments(key)) == 1
    running.world.now += 600
    running.deliver(running.wake("case", key, sweep=True))
    assert linked(running)


def test_a_policy_is_not_repeated() -> None:
    running, key = refusing("case")
    running.deliver(running.wake("case", key))
    running.world.now += 600
    running.deliver(running.wake("case", key, sweep=True))
    assert creations(running) == 1


def refused_by_chance(running: Running, reason: str = "ConflictException") -> None:
    def refuse(moment: str, _: str, call: str) -> None:
        if (moment, call) == ("before", "CreateCase"):
            raise Refused("security_ir", reason, by_chance=True)

    running.world.hook = refuse


def test_a_case_that_chance_refused_is_made_by_itself_ten_minutes_later() -> None:
    """Nothing but the poll looks: the row of the incident has a due time."""
    crowd = Crowd(Running())
    refused_by_chance(crowd.running)
    sys_id = crowd.running.incidents.make("Odd logins")
    crowd.minutes(3)
    assert not linked(crowd.running)
    crowd.world.hook = lambda *_: None
    crowd.minutes(6)
    assert not linked(crowd.running)
    crowd.minutes(3)
    assert linked(crowd.running)
    assert said(crowd.running, "incident", sys_id, "ConflictException") == 1


@sides
def test_chance_that_lasts_is_told_once_and_bounded(side: str) -> None:
    """After an hour of tries it counts as a policy; none of its repeats is a new case for the brake."""
    crowd = Crowd(Running(new_cases_per_hour=2))
    refused_by_chance(crowd.running)
    key = crowd.running.incidents.make("x") if side == "incident" else crowd.running.cases.make("x")
    crowd.running.incidents.collisions = 1000
    crowd.minutes(240)
    assert creations(crowd.running) <= 3 * 8
    assert sum("could not be" in text for text in texts_of(crowd.running, side, key)) == 1
    assert not crowd.running.links.stopped
    crowd.world.hook, crowd.running.incidents.collisions = (lambda *_: None), 0
    crowd.minutes(6 * 60)
    assert linked(crowd.running)


def test_nobody_looks_again_at_a_blocked_record_that_is_out_of_scope() -> None:
    """It was deleted or closed meanwhile: its row has no due time any more."""
    crowd = Crowd(Running())
    refused_by_chance(crowd.running)
    sys_id = crowd.running.incidents.make("Odd logins")
    crowd.minutes(3)
    del crowd.running.incidents.records[sys_id]
    crowd.minutes(30)
    assert crowd.running.links.incident_due == {}


def test_a_record_without_any_date_becomes_a_case_that_begins_when_it_was_seen() -> None:
    """Imports may leave them all empty, and AWS demands one. The same refusal is known again nevertheless."""
    running = Running()
    sys_id = running.incidents.make("Odd logins")
    running.incidents.records[sys_id] |= {"created": None, "updated": None}
    running.cases.refuse = lambda call: REASON if call == "CreateCase" else None
    for _ in range(3):
        running.incident(sys_id)
        running.world.now += 60
    assert creations(running) == 1
    accept_all(running)
    running.incident(sys_id, forced=True)
    assert linked(running)
