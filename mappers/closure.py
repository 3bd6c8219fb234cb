"""Closing a record on the other side: resolution code and notes in ServiceNow, a last comment on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.module import Module
from mappers import notes
from mappers.private_mark import is_marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.model import Case, Incident
    from mappers.mapping_rules import MappingRules
    from mappers.notes import Said


_CODES: Mapping[Module, tuple[str, ...]] = {
    Module.ITSM: (
        "Solution provided",
        "Solved (Permanently)",
        "Solved Remotely (Permanently)",
        "Resolved by caller",
        "Closed/Resolved by Caller",
    ),
    Module.IR: ("Investigation completed", "Threat mitigated"),
}
"""Of `incident`, those of San Diego and later among those of before."""
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


def closure_values(module: Module, given: Mapping[str, Any]) -> dict[str, Any]:
    """Configured codes go before the defaults, which stay: an instance may not offer what is configured."""
    named = {aws: (code,) for aws, code in given.get("by_closure_code", {}).items()}
    return {
        **given,
        "codes": tuple(dict.fromkeys((*given.get("codes", ()), *_CODES[module]))),
        "by_closure_code": {**_BY_CLOSURE_CODE[module], **named},
    }


def close_code_for(case: Case, rules: MappingRules, choices: Mapping[str, str] | None = None) -> str:
    """The value of the first wanted code that the instance offers, by value or label; `choices`: its values → labels.

    The first wanted one where it offers none of them, or does not let us see: its refusal then names the field.
    """
    wanted = (*rules.closure.by_closure_code.get(str(case.values.get("closureCode", "")), ()), *rules.closure.codes)
    known = choices or {}
    offered = {label.casefold(): value for value, label in known.items()} | {value.casefold(): value for value in known}
    return next((offered[code.casefold()] for code in wanted if code.casefold() in offered), wanted[0])


def close_notes_for(case: Case, rules: MappingRules) -> str:
    """Never empty: data policies ask for it."""
    code = case.values.get("closureCode")
    return "\n".join([rules.closure.notes, f"Case: {case.case_id}", *([f"Closure code: {code}"] if code else [])])


def resolution_comment(incident: Incident, rules: MappingRules) -> Said:
    """What is said on the case before CloseCase, which takes neither code nor reason; what is private stays behind."""
    private, closing = rules.comments.work_notes_private, incident.values.get("close_notes", "")
    state = incident.labels.get("state") or rules.status.labels.get(incident.state, incident.state)
    code = incident.labels.get("close_code") or incident.values.get("close_code", "")
    kept = private or is_marked(closing, rules.comments.private_prefix)
    return notes.case_closed_with(incident.sys_id, state, "" if private else code, "" if kept else closing)
