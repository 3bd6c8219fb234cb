"""The processes of requests and request items: approval, catalog tasks, closing what is done, cancelling the rest.

Approvals of a request and of its items are two things. An item's process is what its columns `asks` and `makes_tasks`
say; it is begun by an order, not by a row that somebody inserts. With tasks of a plan: all complete closes the item
complete, one incomplete closes it incomplete (ServiceNowDocs, state-closure-request.md); without, nobody closes it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from . import catalog_approvals as approvals
from .approver_rows import end, is_decision
from .catalog_rules import CLOSED_REQUESTS
from .catalog_tables import CANCELLED_STAGE, COMPLETE, ENDED, INCOMPLETE
from .session import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable

    from .service import Service
    from .store import Row
    from .write import Write

CALLED_OFF = ("closed_cancelled", "closed_rejected")
BY_PLAN = "catalog plan"
"""`correlation_display` of the tasks that a plan made."""


class CatalogFlows:
    """To be told of every write that was done, and of every order."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def ordered(self, request: str) -> None:
        self._soon(partial(self._begin, request))

    def after(self, write: Write) -> None:
        watchers = {
            "sc_request": self._of_request, "sc_req_item": self._of_item, "sc_task": self._of_task,
            "sysapproval_approver": self._of_approval,
        }  # fmt: skip
        if write.table in watchers and write.operation != "delete":
            watchers[write.table](write)

    def _of_request(self, write: Write) -> None:
        if write.previous is None:
            return
        if write.became("approval", "approved"):
            self._soon(partial(self._start, write.sys_id))
        if write.changed("request_state") and write.current["request_state"] in CLOSED_REQUESTS:
            self._soon(partial(self._request_ended, write.sys_id))

    def _of_item(self, write: Write) -> None:
        if write.previous is None:
            return
        if write.became("approval", "approved"):
            self._soon(partial(self._fulfil, write.sys_id))
        if write.became("state", *ENDED):
            self._soon(partial(self._item_ended, write.sys_id))

    def _of_task(self, write: Write) -> None:
        if write.became("state", *ENDED) and write.previous is not None:
            self._soon(partial(self._task_ended, write.current["request_item"]))

    def _of_approval(self, write: Write) -> None:
        if is_decision(write):
            self._soon(partial(self._decided, write.sys_id))

    def _soon(self, work: Callable[[], object]) -> None:
        self._service.flow_queue.soon(work, self._service.switches.catalog_flow_delay_s)

    def _begin(self, sys_id: str) -> None:
        """The request's own process: cheap ones approve themselves."""
        request = self._open("sc_request", sys_id)
        if request is None or request["approval"] in ("approved", "rejected"):
            return
        if float(request["price"] or 0) < self._service.switches.catalog_approves_below:
            self._set(request, approval="approved")
        else:
            approvals.ask(self._service, request, "manager")

    def _start(self, sys_id: str) -> None:
        """Approved: the processes of its items begin."""
        request = self._open("sc_request", sys_id)
        if request is None:
            return
        self._set(request, request_state="in_process", stage="requested")
        for item in self._items(sys_id):
            kind = self._kind(item)
            if item["approval"] == "approved":
                self._fulfil(item["sys_id"])
            elif kind.get("asks"):
                approvals.ask(self._service, item, kind["asks"])
            elif self._service.switches.catalog_item_follows and item["approval"] != "rejected":
                self._set(item, approval="approved")

    def _fulfil(self, sys_id: str) -> None:
        """The tasks of its plan, once; none before the request itself is approved."""
        item = self._open("sc_req_item", sys_id)
        request = self._service.store.row("sc_request", item["request"]) if item else None
        if item is None or request is None or request["approval"] != "approved" or self._planned(sys_id):
            return
        for number in range(int(self._kind(item).get("makes_tasks") or 0)):
            self._service.writes.insert(SYSTEM, "sc_task", {
                "request_item": sys_id, "request": item["request"], "order": str(number + 1),
                "short_description": item["short_description"], "correlation_display": BY_PLAN,
            })  # fmt: skip

    def _decided(self, approver: str) -> None:
        service = self._service
        row = service.store.row("sysapproval_approver", approver) or {}
        table = row.get("source_table", "")
        record = service.store.row(table, row["sysapproval"]) if table in ("sc_request", "sc_req_item") else None
        if record is None:
            return
        end(service, record["sys_id"], "not_required" if row["state"] == "approved" else "cancelled")
        if row["state"] == "approved":
            self._set(record, approval="approved")
        elif table == "sc_request":
            self._set(record, approval="rejected", request_state="closed_rejected")
        else:
            state = service.switches.catalog_rejected_state or record["state"]
            self._set(record, approval="rejected", state=state, stage=CANCELLED_STAGE)

    def _task_ended(self, item: str) -> None:
        row = self._open("sc_req_item", item)
        planned = self._planned(item)
        if row is None or not planned or any(task["state"] not in ENDED for task in planned):
            return
        self._set(row, state=INCOMPLETE if any(task["state"] == INCOMPLETE for task in planned) else COMPLETE)

    def _item_ended(self, sys_id: str) -> None:
        service = self._service
        item = service.store.row("sc_req_item", sys_id)
        if item is None or item["state"] not in ENDED:
            return
        end(service, sys_id)
        request = self._open("sc_request", item["request"])
        rest = service.store.find("sc_req_item", request=item["request"])
        if request is None or any(each["state"] not in ENDED for each in rest):
            return
        if service.switches.catalog_request_closes or any(self._planned(each["sys_id"]) for each in rest):
            whole = all(each["state"] != INCOMPLETE for each in rest)
            self._set(request, request_state="closed_complete" if whole else "closed_incomplete")

    def _request_ended(self, sys_id: str) -> None:
        """Nobody is asked about it any more. What it holds ends with it where it was cancelled or rejected."""
        request = self._service.store.row("sc_request", sys_id)
        if request is None or request["request_state"] not in CLOSED_REQUESTS:
            return
        end(self._service, sys_id)
        if request["request_state"] in CALLED_OFF:
            self._call_off(request)

    def _call_off(self, request: Row) -> None:
        service, switches = self._service, self._service.switches
        values = {"state": switches.catalog_cancelled_state, "stage": CANCELLED_STAGE}
        if request["request_state"] == "closed_rejected":
            values["approval"] = "rejected"
        elif switches.catalog_cancelled_approval == "cancelled":
            values["approval"] = "cancelled"
        for task in service.store.find("sc_task", request=request["sys_id"], active="true"):
            self._set(task, state=switches.catalog_cancelled_state)
        for item in self._items(request["sys_id"]):
            self._set(item, **values)

    def _items(self, request: str) -> list[Row]:
        return self._service.store.find("sc_req_item", request=request, active="true")

    def _planned(self, item: str) -> list[Row]:
        return self._service.store.find("sc_task", request_item=item, correlation_display=BY_PLAN)

    def _kind(self, item: Row) -> Row:
        return self._service.store.row("sc_cat_item", item["cat_item"]) or {}

    def _open(self, table: str, sys_id: str) -> Row | None:
        row = self._service.store.row(table, sys_id)
        return row if row is not None and row["state"] not in ENDED else None

    def _set(self, row: Row, **values: str) -> None:
        self._service.writes.update(SYSTEM, row["sys_class_name"], row["sys_id"], values)
