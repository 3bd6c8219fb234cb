"""Reads the labels of states and closure codes from records, since only an admin may read the choices.

The newest records show value and label at once. A list may store numbers (a recorded `sn_si_incident` shows the close
code -100), and an instance in another language has labels of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration.clients.servicenow.http import Http
    from mappers.mapping_rules import MappingRules

SUBJECT = "labels"
NEWEST = 50


def labels(http: Http, rules: MappingRules) -> Iterator[Verdict]:
    table = Table(http)
    closed = sorted({state for state in rules.status.pairs if rules.status.is_closed(state)})
    try:
        newest = _pairs(table, rules.table, Query(), "state")
        codes = _pairs(table, rules.table, Query().is_in("state", closed), "close_code") if closed else {}
    except RemoteError as error:
        yield fail(SUBJECT, f"states of {rules.table} cannot be looked at: {error}", "See the line about the table.")
        return
    yield _codes(codes, rules)
    unknown = {value: label for value, label in newest.items() if value not in rules.status.pairs}
    if unknown:
        named = ", ".join(f"{value} ({label})" for value, label in sorted(unknown.items()))
        yield warn(
            SUBJECT, f"records of {rules.table} are in states the mapping does not know: {named}",
            "Map them under [status] of the mapping file.",
        )  # fmt: skip
    elif newest:
        yield ok(SUBJECT, "states in use: " + ", ".join(f"{v} ({label})" for v, label in sorted(newest.items())))
    else:
        yield skip(SUBJECT, f"no record of {rules.table} is visible")


def _codes(seen: Mapping[str, str], rules: MappingRules) -> Verdict:
    """None of the mapping's codes among those in use is no fault: codes nobody has used yet are not seen."""
    subject = "closure codes in use"
    if not seen:
        return skip(subject, f"no closed record of {rules.table} is visible")
    named = ", ".join(value if value == label else f"{value} ({label})" for value, label in sorted(seen.items()))
    known = {code for value, label in seen.items() for code in (value, label)}
    fits = [code for code in rules.closure.codes if code in known]
    return ok(subject, f"{fits[0]} is in use" if fits else f"the mapping's are not among them: {named}")


def _pairs(table: Table, name: str, query: Query, column: str) -> dict[str, str]:
    rows = table.query(name, query.descending_by("sys_created_on"), ["state", column, "sys_created_on"], limit=NEWEST)
    return {row.value(column): row.label(column) for row in rows if row.get(column)}
