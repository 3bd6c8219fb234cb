"""The setup passes on an instance that hides every mistake, as on a strict one."""

from __future__ import annotations

from integration.emulators.servicenow.switches import KINDER
from servicenow_setup.apply import apply
from servicenow_setup.credential import mark_of, store_token, stored_mark
from servicenow_setup.roles import roles

TOKEN = "tok-0123456789_abcdefghijklmnopqrstuvwxyz-ABCDEF"


def test_the_setup_stands_and_sends_on_the_kindest_instance(place, settings, hook, person):
    place.admin("PATCH", "config", KINDER)
    place.grant(*roles(settings.table, "rest"))
    client = place.client()
    apply(client, settings)
    store_token(client, settings.prefix, TOKEN)
    assert apply(client, settings).writes == ()
    assert stored_mark(client, settings.prefix) == mark_of(TOKEN)
    made = place.act("insert", settings.table, person, values={"short_description": "s"})["record"]
    place.settled()
    assert [event["sys_id"] for event in hook.events()] == [made["sys_id"]]
    assert hook.calls[0][0]["authorization"] == f"Bearer {TOKEN}"
