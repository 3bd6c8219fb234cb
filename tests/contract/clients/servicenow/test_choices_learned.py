"""What a closure code is called and stored as, though choices are closed below admin."""

from __future__ import annotations

import pytest

from integration.clients.servicenow.choices import choices_of
from tests.contract.emulated import USER

TABLE, COLUMN = "sn_si_incident", "close_code"
LABEL, NUMBER = "Investigation completed", "-100"


def erase(instance, label):
    """Nothing is left that was closed with this code."""
    [row] = [row for row in instance.rows(TABLE) if row["short_description"].startswith(label)]
    body = {"as": "admin", "operation": "delete", "table": TABLE, "sys_id": row["sys_id"]}
    instance.admin("POST", "act", body)


@pytest.fixture
def numbered(instance):
    """A list that stores numbers, and a user who may read its table."""
    instance.admin("POST", "roles", {"user_name": USER, "grant": ["sn_si.analyst"]})
    return instance


def test_records_in_use_tell_what_the_choices_do_not_show(numbered):
    assert choices_of(numbered.http(), TABLE, COLUMN)[NUMBER] == LABEL
    erase(numbered, LABEL)
    assert NUMBER not in choices_of(numbered.http(), TABLE, COLUMN)


def test_it_is_one_call(numbered):
    calls = []
    choices_of(numbered.http(on_call=lambda _, method, table, *__: calls.append((method, table))), TABLE, COLUMN)
    assert calls[-1] == ("POST", "batch")
    assert len([call for call in calls if call[1] != "oauth_token"]) == 1


def test_where_batches_are_closed_it_is_learned_all_the_same(numbered):
    numbered.fault("403-unscoped", path="/api/now/v1/batch", times=3)
    assert choices_of(numbered.http(), TABLE, COLUMN)[NUMBER] == LABEL


def test_a_list_that_stores_its_labels_teaches_nothing(instance):
    """Codes that nobody has used yet are as good as those in use."""
    instance.act("insert", values={"short_description": "s", "state": "7", COLUMN: "Duplicate", "close_notes": "d"})
    assert choices_of(instance.http(), "incident", COLUMN) == {}


def test_an_instance_without_closed_records_teaches_nothing(numbered):
    for row in numbered.rows(TABLE):
        erase(numbered, row["short_description"])
    assert choices_of(numbered.http(), TABLE, COLUMN) == {}
