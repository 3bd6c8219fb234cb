"""What `check` concludes from an instance's answers to single questions."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from integration.clients.servicenow.record import Record
from integration.operations.checking import queries
from integration.operations.checking.queries import zone

MADE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead_h", "state", "told"),
    [(0, "ok", "as UTC"), (9, "fail", "from a later second on"), (-8, "fail", "not found by its own stamp")],
)
def test_stamps_that_are_read_in_the_user_s_zone_are_noticed(monkeypatch, ahead_h, state, told):
    """Asked with the record just written: the literal means another moment there, by as much as the zone is off."""

    class Instance:
        def __init__(self, _http):
            pass

        def query(self, _table, query, _fields, limit):
            [literal] = [term.text.partition(">=")[2] for term in query.terms if ">=" in term.text]
            since = datetime.strptime(literal, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - timedelta(hours=ahead_h)
            return [object()] * (since <= MADE)

    monkeypatch.setattr(queries, "Table", Instance)
    verdict = zone(None, "incident", Record({"sys_id": "a" * 32, "sys_created_on": "2026-11-21 12:00:00"}))
    assert verdict.state == state
    assert told in verdict.told
    assert state == "ok" or "GMT" in verdict.fix


@pytest.fixture
def lines(run, instance, pair):
    """The lines about labels and codes."""

    def call(module="itsm"):
        words = ["--json", "--only", "servicenow", "--no-probe"]
        checks = json.loads(run("check", *instance.flags(pair[0], module), *words).stdout)["checks"]
        return {each["subject"]: each for each in checks if each["subject"] in ("labels", "closure codes in use")}

    return call


def test_states_and_codes_are_learned_from_the_newest_records(lines, instance):
    """Value and label of each, with no look at the choices."""
    closed = {"state": "7", "close_code": "Solution provided", "short_description": "done"}
    instance.admin("POST", "/seed", incident=[closed, {"state": "2", "short_description": "open"}])
    found = lines()
    assert (found["labels"]["state"], found["closure codes in use"]["state"]) == ("ok", "ok")
    assert "2 (In Progress)" in found["labels"]["told"]
    assert "Solution provided" in found["closure codes in use"]["told"]


def test_a_state_in_use_that_the_mapping_does_not_know_is_named(lines, instance):
    instance.admin("POST", "/seed", incident=[{"state": "42", "short_description": "odd"}])
    found = lines()["labels"]
    assert (found["state"], "42" in found["told"], "[status]" in found["fix"]) == ("warn", True, True)


def test_without_records_nothing_is_concluded(lines):
    assert {each["state"] for each in lines().values()} == {"skip"}
