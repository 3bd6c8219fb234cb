"""The rules of the status: the tables of `service_now_sir_mapper`, changed by `[status]` of a mapping file.

Refused are a state without a way back, a status nobody maps to, and words nobody knows; nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.model import CaseStatus
from integration.module import Module
from mappers import service_now_sir_mapper as tables
from mappers.field_names import nearest
from mappers.problem import Problem
from mappers.statuses import CLOSED, FALLBACKS, LABELS, RESOLVED, StatusRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Pairs = dict[str, tuple[str, ...]]


def status_rules(module: Module, given: Mapping[str, Any], closes_when: str) -> tuple[StatusRules, list[Problem]]:
    """The rules, and what is wrong with them."""
    table_pairs, table = _tables(module)
    said = {state: tuple(beside) for state, beside in given.get("accepted", {}).items()}
    edits = {**table, **given.get("to_state", {})}
    listed = {**table_pairs, **said}
    if closes_when == "resolved":
        listed |= dict.fromkeys(RESOLVED[module], (CaseStatus.CLOSED.value,))
    fallbacks = {**FALLBACKS[module], **{state: tuple(f) for state, f in given.get("fallbacks", {}).items()}}
    pairs = _with_edits(listed, edits, fallbacks, said)
    rules = StatusRules(
        policy=given.get("policy", "servicenow"),
        targets=_targets(pairs, edits),
        pairs=pairs,
        fallbacks=fallbacks,
        labels={**LABELS[module], **given.get("labels", {})},
        resolved=RESOLVED[module],
        closed=CLOSED[module] | {s for s, b in pairs.items() if b == (CaseStatus.CLOSED,) and s not in LABELS[module]},
    )
    problems = [*_unknown_statuses(module, edits, pairs), *_resolved_problems(module, edits, given, closes_when)]
    return rules, [*problems, *_dead_ends(module, rules, given)]


def _tables(module: Module) -> tuple[Pairs, dict[str, str]]:
    pairs, table = (
        (tables.ACCEPTED_PAIRS, tables.STATUS_MAPPING)
        if module is Module.ITSM
        else (tables.ACCEPTED_PAIRS_IR, tables.STATUS_MAPPING_IR)
    )
    return {state: tuple(beside) for state, beside in pairs.items()}, {s: str(state) for s, state in table.items()}


def _table_name(module: Module) -> str:
    return "STATUS_MAPPING" if module is Module.ITSM else "STATUS_MAPPING_IR"


def _targets(pairs: Pairs, edits: Mapping[str, str]) -> dict[str, str]:
    """A status without a line goes to the first state that may stand beside it."""
    first = {status: next((s for s, beside in pairs.items() if status in beside), "") for status in CaseStatus}
    return {status.value: edits.get(status) or state for status, state in first.items() if edits.get(status) or state}


def _with_edits(
    listed: Pairs, edits: Mapping[str, str], fallbacks: Mapping[str, tuple[str, ...]], said: Pairs
) -> Pairs:
    """A state accepts what is mapped to it. The first state that listed the status does not any more: left alone
    beside it, the pair would keep the edit from ever taking effect.

    It stays where that state translates to it, where that state is a fallback, and where a mapping file lists it.
    """
    pairs = dict(listed)
    for status, state in edits.items():
        pairs[state] = tuple(dict.fromkeys((*pairs.get(state, ()), status)))
        former = next((s for s, beside in listed.items() if status in beside), state)
        kept = former == state or former in fallbacks.get(state, ()) or former in said
        if not kept and StatusRules(pairs=pairs).case_status_for(former) != status:
            pairs[former] = tuple(s for s in pairs[former] if s != status)
    return pairs


def _unknown_statuses(module: Module, edits: Mapping[str, str], pairs: Pairs) -> Iterator[Problem]:
    """In the tables; the schema knows those of a mapping file."""
    known = {status.value for status in CaseStatus}
    for status in [status for status in edits if status not in known]:
        yield Problem((_table_name(module), status), f"a case has no status {status!r}", nearest(status, known))
    for state, beside in pairs.items():
        for status in set(beside) - known - set(edits):
            yield Problem(("ACCEPTED_PAIRS", state), f"a case has no status {status!r}", nearest(status, known))


def _resolved_problems(
    module: Module, edits: Mapping[str, str], given: Mapping[str, Any], closes_when: str
) -> Iterator[Problem]:
    if closes_when != "resolved":
        return
    if not RESOLVED[module]:
        fix = 'Say which state closes the case: [status.accepted] "100" = ["Closed"].'
        yield Problem(("case_closes_when",), f"module {module} has no state Resolved", fix)
    for status, state in edits.items():
        if state in RESOLVED[module] and status != CaseStatus.CLOSED:
            what = f"{status} maps to the state that closes the case"
            yield Problem(
                _edit_path(module, status, given), what, 'Map it elsewhere, or use case_closes_when = "closed".'
            )


def _edit_path(module: Module, status: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    return ("status", "to_state", status) if status in given.get("to_state", {}) else (_table_name(module), status)


def _dead_ends(module: Module, rules: StatusRules, given: Mapping[str, Any]) -> Iterator[Problem]:
    for state, beside in rules.pairs.items():
        if rules.case_status_for(state) is None and set(beside) <= set(CaseStatus):
            path: tuple[str, ...] = ("status", "accepted", state)
            if state not in given.get("accepted", {}) and beside:
                path = _edit_path(module, beside[-1], given)
            what = f"state {state} has no way back: a case can be set to none of the statuses it may stand beside"
            fix = f'List one it can be set to: [status.accepted] "{state}" = ["Detection and Analysis", …].'
            yield Problem(path, what, fix)
    for status in CaseStatus:
        if status.value not in rules.targets:
            fix = f'Give it a state: a line in {_table_name(module)}, or [status.to_state] "{status}" = "…".'
            yield Problem(("status", "accepted"), f"nobody maps to the status {status}", fix)
