"""From the edited tables and the overrides to the values of the rules. Overrides were checked by `schema` before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.model import CaseStatus, Module
from mappers import service_now_sir_mapper as tables
from mappers.field import FieldRule
from mappers.problem import Problem
from mappers.statuses import CLOSED, FALLBACKS, LABELS, RESOLVED, StatusRules
from mappers.transform import CHOICE, DATE, DAY, LINE, LIST, TEXT, TWO_WAY, Transform
from mappers.words import (
    CASE_DATES,
    CASE_FIELDS,
    CASE_LISTS,
    CASE_TEXT_LIMITS,
    CASE_WRITABLE,
    COMMENTS,
    COMMENTS_COLUMNS,
    OWN_COLUMNS,
    nearest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mappers.field import Direction

_COLUMN_LIMITS = {"short_description": 160, "description": 4000}
_BOTH_WAYS = frozenset({"title", "description"})
_CLOSURE_CODES: Mapping[Module, tuple[str, ...]] = {
    Module.ITSM: (
        "Solution provided", "Solved (Permanently)", "Resolved by caller", "Solved Remotely (Permanently)",
        "Closed/Resolved by Caller",
    ),
    Module.IR: ("Investigation completed", "Threat mitigated"),
}  # fmt: skip
"""In `incident` the codes of San Diego and later, then those of before."""
_BY_CLOSURE_CODE: Mapping[Module, Mapping[str, tuple[str, ...]]] = {
    Module.ITSM: {
        "Not Resolved": ("No resolution provided", "Not Solved (Not Reproducible)"),
        "Duplicate": ("Duplicate",),
    },
    Module.IR: {
        "Investigation Completed": ("Investigation completed",),
        "Not Resolved": ("Not resolved",),
        "False Positive": ("False positive",),
    },
}


def field_rules(given: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[FieldRule, ...], list[Problem]]:
    """A rule per column of FIELD_MAPPING and of the overrides, which go before it."""
    wanted: dict[str, dict[str, Any]] = {
        column: {"case": case} for column, case in tables.FIELD_MAPPING.items() if case != COMMENTS
    }
    for column, override in given.items():
        wanted[column] = {**wanted.get(column, {}), **override}
    rules, problems = [], []
    for column, options in wanted.items():
        if not options.get("enabled", True):
            continue
        found = list(_field_problems(column, options))
        problems += found
        if not found:
            rules.append(_field_rule(column, options))
    return tuple(rules), [*problems, *_twice(rules)]


def _field_rule(column: str, options: Mapping[str, Any]) -> FieldRule:
    case = options["case"]
    name = options.get("transform") or _transform_of(case, options)
    transform = Transform(name, tuple(options.get("choices", {}).items()), options.get("separator", ", "))
    return FieldRule(
        case=case,
        incident=column,
        direction=options.get("direction") or _direction_of(case),
        policy=options.get("policy", "servicenow"),
        limit_case=options.get("limit_case", CASE_TEXT_LIMITS.get(case)),
        limit_incident=options.get("limit_incident", _COLUMN_LIMITS.get(column)),
        transform=transform,
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


def _field_problems(column: str, options: Mapping[str, Any]) -> Iterator[Problem]:
    path = ("fields", column)
    case = options.get("case")
    if case is None:
        yield Problem(
            path,
            "it does not say which case field it holds",
            f'Add case = "…", one of: {", ".join(sorted(CASE_FIELDS))}.',
        )
        return
    if case not in CASE_FIELDS:
        yield Problem((*path, "case"), f"a case has no field {case!r}", nearest(case, CASE_FIELDS))
        return
    if column in OWN_COLUMNS:
        yield Problem(path, "this column is not a plain field", OWN_COLUMNS[column])
        return
    direction = options.get("direction") or _direction_of(case)
    name = options.get("transform") or _transform_of(case, options)
    if direction != "to_incident" and case not in CASE_WRITABLE:
        fix = f'Use direction = "to_incident"; AWS lets us set only {", ".join(sorted(CASE_WRITABLE))}.'
        yield Problem((*path, "direction"), f"{case} cannot be set from here", fix)
    elif direction != "to_incident" and name not in TWO_WAY:
        fix = f'Use direction = "to_incident", or one of the transforms {", ".join(sorted(TWO_WAY))}.'
        yield Problem((*path, "transform"), f"{name} has no way back", fix)
    yield from _transform_problems(path, case, name, options)


def _transform_problems(path: tuple[str, ...], case: str, name: str, options: Mapping[str, Any]) -> Iterator[Problem]:
    if name == CHOICE and not options.get("choices"):
        yield Problem(path, "transform choice needs its table", 'Add choices = { "case value" = "column value" }.')
    if (name == LIST) != (case in CASE_LISTS):
        kind, fix = ("a list", '"list"') if case in CASE_LISTS else ("no list", "another transform")
        yield Problem((*path, "transform"), f"{case} is {kind}", f"Use {fix}.")
    if name in {DATE, DAY} and case not in CASE_DATES:
        yield Problem((*path, "transform"), f"{case} is no date", f"Dates are {', '.join(sorted(CASE_DATES))}.")


def _twice(rules: list[FieldRule]) -> Iterator[Problem]:
    """One column per case field: with two, a conflict between the columns would have no answer."""
    first: dict[str, str] = {}
    for rule in rules:
        if rule.case in first:
            what = f"{rule.case} is mapped to {first[rule.case]} already"
            yield Problem(
                ("fields", rule.incident, "case"),
                what,
                f"Keep one; fields.{first[rule.case]}.enabled = false drops it.",
            )
        first.setdefault(rule.case, rule.incident)


def status_rules(module: Module, given: Mapping[str, Any], closes_when: str) -> tuple[StatusRules, list[Problem]]:
    """Refuses a state without a way back and a status nobody maps to, nothing else."""
    pairs, targets, table = _tables(module)
    pairs |= {state: tuple(beside) for state, beside in given.get("accepted", {}).items()}
    problems = list(_resolved_problems(module, closes_when))
    if closes_when == "resolved":
        pairs |= dict.fromkeys(RESOLVED[module], (CaseStatus.CLOSED.value,))
    edits = {**targets, **given.get("to_state", {})}
    fallbacks = {**FALLBACKS[module], **{s: tuple(f) for s, f in given.get("fallbacks", {}).items()}}
    problems += _unknown_statuses(table, edits, pairs, given)
    before = dict(pairs)
    for status, state in edits.items():
        pairs = _with_edit(pairs, before, status, state, fallbacks, frozenset(given.get("accepted", {})))
    targets = {
        s: edits.get(s) or next((state for state, beside in pairs.items() if s in beside), "") for s in CaseStatus
    }
    rules = StatusRules(
        policy=given.get("policy", "servicenow"),
        targets={status: state for status, state in targets.items() if state},
        pairs=pairs,
        fallbacks=fallbacks,
        labels={**LABELS[module], **given.get("labels", {})},
        resolved=RESOLVED[module],
        closed=CLOSED[module] | {s for s, b in pairs.items() if b == (CaseStatus.CLOSED,) and s not in LABELS[module]},
    )
    return rules, [*problems, *_dead_ends(rules, table)]


def _tables(module: Module) -> tuple[dict[str, tuple[str, ...]], dict[str, str], str]:
    if module is Module.ITSM:
        return dict(tables.ACCEPTED_PAIRS), dict(tables.STATUS_MAPPING), "STATUS_MAPPING"
    return dict(tables.ACCEPTED_PAIRS_IR), dict(tables.STATUS_MAPPING_IR), "STATUS_MAPPING_IR"


def _with_edit(
    pairs: dict[str, tuple[str, ...]], before: Mapping[str, tuple[str, ...]], status: str, state: str,
    fallbacks: Mapping[str, tuple[str, ...]], said: frozenset[str],
) -> dict[str, tuple[str, ...]]:  # fmt: skip
    """`state` now accepts `status`; the state it used to lead to does not any more, or the edit would change nothing.

    It stays where that state translates to it, where that state is a fallback, and where a mapping file lists it.
    """
    former = next((s for s, beside in before.items() if status in beside), None)
    pairs = {**pairs, state: tuple(dict.fromkeys((*pairs.get(state, ()), status)))}
    if former is None or former == state or former in fallbacks.get(state, ()) or former in said:
        return pairs
    if StatusRules(pairs=pairs).case_status_for(former) == status:
        return pairs
    return {**pairs, former: tuple(s for s in pairs[former] if s != status)}


def _unknown_statuses(
    table: str, edits: Mapping[str, str], pairs: Mapping[str, tuple[str, ...]], given: Mapping[str, Any]
) -> Iterator[Problem]:
    known = set(CaseStatus)
    for status in edits:
        if status not in known:
            path = ("status", "to_state", status) if status in given.get("to_state", {}) else (table, status)
            yield Problem(path, f"a case has no status {status!r}", nearest(status, known))
    for state, beside in pairs.items():
        for status in beside:
            if status not in known:
                path = (
                    ("status", "accepted", state) if state in given.get("accepted", {}) else ("ACCEPTED_PAIRS", state)
                )
                yield Problem(path, f"a case has no status {status!r}", nearest(status, known))


def _resolved_problems(module: Module, closes_when: str) -> Iterator[Problem]:
    if closes_when == "resolved" and not RESOLVED[module]:
        fix = 'Say which state closes the case: [status.accepted] "100" = ["Closed"].'
        yield Problem(("case_closes_when",), f"module {module} has no state Resolved", fix)


def _dead_ends(rules: StatusRules, table: str) -> Iterator[Problem]:
    for state in rules.pairs:
        if rules.case_status_for(state) is None:
            what = "a state without a way back: none of the statuses it may stand beside can be set on a case"
            fix = f'List one that can: [status.accepted] "{state}" = ["Detection and Analysis", …].'
            yield Problem(("status", "accepted", state), what, fix)
    for status in CaseStatus:
        if status not in rules.targets:
            fix = f'Give it a state, in {table} or as [status.to_state] "{status}" = "…".'
            yield Problem(("status", "to_state", status), "a status nobody maps to: no state may stand beside it", fix)


def comment_values(given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"mirrored": _mirrored(), **given}
    private = values.pop("work_notes", "mirrored") == "private"
    return {**values, "mirrored": tuple(values["mirrored"]), "work_notes_private": private}


def _mirrored() -> tuple[str, ...]:
    """The journals FIELD_MAPPING leads to the comments of the case."""
    columns = [column for column, case in tables.FIELD_MAPPING.items() if case == COMMENTS]
    return tuple(dict.fromkeys(journal for column in columns for journal in COMMENTS_COLUMNS.get(column, ())))


def closure_values(module: Module, given: Mapping[str, Any]) -> dict[str, Any]:
    """Configured codes go before the defaults, which stay: an instance may not offer them."""
    named = {aws: (code,) for aws, code in given.get("by_closure_code", {}).items()}
    return {
        **given,
        "codes": tuple(dict.fromkeys((*given.get("codes", ()), *_CLOSURE_CODES[module]))),
        "by_closure_code": {**_BY_CLOSURE_CODE[module], **named},
    }


def creation_values(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"incident": dict(given.get("incident", {})), "case": dict(given.get("case", {}))}
