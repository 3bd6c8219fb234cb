"""Checks that the states and closure codes of the mapping exist in the instance, and what it demands beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.clients.servicenow.http import Http
    from mappers.mapping_rules import MappingRules

HIDDEN = "the instance does not show its {what} to this user, so the mapping was not compared with it"


def choices(http: Http, rules: MappingRules) -> Iterator[Verdict]:
    table = Table(http)
    states = _values(table, rules.table, "state")
    if states is None:
        yield skip("states", HIDDEN.format(what="choices"))
    else:
        wanted = {*rules.status.targets.values(), *rules.status.pairs}
        unknown = sorted({rules.status.targets[s] for s in rules.status.targets} - states)
        if unknown:
            told = f"the mapping sets states that {rules.table} does not offer: {', '.join(unknown)}"
            yield fail("states", told, "Change [status] of the mapping file; docs/mapping.md shows how.")
        else:
            unmapped = sorted(states - wanted)
            told = f"{len(wanted & states)} states of {rules.table} are mapped"
            yield (
                warn(
                    "states", f"{told}; no case status belongs to {', '.join(unmapped)}", "Map them, if they are used."
                )
                if unmapped
                else ok("states", told)
            )
    yield _codes(_values(table, rules.table, "close_code"), rules)
    yield _mandatory(table, rules)


def _codes(offered: set[str] | None, rules: MappingRules) -> Verdict:
    subject = "closure codes"
    if not offered:
        return skip(subject, HIDDEN.format(what="closure codes"))
    fits = [code for code in rules.closure.codes if code in offered]
    if fits:
        return ok(subject, f"{fits[0]} is offered")
    return fail(
        subject,
        f"none of the mapping's closure codes is offered by {rules.table}; it offers {', '.join(sorted(offered))}",
        "Set closure.codes in the mapping file.",
    )


def _mandatory(table: Table, rules: MappingRules) -> Verdict:
    """Only what the dictionary demands; data policies show when a record is made (the probe)."""
    subject = "mandatory fields"
    names = ["task", rules.table]
    query = Query().is_in("name", names).equals("mandatory", "true")
    try:
        found = table.query("sys_dictionary", query, ["name", "element", "mandatory"])
        visible = found or table.first_page("sys_dictionary", Query().is_in("name", names), ["name", "element"])[0]
    except RemoteError:
        visible = []
    if not visible:
        return skip(subject, HIDDEN.format(what="dictionary"))
    given = {"short_description", "state", *rules.creation.incident, *(rule.incident for rule in rules.fields)}
    missing = sorted({row.get("element", "") for row in found} - given - {""})
    if missing:
        told = f"{rules.table} demands {', '.join(missing)}, which nothing fills"
        return warn(subject, told, "Give them under [creation.incident] of the mapping file.")
    return ok(subject, "all are filled")


def _values(table: Table, name: str, element: str) -> set[str] | None:
    """None: hidden from this user. Choices of the parent table count where the table has none of its own."""
    for owner in (name, "task"):
        query = Query().equals("name", owner).equals("element", element).equals("inactive", "false")
        try:
            rows = table.query("sys_choice", query, ["name", "element", "value", "inactive"])
        except RemoteError:
            return None
        if rows:
            return {row.get("value", "") for row in rows} - {""}
    return None
