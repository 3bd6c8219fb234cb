"""Whether rows match an encoded query, and in which order they come."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .query import TEXT_SEARCH, Query, Term
from .schema import TIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .clock import Clock
    from .javascript import Gs
    from .schema import Column, Schema
    from .store import Row, Store

    Display = Callable[[str, Row, str], str]
    Test = Callable[[str, str], bool]

_ME = "90d1921e5f510100a9ad2572f2b477fe"
"""sys_id of the dynamic filter option "Me" on every instance."""
_SECONDS = {
    "minute": 60,
    "hour": 3600,
    "dayofweek": 86400,
    "day": 86400,
    "week": 604800,
    "month": 2592000,
    "year": 31536000,
}
_RELATIVE = re.compile(r"@?(\w+)@(ago|ahead)@(\d+)")
_AGAINST_FIELD: dict[str, Callable[[int], bool]] = {
    "SAMEAS": lambda sign: sign == 0,
    "NSAMEAS": lambda sign: sign != 0,
    "GT_FIELD": lambda sign: sign > 0,
    "LT_FIELD": lambda sign: sign < 0,
    "GT_OR_EQUALS_FIELD": lambda sign: sign >= 0,
    "LT_OR_EQUALS_FIELD": lambda sign: sign <= 0,
}
_ORDERED: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


class Matcher:
    """Evaluates parsed queries against rows of one store.

    A condition on an unknown column is left out, so that it matches every row; with `strict` (the property
    glide.invalid_query.returns_no_rows) a query that has one matches nothing.
    """

    def __init__(self, store: Store, schema: Schema, clock: Clock, display: Display) -> None:
        self._store = store
        self._schema = schema
        self._clock = clock
        self._display = display

    def predicate(
        self, query: Query, table: str, gs: Gs, previous: Row | None = None, *, strict: bool = False
    ) -> Callable[[Row], bool]:
        """`previous` is the row before the change, for VALCHANGES and its kin (filters of business rules)."""
        groups: list[list[list[Callable[[Row], bool]]]] = []
        broken = query.unreadable > 0
        for group in query.groups:
            tests = [[self._test(term, table, gs, previous) for term in alternatives] for alternatives in group]
            broken = broken or any(test is None for alternatives in tests for test in alternatives)
            known = [[test for test in alternatives if test] for alternatives in tests]
            groups.append([alternatives for alternatives in known if alternatives])
        if strict and broken:
            return lambda _row: False
        return lambda row: any(all(any(test(row) for test in some) for some in group) for group in groups)

    def sorted(self, rows: Iterable[Row], order: tuple[tuple[str, bool], ...], table: str) -> list[Row]:
        """By the given fields, empty values first; unknown fields are ignored, ties stay as they are."""
        result = list(rows)
        for field, descending in reversed(order):
            passed = self._schema.resolve(table, field)
            if passed is not None:
                result.sort(key=lambda row: self._sort_key(row, field, passed[-1], table), reverse=descending)
        return result

    def walk(self, table: str, row: Row, path: str) -> str:
        """The raw value a dot-walked field leads to; empty where a reference leads nowhere."""
        *references, last = path.split(".")
        current: Row | None = row
        for name in references:
            column = self._schema.columns(table).get(name)
            if column is None or current is None:
                return ""
            table = column.reference
            current = self._store.row(table, current.get(name, ""))
        return (current or {}).get(last, "")

    def _sort_key(self, row: Row, field: str, column: Column, table: str) -> tuple[int, float, str]:
        raw = self.walk(table, row, field)
        number = _number(raw) if column.type in ("integer", "choice") else None
        if number is not None:
            return (1, number, "")
        text = self._shown(table, row, field) if column.is_reference else raw
        return (1, float("inf"), text.casefold()) if raw else (0, 0.0, "")

    def _shown(self, table: str, row: Row, field: str) -> str:
        return self._display(table, row, field) if "." not in field else self.walk(table, row, field)

    def _test(self, term: Term, table: str, gs: Gs, previous: Row | None) -> Callable[[Row], bool] | None:
        if term.field == TEXT_SEARCH:
            words = term.value.casefold().split()
            return lambda row: all(any(word in text.casefold() for text in row.values()) for word in words)
        passed = self._schema.resolve(table, term.field)
        if passed is None:
            return None
        if term.operator in ("VALCHANGES", "CHANGESTO", "CHANGESFROM"):
            return self._change_test(term, previous)
        if term.operator in _AGAINST_FIELD:
            accepts = _AGAINST_FIELD[term.operator]
            return lambda row: accepts(
                _sign(passed[-1], self.walk(table, row, term.field), self.walk(table, row, term.value))
            )
        if term.operator == "INSTANCEOF":
            family = set(self._schema.family(term.value))
            return lambda row: self.walk(table, row, term.field) in family
        return self._value_test(term, table, passed[-1], gs)

    def _change_test(self, term: Term, previous: Row | None) -> Callable[[Row], bool]:
        def test(row: Row) -> bool:
            before, after = (previous or {}).get(term.field, ""), row.get(term.field, "")
            wanted = {"CHANGESTO": after, "CHANGESFROM": before}.get(term.operator, term.value)
            return before != after and wanted == term.value

        return test

    def _value_test(self, term: Term, table: str, column: Column, gs: Gs) -> Callable[[Row], bool]:
        separator = {"IN": ",", "NOT IN": ",", "BETWEEN": "@"}.get(term.operator)
        value = separator.join(map(gs.value, term.value.split(separator))) if separator else gs.value(term.value)
        texts = _text_tests(term.operator, value)
        if texts is not None:
            if column.is_reference:
                return lambda row: texts(self.walk(table, row, term.field), self._shown(table, row, term.field))
            return lambda row: texts(self.walk(table, row, term.field), self.walk(table, row, term.field))
        test = self._typed_test(term.operator, value, column, gs)
        return lambda row: test(self.walk(table, row, term.field))

    def _typed_test(self, operator: str, value: str, column: Column, gs: Gs) -> Callable[[str], bool]:
        if operator in _ORDERED:
            accepts = _ORDERED[operator]
            return lambda raw: (
                raw != "" and value != "" and _comparable(column, value) and accepts(_sign(column, raw, value))
            )
        if operator.startswith("RELATIVE"):
            return self._relative_test(operator, value)
        if operator in ("BETWEEN", "ON", "NOTON"):
            bounds = value.split("@", 2) if operator != "BETWEEN" else ["", *value.split("@", 1)]
            low, high = (gs.value(bounds[at]) if at < len(bounds) else "" for at in (1, 2))
            wanted = operator != "NOTON"
            return lambda raw: (raw != "" and _sign(column, raw, low) >= 0 and _sign(column, raw, high) <= 0) is wanted
        if operator == "DYNAMIC":
            mine = gs.value("javascript:gs.getUserID()")
            return lambda raw: value == _ME and raw == mine
        members = [each.strip() for each in value.split(",")] if operator in ("IN", "NOT IN") else [value]
        negative = operator in ("!=", "NOT IN")
        return lambda raw: any(_same(column, raw, member) for member in members) is not negative

    def _relative_test(self, operator: str, value: str) -> Callable[[str], bool]:
        match = _RELATIVE.fullmatch(value)
        if match is None:
            return lambda _raw: False
        unit, direction, count = match.groups()
        seconds = _SECONDS.get(unit, 60) * int(count) * (1 if direction == "ago" else -1)
        edge = self._clock.stamp_ago(seconds)
        tests: dict[str, Callable[[str], bool]] = {
            "GE": lambda raw: raw >= edge,
            "GT": lambda raw: raw > edge,
            "LE": lambda raw: raw <= edge,
            "LT": lambda raw: raw < edge,
            "EE": lambda raw: raw[:10] == edge[:10],
        }
        test = tests[operator.removeprefix("RELATIVE")]
        return lambda raw: raw != "" and test(raw)


def _text_tests(operator: str, value: str) -> Test | None:
    """Tests on (raw value, display value) for the operators that read text; None for the others. Case is ignored."""
    wanted = value.casefold()
    tests: dict[str, Test] = {
        "ISEMPTY": lambda raw, _: raw == "",
        "ISNOTEMPTY": lambda raw, _: raw != "",
        "EMPTYSTRING": lambda raw, _: raw == "",
        "ANYTHING": lambda _raw, _shown: True,
        "STARTSWITH": lambda raw, shown: raw.casefold().startswith(wanted) or shown.casefold().startswith(wanted),
        "ENDSWITH": lambda raw, shown: raw.casefold().endswith(wanted) or shown.casefold().endswith(wanted),
        "LIKE": lambda raw, shown: wanted in raw.casefold() or wanted in shown.casefold(),
        "NOT LIKE": lambda raw, shown: wanted not in raw.casefold() and wanted not in shown.casefold(),
    }
    same = {"%": "ENDSWITH", "*": "LIKE", "!*": "NOT LIKE"}
    return tests.get(same.get(operator, operator))


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def _is_numeric(column: Column, *texts: str) -> bool:
    return column.type in ("integer", "choice") and all(_number(text) is not None for text in texts)


def _comparable(column: Column, value: str) -> bool:
    return column.type != "integer" or _number(value) is not None


def _sign(column: Column, left: str, right: str) -> int:
    """-1, 0 or 1: numbers by size, times and texts by their letters."""
    if _is_numeric(column, left, right):
        a, b = float(left), float(right)
        return (a > b) - (a < b)
    x, y = (left, right) if column.type in TIMES else (left.casefold(), right.casefold())
    return (x > y) - (x < y)


def _same(column: Column, raw: str, value: str) -> bool:
    if column.type == "boolean":
        return (raw in ("true", "1")) == (value.casefold() in ("true", "1")) and value != ""
    return _sign(column, raw, value) == 0
