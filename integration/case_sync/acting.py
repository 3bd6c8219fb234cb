"""Carry out what was planned, in an order that a crash at any point leaves repairable.

Remote write first, record after: each method that writes says what a successor finds if the process dies right there.
The link and the ledger rows of what was done are kept in memory; the reconciler stores them with the claim's condition.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from integration.case_sync.base import CASE, INCIDENT, STATUS, Blocked, Link, Name, Pair, value_print
from integration.case_sync.entries import EntryPlan, ToCase, ToJournal, body_print, references
from integration.case_sync.errors import Refused
from integration.case_sync.planner import FieldPlan, FieldWrite, Note, blocked_note, loser_note
from integration.case_sync.ports import CASE_FILE, COMMENT, INCIDENT_FILE, INVESTIGATION, JOURNAL, LedgerRow
from integration.model import CaseStatus
from mappers import notes
from mappers.closure import close_code_for, close_notes_for, resolution_comment
from mappers.comments import reference_in, system_notes
from mappers.statuses import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from integration.case_sync.reconciler import Reconciler
    from integration.case_sync.watching import Watchers
    from integration.model import Case, Incident
    from mappers.rules import FieldRule, Rules

NAMESPACE = uuid.UUID("6c1f7d4e-8a5b-5d0e-9a53-1f0f3a1f6b52")
LATE_COMMIT_S = 60.0
"""ServiceNow ends a transaction after 60 s; until then a write whose answer was lost may still land."""
MARGIN_S = 5.0
RETRY_BLOCKED_S = 6 * 3600.0
TOLD_KEPT = 20
ROWS_AT_ONCE = 40
BLOCK_KEYS = {
    COMMENT: "comment",
    JOURNAL: "journal",
    CASE_FILE: "casefile",
    INCIDENT_FILE: "file",
    INVESTIGATION: "investigation",
}
T = TypeVar("T")


def token(*cause: object) -> str:
    """The deterministic clientToken of what these words cause."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(str(word) for word in cause)))


