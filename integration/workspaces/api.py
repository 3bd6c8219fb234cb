"""The API of machines, `/workspaces`: request → command → answer. A key of the deployment is needed.

Only 1.5 s are waited for: what takes longer goes on by itself, and is answered 202 with where to ask.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from integration.reconcile.errors import Later
from integration.workspaces.links import renewed, same
from integration.workspaces.model import BadOrder, Order, Phase, Why, WorkspaceKind
from integration.workspaces.naming import person_of
from integration.workspaces.passes import facts_of, metrics_of
from integration.workspaces.planner import extended_until, may_extend, why_not_extended
from integration.workspaces.request import Answer, Bad, Request, answered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.aws.telemetry import Telemetry
    from integration.workspaces.model import Row
    from integration.workspaces.reconciler import Reconciler
    from integration.workspaces.request import Routes

WAITED_S, RETRY_S = 1.5, 2
KEY_HEADER = "x-api-key"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_SYS_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_TAG = re.compile(r"[\w .:/=+@-]{0,64}")
_NEW = {"username": str, "kind": str, "days": int, "team": list, "cost_center": str, "idempotency_key": str}
_FULL = "GET /workspaces?order=KEY, with the idempotency key or the sys_id of a request item"


@dataclass(frozen=True)
class MachineApi:
    """`key`: the one that lets in; the API's own look at it is no authorisation (API Gateway, usage plans). `wake`:
    sends passes on these workspaces, at once.
    """

    core: Reconciler
    key: Callable[[], str]
    wake: Callable[[Sequence[str]], None]
    telemetry: Telemetry

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The proxy response."""
        routes: Routes = {
            ("workspaces",): {"POST": self._create, "GET": self._of_order},
            ("workspaces", "*"): {"GET": self._show, "DELETE": self._end},
            ("workspaces", "*", "extend"): {"POST": self._extend},
            ("workspaces", "*", "links"): {"POST": self._renew},
            ("workspaces", "*", "hand-over"): {"POST": self._hand_over},
        }
        return answered(event, routes, self.telemetry, self._let_in)

    def _let_in(self, request: Request) -> None:
        given = request.headers.get(KEY_HEADER, "")
        if not given:
            raise Bad(403, "the header x-api-key is missing: `workspace deploy` wrote the key's file")
        if not same(given, self.key()):
            raise Bad(403, "this key is not one of this deployment: `workspace deploy` wrote the key's file")

    def _create(self, request: Request) -> Answer:
        order = order_of(request.fields(**_NEW))
        now = self.core.clock()
        accepted = self.core.accept(order)
        row = accepted.row
        if row.person != order.person.digest:
            raise Bad(409, "this idempotency_key was used for another person: take a new one", field="idempotency_key")
        if accepted.fresh:
            report = self.core.run(row.id, now + WAITED_S, accepted).report
            self.telemetry.emit(metrics_of(report), facts_of(report))
            return self._made(report.row or row, 201)
        if row.phase in {Phase.ENDING, Phase.GONE} or row.ended:
            said = "the workspace of this person is being removed: order again in a few minutes"
            raise Bad(409, said, workspace_id=row.id)
        return self._made(row, 200)

    def _made(self, row: Row, status: int) -> Answer:
        if row.phase is Phase.READY:
            return Answer(status, self._shown(row), {"Location": _address(row)})
        self.wake([row.id])
        return Answer(202, self._shown(row), {"Location": _address(row), "Retry-After": str(RETRY_S)})

    def _show(self, _request: Request, workspace: str) -> Answer:
        return Answer(200, self._shown(self._row(workspace)))

    def _of_order(self, request: Request) -> Answer:
        asked = request.query.get("order", "")
        if not asked or len(asked) > 255:
            raise Bad(422, f"name an order: {_FULL}", field="order")
        order = self.core.records.order(asked if _SYS_ID.fullmatch(asked) else order_key(asked))
        if order is None:
            raise Bad(404, f"there is no such order: {_FULL}")
        rows = self.core.records.many(dict.fromkeys((*order.workspaces, *filter(None, [order.workspace]))))
        return Answer(200, {"workspaces": [self._shown(row) for row in rows.values()]})

    def _end(self, request: Request, workspace: str) -> Answer:
        """Archived first, as always; `?now=true` cuts off addresses already given."""
        row = self._row(workspace)
        if row.phase is Phase.GONE:
            return Answer(200, self._shown(row))
        at_once = request.query.get("now", "").lower() == "true"
        self.core.records.end(row.id, row.ended or Why.ASKED, self.core.clock(), at_once=at_once)
        self.wake([row.id])
        shown = self._shown(row) | {"phase": Phase.ENDING, "ending": str(row.ended or Why.ASKED)}
        return Answer(202, shown, {"Location": _address(row), "Retry-After": str(RETRY_S)})

    def _extend(self, request: Request, workspace: str) -> Answer:
        days, row = request.fields(days=int)["days"], self._row(workspace)
        return Answer(200, self._shown(extended(self.core, row, days, ordered=True)))

    def _renew(self, request: Request, workspace: str) -> Answer:
        """New links, of one member or of all: the old ones die, with their sessions."""
        username, row = request.fields(username=str)["username"], self._row(workspace)
        if row.phase is Phase.GONE:
            raise Bad(409, "the workspace has ended: there is nothing that a new link would open")
        digest = person_of(username).digest if username else ""
        members = renewed(row, lambda member: not digest or member.id == digest)
        if members == row.members:
            raise Bad(404, "nobody of this name is a member of this workspace", field="username")
        self.core.records.renew(row.id, members)
        return Answer(200, self._shown(replace(row, members=members)))

    def _hand_over(self, request: Request, workspace: str) -> Answer:
        username, row = request.fields(username=str)["username"], self._row(workspace)
        if not username:
            raise BadOrder("username", 'say to whom, such as {"username": "new.name"}')
        try:
            return Answer(200, self._shown(self.core.hand_over(row.id, person_of(username))))
        except Later:
            raise Bad(409, "a pass is at work on this workspace: ask again in a moment") from None

    def _row(self, workspace: str) -> Row:
        row = self.core.records.get(workspace) if _ID.fullmatch(workspace) else None
        if row is None:
            raise Bad(404, "there is no workspace with this id: `workspace list` shows them")
        return row

    def _shown(self, row: Row) -> dict[str, Any]:
        """What machines are told: ids, times and links, never a person's name. `links`: in the order of the members."""
        alive = row.phase is not Phase.GONE
        links = [self.core.settings.link(row, member) for member in row.members] if alive else []
        return {
            "workspace_id": row.id,
            "phase": row.phase,
            "kind": row.kind,
            "url": links[0].partition("#")[0] if links else "",
            "link": links[0] if links else "",
            "links": links,
            "bucket": row.bucket,
            "order": row.number or (row.order if row.catalog else ""),
            "cost_center": row.cost_center,
            "created_at": row.created,
            "expires_at": row.lives_until or None,
            "ending": str(row.ended or row.why or ""),
            "blocked": row.blocked.reason if row.blocked else "",
            "proof": row.proof,
            "now": self.core.clock(),
        }


