"""A column the instance leaves out is a missing right, never an empty value."""

from __future__ import annotations

import json

import pytest

from integration.cases.instance_side import ServiceNowIncidents
from integration.clients.errors import Misconfigured, Unavailable
from tests.fakes.running import Running
from tests.proofs.kit.instance import DATE, USER, Answers, client_over


def over(running: Running, hidden: str) -> tuple[ServiceNowIncidents, Answers]:
    """The real adapter over answers that lack one column."""
    answers = Answers(running.incidents)

    def without(_: str, status: int, body: dict) -> tuple[int, dict, bytes]:
        result = body["result"]
        shown = {k: v for k, v in result.items() if k != hidden} if isinstance(result, dict) else result
        return status, DATE, json.dumps({"result": shown}).encode()

    answers.lie = without
    return ServiceNowIncidents(client_over(answers), "dev12345", "incident", running.rules.columns, USER), answers


@pytest.mark.parametrize("column", ["short_description", "description", "state", "watch_list", "sys_mod_count"])
def test_a_hidden_column_is_somebody_s_mistake(column: str) -> None:
    """An empty watch list would take everybody off the case."""
    running = Running()
    incidents, _ = over(running, column)
    with pytest.raises(Misconfigured):
        incidents.read(running.incidents.make("Odd logins"), None)


@pytest.mark.parametrize("column", ["opened_at", "correlation_display", "close_code", "close_notes"])
def test_columns_a_pass_can_do_without_may_be_hidden(column: str) -> None:
    running = Running()
    incidents, _ = over(running, column)
    assert incidents.read(running.incidents.make("Odd logins"), None) is not None


def test_a_write_whose_answer_lacks_a_column_may_have_been_made() -> None:
    running = Running()
    sys_id = running.incidents.make("Odd logins")
    incidents, _ = over(running, "short_description")
    with pytest.raises(Unavailable) as caught:
        incidents.update(sys_id, {"description": "d"})
    assert caught.value.outcome_unknown
