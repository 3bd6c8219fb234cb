"""Instances that are not as they should be: each fault is noticed, named, and survived."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.clients.errors import Misconfigured
from integration.clients.servicenow.journal import Journal
from servicenow_setup.apply import apply, plan, remove
from servicenow_setup.columns import COLUMNS
from servicenow_setup.credential import mark_of, store_token, stored_mark
from servicenow_setup.desired import desired
from servicenow_setup.errors import NameTaken, NoTable
from servicenow_setup.roles import roles

TOKEN = "tok-0123456789_abcdefghijklmnopqrstuvwxyz-ABCDEF"
SOMEBODY = {"description": "by hand", "active": "true"}


@pytest.fixture
def client(place, settings):
    place.grant(*roles(settings.table, "rest"))
    return place.client()


@pytest.fixture
def standing(client, settings):
    """Set up, token included."""
    apply(client, settings)
    store_token(client, settings.prefix, TOKEN)
    return client


def delete(place, table, sys_id):
    place.act("delete", table, "admin", sys_id=sys_id, enforce=False)


class TestWithoutTheSecurityPlugin:
    @pytest.fixture
    def settings(self, settings):
        return replace(settings, table="sn_si_incident")

    def test_nothing_is_made_and_the_plugin_is_named(self, place, client, settings):
        """Rules on a table that does not exist would stand there and never run."""
        place.admin("PATCH", "config", {"sir_plugin": False})
        before = place.tables(*COLUMNS)
        for attempt in (plan, apply):
            with pytest.raises(NoTable, match=r"com\.snc\.security_incident"):
                attempt(client, settings)
        assert place.tables(*COLUMNS) == before

    def test_a_plugin_taken_away_later_lets_us_leave(self, place, standing, settings):
        place.admin("PATCH", "config", {"sir_plugin": False})
        remove(standing, settings)
        assert place.rows("sys_script") == []


@pytest.mark.parametrize("table", ["sys_rest_message", "sys_script_include"])
def test_a_name_that_scripts_look_up_is_somebody_elses(table, place, client, settings):
    """The setup stops before its first write and says whose record is in the way."""
    [wanted] = [record for record in desired(settings).records if record.table == table]
    place.admin("POST", "seed", {table: [{**SOMEBODY, "name": wanted.name}]})
    before = place.tables(*COLUMNS)
    assert [found.name for found in plan(client, settings).foreign] == [wanted.name]
    with pytest.raises(NameTaken, match=wanted.name):
        apply(client, settings)
    assert place.tables(*COLUMNS) == before


def test_a_rule_of_our_name_by_somebody_else_is_named_and_stays(place, client, settings):
    """Nobody looks rules up by name, so ours stand beside it, and it survives us."""
    [wanted] = [r for r in desired(settings).records if r.kind == f"rule/incident_saved/{settings.table}"]
    theirs = {**SOMEBODY, "name": wanted.name, "collection": settings.table, "when": "before", "script": "gs.nil(1);"}
    place.admin("POST", "seed", {"sys_script": [theirs]})
    [before] = place.rows("sys_script")
    assert [found.sys_id for found in apply(client, settings).foreign] == [before["sys_id"]]
    assert len(place.rows("sys_script")) == 5
    remove(client, settings)
    assert place.rows("sys_script") == [before]


def test_what_a_clone_took_away_is_due_again_and_made_again(place, standing, settings, hook, person):
    """A clone brings the tables of another instance: our records, token included, are gone."""
    for table, rows in place.tables(*COLUMNS).items():
        for row in rows:
            delete(place, table, row["sys_id"])
    due = plan(standing, settings).writes
    assert [change.verb for change in due] == ["create"] * len(desired(settings).records)
    assert stored_mark(standing, settings.prefix) is None
    apply(standing, settings)
    store_token(standing, settings.prefix, TOKEN)
    assert plan(standing, settings).writes == ()
    place.act("insert", settings.table, person, values={"short_description": "s"})
    assert [event["event_type"] for event in hook.events()] == ["IncidentCreated"]


def test_rules_a_clone_brought_from_another_deployment_are_not_touched(place, standing, settings):
    """They call that deployment, which ignores what comes under another instance's name."""
    other = replace(settings, prefix="z9z9z9z9z9", owner="999999999999/eu-west-1/default")
    apply(standing, other)
    theirs = [row for row in place.rows("sys_script") if row["name"].startswith(other.prefix)]
    assert plan(standing, settings).writes == ()
    remove(standing, settings)
    assert place.rows("sys_script") == theirs


def test_a_rule_that_an_upgrade_disabled_is_named_and_set_back_only_when_asked(place, standing, settings):
    [rule] = [row for row in place.rows("sys_script") if row["name"].endswith("incident saved")]
    place.admin("POST", "seed", {"sys_script": [{**rule, "active": "false"}]})
    [kept] = apply(standing, settings).kept
    assert (kept.found.name, kept.field, kept.values) == (rule["name"], "active", ("false", "true"))
    assert apply(standing, settings, restore_rules=True).kept == ()
    assert plan(standing, settings).writes == plan(standing, settings).kept == ()


def test_a_token_of_another_deployment_in_our_credential_is_noticed(place, standing, settings):
    """A password cannot be read back; its mark tells."""
    store_token(standing, settings.prefix, "other-" + TOKEN)
    assert stored_mark(standing, settings.prefix) != mark_of(TOKEN)


@pytest.mark.parametrize("access", ["403", "empty"])
def test_a_hidden_journal(access, place, client, settings, person):
    """Refused is an error by name. Empty cannot be told from none: the probe of `check` writes a note to find out."""
    made = place.act("insert", settings.table, person, values={"short_description": "s", "work_notes": "n"})["record"]
    place.admin("PATCH", "config", {"journal_access": {"*": access}})
    read = Journal(client._http).entries
    if access == "403":
        with pytest.raises(Misconfigured, match="may not"):
            read(settings.table, made["sys_id"])
    else:
        assert read(settings.table, made["sys_id"]) == []
