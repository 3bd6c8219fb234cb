"""The API of people, `/w`: the page, and what it asks with the bearer that a personal link was exchanged for."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.connection.authorizer import Refusals
from integration.workspaces import links, sessions
from integration.workspaces.api import extended
from integration.workspaces.model import ADDRESS_S, Phase, Why
from integration.workspaces.naming import file_name
from integration.workspaces.planner import may_extend, may_use
from integration.workspaces.request import Answer, Bad, Request, answered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.aws.telemetry import Telemetry
    from integration.workspaces.model import Member, Row
    from integration.workspaces.ports import Files
    from integration.workspaces.reconciler import Reconciler
    from integration.workspaces.request import Routes

PAGE = Path(__file__).parent / "page"
TYPES = {"index.html": "text/html", "page.js": "text/javascript", "page.css": "text/css"}
LARGEST_FILE = 5 * 1024**3
"""Of one POST (S3)."""
TOO_OLD = "this link is too old, or was renewed: whoever ordered the workspace has the new one"
OVER = "the workspace has ended, or is about to: its files go to the archive, none can be used here"
STRANGERS = frozenset({401, 403, 404, 405})
"""Statuses of whoever has no session, or asks for what is not there."""
_TYPE = re.compile(r"[\w.+-]{1,64}/[\w.+-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class PeopleApi:
    """`key`: the secret that signs links and bearers. `origin`: where files are sent to, for the page's policy.
    `refusals`: anybody may call it, so that a line for each would be theirs to fill the log with.
    """

    core: Reconciler
    files: Files
    key: Callable[[], str]
    origin: Callable[[], str]
    wake: Callable[[Sequence[str]], None]
    telemetry: Telemetry
    refusals: Refusals = field(default_factory=Refusals)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The proxy response."""
        routes: Routes = {
            ("w",): {"GET": lambda _request: self._page("index.html")},
            ("w", "page.js"): {"GET": lambda _request: self._page("page.js")},
            ("w", "page.css"): {"GET": lambda _request: self._page("page.css")},
            ("w", "session"): {"POST": self._sign_in},
            ("w", "me"): {"GET": self._me},
            ("w", "files"): {"GET": self._list},
            ("w", "uploads"): {"POST": self._upload},
            ("w", "downloads"): {"POST": self._download},
            ("w", "remove"): {"POST": self._remove},
            ("w", "extend"): {"POST": self._extend},
            ("w", "end"): {"POST": self._end},
        }
        return answered(event, routes, self.telemetry, to_tell=self._to_tell)

    def _to_tell(self, request: Request, status: int) -> int:
        """What is refused to somebody with a session is told each time."""
        stranger = status in STRANGERS or request.parts == ("w", "session")
        return self.refusals.to_tell() if stranger else 1

    def _page(self, name: str) -> Answer:
        """Nothing but our own script runs, and nothing uploaded is ever rendered."""
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
            f"connect-src 'self' {self.origin()}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Type": f"{TYPES[name]}; charset=utf-8",
            "Cache-Control": "no-cache",
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Strict-Transport-Security": "max-age=31536000",
        }
        return Answer(200, (PAGE / name).read_text(encoding="utf-8"), headers)

    # ------------------------------------------------------------------------------------------- who it is
    def _sign_in(self, request: Request) -> Answer:
        given = request.fields(link=str)["link"] or ""
        row = self._row(links.workspace_in(given))
        member = links.holder(self.key(), given, row) if row else None
        if row is None or member is None:
            raise Bad(403, TOO_OLD)
        token, until = sessions.bearer(self.key(), row, member, self.core.clock())
        return Answer(200, {"token": token, "expires_at": until, "now": self.core.clock()})

    def _known(self, request: Request) -> tuple[Row, Member]:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        row = self._row(sessions.workspace_in(given))
        member = sessions.holder(self.key(), given, row, self.core.clock()) if row else None
        if row is None or member is None:
            raise Bad(403, "this session is over: open your personal link again, or the new one if it was renewed")
        return row, member

    def _row(self, workspace: str) -> Row | None:
        return self.core.records.get(workspace) if workspace else None

    def _user(self, request: Request) -> Row:
        """The workspace of whoever may use it now."""
        row, _ = self._known(request)
        if not may_use(row, self.core.clock()):
            raise Bad(409, "the workspace is not ready yet: look again in a moment" if _begins(row) else OVER)
        return row

    # ------------------------------------------------------------------------------------------- what there is
    def _me(self, request: Request) -> Answer:
        row, member = self._known(request)
        return Answer(200, {"name": self.core.records.shown(row, member), "kind": row.kind} | self._state(row))

    def _list(self, request: Request) -> Answer:
        """What the open page asks every 3 s. Files are shown until the removal begins."""
        row, _ = self._known(request)
        there = row.delivered and not row.deleting and row.phase is not Phase.GONE
        found, more = self.files.listed(row.bucket) if there else ([], False)
        shown = [{"name": each.key, "size": each.size, "at": each.at} for each in found]
        return Answer(200, {"files": shown, "more": more} | self._state(row))

    def _state(self, row: Row) -> dict[str, Any]:
        now = self.core.clock()
        ends = not _begins(row) and not may_use(row, now)
        return {
            "phase": Phase.ENDING if ends and row.phase is Phase.READY else row.phase,
            "expires_at": row.lives_until,
            "extends": may_extend(row),
            "days": row.days,
            "quota": row.quota,
            "room": max(row.room, 0),
            "proof": row.proof,
            "now": now,
        }

    # ------------------------------------------------------------------------------------------- what is done
    def _upload(self, request: Request) -> Answer:
        """Its size is reserved before an address is signed. Dies between: given back after 15 minutes."""
        row, now = self._user(request), self.core.clock()
        asked = request.fields(name=str, size=int, type=str)
        name, size = _name(asked["name"]), _size(asked["size"])
        if size > min(row.quota, LARGEST_FILE):
            raise Bad(413, f"one file has at most {_shown(min(row.quota, LARGEST_FILE))} here")
        if not self.core.records.reserve(row, uuid.uuid4().hex, size, now, now + ADDRESS_S):
            raise self._no_room(row)
        kind = asked["type"] or ""
        form = self.files.upload(row.bucket, name, size, kind if _TYPE.fullmatch(kind) else "application/octet-stream")
        return Answer(200, {"url": form.url, "fields": dict(form.fields), "expires_at": now + ADDRESS_S})

    def _no_room(self, row: Row) -> Bad:
        row = self.core.records.get(row.id) or row
        if not may_use(row, self.core.clock()):
            return Bad(409, OVER)
        said = "the workspace is full: earlier versions and uploads that broke off count for some time, too"
        return Bad(413, said, room=max(row.room, 0))

    def _download(self, request: Request) -> Answer:
        row = self._user(request)
        return Answer(200, {"url": self.files.download(row.bucket, _name(request.fields(name=str)["name"]))})

    def _remove(self, request: Request) -> Answer:
        """`undo`: the file comes back as it was."""
        row, asked = self._user(request), request.fields(name=str, undo=bool)
        name = _name(asked["name"])
        if not asked["undo"]:
            self.files.remove(row.bucket, name)
        elif not self.files.restore(row.bucket, name):
            raise Bad(404, "this file is not removed")
        return Answer(200, {"removed": not asked["undo"]})

    def _extend(self, request: Request) -> Answer:
        (row, _), days = self._known(request), request.fields(days=int)["days"]
        return Answer(200, self._state(extended(self.core, row, days, ordered=False)))

    def _end(self, request: Request) -> Answer:
        row, _ = self._known(request)
        if row.phase is not Phase.GONE:
            self.core.records.end(row.id, row.ended or Why.ASKED, self.core.clock())
            self.wake([row.id])
        return Answer(202, self._state(row) | {"phase": row.phase if row.phase is Phase.GONE else Phase.ENDING})


def _begins(row: Row) -> bool:
    return row.phase in {Phase.NEW, Phase.MAKING} and not row.ended


def _name(given: str | None) -> str:
    if given is None:
        raise Bad(422, "name says which file", field="name")
    return file_name(given)


def _size(given: int | None) -> int:
    if given is None or given < 0:
        raise Bad(422, "size is the file's size in bytes", field="size")
    return given


def _shown(size: int) -> str:
    """In the units of the page."""
    units = 0
    while size >= 1024 and units < 3:
        size, units = size // 1024, units + 1
    return f"{size} {('bytes', 'KB', 'MB', 'GB')[units]}"
