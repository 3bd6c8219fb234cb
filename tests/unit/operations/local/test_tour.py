"""A step of a scripted day: it arrives, or the day says why not and goes on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from integration.operations.local import tour
from integration.operations.tour import BOTH, Part, Step
from integration.operations.waiting import NotYet


class Day:
    """Of these steps; `moves` is what `still` says, look by look."""

    def __init__(self, *steps, moves=()):
        self.steps, self.moves, self.looks, self.told = steps, list(moves), 0, []
        self.people = SimpleNamespace(running=self, calls=dict)

    def still(self):
        self.looks += 1
        return not (self.moves and self.moves.pop())

    def played(self):
        return tour.run([Part(lambda *_: self.steps)], self.people, "itsm", lambda: 0, lambda: None, self.told.append)


def raised(error):
    def act(_people):
        raise error

    return act


def step(act=lambda _: None, arrived=lambda _: True, *, quiet=False):
    return Step("a step", BOTH, act, arrived, quiet)


FAILED = {
    "the other side does not answer": (step(raised(RuntimeError("It does not answer."))), "It does not answer."),
    "nor when it is looked at": (step(arrived=raised(NotYet("a row: not within 3 s"))), "a row: not within 3 s"),
    "what an earlier step makes is missing": (
        step(raised(KeyError("sys_id"))), "KeyError 'sys_id', as where an earlier step did not arrive",
    ),
    "or is not one": (
        step(raised(ValueError("none"))), "ValueError none, as where an earlier step did not arrive",
    ),
    "what was to stay has changed": (step(arrived=lambda _: False, quiet=True), "something changed"),
}  # fmt: skip


@pytest.mark.parametrize(("fails", "why"), FAILED.values(), ids=FAILED)
def test_a_step_that_does_not_arrive_says_why_and_the_day_goes_on(fails, why):
    day = Day(fails, step())
    played = day.played()
    assert [(each.arrived, each.why) for each in played.steps] == [(False, why), (True, "")]
    assert not played.ok
    assert played.as_json()["steps"] == [vars(each) for each in day.told]


def test_a_step_is_looked_at_until_it_arrives():
    looks = [True, False, False]
    (outcome,) = Day(step(arrived=lambda _: looks.pop())).played().steps
    assert (outcome.arrived, looks, outcome.lag_s > 0) == (True, [], True)


def test_what_never_arrives_is_given_up(monkeypatch):
    monkeypatch.setattr(tour, "PATIENCE_S", 0)
    (outcome,) = Day(step(arrived=lambda _: False)).played().steps
    assert outcome.why == "what must then stand: not within 0 s"


def test_what_must_change_nothing_is_looked_at_once_all_is_at_rest():
    """A look that came sooner would find nothing changed yet."""
    seen = []
    day = Day(step(arrived=lambda _: seen.append(day.looks) or True, quiet=True), moves=[True, True])
    (outcome,) = day.played().steps
    assert (outcome.arrived, outcome.lag_s, seen) == (True, None, [3])
