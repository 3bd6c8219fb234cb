"""An instance without HTTP: requests go straight to its router."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from integration.emulators.servicenow import Clock, Service, Switches
from integration.emulators.servicenow.exchange import Request
from integration.emulators.servicenow.registering import save_user
from integration.emulators.servicenow.router import Router

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


@pytest.fixture
def clock() -> Clock:
    return Clock(at=NOON)


@pytest.fixture
def instance(clock: Clock):
    made = Service(clock=clock, seed=1, switches=Switches(async_delay_s=0.0))
    save_user(made, {"user_name": "aws_integration", "roles": ["itil"], "password": "aws_integration"})
    yield made
    made.close()


@pytest.fixture
def desk(instance: Service) -> Desk:
    return Desk(instance)