@dataclass
class Acting:
    """One carrying-out. `again`: what was read is no longer the whole truth, so the holder runs once more.

    `in_time` is called before each piece of work and raises where the pass must end; `rows` are ledger rows not stored
    yet, `made` all of this pass.
    """

    core: Reconciler
    link: Link
    owner: str
    deadline: float
    in_time: Callable[[], None]
    rows: list[LedgerRow] = field(default_factory=list)
    made: list[LedgerRow] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    again: bool = False
    closed_case: bool = False
    fresh_names: dict[str, Name] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.cases, self.incidents, self.rules = self.core.cases, self.core.incidents, self.core.rules
        self.clock = self.core.clock

    # ---- before the first write
    def name(self, plan: FieldPlan, *, writes_incident: bool, writes: bool) -> None:
        """Store what the plan settled, and the names of what comes next, before anything is written.

        `writes_incident`: something is about to be written to ServiceNow, which may land up to a minute after we died.
        """
        self.link.base = {**self.link.base, **plan.base}
        self.link.names = {name: list(names) for name, names in plan.names.items()}
        for key in [k for k in self.link.blocked if k.startswith("field:")]:
            if not any(write.key == key for write in plan.writes) and not self._still_waits(key, plan):
                del self.link.blocked[key]
        self.link.blocked |= plan.blocked
        for write in plan.writes:
            self.link.names.setdefault(write.field, []).append(write.name)
            self.fresh_names[write.field] = write.name
        if writes_incident:
            self.link.unsettled_until = self.deadline + LATE_COMMIT_S
        if writes:
            self.store()

    @staticmethod
    def _still_waits(key: str, plan: FieldPlan) -> bool:
        name = key.removeprefix("field:").partition(">")[0]
        return f"{name}: blocked" in plan.reasons

    def take_back_names(self) -> None:
        """Of writes that were never begun: left standing they would hide somebody's edit to just that value."""
        for name, fresh in self.fresh_names.items():
            if name not in self.begun and fresh in self.link.names.get(name, []):
                self.link.names[name].remove(fresh)

    def store(self) -> None:
        self.core.links.save(self.owner, self.link, self.rows)
        self.rows = []

    def record(self, *rows: LedgerRow) -> None:
        """Ledger rows of what was done; many of them are stored at once, the last with the release."""
        for row in rows:
            self.link.blocked.pop(f"{BLOCK_KEYS[row.kind]}:{row.id}", None)
        self.rows += rows
        self.made += rows
        if len(self.rows) >= ROWS_AT_ONCE:
            self.store()

    # ---- comments and journal
    def post_comments(self, plan: EntryPlan) -> None:
        """Dies after a post: the same token returns the same comment."""
        made: set[str] = set()
        for item in plan.to_case:
            made |= self.guarded(f"journal:{item.entry.sys_id}", item.entry.sys_id, partial(self._post, item)) or set()
        if any(comment.comment_id not in made for comment in plan.held):
            self.again = True  # somebody quotes us; now that the ledger tells the two apart it is carried over

    def _post(self, item: ToCase) -> set[str]:
        made: list[LedgerRow] = []
        for number, body in enumerate(item.bodies):
            made_id = self.cases.comment(
                self.link.case_id, body, token("journal", self.link.case_id, item.entry.sys_id, number)
            )
            made.append(LedgerRow(COMMENT, made_id, body_print(body), peers=(item.entry.sys_id,), why="ours"))
        ids = tuple(row.id for row in made)
        self.record(*made, LedgerRow(JOURNAL, item.entry.sys_id, peers=ids))
        self.done.append("journal entry → comment")
        return set(ids)

    def append_journal(self, plan: EntryPlan) -> None:
        """Dies after an append: found by our authorship and its reference, once it cannot land any more."""
        for item in plan.to_journal:
            self.guarded(f"comment:{item.comment.comment_id}", item.row.print, partial(self._append, item))

    def _append(self, item: ToJournal) -> None:
        for text in item.texts:
            self._patch({item.element: text})
        self.record(item.row)
        self.done.append("comment → journal entry")

    # ---- the incident's fields, with notes in the same PATCH
    def write_incident(
        self, plan: FieldPlan, said: Iterable[Note], extra: Mapping[str, str], case: Case, now: Incident
    ) -> None:
        """Dies after the PATCH: the names tell that the values are ours; the notes went with them."""
        writes = plan.on(INCIDENT)
        texts = [*said, *filter(None, (loser_note(self.link, write) for write in writes))]
        values = dict(extra)
        for write in writes:
            values |= self._incident_values(write, case)
        if texts:
            values["work_notes"] = self._last_part(texts, now)
        if not values:
            return
        self.begun |= {write.field for write in writes}
        try:
            got = self._patch(values)
        except Refused as refused:
            self._patch_one_by_one(writes, texts, extra, case, now, refused)
            return
        self._notice_overlap(now, got, values)
        for write in writes:
            self._take_back(write, case, now, got)
        self._tell(texts)

    def _last_part(self, said: list[Note], now: Incident) -> str:
        """What goes with the PATCH; where it is too long for one entry, the parts before are appended first.

        One journal entry for all notes, since a journal column appends once per PATCH.
        """
        text = "\n\n".join(note.text for note in said)
        *early, last = system_notes(said[0].kind, said[0].ref, text, self.rules.comments.journal_limit)
        there = references(now, self.incidents.own)
        for part in early:
            if reference_in(part) not in there:
                self._patch({"work_notes": part})
        return last

    def _incident_values(self, write: FieldWrite, case: Case) -> dict[str, str]:
        if write.field != STATUS:
            return {self._rule(write.field).incident: str(write.target)}
        values = {"state": str(write.target)}
        if self.rules.status.is_closed(str(write.target)) or self.rules.status.is_resolved(str(write.target)):
            values["close_code"] = close_code_for(case, self.rules, self.incidents.close_codes())
            values["close_notes"] = close_notes_for(case, self.rules)
        return values

    def _patch_one_by_one(
        self, writes: tuple[FieldWrite, ...], texts: list[Note], extra: Mapping[str, str], case: Case,
        now: Incident, refused: Refused,
    ) -> None:  # fmt: skip
        """A joint PATCH was refused as a whole; alone, each shows which of them the instance will not take."""
        if len(writes) + bool(texts) + bool(extra) == 1 and not writes:
            raise refused
        if texts or extra:
            self._patch(dict(extra) | ({"work_notes": self._last_part(texts, now)} if texts else {}))
            self._tell(texts)
        for write in writes:
            self._guarded_field(write, partial(self._patch_alone, write, case, now))

    def _patch_alone(self, write: FieldWrite, case: Case, now: Incident) -> None:
        values = self._incident_values(write, case)
        targets = [str(write.target), *self.rules.status.fallbacks.get(str(write.target), ())]
        if write.field != STATUS:
            self._take_back(write, case, now, self._patch(values))
            return
        for target in targets:
            try:
                got = self._patch(values | {"state": target})
            except Refused:
                if target == targets[-1]:
                    raise
                continue
            self._take_back(write, case, now, got)
            return

    def _take_back(self, write: FieldWrite, case: Case, now: Incident, got: Incident) -> None:
        """The base takes what the plan saw and what the write returned; what came back as it was is refused."""
        stored = got.state if write.field == STATUS else got.values.get(self._rule(write.field).incident, "")
        seen = value_print(write.field, stored)
        if seen != write.name.found or seen == value_print(write.field, write.target):
            self._accept(write, Pair(write.name.source, seen))
            return
        fallback = self.rules.status.fallbacks.get(str(write.target), ()) if write.field == STATUS else ()
        self._guarded_field(write, partial(self._fall_back, write, case, now, fallback))

    def _fall_back(self, write: FieldWrite, case: Case, now: Incident, states: tuple[str, ...]) -> None:
        for state in states:
            got = self._patch(self._incident_values(write, case) | {"state": state})
            if got.state != now.state:
                self._accept(write, Pair(write.name.source, got.state))
                return
        raise Refused("servicenow", "ServiceNow answered well and kept the former value")

    def _notice_overlap(self, before: Incident, got: Incident, sent: Mapping[str, str]) -> None:
        """Somebody saved between our read and our write: look again, since no API here writes conditionally."""
        changed = got.mod_count - before.mod_count
        others = [r.incident for r in self.rules.fields if r.incident not in sent]
        if changed > 1 or any(got.values.get(c, "") != before.values.get(c, "") for c in others):
            self.again = True
            self.done.append("overlap noticed")
        else:
            self.link.seen_mod = got.mod_count

    def _patch(self, values: Mapping[str, str]) -> Incident:
        return self.incidents.update(self.link.sys_id, values)

    # ---- the case's fields
    def write_case(self, plan: FieldPlan, said: Iterable[Note], case: Case, incident: Incident) -> None:
        """Dies between note and field: the plan is made again and the note's token is the same."""
        for note in said:
            self._note_on_case(note)
        for write in sorted(plan.on(CASE), key=lambda w: w.field == STATUS):
            self._guarded_field(write, partial(self._write_case, write, case, incident))

    def _write_case(self, write: FieldWrite, case: Case, incident: Incident) -> None:
        lost = loser_note(self.link, write)
        if lost:
            self._note_on_case(lost)
        self.begun.add(write.field)
        if write.field == STATUS:
            self._walk(write, case, incident)
        else:
            self.cases.update(self.link.case_id, {write.field: write.target})
        self._accept(write, Pair(value_print(write.field, write.target), write.name.source))

    def _walk(self, write: FieldWrite, case: Case, incident: Incident) -> None:
        """Dies between two hops: the names know the hops, so the status on the way is not read as an edit."""
        for status in walk(case.status, str(write.target)) or ():
            if status == CaseStatus.CLOSED:
                self._note_on_case(Note(CASE, *_resolution(incident, self.rules, self.link)))
                self.cases.close(self.link.case_id)
                self.closed_case = True
            else:
                self.cases.set_status(self.link.case_id, status)

    def _note_on_case(self, note: Note) -> None:
        bodies = system_notes(note.kind, note.ref, note.text, self.rules.comments.comment_limit)
        for number, body in enumerate(bodies):
            cause = token("note", self.link.case_id, note.kind, note.ref, note.text, number)
            made = self.cases.comment(self.link.case_id, body, cause)
            self.record(LedgerRow(COMMENT, made, body_print(body), peers=(note.ref,), why="ours"))
        self._tell([note])

    def change_watchers(self, watchers: Watchers) -> None:
        """Dies after the call: the sets are the same on both sides, whatever the base says."""
        if watchers.changes:
            self.guarded(
                "watchers", str(watchers.both), partial(self.cases.update, self.link.case_id, watchers.changes)
            )
            self.done.append("watchers → case")

    def tell_suspended(self) -> None:
        """Said on the case once a link is suspended; the case may refuse it, being closed."""
        self.say(Note(CASE, *_with_serial(self.link, *notes.deleted(self.link.number))))

    # ---- what an outcome leads to
    def _accept(self, write: FieldWrite, pair: Pair) -> None:
        now = self.clock()
        self.link.base[write.field] = pair
        self.link.names.pop(write.field, None)
        self.link.blocked.pop(write.key, None)
        self.link.serial += 1
        recent = [w for w in self.link.writes.get(write.key, []) if now - w[0] < 3600]
        self.link.writes[write.key] = [*recent[-9:], (now, pair.on(write.side) or "")]
        self.done.append(f"{write.field} → {write.side}")

    def _tell(self, said: Iterable[Note]) -> None:
        said = list(said)
        if said:
            self.link.serial += 1
            self.done.append(f"{len(said)} note(s)")
        self.link.told = [*self.link.told, *(n.once for n in said if n.once)][-TOLD_KEPT:]

    def _guarded_field(self, write: FieldWrite, action: Callable[[], None]) -> None:
        try:
            action()
        except Refused as refused:
            self._block(write, refused.reason)

    def _block(self, write: FieldWrite, reason: str) -> None:
        """The rest of the link goes on; said once on the side the value came from."""
        now = self.clock()
        self.link.names.pop(write.field, None)
        known = self.link.blocked.get(write.key)
        self.link.blocked[write.key] = Blocked(
            reason[:300], write.name.source, known.since if known else now, now + RETRY_BLOCKED_S
        )
        self.done.append(f"{write.field} blocked")
        if known is None or known.source != write.name.source:
            self.say(blocked_note(self.link, write, reason))

    def guarded(self, key: str, source: str, action: Callable[[], T]) -> T | None:
        """Run one action of an entry or file unless it is blocked; a refusal blocks it and is said once."""
        self.in_time()
        now = self.clock()
        known = self.link.blocked.get(key)
        if known and known.source == source and now < known.retry_at:
            return None
        try:
            result = action()
        except Refused as refused:
            self.link.blocked[key] = Blocked(
                refused.reason[:300], source, known.since if known else now, now + RETRY_BLOCKED_S
            )
            self.done.append(f"{key.partition(':')[0]} blocked")
            if known is None or known.source != source:
                side = CASE if key.startswith(("comment:", "casefile:")) else INCIDENT
                self.say(Note(side, *_with_serial(self.link, *notes.refused(key.partition(":")[0], refused.reason))))
            return None
        self.link.blocked.pop(key, None)
        return result

    def tell_each(self, said: Iterable[tuple[Note, LedgerRow]]) -> None:
        """Dies between note and row: said again with the same token on AWS, found by its reference in ServiceNow."""
        for note, row in said:
            self.in_time()
            self.say(note)
            self.record(row)

    def say(self, note: Note) -> None:
        """A note by itself. Refused too: the block in `status` is all that is left to tell."""
        try:
            if note.side == CASE:
                self._note_on_case(note)
            else:
                for part in system_notes(note.kind, note.ref, note.text, self.rules.comments.journal_limit):
                    self._patch({"work_notes": part})
                self._tell([note])
        except Refused:
            self.done.append("note refused")

    def _rule(self, name: str) -> FieldRule:
        return next(rule for rule in self.rules.fields if rule.case == name)


def _with_serial(link: Link, kind: str, ref: str, text: str) -> tuple[str, str, str]:
    return kind, f"{ref}.{link.serial}", text


def _resolution(incident: Incident, rules: Rules, link: Link) -> tuple[str, str, str]:
    kind, ref, text = resolution_comment(incident, rules)
    return kind, f"{ref}.{link.serial}", text
