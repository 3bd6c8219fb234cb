"""Which job of a run runs the command, where several that nobody made parts, or all the same, share a change. Pure.

No API writes on a condition, so each job notes that it begins, and the work notes, which only grow, say who was first.
A job that finds another's note at or before its own runs nothing. An earlier try of the same job does not count: a CI
system starts a job again only once the try before is over, and counts or names its tries.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from integration.changes.closing import tasks_of_part
from integration.changes.model import Beginning, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from integration.changes.model import Job
    from integration.changes.plan import Seen

_BEGINS = re.compile(
    r"\[(?P<token>[0-9a-f]{8}),(?: part (?P<index>\d{1,9})/(?P<of>\d{1,9}),)?"
    r" attempt (?P<attempt>\S*) of (?P<name>.*)\]"
)
_LEAVES = re.compile(r"\[(?P<token>[0-9a-f]{8}) leaves it to another job\]")
NODES = timedelta(seconds=5)
"""So far the clocks of an instance's nodes, by which notes are dated to the second, may be apart."""
_COUNTED = re.compile(r"\d+(?:\.\d+)*")
SIDE_BY_SIDE = "jobs side by side are told apart by --part 1/2 and so on"
DIED = "if that one died, run it again, or say by `change settle{part} --outcome` how it ended, and run this one again"


def said(token: str, job: Job, part: Part | None = None) -> str:
    """In a note: that this process begins."""
    return f"[{token},{f' part {part},' if part else ''} attempt {job.attempt} of {job.name}]"


def left(token: str, why: str = "Its command is not run a second time.") -> str:
    """In a note: that it ran nothing."""
    return f"{why} [{token} leaves it to another job]"


def told(notes: Iterable[tuple[str, datetime]]) -> tuple[Beginning, ...]:
    """Of work notes with their moments, oldest first. A start may land after its process said that it left."""
    found: dict[str, Beginning] = {}
    over = set()
    for text, at in notes:
        begins, leaves = _BEGINS.search(text), _LEAVES.search(text)
        if begins:
            part = Part(int(begins["index"]), int(begins["of"])) if begins["index"] else None
            who = begins["token"], begins["name"], begins["attempt"]
            found.setdefault(begins["token"], Beginning(*who, at, part=part))
        elif leaves:
            over.add(leaves["token"])
    return tuple(replace(each, left=each.token in over) for each in found.values())


def nobody_runs(beginnings: Sequence[Beginning]) -> bool:
    """All that began left it: whoever started the change runs nothing under it."""
    return bool(beginnings) and all(each.left for each in beginnings)


def others(seen: Seen) -> list[Beginning]:
    """Of jobs that may be living, as far as anybody knows; to a part those of the same."""
    concern = (each for each in seen.beginnings or () if seen.part in (None, each.part))
    began = (each for each in concern if each.token != seen.token and not each.left)
    return [each for each in began if not _is_over(each, seen.job) and not _told_its_end(each, seen)]


def first(seen: Seen) -> Beginning | None:
    """Whose it is to run the command; None: it is ours. Where two came within seconds of each other, and each finds the
    other's note, nobody knows who was first.
    """
    own = next((each for each in seen.beginnings or () if each.token == seen.token), None)
    rivals = others(seen)
    if own and own.left:
        return rivals[0] if rivals else own
    return next((each for each in rivals if own is None or each.at <= own.at + NODES), None)


def in_words(beginning: Beginning, seen: Seen, number: str) -> str:
    """`beginning`: another's."""
    what = f"part {seen.part} of {number}" if seen.part else number
    began = f"{_who(beginning.job, beginning.attempt)} of this run began {what} at {beginning.at:%Y-%m-%d %H:%M:%S}"
    ours = _who(seen.job.name, seen.job.attempt) if seen.job.name else "this one"
    apart = f"{ours} has the same --part, and each wants its own" if seen.part else SIDE_BY_SIDE
    return f"{began} and has not told its end: {apart}; {DIED.format(part=f' --part {seen.part}' if seen.part else '')}"


def _who(job: str, attempt: str) -> str:
    return (f"job {job}" if job else "another job") + (f" (attempt {attempt})" if attempt else "")


def _told_its_end(beginning: Beginning, seen: Seen) -> bool:
    """By the task of its part, which whoever ends it closes."""
    ends = (each.ended for each in tasks_of_part(seen) if each.ended)
    return any(beginning.at <= end for end in ends)


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
