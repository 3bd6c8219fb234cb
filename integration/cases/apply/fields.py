"""Write the fields and the status of either side, so that a death at any call is repaired by the next pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from integration.cases.apply.writer import source_fingerprint
from integration.cases.link import CASE, INCIDENT, STATUS, Pair, value_fingerprint
from integration.cases.plan.fields import ARGUMENT_S, blocked_note, loser_note
from integration.cases.plan.note import Note, with_serial
from integration.clients.errors import Refused
from integration.model import CaseStatus
from mappers import notes
from mappers.closure import close_code_for, close_notes_for, resolution_comment
from mappers.comments import system_notes
from mappers.statuses import state_steps, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from integration.cases.apply.writer import Acting
    from integration.cases.plan.fields import FieldPlan, FieldWrite
    from integration.model import Case, Incident
    from mappers.field import FieldRule

KEPT = "ServiceNow answered well and kept the former value"
WRITES_KEPT = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns that are set beside the fields; `key` is that of their block."""

    key: str
    values: Mapping[str, str]

    @property
    def source(self) -> str:
        return source_fingerprint(self.values)


# ------------------------------------------------------------------------------------------------ the incident
def parted(
    acting: Acting, notes: Sequence[Note], plan: FieldPlan, columns: Iterable[Columns]
) -> tuple[Sequence[Note], Sequence[Note]]:
    """Notes that are said alone, and the one that goes with the PATCH of values: a journal column appends once per
    PATCH, and where values lose they are its note.
    """
    writes = plan.on(INCIDENT)
    patches = bool(writes) or any(_open(acting, c) for c in columns)
    free = patches and not any(loser_note(acting.link, write) for write in writes)
    return (notes[:-1], notes[-1:]) if free and notes and notes[-1].side == INCIDENT else (notes, ())


def _open(acting: Acting, columns: Columns) -> bool:
    return bool(columns.values) and not acting.waits(columns.key, columns.source)


def write_incident(
    acting: Acting, plan: FieldPlan, extra: Iterable[Columns], joined: Sequence[Note], case: Case, now: Incident
) -> None:
    """One PATCH with its note. Dies after it: the names tell that the values are ours."""
    writes = plan.on(INCIDENT)
    columns = [c for c in extra if _open(acting, c)]
    values = {name: value for c in columns for name, value in c.values.items()}
    for write in writes:
        values |= _incident_values(acting, write, case)
    if not values:
        return
    losers = [*joined, *(note for note in (loser_note(acting.link, write) for write in writes) if note)]
    try:
        part = _last_part(acting, losers) if losers else ""
        note = {"work_notes": part} if part and not acting.already_said(part) else {}
        with acting.beginning(*(write.field for write in writes)):
            got = acting.patch(values | note)
    except Refused:
        _patch_one_by_one(acting, writes, losers, columns, case, now)
        return
    acting.remember_said(*losers)
    _tell_overlap(acting, [*(w.field for w in writes), *("watchers" for c in columns if "watchers" in c.key)])
    for c in columns:
        acting.guarded(c.key, c.source, partial(_check_kept, c, now, got))
    for write in writes:
        _take_back(acting, write, case, now, got)


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


def _incident_values(acting: Acting, write: FieldWrite, case: Case) -> dict[str, str]:
    if write.field != STATUS:
        return {_rule(acting, write.field).incident: str(write.target)}
    values, status = {"state": str(write.target)}, acting.rules.status
    if status.is_closed(str(write.target)) or status.is_resolved(str(write.target)):
        values["close_code"] = close_code_for(case, acting.rules, acting.incidents.close_codes())
        values["close_notes"] = close_notes_for(case, acting.rules)
    return values


def _patch_one_by_one(
    acting: Acting, writes: Iterable[FieldWrite], losers: Iterable[Note], columns: Iterable[Columns], case: Case,
    now: Incident,
) -> None:  # fmt: skip
    """A joint PATCH was refused as a whole; alone, each shows which of them the instance will not take."""
    for c in columns:
        acting.guarded(c.key, c.source, partial(_set_columns, acting, c, now))
    for note in losers:
        acting.say(note)
    for write in writes:
        _guarded(acting, write, partial(_patch_alone, acting, write, case, now))


def _set_columns(acting: Acting, columns: Columns, now: Incident) -> None:
    _check_kept(columns, now, acting.patch(columns.values))


def _check_kept(columns: Columns, before: Incident, got: Incident) -> None:
    """A column that came back as it was is refused, however well the answer looks."""
    if any(got.values.get(n, "") == before.values.get(n, "") != v for n, v in columns.values.items()):
        raise Refused("servicenow", KEPT)


