"""Security Incident Response in memory."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Refused, Unavailable
from integration.model import Case, CaseAttachment, Comment
from tests.fakes.basics import Bytes, at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.fakes.world import World

OWN_ROLE = "arn:aws:sts::111122223333:assumed-role/client/SecurityIncidentResponseClient"
PERSON_ROLE = "arn:aws:sts::111122223333:assumed-role/people/ada"
RESPONDER = "AWS Responder"
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

    team: tuple[str, ...] = ("lead@here.example", "lead@out.example")

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
