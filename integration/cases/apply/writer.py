"""Shared steps of every write: record the intent, write, record the result; say a note once, block what is refused.

Remote write first, record after. The link and the ledger rows of what was done are kept in memory; the reconciler
stores them with the claim's condition. `fields`, `comments` and `attachments` use this for the single kinds of action.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from integration.cases.blocking import blocked_by
from integration.cases.link import CASE, INCIDENT, Intent, Link
from integration.cases.plan.comments import body_fingerprint
from integration.cases.plan.note import Note, with_serial
from integration.cases.ports import CASE_FILE, COMMENT, INCIDENT_FILE, INVESTIGATION, JOURNAL, LedgerRow
from integration.clients.errors import Misconfigured, Refused, Unavailable
from integration.reconcile.chance import repeated
from integration.reconcile.create_once import LATE_COMMIT_S
from mappers import notes
from mappers.comments import system_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from integration.cases.plan.fields import FieldPlan
    from integration.cases.reconciler import Reconciler
    from integration.model import CaseAttachment, Incident

NAMESPACE = uuid.UUID("6c1f7d4e-8a5b-5d0e-9a53-1f0f3a1f6b52")
JOURNALS = frozenset({"comments", "work_notes"})
NOTES_KEPT = 20
ROWS_AT_ONCE = 40
BLOCK_KEYS = {
    COMMENT: "comment",
    JOURNAL: "journal",
    CASE_FILE: "casefile",
    INCIDENT_FILE: "file",
    INVESTIGATION: "investigation",
}
FROM_CASE = ("comment:", "casefile:", "watchers:incident", "reference:")
"""Blocks of what goes to the incident: said on the case, where it came from."""
T = TypeVar("T")


def token(*cause: object) -> str:
    """The deterministic clientToken of what these words cause."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(str(word) for word in cause)))


