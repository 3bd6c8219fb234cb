"""Brings the instance to the desired state, or removes our records. Every write can be the last: a repeat goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.clients.errors import Refused
from integration.clients.servicenow.query import Query
from servicenow_setup.actual import AUTOMATIC_NAME, Actual, Found, read, stored
from servicenow_setup.changes import Change, Changes, diff
from servicenow_setup.columns import normal
from servicenow_setup.desired import ASYNC, CREDENTIAL, INCLUDE, MESSAGE, NEWER_ASYNC, Desired, desired
from servicenow_setup.errors import Cut, Declined, Locked, MissingRole, NameTaken, SetupError
from servicenow_setup.missing_role import missing, module_table, naming_role
from servicenow_setup.rights import held
from servicenow_setup.roles import spare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicenow_setup.actual import Client
    from servicenow_setup.desired import Wanted
    from servicenow_setup.settings import SetupSettings

FOUND_BY_NAME = ("sys_rest_message", "sys_script_include")
"""Scripts look these up by name, so a second one of the name could be taken for ours."""


def plan(client: Client, settings: SetupSettings, *, restore_rules: bool = False) -> Changes:
    """What `apply` would do, without doing it. Reads only. Raises `Locked` where hidden looks like missing."""
    return planned(client, settings, read(client, settings), restore_rules=restore_rules)


def planned(client: Client, settings: SetupSettings, actual: Actual, *, restore_rules: bool = False) -> Changes:
    """As `plan`, of what was read before."""
    _refuse_blind(client, settings, actual)
    module_table(client, settings.table)
    return diff(_present_way(settings, actual), actual, restore_rules=restore_rules)


def apply(client: Client, settings: SetupSettings, *, restore_rules: bool = False) -> Changes:
    """Makes everything but the token (`credential.store_token`) so, and tells what was done.

    Raises `SetupError`, and what the client raises for an instance in trouble; then nothing is undone and a repeat
    continues.
    """
    actual = read(client, settings)
    module_table(client, settings.table)
    for found in actual.foreign:
        if found.table in FOUND_BY_NAME:
            raise NameTaken(found.table, found.name)
    goal, actual = _shared_or_inline(client, settings, actual)
    changes = diff(goal, actual, restore_rules=restore_rules)
    places = dict(changes.places)
    left_out = [change for change in changes.writes if not _written(client, change, places)]
    return replace(changes, writes=tuple(c for c in changes.writes if c not in left_out), left_out=tuple(left_out))


def _written(client: Client, change: Change, places: dict[str, str]) -> bool:
    """False: the instance refuses a record without which all else works."""
    try:
        _write(client, change, places)
    except (MissingRole, Declined):
        if change.without:
            return False
        raise
    return True


def remove(client: Client, settings: SetupSettings) -> Changes:
    """Deletes everything this deployment ever made, under any prefix and for any module, and nothing else."""
    actual = read(client, settings)
    _refuse_blind(client, settings, actual)
    changes = diff(None, actual)
    for change in changes.writes:
        _write(client, change, {})
    for left in read(client, settings).ours:
        raise missing(left.table, "delete")
    return changes


def _refuse_blind(client: Client, settings: SetupSettings, actual: Actual) -> None:
    """Tables may look empty to who has no role for them. A role of the customer's own may open them, so it counts."""
    if any(found.kind != CREDENTIAL for found in actual.ours):
        return
    shown = held(client, settings.user_sys_id)
    if shown and not spare(settings.table, shown, settings.roles):
        raise Locked


def _present_way(settings: SetupSettings, actual: Actual) -> Desired:
    """As it was set up; a first setup tries for the Script Include."""
    has_rules = any(found.table == "sys_script" and found.prefix == settings.prefix for found in actual.ours)
    return desired(settings, inline=has_rules and not _include(settings, actual))


def _shared_or_inline(client: Client, settings: SetupSettings, actual: Actual) -> tuple[Desired, Actual]:
    """Creates the Script Include if the instance lets us: no documented role may, `script_include_admin` does."""
    goal = desired(settings)
    if _include(settings, actual):
        return goal, actual
    wanted = next(record for record in goal.records if record.kind == INCLUDE)
    try:
        place = create(client, wanted, wanted.values)
    except (MissingRole, Declined):
        return desired(settings, inline=True), actual
    values = {name: normal(name, value) for name, value in wanted.values.items()}
    made = Found(INCLUDE, wanted.table, place, values, settings.prefix)
    return goal, replace(actual, ours=(*actual.ours, made))


