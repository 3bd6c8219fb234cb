"""The sentences of a plan: what is done on which side, why, and why nothing is. Names and ids, never a field's value.

States and statuses are shown, as `status` and the console show them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from integration.cases.link import INCIDENT, STATUS
from integration.cases.plan import steps as a

if TYPE_CHECKING:
    from integration.cases.plan.steps import Step

ACTS, WAITS, SETTLES = "acts", "waits", "settles"
NEW_CASE = "a case would be made"
PLANNED = {
    ACTS: "A pass would write now, in this order",
    WAITS: "A pass would write nothing now: what is due waits",
    SETTLES: "A pass would write nothing, and remember what stands there as accepted",
}
"""What a plan amounts to."""
NOTHING = {
    "nothing new": "In step: a pass would do nothing",
    "left a mark": "Nothing now: the pair is claimed",
    "a write may still land": "Nothing now: a write may still land",
    "the incident cannot be read": "Nothing is written: the incident cannot be read",
    "unknown case": "AWS knows no such case in this account and region",
    "unknown incident": "ServiceNow knows no such incident, or hides it from the integration",
    "not ours to sync": "Out of scope: no incident would be made",
    "out of scope": "Out of scope: no case would be made",
    "creation blocked": "The other side has refused to take this record",
    "a probe": "A record that `check` has written: left alone",
    "made by another integration": "Another integration of ours has made this record: left alone",
}
"""What a pass would report → why it writes nothing."""
BEGINS = {
    "an incident would be made": "An incident would be made for the case",
    "an incident would be linked": "The incident that the case names would be linked with it",
    NEW_CASE: "A case would be made for the incident",
    "a case would be linked": "The case that the incident names would be linked with it",
}
"""What a pass would report → how it would make a pair."""
SETTLED = {
    "accepted": "both may stand beside each other: taken as accepted",
    "told": "there is no way to the other side: taken as it is, and said once",
}
"""What becomes of a field that no step is about."""
WHY = {
    "case changed": "the case changed",
    "incident changed": "the incident changed",
    "both changed": "both sides changed, and the policy decides",
    "longer there": "the text is longer on the other side than this one holds",
}
ELEMENT = {"work_notes": "work note", "comments": "comment"}
COLUMNS = {
    "reference": "the incident gets its reference to the case",
    "watchers": "the watchers of the incident change",
}


def sentence(step: Step) -> str:
    """One step as a sentence, with its reason and what it waits for."""
    told = f"{_done(step)}: {WHY.get(step.why, step.why)}"
    return f"{told}. Not now: {step.waits}" if step.waits else told


def _done(step: Step) -> str:
    if step.what == a.NOTE:
        return f"a note is said on the {step.side}"
    if step.what == STATUS:
        what = "state of the incident" if step.side == INCIDENT else "status of the case"
        return f"the {what} {_ways(step)}{_with(step)}"
    columns = ", ".join(step.columns)
    return {
        a.FIELD: f"`{step.about}` is set on the {step.side}" + (f" ({columns})" if columns else ""),
        a.COMMENT: f"the case gets a comment, made of journal entry {step.about}",
        a.ENTRY: f"the incident gets a {ELEMENT.get(columns, columns)}, made of comment {step.about}",
        a.FILE: f"file {step.about} is carried to the {step.side}",
        a.WATCHERS: "the watchers of the case change",
        a.COLUMNS: f"{COLUMNS.get(step.about, step.about)} ({columns})",
    }[step.what]


def _ways(step: Step) -> str:
    ways = [" → ".join(way) for way in step.ways]
    return f"becomes {', or '.join(ways)}" if ways else "follows"


def _with(step: Step) -> str:
    more = [column for column in step.columns if column != "state"]
    return f" ({', '.join(more)})" if more else ""


def again(at: float) -> str:
    return f"what was refused is tried again by itself from {time.strftime('%Y-%m-%d %H:%M', time.gmtime(at))} UTC on"


def settled(reason: str) -> str:
    """A reason of a pass, where it is about a field without a step; else empty."""
    name, _, word = reason.partition(": ")
    return f"`{name}`: {SETTLED[word]}" if word in SETTLED else ""


def headline(word: str, more: str = "") -> str:
    """What a pass comes to, in a sentence."""
    told = (PLANNED | NOTHING | BEGINS).get(word, word)
    return f"{told}; {more}." if more else f"{told}."