def extended(core: Reconciler, row: Row, days: int | None, *, ordered: bool) -> Row:
    """The row, wished to live so much longer. Raises `BadOrder` and `Bad`."""
    if not may_extend(row):
        raise Bad(409, why_not_extended(row))
    now = core.clock()
    until = extended_until(row, row.days if days is None else days, now, core.settings.policy, ordered=ordered)
    return core.records.extend(row, until, now)


def order_of(fields: Mapping[str, Any]) -> Order:
    """Raises `BadOrder` for what no order can say."""
    if not fields["username"]:
        raise BadOrder("username", 'say for whom, such as {"username": "your.name"}')
    kind, team = _kind(fields["kind"]), fields["team"] or []
    if team and kind is WorkspaceKind.PERSONAL:
        raise BadOrder("team", "a personal workspace is of one person: say kind team to share it")
    if not all(isinstance(each, str) for each in team):
        raise BadOrder("team", "team is a list of names")
    if not _TAG.fullmatch(fields["cost_center"] or ""):
        raise BadOrder("cost_center", "cost_center has at most 64 letters, digits, spaces and . : / = + @ - _")
    return Order(
        key=order_key(fields["idempotency_key"] or str(uuid.uuid4())),
        person=person_of(fields["username"]),
        kind=kind,
        team=tuple(person_of(each) for each in team),
        days=fields["days"],
        cost_center=fields["cost_center"] or "",
    )


def order_key(given: str) -> str:
    """Of a call: what the caller chose may say anything, and is not stored."""
    return f"call-{hashlib.sha256(given.encode(errors='replace')).hexdigest()[:32]}"


def _kind(given: str | None) -> WorkspaceKind:
    try:
        return WorkspaceKind(given or WorkspaceKind.PERSONAL)
    except ValueError:
        raise BadOrder("kind", f"kind is one of {', '.join(WorkspaceKind)}") from None


def _address(row: Row) -> str:
    return f"/workspaces/{row.id}"
