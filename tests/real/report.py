"""What a run found of each assumption, with its evidence: Markdown for people, JSON for tools."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integration.operations.checking.assumptions import SIDES, Assumption, assumptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from integration.operations.checking.verdict import Verdict

OF_AWS = "An AWS account answers this, not an instance."
OF_EVENT = "The instance cannot reach a webhook on this machine: `check` asks after a deployment."


def standing(each: Assumption, verdicts: Sequence[Verdict]) -> dict[str, str]:
    """held, broken, or not askable, and why."""
    asked = [verdict for verdict in verdicts if verdict.subject in {each.probe, each.kit} - {""}]
    told = [verdict for verdict in asked if verdict.state != "skip"]
    broken = [verdict for verdict in told if verdict.state in ("fail", "warn")]
    found = "broken" if broken else "held" if told else "not askable"
    evidence = "; ".join(f"{verdict.subject}: {verdict.told}" for verdict in broken or told) or _why(each, asked)
    return {"id": each.id, "says": each.says, "standing": found, "evidence": evidence}


def _why(each: Assumption, skipped: Sequence[Verdict]) -> str:
    if each.side == "aws":
        return OF_AWS
    if each.probe == "event":
        return OF_EVENT
    if each.probe or each.kit:
        return "; ".join(verdict.told for verdict in skipped) or "The run did not come to it."
    return "Nothing can ask."


def document(instance: str, verdicts: Sequence[Verdict], ended: str) -> dict[str, Any]:
    return {
        "instance": instance, "at": datetime.now(UTC).isoformat(timespec="seconds"), "ended": ended,
        "assumptions": [standing(each, verdicts) | {"side": each.side} for each in assumptions()],
        "verdicts": [asdict(verdict) for verdict in verdicts],
    }  # fmt: skip


def write(folder: Path, instance: str, verdicts: Sequence[Verdict], ended: str) -> dict[str, Any]:
    made = document(instance, verdicts, ended)
    (folder / "report.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(made), encoding="utf-8")
    return made


def markdown(made: dict[str, Any]) -> str:
    lines = [f"# {made['instance']}", "", f"{made['at']}, {made['ended']}.", ""]
    for side, title in SIDES.items():
        lines += [f"## Assumptions about {title}", "", "| assumption | standing | evidence |", "|---|---|---|"]
        lines += [
            f"| {_cell(each['id'])}: {_cell(each['says'])} | {each['standing']} | {_cell(each['evidence'])} |"
            for each in made["assumptions"]
            if each["side"] == side
        ]
        lines.append("")
    lines += ["## Every question", "", "| what | answer | told | to do |", "|---|---|---|---|"]
    lines += [
        "| " + " | ".join(_cell(each[key]) for key in ("subject", "state", "told", "fix")) + " |"
        for each in made["verdicts"]
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
