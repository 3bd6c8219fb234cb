"""The state of the emulated service and the one way to change a case: `record`.

Every access goes through `lock`: requests run on the server's thread, the jobs and tests on others.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .calls import Calls
from .changes import Changes
from .clock import Clock
from .errors import conflict, inactive, not_found
from .events import Outbox
from .memberships import establish
from .paging import Order
from .presigned import Signer
from .records import SYSTEM, Caller, Case, Membership
from .rules import Faults
from .switches import Switches
from .throttle import Throttle
from .tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

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


class Service:
    """One account's Security Incident Response in one region."""

    def __init__(
        self,
        *,
        account: str = "111122223333",
        region: str = "us-east-1",
        seed: int = 1,
        clock: Callable[[], float] | None = None,
        sending: bool = False,
    ) -> None:
        self.account = account
        self.region = region
        self.seed = seed
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.stirred = threading.Event()
        self.ending = threading.Event()
        self.changes = Changes()
        self._sending = sending
        self.files = Path(tempfile.mkdtemp(prefix="security-ir-emulator-"))
        self.reset()

    def reset(self) -> None:
        """Back to an empty account with one active membership; switches and faults too, not the change numbers."""
        with self.lock:
            self.rng = random.Random(self.seed)  # noqa: S311 - repeatable ids, not secrets
            self.signer = Signer(self.rng.randbytes(32), self.clock)
            self.switches = Switches()
            self.faults = Faults()
            self.calls = Calls()
            self.throttle = Throttle()
            self.tokens = Tokens()
            self.outbox = Outbox(self.account, self.region, self.faults, self.rng, self._sending)
            self.cases: dict[str, Case] = {}
            self.tickets: dict[str, Ticket] = {}
            self.memberships: dict[str, Membership] = {}
            for file in self.files.iterdir():
                file.unlink()
            establish(self)
            self.changes.add("Reset", self.clock())

    def close(self) -> None:
        shutil.rmtree(self.files, ignore_errors=True)

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
        self.changes.add(change, now, caseId=case.case_id, principal=caller.principal, **ids)
        for detail_type in self.switches.emissions.get(change, ()):
            delay_s = self.switches.event_delay_s
            self.outbox.emit(detail_type, case, caller.actor, now, delay_s)
        self.stirred.set()

    def caller(self, principal: str, base_url: str = "") -> Caller:
        return Caller(principal, self.account, base_url)

    @property
    def system(self) -> Caller:
        return self.caller(SYSTEM)