def _include(settings: SetupSettings, actual: Actual) -> bool:
    return any(found.kind == INCLUDE and found.prefix == settings.prefix for found in actual.ours)


def _write(client: Client, change: Change, places: dict[str, str]) -> None:
    if change.verb == "delete":
        assert change.found is not None
        _delete(client, change.found)
        return
    assert change.wanted is not None
    parents = {name: places[kind] for name, kind in change.wanted.parents.items()}
    if change.verb == "create":
        places[change.kind] = create(client, change.wanted, {**change.wanted.values, **parents})
        if change.kind == MESSAGE:
            _drop_automatic(client, places[MESSAGE])
        return
    assert change.found is not None
    assert change.fields is not None
    _update(client, change.found, {name: parents.get(name, value) for name, (_, value) in change.fields.items()})


def _drop_automatic(client: Client, message: str) -> None:
    """Nobody asked for the GET function that comes with a message; if we die before this, the next run deletes it."""
    asked = Query().equals("rest_message", message).equals("function_name", AUTOMATIC_NAME)
    with naming_role("sys_rest_message_fn", "delete"):
        for record in client.query("sys_rest_message_fn", asked, fields=("sys_id",)):
            client.delete("sys_rest_message_fn", record.sys_id)


def create(client: Client, wanted: Wanted, values: Mapping[str, str]) -> str:
    """The new record's sys_id, which is ours unless the instance does not let clients choose it.

    A record that arrived without some of its columns is taken back, so that no half a rule stays behind.
    """
    with naming_role(wanted.table, "create"):
        sys_id = client.create(wanted.table, {"sys_id": wanted.sys_id, **wanted.given, **values}).sys_id
    try:
        if values.get("when") == ASYNC:
            _prefer_newer(client, wanted.table, sys_id)
        _check(client, wanted.table, sys_id, values, {})
    except SetupError:
        with naming_role(wanted.table, "delete"):
            client.delete(wanted.table, sys_id)
        raise
    return sys_id


def _prefer_newer(client: Client, table: str, sys_id: str) -> None:
    """Newer instances run `async_always` during upgrades too. Others refuse or drop the value, or spoil the column."""
    try:
        client.update(table, sys_id, {"when": NEWER_ASYNC})
    except Refused:
        return
    if _lost(client, table, sys_id, {"when": ASYNC}):
        with naming_role(table, "update", ("when",)):
            client.update(table, sys_id, {"when": ASYNC})


def _update(client: Client, found: Found, values: Mapping[str, str]) -> None:
    with naming_role(found.table, "update"):
        client.update(found.table, found.sys_id, values)
    if values.get("when") == ASYNC:
        _prefer_newer(client, found.table, found.sys_id)
    _check(client, found.table, found.sys_id, values, found.values)


def _delete(client: Client, found: Found) -> None:
    """Gone already is done: deleting a parent may take its children along."""
    with naming_role(found.table, "delete"):
        client.delete(found.table, found.sys_id)


def _check(client: Client, table: str, sys_id: str, values: Mapping[str, str], before: Mapping[str, str]) -> None:
    """A 200 proves nothing: columns are dropped or cut silently, records a user may not read vanish.

    `before`: what stood there, empty for a new record.
    """
    lost = _lost(client, table, sys_id, values)
    cut = {name: len(there) for name, there in lost.items() if _is_cut(there, values[name], before.get(name, ""))}
    if cut:
        raise Cut(table, cut)
    if lost:
        raise missing(table, "update" if before else "create", list(lost))


def _lost(client: Client, table: str, sys_id: str, values: Mapping[str, str]) -> dict[str, str]:
    """Column → what stands there instead of what was sent."""
    there = stored(client, table, sys_id)
    if there is None:
        raise missing(table, "read")
    return {name: there[name] for name, value in values.items() if there[name] != normal(name, value)}


def _is_cut(there: str, value: str, before: str) -> bool:
    return there != before and value.startswith(there)
