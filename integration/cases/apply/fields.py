"""Write the fields and the status of either side, so that a death at any call is repaired by the next pass."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from integration.cases.link import INCIDENT, STATUS, Pair, value_fingerprint
from integration.cases.plan.fields import ARGUMENT_S
from integration.cases.plan.note import Note, with_serial
from integration.cases.plan.writes import blocked_note
from integration.clients.errors import Refused
from integration.model import CaseStatus
from mappers import notes
from mappers.comments import system_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from integration.cases.apply.writer import Acting
    from integration.cases.plan.columns import Columns
    from integration.cases.plan.whole import Plan
    from integration.cases.plan.writes import FieldWrite
    from integration.model import Case, Incident

KEPT = "ServiceNow answered well and kept the former value"
WRITES_KEPT = 10


# ------------------------------------------------------------------------------------------------ the incident
def write_incident(acting: Acting, plan: Plan) -> None:
    """One PATCH with everything; columns come back in the answer. Dies after it: the names tell that the values are
    ours.
    """
    writes, columns, now = plan.fields.to_incident, plan.columns, plan.seen.incident
    sent = (*(c.values for c in columns), *(write.values for write in writes))
    values = {name: value for each in sent for name, value in each.items()}
    said = (*plan.joined, *(write.lost for write in writes if write.lost))
    try:
        part = _last_part(acting, said) if said else ""
        note = {"work_notes": part} if part and not acting.already_said(part) else {}
        with acting.beginning(*(write.field for write in writes)):
            got = acting.patch(values | note)
    except Refused:
        _patch_one_by_one(acting, plan, said)
        return
    acting.remember_said(*said)
    _tell_overlap(acting, [*(w.field for w in writes), *("watchers" for c in columns if "watchers" in c.key)])
    for c in columns:
        acting.guarded(c.key, c.source, partial(_check_kept, c, now, got))
    for write in writes:
        _take_back(acting, write, plan.case, now, got)


def _last_part(acting: Acting, losers: Sequence[Note]) -> str:
    """What goes with the PATCH, since a journal column appends once per PATCH; where it is too long for one entry, the
    parts before are appended first.
    """
    text = "\n\n".join(note.text for note in losers)
    *early, last = system_notes(losers[0].kind, losers[0].ref, text, acting.rules.comments.journal_limit)
    for part in early:
        if not acting.already_said(part):
            acting.patch({"work_notes": part})
    return last


def _tell_overlap(acting: Acting, written: Sequence[str]) -> None:
    """The edit between our read and our write may have been lost. Told each time, but once where the instance saves
    twice by itself, which it then does for the note as well.
    """
    link, once = acting.link, f"overlap:{acting.link.sys_id}"
    if written and acting.jumped and once not in link.notes_said:
        acting.say(with_serial(link, INCIDENT, notes.overlap(written, link.sys_id)))
        if acting.jumped:
            link.notes_said = [*link.notes_said, once]


def _patch_one_by_one(acting: Acting, plan: Plan, said: Iterable[Note]) -> None:
    """A joint PATCH was refused as a whole; alone, each shows which of them the instance will not take."""
    for columns in plan.columns:
        acting.guarded(columns.key, columns.source, partial(_set_columns, acting, columns, plan.seen.incident))
    for note in said:
        acting.say(note)
    for write in plan.fields.to_incident:
        _guarded(acting, write, partial(_patch_alone, acting, write, plan.case, plan.seen.incident))


def _set_columns(acting: Acting, columns: Columns, now: Incident) -> None:
    _check_kept(columns, now, acting.patch(columns.values))


def _check_kept(columns: Columns, before: Incident, got: Incident) -> None:
    """A column that came back as it was is refused, however well the answer looks."""
    if any(got.values.get(n, "") == before.values.get(n, "") != v for n, v in columns.values.items()):
        raise Refused("servicenow", KEPT)


def _patch_alone(acting: Acting, write: FieldWrite, case: Case, now: Incident) -> None:
    if write.field == STATUS:
        _set_state(acting, write, case, now, write.ways)
        return
    with acting.beginning(write.field):
        got = acting.patch(write.values)
    _take_back(acting, write, case, now, got)


def _set_state(acting: Acting, write: FieldWrite, case: Case, now: Incident, ways: Sequence[tuple[str, ...]]) -> None:
    """The first way the instance lets us go."""
    last = Refused("servicenow", KEPT)
    for way in ways:
        try:
            _accept_stored(acting, write, case, _go(acting, write, now.state, way))
        except Refused as refused:
            last = refused
        else:
            return
    raise last


def _go(acting: Acting, write: FieldWrite, state: str, way: tuple[str, ...]) -> str:
    """The state at the end of a way. Dies on it: the names know the steps. Refused on it: the base knows how far."""
    link = acting.link
    for step in way:
        values = write.values if step == way[-1] else {}
        with acting.beginning(STATUS):
            got = acting.patch({**values, "state": step})
        if got.state == state:
            raise Refused("servicenow", KEPT)
        state = got.state
        link.base[STATUS] = Pair(None, state)  # so that the next pass treats the case as changed
    return state


def _take_back(acting: Acting, write: FieldWrite, case: Case, now: Incident, got: Incident) -> None:
    """The base takes what the plan saw and what the write returned; what came back as it was is refused."""
    stored = got.state if write.field == STATUS else got.values.get(write.column, "")
    seen = value_fingerprint(write.field, stored)
    if seen != write.intent.found or seen == value_fingerprint(write.field, write.target):
        _accept_stored(acting, write, case, seen)
        return
    _guarded(acting, write, partial(_set_state, acting, write, case, now, write.ways[1:]))


def _accept_stored(acting: Acting, write: FieldWrite, case: Case, stored: str) -> None:
    """As the instance stores what we sent, but for a state neither sent nor found that the case's status may not stand
    beside: ours was dropped by a record that somebody closed in that moment, or a rule of the instance insists. Either
    way it is for the case to follow.
    """
    neither = write.field == STATUS and stored not in {write.intent.found, *write.intent.finals}
    if neither and not acting.rules.status.accepted(case.status, stored):
        acting.link.intents.pop(STATUS, None)
        acting.link.base[STATUS] = Pair(write.intent.source, write.intent.found)
        acting.again = True
    else:
        _accept(acting, write, Pair(write.intent.source, stored))


# ------------------------------------------------------------------------------------------------ the case
def write_case(acting: Acting, plan: Plan) -> None:
    """Dies between note and field: the plan is made again and the note's token is the same."""
    for write in plan.fields.to_case:
        _guarded(acting, write, partial(_write_case, acting, write))


