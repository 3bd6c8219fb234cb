"""Reads passes from log lines and audit rows; both hold ids, reasons and counts only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from integration.operations.console.snapshot import PassCard

if TYPE_CHECKING:
    from collections.abc import Mapping


def pass_of_line(line: Mapping[str, Any], at: float, lag_ms: float | None = None) -> PassCard:
    """`line` holds the facts of one pass (`integration.cases.messages`), `at` is when it was written."""
    delay_s = float(line.get("delay_s") or 0)
    return PassCard(
        at=at,
        pass_id=str(line.get("pass_id", "")),
        side=str(line.get("woken_by", "")),
        case_id=str(line.get("case_id", "")),
        sys_id=str(line.get("sys_id", "")),
        trigger=str(line.get("trigger", "")),
        outcome=str(line.get("outcome", "")),
        plan=tuple(map(str, line.get("plan") or ())),
        done=tuple(map(str, line.get("done") or ())),
        seconds=float(line.get("seconds") or 0),
        lag_s=lag_ms / 1000 if lag_ms is not None else -1,
        error=str(line.get("error", "")),
        system=str(line.get("system", "")),
        why=str(line.get("exception", "")).removeprefix(f"{line.get('system', '')}: "),
        retry_at=at + delay_s if line.get("error") else 0,
    )


def pass_of_audit(item: Mapping[str, Any]) -> PassCard:
    """`item` is a row `Audit#<time>#<pass>` of a link; only passes that changed something leave one."""
    what = json.loads(item["what"])
    _, at, pass_id = str(item["SK"]).split("#", 2)
    return PassCard(
        at=float(at),
        pass_id=pass_id,
        side=str(what.get("woken_by", "")),
        case_id=str(item["PK"]).partition("#")[2],
        outcome=str(what.get("outcome", "in step")),
        plan=tuple(map(str, what.get("reasons") or ())),
        done=tuple(map(str, what.get("done") or ())),
    )
