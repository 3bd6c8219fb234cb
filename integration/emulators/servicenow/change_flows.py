"""The flows of Change Management: what an instance does by itself after a change, a task or an approval was written.

They ask for approval, make and cancel tasks, and evaluate the model: ServiceNowDocs, change-flows.md and
change-flow-actions.md in it-service-management/change-management.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from . import change_approvals as approvals
from . import change_conflicts as conflicts
from . import change_tasks as tasks
from .approver_rows import end, is_decision
from .change_models import CANCELED, ENDED
from .change_steps import initial_state, model_of, state_of, ways
from .session import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .store import Row
    from .write import Write
REFRESH = "change.conflict.refresh.conflicts"
"""ServiceNowDocs, it-service-management/change-management/configure-conflict-properties.md."""
PLANNED = ("cmdb_ci", "start_date", "end_date")


class Flows:
    """`runs`: how often a change was submitted, by which the approvals of a run are told from those before."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.runs: dict[str, int] = {}
        self.held: dict[str, set[str]] = {}

    def clear(self) -> None:
        self.runs.clear()
        self.held.clear()

    def after(self, write: Write) -> None:
        """To be called with every write that was done."""
        watchers = {"change_request": self._change, "change_task": self._task, "sysapproval_approver": self._approval}
        if write.table in watchers and write.operation != "delete":
            watchers[write.table](write)

    def _change(self, write: Write) -> None:
        change = write.sys_id
        if self._service.settings.is_on(REFRESH) and any(write.changed(name) for name in PLANNED):
            self._soon(partial(conflicts.detect, self._service, change))
        if write.changed("state"):
            self._soon(partial(self._entered, change, write.current["state"], (write.previous or {}).get("state", "")))
        if write.previous is not None and write.changed("on_hold") and write.current["state"] not in ENDED:
            self._soon(partial(self._held, change))
        elif write.previous is not None and not write.changed("state") and write.session is not SYSTEM:
            self._soon(partial(self.evaluate, change))

    def _task(self, write: Write) -> None:
        if write.previous is not None and write.changed("state"):
            self._soon(partial(self.evaluate, write.current["change_request"]))

    def _approval(self, write: Write) -> None:
        if is_decision(write):
            self._soon(partial(self._decided, write.sys_id))

    def _soon(self, work: Callable[[], object]) -> None:
        self._service.flow_queue.soon(work, self._service.switches.change_flow_delay_s)

    def _entered(self, sys_id: str, state: str, before: str) -> None:
        """The process of the state, as long as the change still stands in it; none for a state it was created in."""
        change = self._read(sys_id)
        if change is None or change["state"] != state:
            return
        first = initial_state(self._service, model_of(self._service, change))
        if not before:
            self._created(change)
        elif state == CANCELED:
            end(self._service, change["sys_id"])
            tasks.cancel(self._service, change, made_by_flows=False)
        elif state == first:
            self._back(change)
        else:
            self.runs[sys_id] = self.runs.get(sys_id, 0) + (before == first)
            self._process(change)

    def _created(self, change: Row) -> None:
        if change["type"] == "standard" and self._service.switches.change_standard_leaves_new:
            ready = [way.to_state for way in ways(self._service, change, change["state"]) if way.available]
            if ready and ready[0] != CANCELED:
                self._set(change["sys_id"], state=ready[0])

    def _process(self, change: Row) -> None:
        """Whatever of it was done before is not done again."""
        service, sys_id = self._service, change["sys_id"]
        if change["on_hold"] == "true":
            return
        process = state_of(service, change)
        if process.get("asks"):
            approvals.ask(service, change, process["asks"], self.runs.get(sys_id, 0))
        if process.get("approves") == "true" and service.switches.change_standard_approved:
            self._set(sys_id, approval="approved")
        if process.get("makes_tasks") == "true":
            tasks.make(service, change)
        if process.get("cancels_tasks") == "true":
            tasks.cancel(service, change, made_by_flows=True)
        self.evaluate(sys_id)

    def _back(self, change: Row) -> None:
        """To New: what is pending is cancelled, and what was rejected stays readable for as long as switched."""
        end(self._service, change["sys_id"])
        shown_s = self._service.switches.change_rejected_s
        if change["approval"] != "rejected" or shown_s == 0:
            self._set(change["sys_id"], approval="not requested")
        elif shown_s is not None:
            self._service.flow_queue.soon(partial(self._forgotten, change["sys_id"]), shown_s)

    def _forgotten(self, sys_id: str) -> None:
        change = self._read(sys_id)
        if change is not None and change["approval"] == "rejected":
            self._set(sys_id, approval="not requested")

    def _held(self, sys_id: str) -> None:
        """Approvals and tasks follow what the change says now."""
        change, run = self._read(sys_id), self.runs.get(sys_id, 0)
        if change is None:
            return
        tasks.hold(self._service, change, self.held.setdefault(sys_id, set()))
        if change["on_hold"] == "true":
            approvals.hold(self._service, change, run)
        else:
            approvals.resume(self._service, change, run)
            self._process(change)

    def _decided(self, approver: str) -> None:
        service = self._service
        row = service.store.row("sysapproval_approver", approver) or {}
        change = self._read(row.get("sysapproval", ""))
        if change is None:
            return
        approvals.decide(service, change, row)
        verdict = approvals.verdict(service, change["sys_id"], self.runs.get(change["sys_id"], 0))
        if verdict:
            self._set(change["sys_id"], approval=verdict, approval_set=service.clock.stamp())
        self.evaluate(change["sys_id"])

    def evaluate(self, sys_id: str) -> None:
        """*Evaluate Change Model*: the first automatic transition whose conditions hold is made."""
        change = self._read(sys_id)
        if change is None:
            return
        ready = [way for way in ways(self._service, change, change["state"]) if way.automatic and way.available]
        if ready:
            self._set(sys_id, state=ready[0].to_state)

    def _read(self, sys_id: str) -> Row | None:
        return self._service.store.row("change_request", sys_id)

    def _set(self, sys_id: str, **values: str) -> None:
        self._service.writes.update(SYSTEM, "change_request", sys_id, values)