def _write_case(acting: Acting, write: FieldWrite) -> None:
    if write.lost:
        acting.comment(write.lost)
    if write.field == STATUS:
        _walk(acting, write)
    else:
        with acting.beginning(write.field):
            acting.cases.update(acting.link.case_id, {write.field: write.target})
    _accept(acting, write, Pair(value_fingerprint(write.field, write.target), write.intent.source))


def _walk(acting: Acting, write: FieldWrite) -> None:
    """Dies between two hops: the names know the hops. Refused between two: the base knows how far we came."""
    link = acting.link
    for status in write.ways[0]:
        if write.closing:
            acting.comment(write.closing)
        with acting.beginning(STATUS):
            if status == CaseStatus.CLOSED:
                acting.cases.close(link.case_id)
                acting.closed_case = True
            else:
                acting.cases.set_status(link.case_id, status)
        link.base[STATUS] = Pair(status, None)  # so that the next pass treats the incident as changed


# ------------------------------------------------------------------------------------------------ outcomes
def _accept(acting: Acting, write: FieldWrite, pair: Pair) -> None:
    now, link = acting.clock(), acting.link
    link.base[write.field] = pair
    link.intents.pop(write.field, None)
    link.blocked.pop(write.key, None)
    recent = [w for w in link.writes.get(write.key, []) if now - w[0] < ARGUMENT_S]
    link.writes[write.key] = [*recent[1 - WRITES_KEPT :], (now, pair.on(write.side) or "")]
    acting.done.append(f"{write.field} → {write.side}")


def _guarded(acting: Acting, write: FieldWrite, action: Callable[[], None]) -> None:
    """A refusal blocks the field and is said on the side the value came from; the intent of what was not made goes."""
    try:
        action()
    except Refused as refused:
        acting.link.intents.pop(write.field, None)
        acting.block(write.key, write.intent.source, refused, blocked_note(acting.link, write, refused.reason))
