"""Shared steps of every write: record the intent, write, record the result.

Remote write first, record after. The link and the ledger rows of what was done are kept in memory and stored with the
claim's condition. `fields`, `comments`, `attachments` and `notes` use this for the single kinds of action.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from integration.cases.plan.comments import body_fingerprint
from integration.cases.ports import CASE_FILE, COMMENT, INCIDENT_FILE, INVESTIGATION, JOURNAL, LedgerRow
from integration.clients.errors import Misconfigured, Refused, Unavailable
from integration.reconcile.create_once import LATE_COMMIT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from integration.cases.link import Intent, Link
    from integration.cases.plan.fields import FieldPlan
    from integration.cases.ports import LinkHold
    from integration.cases.reconciler import Reconciler
    from integration.model import CaseAttachment, Incident

NAMESPACE = uuid.UUID("6c1f7d4e-8a5b-5d0e-9a53-1f0f3a1f6b52")
JOURNALS = frozenset({"comments", "work_notes"})
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
class Writer:
    """One carrying-out. `again`: what was read is no longer the whole truth, so the holder runs once more.

    `incident` is what was read (None: nothing could be), `shown` what the instance says it is now. `rows` are ledger
    rows not stored yet, `made` all of this run. `spoke`: a note was said; `jumped`: somebody else saved the incident
    between our last PATCH and what we knew before it.
    """

    core: Reconciler
    link: Link
    hold: LinkHold
    incident: Incident | None = None
    shown: Incident | None = None
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
    spoke: bool = False
    closed_case: bool = False
    fresh_intents: dict[str, Intent] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    # ---- before the first write
    def announce_intents(self, plan: FieldPlan, *, writes_incident: bool, stores: bool) -> None:
        """Store what the plan settled, and the intents of what comes next, before anything is written."""
        self.link.base = {**self.link.base, **plan.base}
        self.link.intents = {name: list(intents) for name, intents in plan.intents.items()}
        kept = {key: block for key, block in self.link.blocked.items() if key not in plan.lifted}
        self.link.blocked = kept | plan.blocked
        for write in plan.writes:
            self.link.intents.setdefault(write.field, []).append(write.intent)
            self.fresh_intents[write.field] = write.intent
        if plan.writes or stores or (writes_incident and not self.hold.announced):
            self._promise(writes_incident=writes_incident)

    def announce(self) -> None:
        """Before any write to ServiceNow: it may land up to a minute after we died, so a successor waits."""
        if not self.hold.announced:
            self._promise(writes_incident=True)

    def _promise(self, *, writes_incident: bool) -> None:
        if writes_incident:
            self.hold.announced = True
            self.link.unsettled_until = self.hold.deadline + LATE_COMMIT_S
        self.store()

    def count_attempt(self, row: LedgerRow) -> None:
        """Before an upload to ServiceNow, with the announcement where none was made."""
        self.rows.append(row)
        self._promise(writes_incident=True)

    def withdraw_intents(self) -> None:
        """Of writes that were certainly not made: left standing they would hide somebody's edit to just that value."""
        for name, fresh in self.fresh_intents.items():
            if name not in self.begun and fresh in self.link.intents.get(name, []):
                self.link.intents[name].remove(fresh)

    def store(self) -> None:
        self.core.links.save(self.hold.owner, self.link, self.rows)
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

    # ---- one write
    def patch(self, values: Mapping[str, str], fields: Collection[str] = ()) -> Incident:
        """Somebody may save between our read and our write, since no API here writes conditionally: then look again."""
        self.announce()
        before = self.shown
        got = self.shown = self.attempted(fields, partial(self.core.incidents.update, self.link.sys_id, values))
        if before is not None and got.mod_count == before.mod_count and values.keys() <= JOURNALS:
            self._look_for(values)
        self.jumped = before is not None and got.mod_count > before.mod_count + 1
        if self.jumped or (before is not None and self._moved(before, got, values)):
            self.again = True
            self.done.append("overlap noticed")
        return got

    def attempted(self, fields: Collection[str], write: Callable[[], T]) -> T:
        """The write of these fields. An answer that says it was not made leaves it as not begun."""
        self.begun.update(fields)
        try:
            return write()
        except (Refused, Misconfigured):
            self.begun.difference_update(fields)
            raise
        except Unavailable as error:
            if not error.outcome_unknown:
                self.begun.difference_update(fields)
            raise

    def _look_for(self, values: Mapping[str, str]) -> None:
        """An entry counts as a change of its record; where none was counted, an ACL has dropped it without a word."""
        read = self.core.incidents.read(self.link.sys_id, None if self.link.journal_shown else self.link.journal_since)
        shown = {body_fingerprint(entry.text) for entry in read.incident.journal} if read else set()
        if any(body_fingerprint(text) not in shown for text in values.values()):
            raise Refused("servicenow", "ServiceNow answered well and appended no entry")

    def _moved(self, before: Incident, got: Incident, sent: Mapping[str, str]) -> bool:
        """Whether a synced field we did not send is another now."""
        others = [r.incident for r in self.core.rules.fields if r.incident not in sent]
        state_moved = "state" not in sent and got.state != before.state
        return state_moved or any(got.values.get(c, "") != before.values.get(c, "") for c in others)
