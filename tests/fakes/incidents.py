"""One table of ServiceNow in memory."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from integration.cases.journals import identified
from integration.cases.ports import IncidentRead
from integration.clients.errors import Misconfigured, Refused, RemoteError, Unavailable
from integration.model import Incident, IncidentAttachment, JournalEntry
from mappers.watchers import parse_watch_list
from tests.fakes.basics import Bytes, at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.fakes.world import World

OWN_USER = "aws_integration"
T = TypeVar("T")
FIRST_STATES = {"incident": "1", "sn_si_incident": "10"}
CLOSED_STATES = {"incident": {"7", "8"}, "sn_si_incident": {"3", "7"}}
STATES = {
    "incident": {"1", "2", "3", "6", "7", "8"},
    "sn_si_incident": {"10", "16", "18", "19", "20", "100", "3", "7"},
}
"""Choices of `state`; a write of any other is dropped."""
JOURNALS = frozenset({"comments", "work_notes"})
COLUMN_LIMITS = {"short_description": 160, "description": 4000, "close_notes": 4000, "correlation_id": 100}
JOURNAL_LIMIT = 4000


@functools.lru_cache(maxsize=64)
def _sha256(content: bytes) -> str:
    """Each look at a record shows those of all its files."""
    return hashlib.sha256(content).hexdigest()


@dataclass
class FakeIncidents:
    """One table: silent cuts, data policy on closure, journals that append, optional refusal to take our sys_id."""

    world: World
    instance: str = "dev12345"
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    honours_sys_id: bool = True
    late: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    refuse: Callable[[str, Mapping[str, str]], str | None] = lambda *_: None
    """What a data policy or rule of the customer says to a write; a text refuses it."""
    collisions: int = 0
    """So many creations meet a number that another record was given at the same time."""
    drop: set[str] = field(default_factory=set)
    """Columns whose writes are silently ignored."""
    drop_on: dict[str, set[str]] = field(default_factory=dict)
    """The same of single records, by sys_id."""
    customs: set[str] = field(default_factory=set)
    """The `u_` columns there are."""
    limits: dict[str, int] = field(default_factory=lambda: dict(COLUMN_LIMITS))
    """Lengths of columns; a customer may have made one longer."""
    rows_hidden: bool = False
    """Whether only the displayed journal is to be seen, with authors as they are displayed."""
    nothing_displayed: bool = False
    """Whether the displayed journal is hidden, too."""
    labels_untold: bool = False
    """Whether nothing tells the kind of a displayed entry."""
    closed_takes_edits: bool = False
    """Whether this user may write more than journals on a closed record."""

    def __post_init__(self) -> None:
        self.table = self.world.table

    # ---- the port
    def own(self, user_name: str) -> bool:
        return user_name == OWN_USER

    def read(self, sys_id: str, since: float | None) -> IncidentRead | None:
        with self.world.call("servicenow", "read"):
            if sys_id not in self.records or sys_id in self.hidden:
                return None
            incident = self.snapshot(sys_id, since)
        with self.world.call("servicenow", "read journal"):
            shown = self._displayed(sys_id, since) if self.rows_hidden and not self.nothing_displayed else ()
            incident = replace(incident, journal=shown or self._rows(sys_id, since))
        with self.world.call("servicenow", "read files"):
            incident = replace(incident, attachments=self.snapshot(sys_id, since).attachments)
            return IncidentRead(incident, self.clock(), self._emails(incident), bool(shown), self.nothing_displayed)

    def find(self, correlation_id: str) -> Sequence[str]:
        with self.world.call("servicenow", "find"):
            carries = [s for s, r in self.records.items() if r["columns"].get("correlation_id") == correlation_id]
            return [sys_id for sys_id in carries if sys_id not in self.hidden]

    def create(self, values: Mapping[str, str]) -> Incident:
        with self.world.call("servicenow", "create", write=True):
            return self._effect(lambda: self._create(self._taken(values), OWN_USER))

    def update(self, sys_id: str, values: Mapping[str, str]) -> Incident:
        with self.world.call("servicenow", "update", write=True):
            self._seen(sys_id)
            return self._effect(lambda: self._update(sys_id, self._taken(values, sys_id), OWN_USER))

    def matches(self, sys_id: str, encoded_query: str) -> bool:
        with self.world.call("servicenow", "matches"):
            column, _, value = encoded_query.partition("=")
            seen = sys_id in self.records and sys_id not in self.hidden
            return seen and self.records[sys_id]["columns"].get(column, "") == value

    def users(self, emails: Sequence[str]) -> Mapping[str, str]:
        with self.world.call("servicenow", "users"):
            here = [e for e in emails if e.endswith("@here.example") and e not in self.shared]
            return {email: self.add_user(email) for email in here}

    def readable(self) -> bool:
        with self.world.call("servicenow", "readable"):
            return any(sys_id not in self.hidden for sys_id in self.records)

    def hides(self, sys_id: str) -> bool:
        with self.world.call("servicenow", "hides"):
            return sys_id in self.records and sys_id in self.hidden

    def close_codes(self) -> Mapping[str, str]:
        with contextlib.suppress(RemoteError), self.world.call("servicenow", "close_codes"):
            pass
        return {}

    def upload(self, sys_id: str, file_name: str, content: Any, size: int | None) -> str:
        with self.world.call("servicenow", "upload", write=True):
            if size is None:
                raise Unavailable("servicenow", "the download did not say how long it is")
            self._seen(sys_id)
            reason = self.refuse("upload", {"file_name": file_name})
            if reason:
                raise Refused("servicenow", reason)
            whole = b"".join(content.iter())
            if len(whole) != size:
                raise Unavailable("servicenow", "the file is not as long as announced")
            return self._effect(lambda: self.add_file(sys_id, file_name, whole, OWN_USER))

    @contextlib.contextmanager
    def download(self, attachment_id: str):
        with self.world.call("servicenow", "download"):
            files = [f for s, r in self.records.items() for f in r["files"] if s not in self.hidden]
            file = next((f for f in files if f["sys_id"] == attachment_id), None)
            if file is None:
                raise Refused("servicenow", "No Record found")
        yield Bytes(file["content"])

    # ---- the journal
    def _rows(self, sys_id: str, since: float | None) -> tuple[JournalEntry, ...]:
        return () if self.rows_hidden else self.snapshot(sys_id, since).journal

    def _displayed(self, sys_id: str, since: float | None) -> tuple[JournalEntry, ...]:
        """All of it, once one entry is as late as the rows that are asked for."""
        entries = self.snapshot(sys_id, None).journal
        late = [e for e in entries if since is None or e.created.timestamp() >= int(since)]
        return tuple(identified(map(self._as_displayed, entries))) if late else ()

    def shown_ids(self, sys_id: str) -> dict[str, str]:
        """What each entry is called where the record displays it."""
        entries = self.snapshot(sys_id, None).journal
        shown = identified(map(self._as_displayed, entries))
        return {entry.sys_id: other.sys_id for entry, other in zip(entries, shown, strict=True)}

    def _as_displayed(self, entry: JournalEntry) -> JournalEntry:
        author = entry.author if self.own(entry.author) else entry.author.title()
        element = "" if self.labels_untold else entry.element
        return replace(entry, author=author, element=element, text=entry.text.strip("\n"))

    # ---- how the instance behaves
    def _seen(self, sys_id: str) -> None:
        if sys_id not in self.records or sys_id in self.hidden:
            raise Refused("servicenow", "No Record found")

    def _taken(self, values: Mapping[str, str], sys_id: str = "") -> dict[str, str]:
        """What the instance takes of a write of ours; the rest it drops without a word."""
        taken = {name: value for name, value in values.items() if self._takes(name, value)}
        for name in self.drop_on.get(sys_id, ()):
            taken.pop(name, None)
        record = self.records.get(sys_id)
        if record and record["columns"]["state"] in CLOSED_STATES[self.table] and not self.closed_takes_edits:
            taken = {name: value for name, value in taken.items() if name in JOURNALS}
        return {name: value[:JOURNAL_LIMIT] if name in JOURNALS else value for name, value in taken.items()}

    def _takes(self, name: str, value: str) -> bool:
        known = not name.startswith("u_") or name in self.customs
        return known and name not in self.drop and (name != "state" or value in STATES[self.table])

    def _effect(self, effect: Callable[[], T]) -> T:
        """A test may let the answer be lost while the effect comes later: `losing` holds the seconds until then."""
        if self.losing:
            delay = self.losing.pop()
            self.late.append((self.world.now + delay, effect))
            raise Unavailable("servicenow", "time-out", outcome_unknown=True)
        return effect()

    losing: list[float] = field(default_factory=list)
    skew: float = 0.0
    """By how much the instance's clock is ahead."""

    def clock(self) -> int:
        """Whole seconds, as ServiceNow dates everything."""
        return int(self.world.now + self.skew)

    def land_late(self) -> None:
        """Writes whose answer was lost take effect when their time has come."""
        due, self.late = (
            [e for e in self.late if e[0] <= self.world.now],
            [e for e in self.late if e[0] > self.world.now],
        )
        for _, effect in due:
            with contextlib.suppress(Refused):
                effect()

    def _create(self, values: Mapping[str, str], user: str) -> Incident:
        columns = dict(values)
        wanted = columns.pop("sys_id", "") if self.honours_sys_id else columns.pop("sys_id", "") and ""
        if wanted and wanted in self.records:
            raise Refused("servicenow", "Error during insert of incident", by_chance=True)
        sys_id = wanted or self.world.sys_id()
        if self.collisions:
            self.collisions -= 1
            raise Refused("servicenow", f"Error during insert of {self.table}", by_chance=True)
        reason = self.refuse("create", columns)
        if reason:
            raise Refused("servicenow", reason)
        number = f"INC{10000 + len(self.records):07d}"
        self.records[sys_id] = {
            "columns": {"state": FIRST_STATES[self.table], "short_description": "", "description": ""},
            "number": number, "journal": [], "files": [], "mod": 0, "by": user,
            "created": self.clock(), "updated": self.clock(),
        }  # fmt: skip
        self._store(sys_id, columns, user)
        self.records[sys_id]["mod"] = 0
        return replace(self.snapshot(sys_id, None), journal=(), attachments=())

    def _update(self, sys_id: str, values: Mapping[str, str], user: str) -> Incident:
        reason = self.refuse("update", values)
        if reason:
            raise Refused("servicenow", reason)
        state = values.get("state", "")
        closing = state in {"6", *CLOSED_STATES[self.table]} and state != self.records[sys_id]["columns"]["state"]
        if (
            closing
            and state != "8"
            and not values.get("close_code")
            and not self.records[sys_id]["columns"].get("close_code")
        ):
            raise Refused("servicenow", "Data Policy Exception: Resolution code is mandatory")
        self._store(sys_id, values, user)
        return replace(self.snapshot(sys_id, None), journal=(), attachments=())

    def _store(self, sys_id: str, values: Mapping[str, str], user: str) -> None:
        record, changed = self.records[sys_id], False
        for name, value in values.items():
            if name in JOURNALS:
                if value:
                    self._journal(sys_id, name, value, user)
                    changed = True
                continue
            cut = value[: self.limits.get(name)]
            changed |= record["columns"].get(name, "") != cut
            record["columns"][name] = cut
        if changed:
            record["mod"] += 1
            record["updated"], record["updated_by"] = self.clock(), user

    def _journal(self, sys_id: str, element: str, text: str, user: str) -> None:
        entry = {
            "sys_id": self.world.sys_id(),
            "element": element,
            "text": text,
            "author": user,
            "at": self.clock(),
        }
        self.records[sys_id]["journal"].append(entry)

    def _emails(self, incident: Incident) -> dict[str, str]:
        members = parse_watch_list(incident.values.get(self.watch_column, ""))
        if members and self.emails_hidden:
            raise Misconfigured("servicenow", "sys_user shows no column email")
        return {m: self.known_users[m] for m in members if m in self.known_users and m not in self.unseen}

    known_users: dict[str, str] = field(default_factory=dict)
    watch_column: str = "watch_list"
    unseen: set[str] = field(default_factory=set)
    """Users our user may not see: another domain, an inactive record, a rule of rows."""
    emails_hidden: bool = False
    shared: set[str] = field(default_factory=set)
    """Addresses that more than one user has."""

    # ---- people
    def add_user(self, email: str, times: int = 1) -> str:
        """Everybody `@here.example` is a user; with `times`, so many have that address."""
        self.shared |= {email} if times > 1 else set()
        sys_id = hashlib.md5(email.encode()).hexdigest()
        self.known_users[sys_id] = email
        return sys_id

    def make(self, short_description: str, *, by: str = "beth", **columns: str) -> str:
        return self._create({"short_description": short_description, **columns}, by).sys_id

    def edit(self, sys_id: str, by: str = "beth", **columns: str) -> None:
        self._store(sys_id, columns, by)

    def add_file(self, sys_id: str, name: str, content: bytes, by: str = "beth", state: str = "available") -> str:
        made = self.world.sys_id()
        self.records[sys_id]["files"].append(
            {"sys_id": made, "name": name, "content": content, "by": by, "state": state, "at": self.clock()}
        )
        return made

    def snapshot(self, sys_id: str, since: float | None) -> Incident:
        record = self.records[sys_id]
        columns = record["columns"]
        return Incident(
            table=self.table,
            sys_id=sys_id,
            number=record["number"],
            state=columns["state"],
            values=dict(columns),
            journal=tuple(
                JournalEntry(e["sys_id"], e["element"], e["text"], e["author"], at(e["at"]))
                for e in record["journal"]
                if since is None or e["at"] >= int(since)
            ),
            attachments=tuple(
                IncidentAttachment(
                    f["sys_id"], f["name"], len(f["content"]), _sha256(f["content"]), f["state"],
                    "application/octet-stream", f["by"], at(f["at"]),
                )
                for f in record["files"]
            ),
            correlation_id=columns.get("correlation_id", ""),
            correlation_display=columns.get("correlation_display", ""),
            mod_count=record["mod"],
            updated=at(record["updated"]) if record["updated"] else None,
            created=at(record["created"]) if record["created"] else None,
            created_by=record["by"],
            updated_by=record.get("updated_by", record["by"]),
            opened=at(record["created"]) if record["created"] else None,
        )  # fmt: skip
