"""Write the fields and the status of either side, so that a death at any call is repaired by the next pass."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from integration.cases.apply.notes import comment, remember_said, say, with_the_patch
from integration.cases.apply.refusals import block, guarded
from integration.cases.link import INCIDENT, STATUS, Pair, value_fingerprint
from integration.cases.plan.fields import ARGUMENT_S
from integration.cases.plan.note import Note, with_serial
from integration.cases.plan.writes import blocked_note
from integration.clients.errors import Refused
from mappers import notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from integration.cases.apply.writer import Writer
    from integration.cases.plan.columns import Columns
    from integration.cases.plan.whole import Plan
    from integration.cases.plan.writes import FieldWrite
    from integration.model import Case, Incident

KEPT = "ServiceNow answered well and kept the former value"
WRITES_KEPT = 10


# ------------------------------------------------------------------------------------------------ the incident
def write_incident(writer: Writer, plan: Plan) -> None:
    """One PATCH with everything; columns come back in the answer. Dies after it: the names tell that the values are
    ours.
    """
    writes, columns, now = plan.fields.to_incident, plan.columns, plan.seen.incident
    sent = (*(c.values for c in columns), *(write.values for write in writes))
    values = {name: value for each in sent for name, value in each.items()}
    said = (*plan.joined, *(write.lost for write in writes if write.lost))
    try:
        note = with_the_patch(writer, said) if said else {}
        got = writer.patch(values | note, [write.field for write in writes])
    except Refused:
        _patch_one_by_one(writer, plan, said)
        return
    if said:
        remember_said(writer, *said)
    _tell_overlap(writer, [*(w.field for w in writes), *("watchers" for c in columns if "watchers" in c.key)])
    for c in columns:
        guarded(writer, c.key, c.source, partial(_check_kept, c, now, got))
    for write in writes:
        _take_back(writer, write, plan.case, now, got)


def _tell_overlap(writer: Writer, written: Sequence[str]) -> None:
    """The edit between our read and our write may have been lost. Told each time, but once where the instance saves
    twice by itself, which it then does for the note as well.
    """
    link, once = writer.link, f"overlap:{writer.link.sys_id}"
    if written and writer.jumped and once not in link.notes_said:
        say(writer, with_serial(link, INCIDENT, notes.overlap(written, link.sys_id)))
        if writer.jumped:
            link.notes_said = [*link.notes_said, once]


def _patch_one_by_one(writer: Writer, plan: Plan, said: Iterable[Note]) -> None:
    """A joint PATCH was refused as a whole; alone, each shows which of them the instance will not take."""
    for columns in plan.columns:
        guarded(writer, columns.key, columns.source, partial(_set_columns, writer, columns, plan.seen.incident))
    for note in said:
        say(writer, note)
    for write in plan.fields.to_incident:
        _guarded(writer, write, partial(_patch_alone, writer, write, plan.case, plan.seen.incident))


def _set_columns(writer: Writer, columns: Columns, now: Incident) -> None:
    _check_kept(columns, now, writer.patch(columns.values))


def _check_kept(columns: Columns, before: Incident, got: Incident) -> None:
    """A column that came back as it was is refused, however well the answer looks."""
    if any(got.values.get(n, "") == before.values.get(n, "") != v for n, v in columns.values.items()):
        raise Refused("servicenow", KEPT)


def _patch_alone(writer: Writer, write: FieldWrite, case: Case, now: Incident) -> None:
    if write.field == STATUS:
        _set_state(writer, write, case, now, write.ways)
        return
    got = writer.patch(write.values, (write.field,))
    _take_back(writer, write, case, now, got)


def _set_state(writer: Writer, write: FieldWrite, case: Case, now: Incident, ways: Sequence[tuple[str, ...]]) -> None:
    """The first way the instance lets us go."""
    last = Refused("servicenow", KEPT)
    for way in ways:
        try:
            _accept_stored(writer, write, case, _go(writer, write, now.state, way))
        except Refused as refused:
            last = refused
        else:
            return
    raise last


def _go(writer: Writer, write: FieldWrite, state: str, way: tuple[str, ...]) -> str:
    """The state at the end of a way. Dies on it: the names know the steps. Refused on it: the base knows how far."""
    link = writer.link
    for step in way:
        values = write.values if step == way[-1] else {}
        got = writer.patch({**values, "state": step}, (STATUS,))
        if got.state == state:
            raise Refused("servicenow", KEPT)
        state = got.state
        link.base[STATUS] = Pair(None, state)  # so that the next pass treats the case as changed
    return state


def _take_back(writer: Writer, write: FieldWrite, case: Case, now: Incident, got: Incident) -> None:
    """The base takes what the plan saw and what the write returned; what came back as it was is refused."""
    stored = got.state if write.field == STATUS else got.values.get(write.column, "")
    seen = value_fingerprint(write.field, stored)
    if seen != write.intent.found or seen == value_fingerprint(write.field, write.target):
        _accept_stored(writer, write, case, seen, got.updated_by)
        return
    _guarded(writer, write, partial(_set_state, writer, write, case, now, write.ways[1:]))


def _accept_stored(writer: Writer, write: FieldWrite, case: Case, stored: str, saved_by: str = "") -> None:
    """As the instance stores what we sent, but for a value neither sent nor found that is not ours: a record that takes
    no edits any more, or a rule, has dropped ours without a word. Both sides of a field have changed then, which the
    next run decides; a state is for the case to follow.
    """
    neither = stored not in {write.intent.found, *write.intent.finals}
    if not neither or _is_ours(writer, write, case, stored, saved_by):
        _accept(writer, write, Pair(write.intent.source, stored))
        return
    writer.link.intents.pop(write.field, None)
    if write.field == STATUS:
        writer.link.base[STATUS] = Pair(write.intent.source, write.intent.found)
    writer.again = True


def _is_ours(writer: Writer, write: FieldWrite, case: Case, stored: str, saved_by: str) -> bool:
    """A state that the case's status may stand beside; any other value unless somebody else saved the record last."""
    if write.field == STATUS:
        return writer.core.rules.status.accepted(case.status, stored)
    return not saved_by or writer.core.incidents.own(saved_by)