def _patch_alone(acting: Acting, write: FieldWrite, case: Case, now: Incident) -> None:
    if write.field == STATUS:
        _set_state(acting, write, case, now, _ways(acting, write, now))
        return
    with acting.beginning(write.field):
        got = acting.patch(_incident_values(acting, write, case))
    _take_back(acting, write, case, now, got)


def _ways(acting: Acting, write: FieldWrite, now: Incident) -> list[tuple[str, ...]]:
    """At once, step by step where the process of the instance allows no jumps, or to a state that stands for it."""
    target = str(write.target)
    steps = state_steps(acting.rules.module, now.state, target)
    fallbacks = acting.rules.status.fallbacks.get(target, ())
    return [(target,), *([steps] if len(steps) > 1 else []), *((state,) for state in fallbacks)]


def _set_state(acting: Acting, write: FieldWrite, case: Case, now: Incident, ways: Sequence[tuple[str, ...]]) -> None:
    """The first way the instance lets us go."""
    last = Refused("servicenow", KEPT)
    for way in ways:
        try:
            _accept_stored(acting, write, case, _go(acting, write, case, now.state, way))
        except Refused as refused:
            last = refused
        else:
            return
    raise last


def _go(acting: Acting, write: FieldWrite, case: Case, state: str, way: tuple[str, ...]) -> str:
    """The state at the end of a way. Dies on it: the names know the steps. Refused on it: the base knows how far."""
    link = acting.link
    for step in way:
        values = _incident_values(acting, write, case) if step == way[-1] else {}
        with acting.beginning(STATUS):
            got = acting.patch(values | {"state": step})
        if got.state == state:
            raise Refused("servicenow", KEPT)
        state = got.state
        link.base[STATUS] = Pair(None, state)  # so that the next pass treats the case as changed
    return state


def _take_back(acting: Acting, write: FieldWrite, case: Case, now: Incident, got: Incident) -> None:
    """The base takes what the plan saw and what the write returned; what came back as it was is refused."""
    stored = got.state if write.field == STATUS else got.values.get(_rule(acting, write.field).incident, "")
    seen = value_fingerprint(write.field, stored)
    if seen != write.intent.found or seen == value_fingerprint(write.field, write.target):
        _accept_stored(acting, write, case, seen)
        return
    ways = _ways(acting, write, now)[1:] if write.field == STATUS else []
    _guarded(acting, write, partial(_set_state, acting, write, case, now, ways))


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
def write_case(acting: Acting, plan: FieldPlan, case: Case, incident: Incident) -> None:
    """Dies between note and field: the plan is made again and the note's token is the same."""
    for write in sorted(plan.on(CASE), key=lambda w: w.field == STATUS):
        _guarded(acting, write, partial(_write_case, acting, write, case, incident))


def _write_case(acting: Acting, write: FieldWrite, case: Case, incident: Incident) -> None:
    lost = loser_note(acting.link, write)
    if lost:
        acting.comment(lost)
    if write.field == STATUS:
        _walk(acting, write, case, incident)
    else:
        with acting.beginning(write.field):
            acting.cases.update(acting.link.case_id, {write.field: write.target})
    _accept(acting, write, Pair(value_fingerprint(write.field, write.target), write.intent.source))


def _walk(acting: Acting, write: FieldWrite, case: Case, incident: Incident) -> None:
    """Dies between two hops: the names know the hops. Refused between two: the base knows how far we came."""
    link = acting.link
    for status in walk(case.status, str(write.target)) or ():
        if status == CaseStatus.CLOSED:
            acting.comment(with_serial(link, CASE, resolution_comment(incident, acting.rules)))
        with acting.beginning(STATUS):
            if status == CaseStatus.CLOSED:
                acting.cases.close(link.case_id)
                acting.closed_case = True
            else:
                acting.cases.set_status(link.case_id, status)
        link.base[STATUS] = Pair(status, None)  # so that the next pass treats the incident as changed


def change_watchers(acting: Acting, changes: Mapping[str, object]) -> bool:
    """Whether the case now has them. Dies after the call: the sets are the same, whatever the base says."""
    key = "watchers:case"
    if not changes:
        acting.link.blocked.pop(key, None)
        return True
    acting.guarded(
        key, value_fingerprint("watchers", repr(changes)), partial(acting.cases.update, acting.link.case_id, changes)
    )
    acting.done.append("watchers → case")
    return key not in acting.link.blocked


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


def _rule(acting: Acting, name: str) -> FieldRule:
    return next(rule for rule in acting.rules.fields if rule.case == name)
