"""Both systems and the table in memory, behind the core's ports, with people, a clock and faults.

Every port method passes `World.call` before and after its effect: there a test may crash the pass, fail the call, or
let something else happen in between. Contract tests hold these against the emulators.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from integration.case_sync.base import loads_link
from integration.case_sync.errors import Fenced, Refused, Unavailable
from integration.case_sync.ports import IncidentRead, IncidentRow, LedgerRow, Row
from integration.model import Case, CaseAttachment, Comment, Incident, IncidentAttachment, JournalEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from integration.case_sync.base import Blocked, Link

OWN_USER = "aws_integration"
OWN_ROLE = "arn:aws:sts::111122223333:assumed-role/client/SecurityIncidentResponseClient"
PERSON_ROLE = "arn:aws:sts::111122223333:assumed-role/people/ada"
RESPONDER = "AWS Responder"
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
HOUR_S = 3600.0


STEPS = {
    "Submitted": {"Detection and Analysis"},
    "Detection and Analysis": {"Containment, Eradication and Recovery", "Post-incident Activities"},
    "Containment, Eradication and Recovery": {"Detection and Analysis", "Post-incident Activities"},
    "Post-incident Activities": {"Containment, Eradication and Recovery", "Detection and Analysis"},
}
"""What UpdateCaseStatus takes from where, as the API lists it: nothing from statuses that are only observed."""
TEXT_LIMITS = {"title": 300, "description": 8000, "body": 12_000}
FILE_NAME = re.compile(r"[a-zA-Z0-9._-]{1,255}")
FILE_MOST, FILES_MOST, WATCHERS_MOST = 100 * 1024 * 1024, 50, 30

WRITES = frozenset({
    "CreateCase", "UpdateCase", "UpdateCaseStatus", "CloseCase", "CreateCaseComment", "upload", "create", "update",
})  # fmt: skip
"""Calls that change something on either side (the table is ours)."""


class Killed(BaseException):
    """The process died here; nothing it would have done afterwards happens."""


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@dataclass
class World:
    """`hook(moment, system, call)` with moment `before` or `after` is where tests interfere."""

    table: str = "incident"
    now: float = 1_700_000_000.0
    hook: Callable[[str, str, str], None] = lambda *_: None
    calls: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    call_s: float = 0.05

    def __post_init__(self) -> None:
        self.cases = FakeCases(self)
        self.incidents = FakeIncidents(self)
        self.links = FakeLinks(self)
        self.ids = itertools.count(1)

    def clock(self) -> float:
        return self.now

    @contextlib.contextmanager
    def call(self, system: str, name: str, *, write: bool = False):
        self.calls[f"{system}.{name}"] += 1
        self.now += self.call_s
        self.incidents.land_late()
        self.hook("before", system, name)
        yield
        self.writes += write
        self.hook("after", system, name)

    def sys_id(self) -> str:
        return hashlib.md5(str(next(self.ids)).encode()).hexdigest()


class Bytes:
    """An open download of known size."""

    def __init__(self, content: bytes) -> None:
        self.content, self.size = content, len(content)

    def iter(self) -> Iterable[bytes]:
        for start in range(0, len(self.content), 1 << 20):
            yield self.content[start : start + (1 << 20)]


# ------------------------------------------------------------------------------------------------ AWS
@dataclass
class FakeCases:
    """Security IR: cases with their lifecycle, comments, attachments, tags and client tokens."""

    world: World
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """By operation and token: the answer, and the request that got it."""
    refuse: Callable[[str], str | None] = lambda _: None
    """What AWS says to a write by its name; a text refuses it."""
    refused_titles: set[str] = field(default_factory=set)
    """No case is made with one of these."""

    # ---- the port
    def own(self, creator: str) -> bool:
        return creator == OWN_ROLE

    def read(self, case_id: str, *, investigations: bool = False, comments: bool = True) -> Case | None:
        with self.world.call("aws", "GetCase"):
            if case_id not in self.records:
                return None
            case = self.snapshot(case_id, investigations=investigations)
        if not comments:
            return replace(case, comments=(), comments_read=False)
        with self.world.call("aws", "ListComments"):
            return replace(case, comments=self.snapshot(case_id).comments)

    def tags(self, arn: str) -> Mapping[str, str]:
        with self.world.call("aws", "ListTagsForResource"):
            return dict(self._known(arn.rpartition("/")[2])["tags"])

    def create(self, request: Mapping[str, Any], token: str) -> str:
        with self.world.call("aws", "CreateCase", write=True):
            self._may("CreateCase")
            if request["title"] in self.refused_titles:
                raise Refused("security_ir", "ValidationException")
            self._within(request)
            return self._once("CreateCase", token, dict(request), lambda: self._create(request))

    def _create(self, request: Mapping[str, Any]) -> str:
        made = self.make(request["title"], request["description"], tags=request.get("tags", {}))
        self.records[made]["watchers"] = {w["email"] for w in request.get("watchers", ())}
        return made

    def update(self, case_id: str, changes: Mapping[str, Any]) -> None:
        with self.world.call("aws", "UpdateCase", write=True):
            self._may("UpdateCase")
            record = self._open(case_id)
            self._within(changes)
            left = record["watchers"] - {w["email"] for w in changes.get("watchersToDelete", ())}
            watchers = left | {w["email"] for w in changes.get("watchersToAdd", ())}
            if len(watchers) > WATCHERS_MOST:
                raise Refused("security_ir", "ValidationException: too many watchers")
            record["watchers"] = watchers
            record["values"] |= {name: value for name, value in changes.items() if not name.startswith("watchers")}

    def set_status(self, case_id: str, status: str) -> None:
        """As the client has it: a status that is there already is no refusal."""
        with self.world.call("aws", "UpdateCaseStatus", write=True):
            self._may("UpdateCaseStatus")
            record = self._known(case_id)
            if record["status"] == status:
                return
            if record["values"]["resolverType"] == "AWS" or status not in STEPS.get(record["status"], ()):
                raise Refused("security_ir", f"no transition from {record['status']} to {status}")
            record["status"] = status

    def close(self, case_id: str) -> None:
        with self.world.call("aws", "CloseCase", write=True):
            self._may("CloseCase")
            self._known(case_id)["status"] = "Closed"

    team: tuple[str, ...] = ()

    def response_team(self) -> Sequence[str]:
        with self.world.call("aws", "GetMembership"):
            return self.team

    def comment(self, case_id: str, body: str, token: str) -> str:
        with self.world.call("aws", "CreateCaseComment", write=True):
            self._within({"body": body})
            return self._once("CreateCaseComment", token, [case_id, body], lambda: self._comment(case_id, body))

    def _comment(self, case_id: str, body: str) -> str:
        self._may("CreateCaseComment")
        self._open(case_id)
        return self.add_comment(case_id, body, OWN_ROLE)

    def upload(self, case_id: str, file_name: str, content: Any, size: int, token: str) -> None:
        """The address that a token gave is given again; a second PUT to it finds the file there."""
        with self.world.call("aws", "upload", write=True):
            asked = [case_id, file_name, size]
            self._once("upload", token, asked, lambda: self._place(case_id, file_name, size))
            files = self.records[case_id]["files"]
            if any(f["name"] == file_name for f in files):
                return
            whole = b"".join(content.iter())
            if len(whole) != size:
                raise Unavailable("security_ir", "the file is not as long as announced")
            self.add_file(case_id, file_name, whole, OWN_ROLE)

    def _place(self, case_id: str, file_name: str, size: int) -> str:
        """Whether the case takes such a file."""
        self._may("upload")
        files = self._open(case_id)["files"]
        if any(f["name"] == file_name for f in files):
            raise Refused("security_ir", "ConflictException: the name is taken")
        if not FILE_NAME.fullmatch(file_name) or not 1 <= size <= FILE_MOST:
            raise Refused("security_ir", "ValidationException: name or size")
        if len(files) >= FILES_MOST:
            raise Refused("security_ir", "ServiceQuotaExceededException")
        return file_name

    @contextlib.contextmanager
    def download(self, case_id: str, attachment_id: str):
        with self.world.call("aws", "download"):
            file = next((f for f in self._known(case_id)["files"] if f["id"] == attachment_id), None)
            if file is None or file["status"] != "Verified":
                raise Refused("security_ir", "no such file, or not one that is given out")
        yield Bytes(file["content"])

    def _may(self, call: str) -> None:
        reason = self.refuse(call)
        if reason:
            raise Refused("security_ir", reason)

    @staticmethod
    def _within(texts: Mapping[str, Any]) -> None:
        for name in TEXT_LIMITS.keys() & texts.keys():
            if not 1 <= len(texts[name]) <= TEXT_LIMITS[name]:
                raise Refused("security_ir", f"ValidationException: {name}")

    def _once(self, operation: str, token: str, asked: Any, run: Callable[[], str]) -> str:
        """The first answer again for the same request; another one under its token is refused."""
        shown = json.dumps(asked, sort_keys=True, default=str)
        if (operation, token) not in self.tokens:
            self.tokens[operation, token] = (run(), shown)
        made, before = self.tokens[operation, token]
        if before != shown:
            raise Refused("security_ir", "ConflictException: another request with this token")
        return made

    def _known(self, case_id: str) -> dict[str, Any]:
        if case_id not in self.records:
            raise Refused("security_ir", "ResourceNotFoundException")
        return self.records[case_id]

    def _open(self, case_id: str) -> dict[str, Any]:
        record = self._known(case_id)
        if record["status"] == "Closed":
            raise Refused("security_ir", "ConflictException: the case is closed")
        return record

    # ---- people and responders
    def make(
        self, title: str, description: str = "what happened", *, tags: Mapping[str, str] = {}, **values: str
    ) -> str:
        case_id = f"{4_000_000_000 + len(self.records)}"
        fixed = {
            "title": title,
            "description": description,
            "resolverType": "Self",
            "engagementType": "Security Incident",
        }
        self.records[case_id] = {
            "values": fixed | values, "status": "Submitted", "comments": [], "files": [], "tags": dict(tags),
            "watchers": set(), "created": self.world.now, "investigations": [],
        }  # fmt: skip
        return case_id

    def add_comment(self, case_id: str, body: str, creator: str = PERSON_ROLE) -> str:
        comments = self.records[case_id]["comments"]
        made = f"{len(comments):06d}"
        comments.append(
            {"id": made, "body": body, "creator": creator, "created": self.world.now, "updated": self.world.now}
        )
        return made

    def edit_comment(self, case_id: str, comment_id: str, body: str, by: str = RESPONDER) -> None:
        comment = next(c for c in self.records[case_id]["comments"] if c["id"] == comment_id)
        comment |= {"body": body, "updated": self.world.now, "by": by}

    def add_file(
        self, case_id: str, name: str, content: bytes, creator: str = PERSON_ROLE, status: str = "Verified"
    ) -> str:
        files = self.records[case_id]["files"]
        made = f"00000000-0000-0000-{int(case_id) % 10000:04d}-{len(files):012d}"
        files.append(
            {"id": made, "name": name, "content": content, "creator": creator, "status": status, "at": self.world.now}
        )
        return made

    def snapshot(self, case_id: str, *, investigations: bool = False) -> Case:
        record = self.records[case_id]
        return Case(
            case_id=case_id,
            arn=self.arn(case_id),
            status=record["status"],
            values=record["values"] | {"watchers": tuple(sorted(record["watchers"]))},
            comments=tuple(
                Comment(c["id"], c["body"], c["creator"], at(c["created"]), at(c["updated"]), c.get("by", ""))
                for c in sorted(record["comments"], key=lambda c: c["id"][::-1])  # the API promises no order
            ),
            attachments=tuple(
                CaseAttachment(f["id"], f["name"], f["status"], f["creator"], at(f["at"])) for f in record["files"]
            ),
            investigations=tuple(record["investigations"]) if investigations else (),
            created=at(record["created"]),
        )

    @staticmethod
    def arn(case_id: str) -> str:
        return f"arn:aws:security-ir:eu-west-1:111122223333:case/{case_id}"


# ------------------------------------------------------------------------------------------------ ServiceNow
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
    drop: set[str] = field(default_factory=set)
    """Columns whose writes are silently ignored."""
    drop_on: dict[str, set[str]] = field(default_factory=dict)
    """The same of single records, by sys_id."""
    customs: set[str] = field(default_factory=set)
    """The `u_` columns there are."""
    limits: dict[str, int] = field(default_factory=lambda: dict(COLUMN_LIMITS))
    """Lengths of columns; a customer may have made one longer."""
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
            incident = replace(incident, journal=self.snapshot(sys_id, since).journal)
        with self.world.call("servicenow", "read files"):
            incident = replace(incident, attachments=self.snapshot(sys_id, since).attachments)
            return IncidentRead(incident, self.clock(), self._emails(incident))

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

    def close_codes(self) -> Sequence[str]:
        return ()

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
            raise Refused("servicenow", "Error during insert of incident")
        sys_id = wanted or self.world.sys_id()
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
        members = incident.values.get("watch_list", "").split(",")
        return {m: self.known_users[m] for m in members if m in self.known_users}

    known_users: dict[str, str] = field(default_factory=dict)
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
                    f["sys_id"], f["name"], len(f["content"]), hashlib.sha256(f["content"]).hexdigest(), f["state"],
                    "application/octet-stream", f["by"], at(f["at"]),
                )
                for f in record["files"]
            ),
            correlation_id=columns.get("correlation_id", ""),
            correlation_display=columns.get("correlation_display", ""),
            mod_count=record["mod"],
            updated=at(record["updated"]),
            created=at(record["created"]),
            opened=at(record["created"]),
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ the table
@dataclass
class FakeLinks:
    """The table with the conditions of the real one; links are stored as text, so nothing is shared by accident."""

    world: World
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_incident: dict[str, IncidentRow] = field(default_factory=dict)
    entries: dict[str, dict[str, LedgerRow]] = field(default_factory=dict)
    audit: list[Mapping[str, Any]] = field(default_factory=list)
    creations: list[float] = field(default_factory=list)
    stopped: bool = False
    unreadable: dict[str, float] = field(default_factory=dict)

    def _row(self, case_id: str, raw: dict[str, Any]) -> Row:
        link = loads_link(raw["doc"]) if raw["doc"] else loads_link(json.dumps({"case_id": case_id}))
        return Row(link, raw["version"], raw["owner"], raw["expires"], raw["marked"], raw["unclean"])

    def get(self, case_id: str) -> Row | None:
        with self.world.call("table", "get"):
            raw = self.rows.get(case_id)
            return self._row(case_id, raw) if raw else None

    def incident(self, sys_id: str) -> IncidentRow | None:
        with self.world.call("table", "get incident"):
            return self.by_incident.get(sys_id)

    def claim(self, case_id: str, owner: str, until: float, now: float, known: Row | None = None) -> Row | None:
        if known and known.live(now) and known.owner != owner:
            return None
        with self.world.call("table", "claim"):
            raw = self.rows.setdefault(
                case_id,
                {"doc": "", "version": 0, "owner": "", "expires": 0, "marked": False, "unclean": False, "due": None},
            )
            if raw["owner"] and raw["expires"] > now and raw["owner"] != owner:
                return None
            before = self._row(case_id, raw)
            raw |= {"owner": owner, "expires": until, "marked": False, "version": raw["version"] + 1, "due": until}
            return before

    def mark(self, case_id: str, now: float) -> bool:
        with self.world.call("table", "mark"):
            raw = self.rows.get(case_id)
            if raw is None or not raw["owner"] or raw["expires"] <= now:
                return False
            raw["marked"] = True
            return True

    def _fenced(self, owner: str, case_id: str) -> dict[str, Any]:
        raw = self.rows.get(case_id)
        if raw is None or raw["owner"] != owner:
            raise Fenced
        return raw

    def _store(self, raw: dict[str, Any], link: Link, rows: Sequence[LedgerRow]) -> None:
        raw["doc"] = link.dumps()
        self.entries.setdefault(link.case_id, {}).update({row.key: row for row in rows})

    def save(self, owner: str, link: Link, rows: Sequence[LedgerRow] = ()) -> None:
        with self.world.call("table", "save"):
            self._store(self._fenced(owner, link.case_id), link, rows)

    def clear_mark(self, owner: str, link: Link, rows: Sequence[LedgerRow] = ()) -> None:
        with self.world.call("table", "clear mark"):
            raw = self._fenced(owner, link.case_id)
            self._store(raw, link, rows)
            raw["marked"] = False

    def release(self, owner: str, link: Link, rows: Sequence[LedgerRow], due: float | None, audit: Any) -> bool:
        with self.world.call("table", "release"):
            raw = self._fenced(owner, link.case_id)
            if raw["marked"]:
                return False
            self._store(raw, link, rows)
            raw |= {"owner": "", "expires": 0, "unclean": False, "due": due}
            self.audit += [audit] if audit else []
            return True

    def abandon(
        self,
        owner: str,
        link: Link,
        rows: Sequence[LedgerRow],
        due: float | None,
        audit: Mapping[str, Any] | None = None,
        *,
        unclean: bool = True,
    ) -> None:
        with self.world.call("table", "abandon"):
            raw = self._fenced(owner, link.case_id)
            self._store(raw, link, rows)
            self.audit += [audit] if audit else []
            raw |= {"owner": "", "expires": 0, "unclean": unclean, "due": due}

    def claim_incident(self, row: IncidentRow, owner: str, until: float, now: float) -> IncidentRow | None:
        with self.world.call("table", "claim incident"):
            known = self.by_incident.get(row.sys_id)
            if known and known.case_id:
                return known
            if known and known.owner not in {"", owner} and known.expires > now:
                return None
            request = known.request if known and known.request else json.loads(json.dumps(row.request))
            blocked = known.blocked if known else None
            self.by_incident[row.sys_id] = replace(row, owner=owner, expires=until, request=request, blocked=blocked)
            return self.by_incident[row.sys_id]

    def free_incident(self, sys_id: str, owner: str) -> None:
        with self.world.call("table", "free incident"):
            known = self.by_incident.get(sys_id)
            if known and known.owner == owner:
                self.by_incident[sys_id] = replace(known, owner="", expires=0)

    def block_incident(self, sys_id: str, owner: str, blocked: Blocked) -> None:
        with self.world.call("table", "block incident"):
            known = self.by_incident.get(sys_id)
            if known is None or known.owner != owner:
                raise Fenced
            self.by_incident[sys_id] = replace(known, owner="", expires=0, request=None, blocked=blocked)

    def join(self, link: Link, owner: str) -> None:
        with self.world.call("table", "join"):
            raw = self._fenced(owner, link.case_id)
            known = self.by_incident.get(link.sys_id)
            if known and known.case_id not in {"", link.case_id}:
                raise Fenced
            self._store(raw, link, ())
            self.by_incident[link.sys_id] = IncidentRow(link.sys_id, link.case_id, link.table)

    def ledger(self, case_id: str, keys: Iterable[str]) -> dict[str, LedgerRow]:
        with self.world.call("table", "ledger"):
            known = self.entries.get(case_id, {})
            return {key: known[key] for key in keys if key in known}

    def whole_ledger(self, case_id: str, kind: str) -> dict[str, LedgerRow]:
        with self.world.call("table", "whole ledger"):
            return {k: r for k, r in self.entries.get(case_id, {}).items() if r.kind == kind}

    def count_creation(self, now: float, limit: int) -> bool:
        with self.world.call("table", "count creation"):
            self.creations = self.creations if self.creations and now - self.creations[0] < HOUR_S else []
            self.stopped |= len(self.creations) >= limit
            if not self.stopped:
                self.creations.append(now)
            return not self.stopped

    def count_unreadable(self, case_id: str, now: float) -> int:
        with self.world.call("table", "count unreadable"):
            self.unreadable[case_id] = now
            return sum(now - t < HOUR_S for t in self.unreadable.values())
