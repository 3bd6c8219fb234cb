"""A ServiceNow instance as its answers only: a transport beneath the real client, over the records of the fakes.

`lie` may replace any good answer before the client sees it: (what was asked, status, body) → (status, headers, bytes).
"""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from integration.clients.servicenow.http import Http
from tests.fakes.incidents import OWN_USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.clients.servicenow.transport import Sending
    from tests.fakes.incidents import FakeIncidents

Lie = "Callable[[str, int, dict[str, Any]], tuple[int, dict[str, str], bytes]]"
DATE = {"Date": "Tue, 14 Nov 2023 22:13:20 GMT", "Content-Type": "application/json"}
USER = "u" * 32


class FixedToken:
    def token(self, _: object) -> str:
        return "an-access-token"

    def refused(self, _: str) -> None:
        pass


class Response:
    def __init__(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.status_code, self.headers, self.content = status, headers, content


class Answers:
    """Stands in for `Transport`. `writes` are the (method, path) that would have changed something."""

    def __init__(self, incidents: FakeIncidents) -> None:
        self.incidents = incidents
        self.lie: Callable[[str, int, dict[str, Any]], tuple[int, dict[str, str], bytes]] = honest
        self.writes: list[tuple[str, str]] = []

    @contextmanager
    def sent(self, sending: Sending, token: str = "") -> Iterator[Response]:
        if sending.path.endswith("/batch"):
            yield self._batch(dict(sending.json or {}))
            return
        if sending.method != "GET":
            self.writes.append((sending.method, sending.path))
        yield Response(*self._answer(sending.path, dict(sending.params or {}), dict(sending.json or {})))

    def body(self, response: Response, _: Sending) -> bytes:
        return response.content

    def _batch(self, asked: dict[str, Any]) -> Response:
        parts = []
        for part in asked["rest_requests"]:
            url = urlsplit(part["url"])
            status, headers, content = self._answer(url.path, dict(parse_qsl(url.query)), {})
            named = [{"name": name, "value": value} for name, value in headers.items()]
            body = base64.b64encode(content).decode()
            parts.append({"id": part["id"], "status_code": status, "body": body, "headers": named})
        return Response(200, DATE, json.dumps({"batch_request_id": "1", "serviced_requests": parts}).encode())

    def _answer(self, path: str, params: dict[str, str], values: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        *_, table, last = path.split("/")
        if last == "sys_journal_field":
            return self.lie("journal", 200, {"result": self._journal(params["sysparm_query"])})
        if last == "attachment":
            return self.lie("attachments", 200, {"result": []})
        if table == "sys_user":
            return self.lie("user", 200, {"result": {"sys_id": last, "user_name": OWN_USER}})
        if last == self.incidents.table:
            return self.lie("rows", 200, {"result": [self._record(sys_id) for sys_id in self.incidents.records]})
        if last not in self.incidents.records:
            return 404, DATE, b'{"error": {"message": "No Record found", "detail": ""}, "status": "failure"}'
        return self.lie("written" if values else "record", 200, {"result": self._record(last)})

    def _record(self, sys_id: str) -> dict[str, dict[str, str]]:
        record = self.incidents.records[sys_id]
        shown = {
            **{name: "" for name in self.incidents.customs if name.startswith("u_")},
            "watch_list": "", "correlation_id": "", "correlation_display": "", "close_code": "", "close_notes": "",
            **record["columns"], "sys_id": sys_id, "number": record["number"], "sys_mod_count": str(record["mod"]),
            "sys_updated_on": "2023-11-14 22:13:20", "sys_created_on": "2023-11-14 22:13:20", "opened_at": "",
        }  # fmt: skip
        return {name: {"value": value, "display_value": value} for name, value in shown.items()}

    def _journal(self, query: str) -> list[dict[str, str]]:
        sys_id = query.partition("element_id=")[2].partition("^")[0]
        return [
            {
                "sys_id": e["sys_id"], "element": e["element"], "element_id": sys_id, "name": self.incidents.table,
                "value": e["text"], "sys_created_on": "2023-11-14 22:13:20", "sys_created_by": e["author"],
            }
            for e in self.incidents.records[sys_id]["journal"]
        ]  # fmt: skip


def honest(_: str, status: int, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    return status, DATE, json.dumps(body).encode()


def client_over(answers: Answers) -> Http:
    http = Http("https://dev12345.service-now.com", FixedToken(), sleep=lambda _: None)
    http._transport = answers  # type: ignore[assignment]
    return http
