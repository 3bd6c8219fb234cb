"""Builds encoded queries; a value that would change their meaning is refused.

An instance drops a term with an unknown column, or one that a query rule forbids this user, and answers with the whole
table (release notes Australia: "part of the query has been ignored"); range operators and sorting have a rule of their
own (docs: query ACL, query_range). `^` in a value starts a new term; there is no escape for it. So values are checked
here, and answers are checked with `matches`.

A time stands in a query as text, which is UTC whatever the zone of the user (ServiceNow on web services and time zones:
www.servicenow.com/community/united-kingdom-snug/soap-web-service-and-time-zones-examples/ba-p/2270667). Were it read in
the user's zone, rows from before the asked moment would come and be noticed, or those after it would not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from integration.clients.errors import Misconfigured, Refused
from integration.clients.servicenow.errors import SYSTEM
from integration.clients.servicenow.timestamp import to_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from integration.clients.servicenow.record import Record

_FIELD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", re.ASCII)
_FORBIDDEN = re.compile(r"[\^\x00-\x1f\x7f\u2028\u2029\x85]|javascript:", re.IGNORECASE)
_ORDER = re.compile(r"(\^|^)(ORDERBY|GROUPBY|RLQUERY|OR|NQ$)")


LIST_MOST = 100
"""Values in one list: instances refuse longer addresses."""


class BadQuery(Refused):
    """A value or column that cannot stand in an encoded query. The message holds the column, never the value."""

    def __init__(self, reason: str) -> None:
        super().__init__(SYSTEM, reason, text=reason)


class BadFilter(Misconfigured):
    """An administrator's own query that is none: a setting, where the others are about a value of one record."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition, and how an answer is checked against it: by its raw value, or also by its label. `listed`: it asks
    for any of several values.
    """

    field: str
    text: str
    holds: Callable[[str], bool]
    labelled: bool = True
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Terms joined by AND; immutable, every method gives a new one. `str()` is the encoded query."""

    terms: tuple[Term, ...] = ()
    orders: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()

    def equals(self, field: str, value: str) -> Self:
        return self._add(Term(_column(field), f"{field}={_checked(field, value)}", _folded(value).__eq__))

    def is_in(self, field: str, values: Iterable[str]) -> Self:
        """At most `LIST_MOST` values, each of which `can_be_listed`."""
        keys = sorted(set(values))
        if not 1 <= len(keys) <= LIST_MOST or any("," in key for key in keys):
            raise BadQuery(f"{field}: a list holds 1 to {LIST_MOST} values without commas")
        wanted, listed = frozenset(map(_folded, keys)), ",".join(_checked(field, key) for key in keys)
        return self._add(Term(_column(field), f"{field}IN{listed}", wanted.__contains__, listed=True))

    def at_least(self, field: str, moment: datetime) -> Self:
        stamp = to_timestamp(moment)
        return self._add(Term(_column(field), f"{field}>={stamp}", stamp.__le__, labelled=False))

    def below(self, field: str, moment: datetime) -> Self:
        stamp = to_timestamp(moment)
        return self._add(Term(_column(field), f"{field}<{stamp}", stamp.__gt__, labelled=False))

    def starts_with(self, field: str, value: str) -> Self:
        start, text = _folded(value), f"{field}STARTSWITH{_checked(field, value)}"
        return self._add(Term(_column(field), text, lambda shown: shown.startswith(start)))

    def contains(self, field: str, value: str) -> Self:
        part, text = _folded(value), f"{field}LIKE{_checked(field, value)}"
        return self._add(Term(_column(field), text, lambda shown: part in shown))

    def order_by(self, field: str) -> Self:
        return replace(self, orders=(*self.orders, f"ORDERBY{_column(field)}"))

    def descending_by(self, field: str) -> Self:
        return replace(self, orders=(*self.orders, f"ORDERBYDESC{_column(field)}"))

    def filtered_by(self, encoded: str) -> Self:
        """Add an administrator's own encoded query, which may hold `^OR` and one `^NQ` after another.

        The `^EQ` that lists put at the end is dropped. Our terms stand in every alternative, so `a^NQb` cannot reach
        beyond them. It may not order, group or relate.
        """
        text = encoded.strip().removeprefix("^").removesuffix("^EQ")
        if not text:
            return self
        groups = text.split("^NQ")
        if "\n" in text or "\r" in text or any(not group or _ORDER.match(group) for group in groups):
            raise BadFilter(SYSTEM, "the filter is not an encoded query of terms")
        if re.search(r"\^(ORDERBY|GROUPBY|RLQUERY)", text) or (self.filters and len(groups) > 1):
            raise BadFilter(
                SYSTEM, "a filter may not order, group or relate, and alternatives stand in one filter only"
            )
        return replace(self, filters=(*self.filters, text))

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The columns an answer must show so that `matches` and `in_order` can tell."""
        ordered = [self._time_order[0]] if self._time_order else []
        return tuple(dict.fromkeys([*(term.field for term in self.terms), *ordered]))

    def matches(self, record: Record) -> bool:
        """Whether the record carries the values asked for.

        Never stricter than a database: its collation ignores case, accents and padding.
        """
        return all(self._holds(term, record) for term in self.terms)

    def in_order(self, records: Sequence[Record]) -> list[Record]:
        """As they were asked for, where it is by a time: texts sort as each database likes. Sorting may be dropped."""
        if self._time_order is None:
            return list(records)
        column, newest_first = self._time_order
        return sorted(records, key=lambda record: record.get(column, ""), reverse=newest_first)

    @property
    def _time_order(self) -> tuple[str, bool] | None:
        order = self.orders[0] if self.orders and self.orders[0].endswith("_on") else ""
        column = order.removeprefix("ORDERBYDESC").removeprefix("ORDERBY")
        return (column, order.startswith("ORDERBYDESC")) if column else None

    def obeyed(self, records: Sequence[Record]) -> bool:
        """Whether these rows show that no term was dropped.

        Each must carry the single values; of a list of values the instance may find more than `matches` knows to
        compare, so only where no row at all matches, the term is gone.
        """
        single = replace(self, terms=tuple(term for term in self.terms if not term.listed))
        return all(map(single.matches, records)) and (not records or any(map(self.matches, records)))

    def __str__(self) -> str:
        own = [term.text for term in self.terms]
        alternatives = self._alternatives() or [[]]
        groups = ["^".join([*own, *alternative]) for alternative in alternatives]
        return "^".join(part for part in ["^NQ".join(groups), *self.orders] if part)

    def _alternatives(self) -> list[list[str]]:
        """Every filter whole, but the one with `^NQ` spread over groups."""
        plain = [text for text in self.filters if "^NQ" not in text]
        spread = [group for text in self.filters if "^NQ" in text for group in text.split("^NQ")]
        return [[*plain, group] for group in spread] or ([plain] if plain else [])

    def _add(self, term: Term) -> Self:
        return replace(self, terms=(*self.terms, term))

    @staticmethod
    def _holds(term: Term, record: Record) -> bool:
        if not record.has(term.field):
            return False
        shown = (record.value(term.field), record.label(term.field))[: 1 + term.labelled]
        return any(term.holds(_folded(text)) for text in shown)


def _column(field: str) -> str:
    if not _FIELD.fullmatch(field):
        raise BadQuery("a column is lower-case letters, digits and _, dot-walked with .")
    return field


def can_be_listed(value: str) -> bool:
    """Whether `is_in` takes it. What a person typed may be anything."""
    return bool(value) and value == value.strip() and "," not in value and not _FORBIDDEN.search(value)


def _folded(value: str) -> str:
    parts = unicodedata.normalize("NFKD", value.strip()).casefold()
    return "".join(character for character in parts if not unicodedata.combining(character))


def _checked(field: str, value: str) -> str:
    """Empty values are refused too: `sys_id=` would ask for something else than anybody meant."""
    if not value or value != value.strip() or _FORBIDDEN.search(value):
        raise BadQuery(f"{field}: a value may not be empty, padded, hold ^, control characters or javascript:")
    return value
