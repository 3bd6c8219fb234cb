"""Where workspaces are ordered and used: the catalog, the API for machines, the page behind a personal link."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from integration.operations.waiting import until
from integration.operations.workspaces.outputs import OUTPUT_KEY, OUTPUT_URL
from integration.workspaces import names as w
from integration.workspaces.unheard import EVERY, MINUTE_S
from servicenow_setup.workspaces import ITEM_NAME, ORDERS

if TYPE_CHECKING:
    from integration.operations.local.system import LocalSystem

PERSON = "joe.employee"
CLOSED_COMPLETE, TIMEOUT_S = "3", 30


@dataclass
class Desk:
    """The running system, whoever orders in its catalog, and what its API answers."""

    running: LocalSystem
    url: str = ""
    key: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        plane = self.running.plane
        outputs = plane.stack(w.STACK).outputs
        self.url, self.staff = outputs[OUTPUT_URL], self.running.people().servicenow
        key = plane.boto3_client("apigateway").get_api_key(apiKey=outputs[OUTPUT_KEY], includeValue=True)
        self.key = {"x-api-key": key["value"]}

    # ---- the catalog
    def place(self, **variables: str) -> dict[str, Any]:
        """The person's request."""
        made: dict[str, Any] = self.staff.in_catalog(PERSON, "order", item=ITEM_NAME, variables=variables)
        return made

    def order(self, **variables: str) -> str:
        """The sys_id of the person's request item."""
        request = self.place(**variables)
        (item,) = self.staff.rows(ORDERS, request=str(request["sys_id"]))
        return str(item["sys_id"])

    def item(self, sys_id: str) -> dict[str, Any]:
        (found,) = self.staff.rows(ORDERS, sys_id=sys_id)
        return found

    def notes(self, sys_id: str) -> list[str]:
        return [str(row["value"]) for row in self.staff.rows("sys_journal_field", element_id=sys_id)]

    def is_closed(self, sys_id: str) -> bool:
        return bool(self.item(sys_id)["state"] == CLOSED_COMPLETE)

    def closed(self, sys_id: str, patience_s: float = 60, look_s: float = 0.1) -> str:
        """The notes it is closed with, once it is."""
        until(lambda: self.is_closed(sys_id), patience_s, what="a closed request item", look_s=look_s)
        return "\n".join(self.notes(sys_id))

    def forward_to_look(self, more_s: float = 0) -> None:
        """To the next minute in which the reaper asks for a look at all orders, and on."""
        period = EVERY * MINUTE_S
        self.running.forward(period - self.running.plane.hours.now() % period + more_s)

    # ---- the API
    def machine(self, method: str, path: str = "", key: dict[str, str] | None = None, **more: Any) -> Any:
        headers = self.key if key is None else key
        return requests.request(method, f"{self.url}/{w.MACHINES}{path}", headers=headers, timeout=TIMEOUT_S, **more)

    def page(self, method: str, path: str, bearer: str | None = None, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        more = {"json": body} if method == "POST" else {}
        return requests.request(method, f"{self.url}/{w.PEOPLE}/{path}", headers=headers, timeout=TIMEOUT_S, **more)

    def bearer(self, link: str) -> str:
        return str(self.page("POST", "session", link=link).json()["token"])

    def phased(self, phase: str, kind: str) -> int:
        """How many workspaces of this kind are in this phase."""
        pages = self.running.plane.boto3_client("dynamodb").get_paginator("scan").paginate(
            TableName=w.TABLE, FilterExpression="begins_with(PK, :w) AND phase = :p AND kind = :k",
            ExpressionAttributeValues={":w": {"S": "Workspace#"}, ":p": {"S": phase}, ":k": {"S": kind}},
        )  # fmt: skip
        return sum(page["Count"] for page in pages)

    def calls(self, since: float) -> int:
        """AWS calls of the functions since then (epoch seconds)."""
        return sum(bool(call.role) for call in self.running.plane.calls(since=since))
