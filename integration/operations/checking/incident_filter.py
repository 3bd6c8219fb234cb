"""Checks that the instance understands every term of the incident filter.

An instance drops a term with a column or operator it does not know and answers with the whole table (or, by a
property, with nothing): a typing error would make cases of everything. So each column is asked for what is impossible
(empty and not empty at once) and for what is certain (one or the other), which works for columns of any type, and
operators are compared with those there are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from integration.clients.errors import RemoteError
from integration.clients.servicenow.query import BadFilter, Query
from integration.clients.servicenow.table import Table
from integration.operations.checking.caller_columns import open_to_callers
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.clients.servicenow.http import Http

OPERATORS = (
    "VALCHANGES", "CHANGESFROM", "CHANGESTO", "ISEMPTY", "ISNOTEMPTY", "NOT IN", "IN", "STARTSWITH", "ENDSWITH",
    "NOT LIKE", "LIKE", "CONTAINS", "DOES NOT CONTAIN", "ANYTHING", "EMPTYSTRING", "SAMEAS", "NSAMEAS", "BETWEEN",
    "DYNAMIC", "ONToday", "ON", "NOTON", "RELATIVEGT", "RELATIVELT", "RELATIVEGE", "RELATIVELE", "MORETHAN",
    "LESSTHAN", "GT_FIELD", "LT_FIELD", "GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD", "INSTANCEOF", "!=", ">=", "<=",
    "=", ">", "<",
)  # fmt: skip
TEXT_SEARCH = "123TEXTQUERY321="
"""A search for words in the whole record; it names no column."""
_WHO_ASKS = re.compile(r"DYNAMIC|javascript:(?!\s*(gs\.)?(begin|end|\w*ago|date|now))", re.IGNORECASE)
"""Values that depend on who asks: dynamic options (Me, One of my groups) and scripts, but for those about time."""
_TERM = re.compile(r"(?P<column>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(?P<rest>.*)", re.ASCII | re.DOTALL)


def terms_of(encoded: str) -> list[str]:
    """The single conditions, without what joins them."""
    parts = re.split(r"\^(?:NQ|OR)?", encoded.strip().removesuffix("^EQ"))
    return [part for part in parts if part and part != "EQ"]


def filter_terms(http: Http, table: str, encoded: str) -> Iterator[Verdict]:
    """One verdict per term that means nothing, or one for all of them."""
    subject = "filter"
    if not encoded:
        return
    try:
        Query().filtered_by(encoded)
    except BadFilter as error:
        yield fail(subject, str(error), "Copy the query from a list in ServiceNow (Copy query).")
        return
    if any(map(_WHO_ASKS.search, terms_of(encoded))):
        told = "a term depends on who asks: in the rule on who saves, in our look-ups on the integration user"
        yield warn("filter, who asks", told, "Name the user or group itself.")
    if columns := open_to_callers(encoded):
        told = f"who may only call the service desk can open incidents that pass: {', '.join(sorted(columns))}"
        yield warn("filter, who passes", told, "Add a term about a column that staff fill, such as assignment_group.")
    records = Table(http)
    try:
        if not _any(records, table, ""):
            yield skip(subject, f"no record of {table} is visible, so no term can be tried")
            return
        wrong = [problem for term in terms_of(encoded) if (problem := _problem(records, table, term))]
        many = _any(records, table, encoded)
    except RemoteError as error:
        yield fail(subject, f"the instance does not take the filter: {error}", "Try it in a list in ServiceNow.")
        return
    yield from (fail(subject, problem, "Copy the query from a list in ServiceNow (Copy query).") for problem in wrong)
    if not wrong:
        yield ok(subject, f"{len(terms_of(encoded))} terms" + ("" if many else "; nothing matches at present"))


def _problem(records: Table, table: str, term: str) -> str:
    """Empty, or what is wrong with it. Its value is not repeated."""
    if term.startswith(TEXT_SEARCH):
        return ""
    parts = _TERM.fullmatch(term)
    if parts is None:
        return "a term does not begin with a column"
    column = parts["column"]
    if not parts["rest"].startswith(OPERATORS):
        return f"the term about {column} has no operator that ServiceNow knows"
    impossible, certain = f"{column}ISEMPTY^{column}ISNOTEMPTY", f"{column}ISEMPTY^OR{column}ISNOTEMPTY"
    if _any(records, table, impossible) or not _any(records, table, certain):
        return f"{table} has no column {column}, or the user may not search by it"
    return ""


def _any(records: Table, table: str, encoded: str) -> bool:
    """Whether a match is visible on the first page, in one call."""
    return bool(records.first_page(table, Query().filtered_by(encoded), ["sys_id"])[0])
