"""Finds whether a caller of the service desk can open an incident that the filter lets through.

What a form or a portal offers is each customer's own; here stand the columns of a plain instance's (Create Incident,
the self-service form) and what follows from them or stands in every new record. Any other column is taken for staff's.
"""

from __future__ import annotations

import re

CALLERS = frozenset({
    "business_service", "caller_id", "category", "cmdb_ci", "comments", "company", "contact_type", "description",
    "impact", "location", "opened_by", "priority", "service_offering", "short_description", "subcategory", "urgency",
    "watch_list",
})  # fmt: skip
"""`priority` follows from impact and urgency."""
NEW_RECORDS = frozenset({
    "active", "approval", "escalation", "incident_state", "number", "opened_at", "severity", "state", "sys_class_name",
    "sys_created_by", "sys_created_on", "sys_domain", "sys_updated_on",
})  # fmt: skip
_TERM = re.compile(r"([a-z][a-z0-9_]*)[a-z0-9_.]*(.*)", re.ASCII | re.DOTALL)
_HELD_BY_NOTHING = ("!=", "ISEMPTY", "NOT IN", "NOT LIKE", "DOES NOT CONTAIN", "NSAMEAS", "NOTON", "ANYTHING")
"""Operators that an empty column meets, too."""
_WORDS = "123TEXTQUERY321"


def open_to_callers(encoded: str) -> frozenset[str]:
    """The columns by which callers get through; empty: each way asks for something that staff fill."""
    ways = (_through(way) for way in re.split(r"\^NQ", encoded.strip().removesuffix("^EQ")))
    return frozenset().union(*(way for way in ways if way is not None))


def _through(way: str) -> frozenset[str] | None:
    """The columns of conditions that must hold together; None: one of them holds callers up."""
    conditions = [_meets(one.split("^OR")) for one in re.split(r"\^(?!OR)", way) if one and one != "EQ"]
    return frozenset().union(*conditions) if conditions and all(conditions) else None


def _meets(terms: list[str]) -> frozenset[str]:
    return frozenset(column for column in map(_column, terms) if column)


def _column(term: str) -> str:
    """Its column, where a caller meets it."""
    if term.startswith(_WORDS):
        return "the words of a text"
    parts = _TERM.fullmatch(term)
    if parts is None:
        return ""
    column, rest = parts.groups()
    return column if column in CALLERS | NEW_RECORDS or rest.startswith(_HELD_BY_NOTHING) else ""