# ------------------------------------------------------------------------------------------------ the case
def write_case(writer: Writer, plan: Plan) -> None:
    """Dies between note and field: the plan is made again and the note's token is the same."""
    for write in plan.fields.to_case:
        _guarded(writer, write, partial(_write_case, writer, write))


def _write_case(writer: Writer, write: FieldWrite) -> None:
    if write.lost:
        comment(writer, write.lost)
    if write.field == STATUS:
        _walk(writer, write)
    else:
        change = partial(writer.core.cases.update, writer.link.case_id, {write.field: write.target})
        writer.attempted((write.field,), change)
    _accept(writer, write, Pair(value_fingerprint(write.field, write.target), write.intent.source))


def _walk(writer: Writer, write: FieldWrite) -> None:
    """Dies between two hops: the names know the hops. Refused between two: the base knows how far we came."""
    link, cases = writer.link, writer.core.cases
    for status in write.ways[0]:
        if write.closing:
            comment(writer, write.closing)
            writer.attempted((STATUS,), partial(cases.close, link.case_id))
            writer.closed_case = True
        else:
            writer.attempted((STATUS,), partial(cases.set_status, link.case_id, status))
        link.base[STATUS] = Pair(status, None)  # so that the next pass treats the incident as changed


# ------------------------------------------------------------------------------------------------ outcomes
def _accept(writer: Writer, write: FieldWrite, pair: Pair) -> None:
    now, link = writer.core.clock(), writer.link
    link.base[write.field] = pair
    link.intents.pop(write.field, None)
    link.blocked.pop(write.key, None)
    recent = [w for w in link.writes.get(write.key, []) if now - w[0] < ARGUMENT_S]
    link.writes[write.key] = [*recent[1 - WRITES_KEPT :], (now, pair.on(write.side) or "")]
    writer.done.append(f"{write.field} → {write.side}")


def _guarded(writer: Writer, write: FieldWrite, action: Callable[[], None]) -> None:
    """A refusal blocks the field and is said on the side the value came from; the intent of what was not made goes."""
    try:
        action()
    except Refused as refused:
        writer.link.intents.pop(write.field, None)
        block(writer, write.key, write.intent.source, refused, blocked_note(writer.link, write, refused.reason))
