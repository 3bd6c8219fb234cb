"""Which job of a run runs the command, where several jobs that nobody made parts share a change. Pure.

No API writes on a condition, so each job notes that it begins, and the work notes, which only grow, say who was first.
A job that finds another's note at or before its own runs nothing. An earlier try of the same job does not count: a CI
system starts a job again only once the try before is over, and counts or names its tries.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from integration.changes.model import Beginning

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from integration.changes.model import Job
    from integration.changes.plan import Seen

_BEGINS = re.compile(r"\[(?P<token>[0-9a-f]{8}), attempt (?P<attempt>\S*) of (?P<name>.*)\]")
_LEAVES = re.compile(r"\[(?P<token>[0-9a-f]{8}) leaves it to another job\]")
NODES = timedelta(seconds=5)
"""So far the clocks of an instance's nodes, by which notes are dated to the second, may be apart."""
_COUNTED = re.compile(r"\d+(?:\.\d+)*")
ADVICE = (
    "jobs side by side are told apart by --part 1/2 and so on; if that one died, run it again, or say by "
    "`change settle --outcome` how it ended, and run this one again"
)


def said(token: str, job: Job) -> str:
    """In a note: that this process begins."""
    return f"[{token}, attempt {job.attempt} of {job.name}]"


def left(token: str) -> str:
    """In a note: that it ran nothing."""
    return f"Its command is not run a second time. [{token} leaves it to another job]"


def told(notes: Iterable[tuple[str, datetime]]) -> tuple[Beginning, ...]:
    """Of work notes with their moments, oldest first."""
    found: dict[str, Beginning] = {}
    for text, at in notes:
        begins, leaves = _BEGINS.search(text), _LEAVES.search(text)
        if begins:
            found.setdefault(begins["token"], Beginning(begins["token"], begins["name"], begins["attempt"], at))
        elif leaves and leaves["token"] in found:
            found[leaves["token"]] = replace(found[leaves["token"]], left=True)
    return tuple(found.values())


def others(seen: Seen) -> list[Beginning]:
    """Of jobs that may be living, as far as anybody knows."""
    began = (each for each in seen.beginnings or () if each.token != seen.token and not each.left)
    return [each for each in began if not _is_over(each, seen.job)]


def first(seen: Seen) -> Beginning | None:
    """Whose it is to run the command; None: it is ours. Where two came within seconds of each other, and each finds the
    other's note, nobody knows who was first.
    """
    own = next((each for each in seen.beginnings or () if each.token == seen.token), None)
    rivals = others(seen)
    if own and own.left:
        return rivals[0] if rivals else own
    return next((each for each in rivals if own is None or each.at <= own.at + NODES), None)


def in_words(beginning: Beginning, number: str) -> str:
    who = f"job {beginning.job}" if beginning.job else "another job"
    attempt = f" (attempt {beginning.attempt})" if beginning.attempt else ""
    at = f"{beginning.at:%Y-%m-%d %H:%M:%S}"
    return f"{who}{attempt} of this run began {number} at {at} and has not told its end: {ADVICE}"


def _is_over(beginning: Beginning, job: Job) -> bool:
    """An earlier try of the same job. What is not counted is another try where it is called otherwise."""
    theirs, ours = beginning.attempt, job.attempt
    if beginning.job != job.name or not (theirs and ours):
        return False
    if _COUNTED.fullmatch(theirs) and _COUNTED.fullmatch(ours):
        return _numbers(theirs) < _numbers(ours)
    return theirs != ours


def _numbers(attempt: str) -> list[int]:
    return [int(each) for each in attempt.split(".")]
