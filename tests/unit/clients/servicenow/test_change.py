"""The Change Management API's shapes: as documented, as seen elsewhere, and as none of either."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integration.clients.errors import Missing, Refused, Unavailable
from integration.clients.servicenow.answer import Answer
from integration.clients.servicenow.change import ChangeApi, Transition

ID = "a" * 32
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
RECORD = {"sys_id": {"value": ID, "display_value": ID}, "state": {"value": -5.0, "display_value": "New"}}


class Wire:
    """Answers in turn; an exception is raised."""

    def __init__(self, *results: Any) -> None:
        self.results, self.calls = list(results), list[tuple[Any, ...]]()

    def call(self, method: str, path: str, table: str, params: Any = None, body: Any = None) -> Answer:
        self.calls.append((method, path, params, body))
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return Answer(200, {}, {"result": result})


def api(*results: Any) -> tuple[ChangeApi, Wire]:
    wire = Wire(*results)
    return ChangeApi(wire, sleep=lambda _: None), wire  # type: ignore[arg-type]  # the one method that is used


@pytest.mark.parametrize("shown", [RECORD, [RECORD]])
def test_a_record_comes_alone_or_as_a_list_of_one(shown: Any) -> None:
    client, wire = api(shown, shown)
    assert client.create("normal", {"risk": "High"}, ["risk"]).value("state") == "-5"
    assert client.update(ID, {"state": "-4"}).sys_id == ID
    assert [(call[0], call[1], call[3]) for call in wire.calls] == [
        ("POST", "/api/sn_chg_rest/change/normal", {"risk": "High", "encrypted_fields": "risk"}),
        ("PATCH", f"/api/sn_chg_rest/change/{ID}", {"state": "-4"}),
    ]


@pytest.mark.parametrize("shown", [None, {}, [], [RECORD, RECORD], "made", [None], {"state": "1"}])
def test_a_write_whose_answer_holds_no_record_may_have_been_done(shown: Any) -> None:
    with pytest.raises(Unavailable) as met:
        api(shown)[0].create("normal", {})
    assert met.value.outcome_unknown


def test_another_record_is_no_answer() -> None:
    with pytest.raises(Unavailable):
        api(RECORD)[0].update("b" * 32, {})


def test_next_states_name_what_keeps_a_change_from_them() -> None:
    group = {"passed": False, "condition": {"name": "Group is set"}}
    result = {
        "available_states": ["-5", 4],
        "state_label": {"-5": "New", "4": "Canceled", "-4": "Assess"},
        "state_transitions": [
            [{"to_state": "-4", "transition_available": False, "conditions": [group, {"passed": True}]}],
            [{"to_state": "4", "conditions": []}],
        ],
    }
    assert api(result)[0].next_states(ID) == [
        Transition("-5", "New", available=True),
        Transition("4", "Canceled", available=True),
        Transition("-4", "Assess", available=False, unmet=("Group is set",)),
    ]


def test_a_typed_change_tells_only_states() -> None:
    """No transitions are given for changes without a model, and labels may be missing."""
    assert api({"available_states": ["-4"]})[0].next_states(ID) == [Transition("-4", "-4", available=True)]
    assert api(None)[0].next_states(ID) == []


def test_a_check_that_cannot_begin_is_no_failure() -> None:
    assert api("b" * 32)[0].check_conflicts(ID)
    assert not api(Refused("servicenow", "no planned dates"))[0].check_conflicts(ID)


@pytest.mark.parametrize(
    ("status", "job", "found", "ended"),
    [
        ("Not Run", "", [], False),
        ("Conflict", "0", [], False),
        ("Conflict", "1", [{"type": {"value": "blackout"}}], False),
        ("Conflict", "2", [], True),
        ("Conflict", "", [{"type": {"value": "blackout"}}], True),
    ],
)
def test_only_the_list_says_whether_there_are_conflicts(status: str, job: str, found: Any, ended: bool) -> None:
    rows = api({"status": status, "job_status": job, "conflicts": found})[0].conflicts(ID)
    assert (rows is not None) is ended
    assert [row.value("type") for row in rows or ()] == (["blackout"] if found and ended else [])


@pytest.mark.parametrize("result", [{"status": "Conflict"}, {"status": "Conflict", "conflicts": "none"}, {}, None])
def test_no_list_is_not_taken_for_none(result: Any) -> None:
    with pytest.raises(Unavailable):
        api(result)[0].conflicts(ID)


def worker(state: Any, **more: Any) -> dict[str, Any]:
    return {"worker": {"sysId": "w" * 32}, "state": {"value": state}, **more}


GONE = Missing("ServiceNow", "No Record found")
SPAN = {"start": {"value": "2026-11-29 12:00:00"}, "end": {"value": "2026-11-29 13:00:00"}}


def test_a_worker_is_asked_until_it_ends() -> None:
    client, wire = api(worker(1), worker(2.0), worker("3", payload={"spans": [SPAN]}))
    assert client.free_spans(ID, NOW, 600) == [(NOW, NOW.replace(hour=13))]
    assert wire.calls[0][2] == {"duration_in_seconds": "600", "planned_start_time": "2026-11-29 12:00:00"}
    assert [call[1] for call in wire.calls[1:]] == [f"/api/sn_chg_rest/change/worker/{'w' * 32}"] * 2


def test_no_payload_is_no_time() -> None:
    assert api(worker(3))[0].free_spans(ID, NOW, 600) == []


@pytest.mark.parametrize("last", [[worker(4)], [worker(9)], [worker(1)] * 100, [worker(1), GONE]])
def test_a_worker_that_fails_never_ends_or_is_gone_gives_nothing(last: list[Any]) -> None:
    with pytest.raises(Unavailable):
        api(*last)[0].free_spans(ID, NOW, 600)


def test_a_time_in_an_unknown_form_is_no_time() -> None:
    with pytest.raises(Unavailable):
        api(worker(3, payload={"spans": [{"start": {"value": "soon"}, "end": {"value": ""}}]}))[0].free_spans(
            ID, NOW, 1
        )
