"""The state of the emulated service and the one way to change a case: `record`.

Every access goes through `lock`: requests, those of an admin, jobs and tests run on threads of their own.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any
from uuid import UUID

from integration.emulators.kit import service as kit

from .errors import conflict, inactive, not_found
from .events import Outbox
from .faults import Fault
from .jobs import UNCHECKED, Jobs
from .memberships import establish
from .paging import Order
from .presigned import Signer
from .records import SYSTEM, Caller, Case, Membership
from .switches import Switches
from .throttle import Throttle
from .tokens import Tokens
from .views import state_view

if TYPE_CHECKING:
    from integration.emulators.kit.clock import Clock

    from .presigned import Ticket

ACTIONS = {
    "CaseCreated": "Create case",
    "CaseUpdated": "Update case",
    "StatusUpdated": "Update case status",
    "ResolverUpdated": "Update resolver type",
    "PendingActionUpdated": "Update pending action",
    "MetadataUpdated": "Update case metadata",
    "CaseClosed": "Close case",
    "CommentAdded": "Add comment",
    "CommentUpdated": "Update comment",
    "AttachmentUploaded": "Add attachment",
    "AttachmentScanned": "Scan attachment",
    "TagsUpdated": "Update tags",
    "InvestigationUpdated": "Update investigation",
}
"""What ListCaseEdits calls each change. The API promises a free text; only `Add comment` is seen in samples."""


class Service(kit.Service[Switches, Fault]):
    """One account's Security Incident Response in one region: an active membership and no cases.

    `events_url` is the AWS endpoint whose default bus gets native events, signed with `events_secret`; without it they
    are only recorded. Raises ValueError for one that is no HTTP URL.
    """

    NAME = "security-ir"

    def __init__(
        self,
        *,
        account: str = "111122223333",
        region: str = "us-east-1",
        seed: int = 1,
        clock: Clock | None = None,
        switches: Switches | None = None,
        events_url: str | None = None,
        events_secret: str = UNCHECKED,
    ) -> None:
        if events_url is not None and not events_url.startswith(("http://", "https://")):
            raise ValueError("events_url is not an HTTP URL")
        super().__init__(switches or Switches(), Fault, clock)
        self.account = account
        self.region = region
        self.seed = seed
        self.lock = threading.RLock()
        self.stirred = threading.Event()
        self._sending = events_url is not None
        self.jobs = Jobs(self, events_url, events_secret)
        self.reset()

    def reset(self) -> None:
        """Back to an empty account with one active membership; faults and calls too."""
        with self.lock:
            super().reset()
            self.rng = random.Random(self.seed)  # noqa: S311 - repeatable ids, not secrets
            self.signer = Signer(self.rng.randbytes(32), self.clock)
            self.throttle = Throttle()
            self.tokens = Tokens()
            self.outbox = Outbox(self.account, self.region, self.faults, self.rng, self._sending)
            self.cases: dict[str, Case] = {}
            self.tickets: dict[str, Ticket] = {}
            self.memberships: dict[str, Membership] = {}
            establish(self)
            self.changes.add(at=self.clock(), kind="Reset")

    def start(self) -> None:
        self.jobs.start()

    def close(self) -> None:
        self.jobs.stop()
        super().close()

    def moved(self) -> None:
        self.stirred.set()

    def overview(self) -> dict[str, Any]:
        return {"account": self.account, "region": self.region, "cases": len(self.cases)}

    def state(self, **_: list[str]) -> Any:
        with self.lock:
            return state_view(self)

    def case(self, case_id: str) -> Case:
        """Raises ApiError ResourceNotFoundException."""
        if case_id not in self.cases:
            raise not_found(f"Case {case_id} was not found")
        return self.cases[case_id]

    def require_membership(self) -> None:
        """A cancelled membership still serves until it ends. Raises SecurityIncidentResponseNotActiveException."""
        states = {each.fields["membershipStatus"] for each in self.memberships.values()}
        if not states & {"Active", "Cancelled"}:
            raise inactive()

    def require_open(self, operation: str, case: Case) -> None:
        if case.closed and operation in self.switches.closed_refuses:
            raise conflict(f"Case {case.case_id} is closed", case.case_id, "Case")

    def order(self) -> Order:
        return Order(self.switches.list_order, self.seed)

    def uuid(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4)).upper()

    def digits(self, count: int) -> str:
        """A random number of so many digits, none of them leading zeros."""
        return str(self.rng.randrange(10 ** (count - 1), 10**count))

    def name(self, prefix: str) -> str:
        return prefix + "".join(self.rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=16))

    def record(self, case: Case, caller: Caller, change: str, message: str, **ids: Any) -> None:
        """Book one change of a case: its edit, its date, its native events and its line in the feed."""
        now = self.clock()
        if change not in self.switches.last_updated_ignores:
            case.fields["lastUpdatedDate"] = now
        edit = {"eventTimestamp": now, "principal": caller.principal, "action": ACTIONS[change], "message": message}
        case.edits.append(edit)
        self.changes.add(at=now, kind=change, caseId=case.case_id, principal=caller.principal, **ids)
        for detail_type in self.switches.emissions.get(change, ()):
            delay_s = self.switches.event_delay_s
            self.outbox.emit(detail_type, case, caller.actor, now, delay_s)
        self.stirred.set()

    def caller(self, principal: str, base_url: str = "") -> Caller:
        return Caller(principal, self.account, base_url)

    @property
    def system(self) -> Caller:
        return self.caller(SYSTEM)
