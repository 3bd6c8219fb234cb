"""The rules of scalar fields: FIELD_MAPPING, changed and extended by `[fields.*]` of a mapping file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mappers import service_now_sir_mapper as tables
from mappers.field import FieldRule
from mappers.field_names import (
    CASE_DATES,
    CASE_FIELDS,
    CASE_LISTS,
    CASE_TEXT_LIMITS,
    CASE_WORDS,
    CASE_WRITABLE,
    COMMENTS,
    COMMENTS_COLUMNS,
    OTHER_CASE_FIELDS,
    OWN_COLUMNS,
    nearest,
)
from mappers.problem import Problem
from mappers.transform import CHOICE, DATE, DAY, LINE, LIST, TEXT, TWO_WAY, Transform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mappers.field import Direction

_COLUMN_LIMITS = {"short_description": 160, "description": 4000}
"""Lengths in the dictionary of an instance as it is delivered."""
_BOTH_WAYS = frozenset({"title", "description"})


def field_rules(given: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[FieldRule, ...], list[Problem]]:
    """A rule per column that holds a case field, and what is wrong with the others."""
    wanted: dict[str, dict[str, Any]] = {}
    for column, case in tables.FIELD_MAPPING.items():
        if case != COMMENTS:
            wanted[column] = {"case": case}
    for column, options in given.items():
        wanted[column] = {**wanted.get(column, {}), **options}
    rules, problems = [], list(_journal_problems())
    for column, options in wanted.items():
        found = list(_problems((*_origin(column, given), column), column, options))
        problems += found
        if not found and options.get("enabled", True):
            rules.append(_rule(column, options))
    return tuple(rules), [*problems, *_twice(rules, given)]


def mirrored_journals() -> tuple[str, ...]:
    """The journals FIELD_MAPPING leads to the comments of the case."""
    columns = [column for column, case in tables.FIELD_MAPPING.items() if case == COMMENTS]
    return tuple(dict.fromkeys(journal for column in columns for journal in COMMENTS_COLUMNS.get(column, ())))


def _origin(column: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    return ("fields",) if column in given else ("FIELD_MAPPING",)


def _rule(column: str, options: Mapping[str, Any]) -> FieldRule:
    case = options["case"]
    name = options.get("transform") or _transform_of(case, options)
    return FieldRule(
        case=case,
        incident=column,
        direction=options.get("direction") or _direction_of(case),
        policy=options.get("policy", "servicenow"),
        limit_case=options.get("limit_case", CASE_TEXT_LIMITS.get(case)),
        limit_incident=options.get("limit_incident", _COLUMN_LIMITS.get(column)),
        transform=Transform(name, tuple(options.get("choices", {}).items()), options.get("separator", ", ")),
    )


def _direction_of(case: str) -> Direction:
    return "both" if case in _BOTH_WAYS else "to_incident"


def _transform_of(case: str, options: Mapping[str, Any]) -> str:
    if options.get("choices"):
        return CHOICE
    if case in CASE_LISTS:
        return LIST
    if case in CASE_DATES:
        return DATE
    return LINE if case == "title" else TEXT


def _journal_problems() -> Iterator[Problem]:
    for column, case in tables.FIELD_MAPPING.items():
        if case == COMMENTS and column not in COMMENTS_COLUMNS:
            yield Problem(("FIELD_MAPPING", column), "this column is no journal", nearest(column, COMMENTS_COLUMNS))


def _problems(path: tuple[str, ...], column: str, options: Mapping[str, Any]) -> Iterator[Problem]:
    case = options.get("case")
    if column in OWN_COLUMNS:
        yield Problem(path, "this column is not a plain field", OWN_COLUMNS[column])
    elif case is None:
        fix = f'Add case = "…", one of: {", ".join(sorted(CASE_FIELDS))}.'
        yield Problem(path, "it does not say which case field it holds", fix)
    elif case not in CASE_FIELDS:
        fix = OTHER_CASE_FIELDS.get(case) or nearest(case, CASE_FIELDS)
        yield Problem((*path, "case"), f"{case!r} is no plain field of a case", fix)
    else:
        name = options.get("transform") or _transform_of(case, options)
        yield from _direction_problems(path, case, name, options)
        yield from _transform_problems(path, case, name, options)


def _direction_problems(path: tuple[str, ...], case: str, name: str, options: Mapping[str, Any]) -> Iterator[Problem]:
    if (options.get("direction") or _direction_of(case)) == "to_incident":
        return
    if case not in CASE_WRITABLE:
        fix = f'Use direction = "to_incident"; AWS lets us set only {", ".join(sorted(CASE_WRITABLE))}.'
        yield Problem((*path, "direction"), f"{case} cannot be set from here", fix)
    elif name not in TWO_WAY:
        fix = f'Use direction = "to_incident", or one of the transforms {", ".join(sorted(TWO_WAY))}.'
        yield Problem((*path, "transform"), f"{name} has no way back", fix)


def _transform_problems(path: tuple[str, ...], case: str, name: str, options: Mapping[str, Any]) -> Iterator[Problem]:
    if (name == LIST) != (case in CASE_LISTS):
        kind, fix = ("a list", 'Use "list".') if case in CASE_LISTS else ("no list", "Leave transform out.")
        yield Problem((*path, "transform"), f"{case} is {kind}", fix)
    if name in {DATE, DAY} and case not in CASE_DATES:
        yield Problem((*path, "transform"), f"{case} is no date", f"Dates are {', '.join(sorted(CASE_DATES))}.")
    if (name == CHOICE) != bool(options.get("choices")):
        fix = 'Add choices = { "case value" = "column value" }, or leave transform out.'
        yield Problem((*path, "transform"), "transform choice and a table of choices go together", fix)
    for word in options.get("choices", {}):
        if word not in CASE_WORDS.get(case, (word,)):
            yield Problem((*path, "choices", word), f"{case} is never {word!r}", nearest(word, CASE_WORDS[case]))


def _twice(rules: list[FieldRule], given: Mapping[str, Any]) -> Iterator[Problem]:
    """One column per case field: with two, a conflict between the columns would have no answer."""
    first: dict[str, str] = {}
    for rule in rules:
        if rule.case in first:
            fix = f"Keep one; [fields.{first[rule.case]}] enabled = false drops the other."
            what = f"{rule.case} is mapped to {first[rule.case]} already"
            yield Problem((*_origin(rule.incident, given), rule.incident, "case"), what, fix)
        first.setdefault(rule.case, rule.incident)
