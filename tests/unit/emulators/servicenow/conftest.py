"""An instance without HTTP: requests go straight to its router."""

from __future__ import annotations

import base64
import heapq
import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from integration.emulators.kit.jobs import Jobs
from integration.emulators.servicenow import Clock, Service, Switches, catalog_people, change_people
from integration.emulators.servicenow.catalog_seed import SERVICE_CATALOG
from integration.emulators.servicenow.exchange import Request
from integration.emulators.servicenow.ids import fixed_id
from integration.emulators.servicenow.registering import save_user
from integration.emulators.servicenow.router import Router

if TYPE_CHECKING:
    from collections.abc import Callable

API = "/api/sn_chg_rest/change"
TEAM = fixed_id("group", "DevOps Team")
PRODUCER = fixed_id("producer", "Deploy application")
NOON = 1_790_000_400.0
"""2026-09-21 14:20:00 UTC."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def result(self) -> Any:
        return self.json["result"]

    @property
    def refusal(self) -> tuple[int, str, str | None]:
        error = self.json["error"]
        return self.status, error["message"], error["detail"]


class Desk:
    """Calls the APIs of an instance as one of its people."""

    def __init__(self, instance: Service) -> None:
        self.instance = instance
        self.router = Router(instance)

    def __call__(
        self, method: str, url: str, *, user: str = "admin", body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        split = urlsplit(url)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        credentials = base64.b64encode(f"{user}:{user}".encode()).decode()
        sent = {"authorization": f"Basic {credentials}", "content-type": "application/json", **(headers or {})}
        query = parse_qsl(split.query, keep_blank_values=True)
        request = Request(method, split.path, query, sent, "https://dev.example", BytesIO(raw), len(raw))
        response = self.router.answer(request)
        content = response.file.read_bytes() if response.file else response.body
        return Answer(response.status, response.headers, content)

    def incident(self, *, user: str = "admin", **values: str) -> str:
        """The sys_id of a new incident."""
        return self.create("incident", user=user, **values)["sys_id"]

    def create(self, table: str, *, user: str = "admin", **values: str) -> dict[str, Any]:
        answer = self("POST", f"/api/now/table/{table}", user=user, body=values)
        assert answer.status == 201, answer.raw
        return answer.result

    def patch(self, sys_id: str, *, table: str = "incident", user: str = "admin", **values: str) -> Answer:
        return self("PATCH", f"/api/now/table/{table}/{sys_id}", user=user, body=values)

    def row(self, sys_id: str, table: str = "incident") -> dict[str, str]:
        row = self.instance.store.row(table, sys_id)
        assert row is not None
        return row

    def asked(self, sys_id: str) -> list[str]:
        """user_names of those whose approval is pending."""
        rows = self.instance.store.find("sysapproval_approver", sysapproval=sys_id, state="requested")
        return [self.row(row["approver"], "sys_user")["user_name"] for row in rows]


class ChangeDesk(Desk):
    """The Change Management API as beth.anglin (itil) calls it, and what people do in the forms."""

    def change(self, kind: str = "normal", *, user: str = "beth.anglin", **values: str) -> dict[str, str]:
        """A new one, as stored; ready to be submitted where nothing else is said."""
        ready = {"short_description": "Deploy shop 2.3.0", "assignment_group": TEAM, **values}
        place = f"standard/{PRODUCER}" if kind == "standard" else kind
        answer = self("POST", f"{API}/{place}", user=user, body=ready)
        assert answer.status == 200, answer.raw
        return self.change_row(answer.result[0]["sys_id"]["value"])

    def change_row(self, sys_id: str) -> dict[str, str]:
        return self.row(sys_id, "change_request")

    def to(self, sys_id: str, state: str, *, user: str = "beth.anglin", **values: str) -> Answer:
        """A PATCH that writes the state."""
        return self("PATCH", f"{API}/{sys_id}", user=user, body={"state": state, **values})

    def walk(self, sys_id: str, state: str) -> dict[str, str]:
        """Through the states up to this one, approved by whoever is asked."""
        for _ in range(8):
            row = self.change_row(sys_id)
            if row["state"] == state:
                return row
            if asked := self.asked(sys_id):
                self.person(asked[0], "approve", sys_id)
            else:
                onward = self.onward(sys_id)
                words = {"close_code": "successful", "close_notes": "Done."} if onward == "3" else {}
                assert self.to(sys_id, onward, **words).status == 200
        raise AssertionError(row)

    def onward(self, sys_id: str) -> str:
        """The next state of its kind that may be written."""
        row = self.change_row(sys_id)
        first = {"normal": "-4", "emergency": "-3", "standard": "-2"}[row["type"]]
        return {"-5": first, "-2": "-1", "-1": "0", "0": "3"}[row["state"]]

    def approvals(self, sys_id: str) -> list[tuple[str, str]]:
        rows = self.instance.store.find("sysapproval_approver", sysapproval=sys_id)
        return [(self.row(row["approver"], "sys_user")["user_name"], row["state"]) for row in rows]

    def tasks(self, sys_id: str) -> list[dict[str, str]]:
        return self.instance.store.find("change_task", change_request=sys_id)

    def person(self, who: str, do: str, sys_id: str, **more: Any) -> dict[str, str]:
        return change_people.act(self.instance, {"as": who, "do": do, "change": sys_id, **more})["record"]


class Shop(Desk):
    """The Service Catalog API as abel.tuter (no role) calls it, and what people do in the catalog."""

    CATALOG = "/api/sn_sc/servicecatalog"

    def item(self, name: str = "Desk", *, variables: dict[str, dict[str, str]] | None = None, **columns: str) -> str:
        """The sys_id of a new item, with variables by name."""
        values = {"name": name, "short_description": f"{name}, please", "sc_catalogs": SERVICE_CATALOG, **columns}
        made = self.instance.plant("sc_cat_item", values)["sys_id"]
        for number, (variable, own) in enumerate((variables or {}).items()):
            named = {"cat_item": made, "name": variable, "question_text": f"{variable}?", "order": str(number), **own}
            self.instance.plant("item_option_new", named)
        return made

    def order(self, item: str, *, user: str = "abel.tuter", sysparm_quantity: Any = 1, **body: Any) -> Answer:
        sent = {"sysparm_quantity": sysparm_quantity, **body}
        return self("POST", f"{self.CATALOG}/items/{item}/order_now", user=user, body=sent)

    def ordered(self, item: str, **body: Any) -> tuple[dict[str, str], list[dict[str, str]]]:
        """The request and its items, as stored."""
        answer = self.order(item, **body)
        assert answer.status == 200, answer.raw
        request = self.row(answer.result["request_id"], "sc_request")
        return request, self.instance.store.find("sc_req_item", request=request["sys_id"])

    def rule(self, script: str, *, when: str = "before", table: str = "sc_req_item", **columns: str) -> None:
        """A business rule that runs for every write."""
        actions = {"action_insert": "true", "action_update": "true"}
        values = {"name": "rule", "collection": table, "when": when, "advanced": "true", "script": script}
        self.instance.plant("sys_script", {**values, **actions, **columns})

    def values(self, item: str) -> dict[str, str]:
        """Of the variables of a request item, as the Table API gives them to itil."""
        fields = "sc_item_option.item_option_new.name,sc_item_option.value"
        query = f"sysparm_query=request_item={item}&sysparm_fields={fields}"
        rows = self("GET", f"/api/now/table/sc_item_option_mtom?{query}", user="beth.anglin").result
        return {row["sc_item_option.item_option_new.name"]: row["sc_item_option.value"] for row in rows}

    def person(self, who: str, do: str, **more: Any) -> dict[str, str]:
        return catalog_people.act(self.instance, {"as": who, "do": do, **more})["record"]


@pytest.fixture
def shop(instance: Service) -> Shop:
    """Flows run within each write; fred.luddy is abel.tuter's manager."""
    instance.switches.catalog_flow_delay_s = instance.switches.change_flow_delay_s = 0.0
    abel, fred = (fixed_id("user", name) for name in ("abel.tuter", "fred.luddy"))
    instance.store.change("sys_user", abel, {"manager": fred})
    return Shop(instance)


@pytest.fixture
def clock() -> Clock:
    return Clock(at=NOON)


class Waiting(Jobs):
    """Delayed work that waits until the test lets it run: one after another when it is due, in the test's thread. No
    real time passes, so nothing runs because a test was slow.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        heapq.heappush(self._waiting, (self._now + seconds, next(self._count), work))

    def settle(self, timeout_s: float) -> bool:
        until = self._now + timeout_s
        while self._waiting and self._waiting[0][0] <= until:
            self._now, _, work = heapq.heappop(self._waiting)
            work()
        self._now = until
        return not self._waiting


@pytest.fixture
def instance(clock: Clock):
    made = Service(clock=clock, seed=1, switches=Switches(async_delay_s=0.0))
    made.jobs = Waiting()
    save_user(made, {"user_name": "aws_integration", "roles": ["itil"], "password": "aws_integration"})
    yield made
    made.close()


@pytest.fixture
def changes(instance: Service) -> ChangeDesk:
    """Flows run within each write."""
    instance.switches.change_flow_delay_s = 0.0
    return ChangeDesk(instance)


@pytest.fixture
def desk(instance: Service) -> Desk:
    return Desk(instance)
