"""The API as a command calls it: what is busy is asked again, later and later, and not for ever."""

from __future__ import annotations

import pytest

from integration.clients.errors import Unavailable
from integration.operations.workspaces import machine
from integration.operations.workspaces.machine import PATIENCE_S, TRIES, Machine
from tests.contract.operations.workspaces.world import Answered


@pytest.fixture
def asked(monkeypatch):
    """Waits of a call that is answered so."""

    def waits(*answers):
        left, waited = list(answers), []
        monkeypatch.setattr(machine.requests, "request", lambda *_, **__: left.pop(0))
        api = Machine("https://api.example/prod", "a key", waited.append)
        try:
            return api.call("DELETE", "/workspaces/1"), waited
        except Unavailable as error:
            return error, waited

    return waits


def test_what_is_busy_is_asked_again_with_longer_and_longer_breaks_and_not_for_ever(asked):
    error, waited = asked(*[Answered(500, '{"message": "Internal server error"}')] * TRIES)
    assert "answered with 500" in str(error)
    assert len(waited) == TRIES - 1
    assert all(0 <= wait_s <= min(0.5 * 2**number, 8.0) for number, wait_s in enumerate(waited))


@pytest.mark.parametrize(
    ("wish", "break_s"),
    [("3", 3.0), ("0", 0.0), ("3600", PATIENCE_S), ("Fri, 31 Dec 2100 23:59:59 GMT", PATIENCE_S)],
)
def test_a_break_is_as_long_as_was_asked_for_and_not_for_ever(asked, wish, break_s):
    """A proxy may ask by a date."""
    answer, waited = asked(Answered(429, "", {"Retry-After": wish}), Answered(200, "{}"))
    assert (answer, waited) == ({}, [break_s])


def test_what_is_refused_is_asked_once(asked):
    with pytest.raises(machine.Failure, match="There is no such workspace"):
        asked(Answered(404, '{"error": "there is no such workspace"}'))
