"""What the poll makes of the records that changed."""

from __future__ import annotations

import time

from integration.cases.poll_sources import PolledSources
from integration.clients.servicenow.table import Table
from integration.names import PROBE_MARK
from tests.contract.emulated import USER


def test_of_somebody_else_s_changes_an_event_should_tell_and_the_probe_is_no_news(instance, http):
    theirs = instance.act("insert", values={"short_description": "Theirs"})["record"]["sys_id"]
    ours = Table(http).create("incident", {"short_description": "Ours"}).sys_id
    Table(http).create("incident", {"short_description": "Probe", "correlation_id": PROBE_MARK})
    sources = PolledSources(None, http, "incident", None, None, {}, "", lambda name: name == USER)
    listed, _ = sources.incidents(time.time() - 3600)
    assert {each.key: each.told for each in listed} == {theirs: True, ours: False}


def test_what_another_integration_made_is_no_news(instance, http):
    ours = Table(http).create("incident", {"short_description": "Ours"}).sys_id
    Table(http).create("incident", {"short_description": "Theirs", "correlation_display": "AWS provisioning"})
    sources = PolledSources(None, http, "incident", None, None, {}, "", lambda _: False, ("AWS provisioning",))
    assert [each.key for each in sources.incidents(time.time() - 3600)[0]] == [ours]
