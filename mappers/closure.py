"""How a record is closed on the other side: resolution code and notes in ServiceNow, a last comment on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mappers import notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.model import Case, Incident
    from mappers.notes import Said
    from mappers.rules import Rules


def close_code_for(case: Case, rules: Rules, choices: Sequence[str] | Mapping[str, str] = ()) -> str:
    """The first wanted code that the instance offers; `choices` are its values, or value → label.

    The first wanted one where it offers none of them, or does not let us see: its refusal then names the field.
    """
    wanted = (*rules.closure.by_closure_code.get(str(case.values.get("closureCode", "")), ()), *rules.closure.codes)
    offered = {value.casefold(): value for value in choices}
    if isinstance(choices, Mapping):
        offered = {label.casefold(): value for value, label in choices.items()} | offered
    return next((offered[code.casefold()] for code in wanted if code.casefold() in offered), wanted[0])


def close_notes_for(case: Case, rules: Rules) -> str:
    """Never empty: data policies ask for it."""
    code = case.values.get("closureCode")
    return "\n".join([rules.closure.notes, f"Case: {case.case_id}", *([f"Closure code: {code}"] if code else [])])


def resolution_comment(incident: Incident, rules: Rules) -> Said:
    """What is said on the case before CloseCase, which takes neither code nor reason."""
    state = incident.labels.get("state") or rules.status.labels.get(incident.state, incident.state)
    code = incident.labels.get("close_code") or incident.values.get("close_code", "")
    return notes.case_closed_with(incident.sys_id, state, code, incident.values.get("close_notes", ""))