@dataclass
class Writer:
    """One carrying-out. `again`: what was read is no longer the whole truth, so the holder runs once more.

    `incident` is what was read (None: nothing could be), `shown` what the instance says it is now. `in_time` is called
    before each piece of work and raises where the pass must end; `rows` are ledger rows not stored yet, `made` all of
    this pass. `announced`: a write to ServiceNow of this pass may land after we died; `spoke`: a note was said;
    `jumped`: somebody else saved the incident between our last PATCH and what we knew before it.
    """

    core: Reconciler
    link: Link
    owner: str
    deadline: float
    in_time: Callable[[], None]
    incident: Incident | None = None
    rows: list[LedgerRow] = field(default_factory=list)
    made: list[LedgerRow] = field(default_factory=list)
    uploaded: list[CaseAttachment] = field(default_factory=list)
    """What this run put on the case, as the case lists it."""
    waiting: set[str] = field(default_factory=set)
    """Comments that the next run carries over."""
    done: list[str] = field(default_factory=list)
    """What was done, in words, in all runs of this pass; `ids` are the entries and files this was done with."""
    ids: dict[str, list[str]] = field(default_factory=dict)
    again: bool = False
    jumped: bool = False
    announced: bool = False
    spoke: bool = False
    closed_case: bool = False
    fresh_intents: dict[str, Intent] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.cases, self.incidents, self.rules = self.core.cases, self.core.incidents, self.core.rules
        self.clock = self.core.clock
        self.shown = self.incident

    # ---- before the first write
    def announce_intents(self, plan: FieldPlan, *, writes_incident: bool, stores: bool) -> None:
        """Store what the plan settled, and the intents of what comes next, before anything is written."""
        self.link.base = {**self.link.base, **plan.base}
        self.link.intents = {name: list(intents) for name, intents in plan.intents.items()}
        for key in [k for k in self.link.blocked if k.startswith("field:")]:
            if not any(write.key == key for write in plan.writes) and not self._still_waits(key, plan):
                del self.link.blocked[key]
        self.link.blocked |= plan.blocked
        for write in plan.writes:
            self.link.intents.setdefault(write.field, []).append(write.intent)
            self.fresh_intents[write.field] = write.intent
        if plan.writes or stores or (writes_incident and not self.announced):
            self._promise(writes_incident=writes_incident)

    @staticmethod
    def _still_waits(key: str, plan: FieldPlan) -> bool:
        name = key.removeprefix("field:").partition(">")[0]
        return f"{name}: blocked" in plan.reasons

    def announce(self) -> None:
        """Before any write to ServiceNow: it may land up to a minute after we died, so a successor waits."""
        if not self.announced:
            self._promise(writes_incident=True)

    def _promise(self, *, writes_incident: bool) -> None:
        if writes_incident:
            self.announced = True
            self.link.unsettled_until = self.deadline + LATE_COMMIT_S
        self.store()

    def count_attempt(self, row: LedgerRow) -> None:
        """Before an upload to ServiceNow, with the announcement where none was made."""
        self.rows.append(row)
        self._promise(writes_incident=True)

    @contextmanager
    def beginning(self, *names: str) -> Iterator[None]:
        """Around the write of these fields. An answer that says it was not made leaves it as not begun."""
        self.begun |= set(names)
        try:
            yield
        except (Refused, Misconfigured):
            self.begun -= set(names)
            raise
        except Unavailable as error:
            if not error.outcome_unknown:
                self.begun -= set(names)
            raise

    def withdraw_intents(self) -> None:
        """Of writes that were certainly not made: left standing they would hide somebody's edit to just that value."""
        for name, fresh in self.fresh_intents.items():
            if name not in self.begun and fresh in self.link.intents.get(name, []):
                self.link.intents[name].remove(fresh)

    def store(self) -> None:
        self.core.links.save(self.owner, self.link, self.rows)
        self.rows = []

    def record(self, *rows: LedgerRow) -> None:
        """Ledger rows of what was done; many of them are stored at once, the last with the release."""
        for row in rows:
            self.link.blocked.pop(f"{BLOCK_KEYS[row.kind]}:{row.id}", None)
            if row.key in self.ids:
                self.ids[row.key] = list(row.peers)
        self.rows += rows
        self.made += rows
        if len(self.rows) >= ROWS_AT_ONCE:
            self.store()

    def carried(self, what: str, row: LedgerRow) -> None:
        """One entry or file is on the other side now."""
        self.done.append(what)
        self.ids[row.key] = list(row.peers)

    # ---- one PATCH, one note
    def patch(self, values: Mapping[str, str]) -> Incident:
        """Somebody may save between our read and our write, since no API here writes conditionally: then look again."""
        self.announce()
        before, got = self.shown, self.incidents.update(self.link.sys_id, values)
        self.shown = got
        if before is not None and got.mod_count == before.mod_count and values.keys() <= JOURNALS:
            self._look_for(values)
        self.jumped = before is not None and got.mod_count > before.mod_count + 1
        if self.jumped or (before is not None and self._moved(before, got, values)):
            self.again = True
            self.done.append("overlap noticed")
        return got

    def _look_for(self, values: Mapping[str, str]) -> None:
        """An entry counts as a change of its record; where none was counted, an ACL has dropped it without a word."""
        read = self.incidents.read(self.link.sys_id, None if self.link.journal_shown else self.link.journal_since)
        shown = {body_fingerprint(entry.text) for entry in read.incident.journal} if read else set()
        if any(body_fingerprint(text) not in shown for text in values.values()):
            raise Refused("servicenow", "ServiceNow answered well and appended no entry")

    def _moved(self, before: Incident, got: Incident, sent: Mapping[str, str]) -> bool:
        """Whether a synced field we did not send is another now."""
        others = [r.incident for r in self.rules.fields if r.incident not in sent]
        state_moved = "state" not in sent and got.state != before.state
        return state_moved or any(got.values.get(c, "") != before.values.get(c, "") for c in others)

    def say(self, note: Note) -> None:
        """Once: by its token on AWS, by its text in ServiceNow. What a case does not take, being closed, is said on the
        incident; refused there too, `status` is all that is left to tell.
        """
        ways = [self.comment] if note.side == CASE else []
        ways += [self._append] if note.side == INCIDENT or self.incident else []
        for way in ways:
            try:
                way(note)
            except Refused:
                self.done.append("note refused")
            else:
                return

    def comment(self, note: Note) -> None:
        """Dies after the call: the same token returns the same comment."""
        bodies = system_notes(note.kind, note.ref, note.text, self.rules.comments.comment_limit)
        for number, body in enumerate(bodies):
            cause = token("note", self.link.case_id, note.kind, note.ref, note.text, number)
            made = self.cases.comment(self.link.case_id, body, cause)
            row = LedgerRow(COMMENT, made, body_fingerprint(body), peers=(note.ref,), why="ours")
            self.ids[row.key] = [note.ref]
            self.record(row)
        self.remember_said(note)

    def _append(self, note: Note) -> None:
        for part in system_notes(note.kind, note.ref, note.text, self.rules.comments.journal_limit):
            if not self.already_said(part):
                self.patch({"work_notes": part})
        self.remember_said(note)

    def already_said(self, text: str) -> bool:
        """Whether this very entry of ours is in the journal as it was read: a pass died after appending it."""
        entries = self.incident.journal if self.incident else ()
        return any(body_fingerprint(e.text) == body_fingerprint(text) and self.incidents.own(e.author) for e in entries)

    def remember_said(self, *said: Note) -> None:
        self.link.notes_said = [*self.link.notes_said, *(note.once for note in said if note.once)][-NOTES_KEPT:]
        self.done += ["note"] * len(said)
        self.spoke = self.spoke or bool(said)

    def tell_each(self, said: Iterable[tuple[Note, LedgerRow]]) -> None:
        """Dies between note and row: said again, which has no effect."""
        for note, row in said:
            self.in_time()
            if note.once not in self.link.notes_said:
                self.say(note)
            self.record(row)

    def tell_suspended(self) -> None:
        """Said on the case once a link is suspended; the case may refuse it, being closed."""
        self.say(with_serial(self.link, CASE, notes.deleted(self.link.number)))

    # ---- refusals
    def guarded(self, key: str, source: str, action: Callable[[], T]) -> T | None:
        """Run one action unless it is blocked; a refusal blocks it and is said once."""
        self.in_time()
        if self.link.waits(key, source, self.clock()):
            return None
        try:
            result = repeated(action)
        except Refused as refused:
            what = key.partition(":")[0]
            side = CASE if key.startswith(FROM_CASE) else INCIDENT
            self.block(key, source, refused, with_serial(self.link, side, notes.refused(what, refused.reason)))
            return None
        self.link.blocked.pop(key, None)
        return result

    def block(self, key: str, source: str, refused: Refused, note: Note) -> None:
        """The rest of the link goes on. Dies between note and block: refused and said again, which has no effect."""
        now, known = self.clock(), self.link.blocked.get(key)
        same = known if known and known.source == source else None
        if same is None:
            self.say(note)
        self.link.blocked[key] = blocked_by(refused, source, same.since if same else now, now)
        self.done.append(f"{key.partition(':')[0]} blocked")
