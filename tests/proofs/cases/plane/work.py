"""What makes a function work, and how often it then arrived; by name, for the cells of the fault matrix."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.e2e.shift import Pair, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proofs.kit.plane.stage import Stage


@dataclass(frozen=True)
class Work:
    """`do` writes the text on one side; `copies` counts it on the other. `waits`: a message does the work, and comes
    back where that fails; else the work is over when `do` returns.
    """

    do: Callable[[Stage, Pair, str], None]
    copies: Callable[[Stage, Pair, str], int]
    waits: bool = True


def _comment(stage: Stage, pair: Pair, text: str) -> None:
    stage.respond(pair.case_id, "comment", body=text)


def _note(stage: Stage, pair: Pair, text: str) -> None:
    stage.edit(pair.sys_id, work_notes=text)


def _in_journal(stage: Stage, pair: Pair, text: str) -> int:
    return written(stage.notes(pair), text)


def _in_comments(stage: Stage, pair: Pair, text: str) -> int:
    return written(stage.comments(pair), text)


def _named(text: str) -> str:
    return f"{text.replace(' ', '-')}.txt"


def _case_file(stage: Stage, pair: Pair, text: str) -> None:
    stage.attach_to_case(pair.case_id, _named(text), text.encode())


def _incident_file(stage: Stage, pair: Pair, text: str) -> None:
    stage.attach_to_incident(pair.sys_id, _named(text), text.encode())


def _on_incident(stage: Stage, pair: Pair, text: str) -> int:
    return sum(row["hash"] == _digest(text) for row in stage.files(pair.sys_id))


def _on_case(stage: Stage, pair: Pair, text: str) -> int:
    return sum(f["sha256"] == _digest(text) for f in stage.case(pair.case_id)["caseAttachments"] if f["stored"])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _new_case(stage: Stage, _: Pair, text: str) -> None:
    stage.new_case(text, "New.")


def _new_incident(stage: Stage, _: Pair, text: str) -> None:
    stage.act("insert", short_description=text, state=stage.states["new"])


def _incidents(stage: Stage, _: Pair, text: str) -> int:
    found = [row for row in stage.incidents() if row["short_description"] == text]
    return 2 if len(found) > 1 else sum(bool(row["correlation_id"]) for row in found)


def _cases(stage: Stage, _: Pair, text: str) -> int:
    linked = any(row["correlation_id"] for row in stage.incidents() if row["short_description"] == text)
    found = sum(case["title"] == text for case in stage.cases())
    return found if linked or found > 1 else 0


def _polled_fields(stage: Stage, pair: Pair, text: str) -> None:
    """An edit of a case that no event announces, and the scheduled look."""
    stage.break_security_ir(event="*", kind="lost", times=1)
    stage.respond(pair.case_id, "fields", description=text)
    stage.poll_once()


def _polled_note(stage: Stage, pair: Pair, text: str) -> None:
    """A note that no webhook announces, and the scheduled look."""
    stage.lose_webhooks(1)
    stage.edit(pair.sys_id, work_notes=text)
    stage.quiet()
    stage.poll_once()


def _described(stage: Stage, pair: Pair, text: str) -> int:
    return int(stage.incident(pair.sys_id)["description"] == text)


def _cold(do: Callable[[Stage, Pair, str], None]) -> Callable[[Stage, Pair, str], None]:
    """With fresh processes, which first read settings and keys."""

    def fresh(stage: Stage, pair: Pair, text: str) -> None:
        for function in stage.plane.functions:
            function.replace(function.definition)
        stage.plane.front.forget_permits()
        do(stage, pair, text)

    return fresh


def _rotated(stage: Stage, pair: Pair, text: str) -> None:
    """The webhook's token is changed, and again when that failed; a note then comes with the token that counts."""
    for _ in range(2):
        if stage.rotate():
            break
        stage.plane.faults.clear()
    _note(stage, pair, text)


WORKS = {
    "comment on case": Work(_comment, _in_journal),
    "note on incident": Work(_note, _in_comments),
    "file on case": Work(_case_file, _on_incident),
    "file on incident": Work(_incident_file, _on_case),
    "new case": Work(_new_case, _incidents),
    "new incident": Work(_new_incident, _cases),
    "poll for a case": Work(_polled_fields, _described, waits=False),
    "poll for an incident": Work(_polled_note, _in_comments, waits=False),
    "comment on case, cold": Work(_cold(_comment), _in_journal),
    "note on incident, cold": Work(_cold(_note), _in_comments),
    "new incident, cold": Work(_cold(_new_incident), _cases),
    "poll for an incident, cold": Work(_cold(_polled_note), _in_comments, waits=False),
    "rotation": Work(_rotated, _in_comments, waits=False),
}
