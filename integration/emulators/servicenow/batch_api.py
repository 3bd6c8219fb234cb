"""`/api/now/batch`: several requests in one, in sequence, without a transaction around them."""

from __future__ import annotations

import base64
import binascii
import json
import time
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .errors import ApiError, bad_payload
from .exchange import Request, Response, json_response, only
from .table_api import Call, read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    Serve = Callable[[Request], Response]
    Part = tuple[dict[str, Any], Request]


def batch(call: Call, serve: Serve) -> Response:
    """200 whatever became of the parts; those for which time or switch left no room are named as unserviced."""
    only(call.request, "POST")
    if call.request.size > call.service.switches.batch_max_bytes:
        raise ApiError(413, "Batch request exceeds the maximum input size")
    body = read_json(call.request)
    parts = body.get("rest_requests", [])
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise bad_payload("rest_requests is a list of objects")
    serviced, unserviced = _serve_all(call, [(part, _inner(call, part)) for part in parts], serve)
    return json_response({
        "batch_request_id": str(body.get("batch_request_id", "")), "serviced_requests": serviced,
        "unserviced_requests": unserviced,
    })  # fmt: skip


def _serve_all(call: Call, parts: list[Part], serve: Serve) -> tuple[list[dict[str, Any]], list[str]]:
    switches = call.service.switches
    most = switches.batch_serves_at_most or len(parts)
    end = time.monotonic() + switches.batch_timeout_s
    serviced: list[dict[str, Any]] = []
    for part, request in parts[:most]:
        if time.monotonic() > end:
            break
        serviced.append(_serve(part, request, serve, wraps=switches.batch_wraps_bodies))
    return serviced, [str(part.get("id", "")) for part, _ in parts[len(serviced) :]]


def _serve(part: dict[str, Any], request: Request, serve: Serve, *, wraps: bool) -> dict[str, Any]:
    """`wraps`: the body stands in lines of 76 characters, as in the documentation's examples."""
    started = time.monotonic()
    response = serve(request)
    body = response.file.read_bytes() if response.file else response.body
    headers = [{"name": name, "value": value} for name, value in response.headers.items()]
    return {
        "id": str(part.get("id", "")),
        "body": (base64.encodebytes if wraps else base64.b64encode)(body).decode().rstrip("\n"),
        "status_code": response.status,
        "status_text": HTTPStatus(response.status).phrase,
        "headers": [] if part.get("exclude_response_headers") else headers,
        "execution_time": int((time.monotonic() - started) * 1000),
        "error_message": _message(response),
        "redirect_url": "",
    }


def _inner(call: Call, part: dict[str, Any]) -> Request:
    """Headers are the part's own; who calls is the batch's matter. Raises ApiError for what is no request."""
    url = str(part.get("url", ""))
    if not url.startswith("/"):
        raise bad_payload("a url is relative")
    split = urlsplit(url)
    headers = {str(each.get("name", "")).lower(): str(each.get("value", "")) for each in part.get("headers") or []}
    try:
        body = base64.b64decode(str(part.get("body") or ""), validate=True)
    except binascii.Error as error:
        raise bad_payload("a body is base64") from error
    query = parse_qsl(split.query, keep_blank_values=True)
    method = str(part.get("method", "GET")).upper()
    return Request(method, unquote(split.path), query, headers, call.request.base_url, BytesIO(body), len(body))


def _message(response: Response) -> str:
    if response.status < 400 or not response.body:
        return ""
    try:
        return str(json.loads(response.body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""
