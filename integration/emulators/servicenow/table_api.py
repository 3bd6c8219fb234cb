"""`/api/now/table`: parameters, order of checks and headers as documented for the Table API."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from . import permitted
from .display import View
from .errors import ApiError, bad_payload, invalid_table, no_record, query_denied
from .exchange import Request, Response, json_response, only
from .query import TEXT_SEARCH, Query, Term, parse

if TYPE_CHECKING:
    from .service import Service
    from .session import Session
    from .store import Row

DEFAULT_LIMIT = 10_000
_JSON_TYPES = ("application/json", "text/json")


@dataclass(frozen=True)
class Call:
    """One request of an identified caller; `version` is empty, `v1` or `v2`."""

    service: Service
    session: Session
    request: Request
    version: str = ""

    @property
    def base(self) -> str:
        """Links in answers name the version that was called."""
        return f"{self.request.base_url}/api/now" + (f"/{self.version}" if self.version else "")

    @property
    def view(self) -> View:
        """As asked for by sysparm_display_value, _exclude_reference_link and _fields."""
        mode = self.request.parameter("sysparm_display_value", "false").lower()
        names = tuple(filter(None, (name.strip() for name in self.request.parameter("sysparm_fields").split(","))))
        excluded = self.request.flag("sysparm_exclude_reference_link")
        return View(mode if mode in ("true", "all") else "false", excluded, names or None, self.base)


def collection(call: Call, table: str) -> Response:
    """GET and HEAD list, POST creates."""
    _check_table(call, table)
    check_accept(call.request)
    if call.request.method == "POST":
        return _create(call, table)
    only(call.request, "GET")
    return _list(call, table)


def record(call: Call, table: str, sys_id: str) -> Response:
    """GET and HEAD read, PUT and PATCH change the given columns, DELETE removes."""
    _check_table(call, table)
    check_accept(call.request)
    handlers = {"GET": _read, "PUT": _change, "PATCH": _change, "DELETE": _delete}
    only(call.request, *handlers)
    return handlers[call.request.method](call, table, sys_id)


def check_accept(request: Request) -> None:
    """XML is not emulated: an Accept that does not take JSON is refused."""
    accepted = request.headers.get("accept", "*/*")
    if not any(kind in accepted for kind in ("*/*", "application/*", *_JSON_TYPES)):
        raise ApiError(406, "Unsupported response media type")


def read_json(request: Request) -> dict[str, Any]:
    """The body as one object; of an array, its first; of no body and no type, none. Raises ApiError 400 and 415."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if not kind and not request.size:
        return {}
    if kind not in _JSON_TYPES:
        raise ApiError(415, "Unsupported request media type")
    try:
        body = json.loads(request.body.read() or b"{}")
    except ValueError as error:
        raise bad_payload("") from error
    if isinstance(body, list):
        body = body[0] if body else {}
    if not isinstance(body, dict):
        raise bad_payload("")
    return body


def page(call: Call, rows: list[Row], default_limit: int) -> tuple[list[Row], dict[str, str]]:
    """The rows of the page that was asked for, and X-Total-Count and Link. Access rules come afterwards."""
    request = call.request
    limit = _number(request.parameter("sysparm_limit"), default_limit)
    offset = _number(request.parameter("sysparm_offset"), 0)
    headers: dict[str, str] = {}
    if not request.flag("sysparm_no_count"):
        headers["X-Total-Count"] = str(len(rows))
    if not request.flag("sysparm_suppress_pagination_header") and limit:
        headers["Link"] = _links(request, limit, offset, len(rows))
    return rows[offset : offset + limit], headers


def asked_query(call: Call, table: str) -> Query:
    """sysparm_query, or else `<column>=<value>` pairs, without what the caller may not ask.

    Raises ApiError for that instead, and for columns that do not exist, where switched so.
    """
    encoded = call.request.parameter("sysparm_query")
    query = parse(encoded) if encoded else _pairs(call, table)
    schema = call.service.schema
    unknown = any(field != TEXT_SEARCH and schema.resolve(table, field) is None for field in query.fields)
    if unknown and call.service.switches.unknown_column == "403":
        raise query_denied()
    return call.service.access.checked_query(call.session, table, query)


def _check_table(call: Call, table: str) -> None:
    if table not in call.service.schema:
        raise invalid_table(table)


def _list(call: Call, table: str) -> Response:
    service, session = call.service, call.session
    service.access.check_listing(session, table)
    found, headers = page(call, service.search(session, table, asked_query(call, table)), DEFAULT_LIMIT)
    view = call.view
    shown = [
        service.renderer.record(session, table, row, view) for row in found if service.access.sees(session, table, row)
    ]
    if call.version == "v1" and not shown:
        raise no_record()
    return json_response({"result": shown}, headers=headers)


def _read(call: Call, table: str, sys_id: str) -> Response:
    row = permitted.visible(call.service, call.session, table, sys_id)
    return json_response({"result": call.service.renderer.record(call.session, table, row, call.view)})


def _create(call: Call, table: str) -> Response:
    row = permitted.create(call.service, call.session, table, _values(call, table))
    location = f"{call.base}/table/{table}/{row['sys_id']}"
    return _written(call, table, row, 201, {"Location": location})


def _change(call: Call, table: str, sys_id: str) -> Response:
    service, session = call.service, call.session
    row = permitted.visible(service, session, table, sys_id)
    own_table = service.store.class_of(table, sys_id)
    changed = permitted.change(service, session, own_table, row, _values(call, own_table))
    return _written(call, table, changed, 200, {})


def _delete(call: Call, table: str, sys_id: str) -> Response:
    service, session = call.service, call.session
    row = permitted.visible(service, session, table, sys_id)
    permitted.delete(service, session, service.store.class_of(table, sys_id), row)
    return Response(204)


def _values(call: Call, table: str) -> Row:
    displayed = call.request.flag("sysparm_input_display_value")
    return call.service.incoming.raw(call.session, table, read_json(call.request), displayed=displayed)


def _written(call: Call, table: str, row: Row, status: int, headers: dict[str, str]) -> Response:
    if call.request.headers.get("x-no-response-body", "").lower() == "true":
        return Response(status if status == 201 else 204, b"", headers)
    shown = call.service.renderer.record(call.session, table, row, call.view)
    return json_response({"result": shown}, status, headers)


def _pairs(call: Call, table: str) -> Query:
    """Equality on each parameter that names a column; labels and names are understood as well as values."""
    columns = call.service.schema.columns(table)
    given = {
        name: value
        for name, value in call.request.query
        if not name.startswith("sysparm_") and name.split(".")[0] in columns
    }
    raw = call.service.incoming.raw(call.session, table, given, displayed=True)
    return Query((tuple((Term(name, "=", raw.get(name, value)),) for name, value in given.items()),))


def _number(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else default


def _links(request: Request, limit: int, offset: int, total: int) -> str:
    last = max((total - 1) // limit * limit, 0)
    places = {"first": 0, "prev": offset - limit, "next": offset + limit, "last": last}
    kept = {rel: at for rel, at in places.items() if rel in ("first", "last") or 0 <= at <= last}
    return ",".join(f'<{_page_url(request, limit, at)}>;rel="{rel}"' for rel, at in kept.items())


def _page_url(request: Request, limit: int, offset: int) -> str:
    query = [pair for pair in request.query if pair[0] not in ("sysparm_limit", "sysparm_offset")]
    query += [("sysparm_limit", str(limit)), ("sysparm_offset", str(offset))]
    return f"{request.base_url}{request.path}?{urlencode(query)}"
