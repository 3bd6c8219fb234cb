"""What all tries of one run of a pipeline have in common, and what a change shows of it. Pure.

`correlation_id` of a change is its mark, `chg:<32 hex>/<n>`; that of a part's task is the mark with the part. Both
columns hold 100 characters (docs: task).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from integration.changes.model import Part

if TYPE_CHECKING:
    from integration.changes.model import Run, Wish

LONGEST = 100
_MARK = re.compile(r"(?P<key>chg:[0-9a-f]{32})/(?P<number>[1-9]\d{0,8})")
_TASK = re.compile(r"(?P<mark>.+/\d+)/(?P<index>\d+)-(?P<of>\d+)")


def key_of(run: Run, environment: str, app: str) -> str:
    told = json.dumps([run.ci, run.server, run.project, run.run, environment, app])
    return f"chg:{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def mark_of(key: str, number: int) -> str:
    return f"{key}/{number}"


def number_of(mark: str) -> int:
    """0: it is none of ours."""
    found = _MARK.fullmatch(mark)
    return int(found["number"]) if found else 0


def task_mark(mark: str, part: Part) -> str:
    return f"{mark}/{part.index}-{part.of}"


def part_of(mark: str) -> Part | None:
    found = _TASK.fullmatch(mark)
    return Part(int(found["index"]), int(found["of"])) if found else None


def shown_of(run: Run, wish: Wish) -> str:
    """For people, and by it a change is known to be of this version. What is too long ends with its hash."""
    text = f"{wish.app} {wish.version} to {wish.environment}, {run.ci} {run.project} {run.run}"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 9]}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"
