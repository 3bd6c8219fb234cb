"""The rule that tells of changes: of those of pipelines, by ids alone, through the webhook there is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from servicenow_setup.apply import apply
from servicenow_setup.credential import store_token
from servicenow_setup.desired import THEIRS, desired

PART = "servicenow_setup.change_requests:rules"
CHANGE = {
    "sys_id": "3" * 32, "number": "CHG0030001", "sys_mod_count": "7", "short_description": "payroll",
    "correlation_id": "chg:" + "a" * 32 + "/1",
}  # fmt: skip


@pytest.fixture
def wanting(settings):
    return replace(settings, parts=(*settings.parts, PART))


@pytest.fixture(params=[False, True], ids=["script include", "inline"])
def ready(request, instance, wanting, token):
    if request.param:
        instance.refuses.add("sys_script_include")
    apply(instance, wanting)
    store_token(instance, wanting.prefix, token)
    return instance


def test_it_tells_which_change_to_look_at_and_nothing_of_it(ready, new_host, wanting):
    host = new_host(ready)
    result = host.run(ready.named("sys_script", "change saved"), CHANGE, "update")
    assert (result.ran, result.error) == (True, None)
    [sent] = host.sent
    assert (sent["method"], sent["url"]) == ("POST", wanting.webhook_url)
    assert json.loads(sent["body"]) == {
        "event_type": "ChangeUpdated", "sys_id": "3" * 32, "table": "change_request", "sys_mod_count": "7",
        "instance_name": "dev12345",
    }  # fmt: skip


def test_it_runs_for_changes_of_pipelines_that_others_wrote(wanting):
    """What our own user writes the gate saw when it wrote it; changes of people start no rule of ours."""
    [rule] = [each for each in desired(wanting).records if each.kind == "rule/change_saved/change_request"]
    assert rule.values["filter_condition"] == "correlation_idSTARTSWITHchg:^EQ"
    assert rule.values["condition"] == f'gs.getUserID() != "{wanting.user_sys_id}"'
    assert (rule.values["collection"], rule.values["action_update"]) == ("change_request", "true")
    assert rule.theirs == THEIRS


def test_without_the_gate_nothing_of_it_is_wanted(settings):
    assert not [each for each in desired(settings).records if "change" in each.kind]
