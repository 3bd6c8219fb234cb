"""Requests of the API as they come in, answers as they go out: JSON of at most 16 KB, errors with a helpful sentence.

Whatever comes in is answered with 4xx at worst; 503 is trouble of ours. No line of a log holds a name or a file's name.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from integration.clients.errors import RemoteError
from integration.workspaces.model import BadOrder

if TYPE_CHECKING:
    from integration.aws.telemetry import Telemetry

LARGEST_BODY = 16 * 1024
RETRY_S = 5


class Bad(Exception):
    """A request that cannot be served; `sentence` says what to do instead."""

    def __init__(self, status: int, sentence: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.more = status, sentence, more


@dataclass(frozen=True)
class Request:
    """`parts`: of the path, without stage. `headers`: names in lower case."""

    method: str
    parts: tuple[str, ...]
    headers: Mapping[str, str]
    query: Mapping[str, str]
    event: Mapping[str, Any]

    def fields(self, **kinds: type) -> dict[str, Any]:
        """The body's members, each of its type or left out. Raises `Bad`: 413, 415, 422."""
        body = self._object()
        unknown = sorted(set(body) - set(kinds))
        if unknown:
            raise Bad(422, f"the body has members that are not known; there are {', '.join(kinds) or 'none'}")
        for name, kind in kinds.items():
            value = body.get(name)
            if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
                raise Bad(422, f"{name} is {_KINDS[kind]}", field=name)
        return {name: body.get(name) for name in kinds}

    def _object(self) -> dict[str, Any]:
        content = self._content()
        if not content.strip():
            return {}
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Bad(415, "send the body as JSON, with the header Content-Type: application/json")
        try:
            body = json.loads(content, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise Bad(422, "the body is no JSON object")
        return body

    def _content(self) -> bytes:
        raw = str(self.event.get("body") or "")
        try:
            content = base64.b64decode(raw, validate=True) if self.event.get("isBase64Encoded") else raw.encode()
        except ValueError:
            raise Bad(422, "the body is not what its encoding says") from None
        if len(content) > LARGEST_BODY:
            raise Bad(413, f"the body has more than {LARGEST_BODY} bytes")
        return content


@dataclass(frozen=True)
class Answer:
    status: int
    body: Mapping[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)

    def proxy(self) -> dict[str, Any]:
        """As API Gateway takes it."""
        plain = isinstance(self.body, str)
        body = self.body if plain else json.dumps(self.body, ensure_ascii=False)
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return {"statusCode": self.status, "headers": headers | dict(self.headers), "body": body}


Route = Callable[[Request], Answer]
Routes = Mapping[tuple[str, ...], Mapping[str, Callable[..., Answer]]]
"""Path (`*`: an id, handed over) → method → what answers it."""


def answered(
    event: Mapping[str, Any],
    routes: Routes,
    telemetry: Telemetry,
    let_in: Callable[[Request], None] = lambda _request: None,
    to_tell: Callable[[Request, int], int] = lambda _request, _status: 1,
) -> dict[str, Any]:
    """The proxy response. `let_in` raises `Bad` for who may ask nothing. `to_tell`: of how many refusals of such a
    status a line tells.
    """
    request = _request(event)
    try:
        let_in(request)
        answer = _route(routes, request)(request)
    except Bad as bad:
        answer = Answer(bad.status, {"error": bad.sentence, **bad.more})
    except BadOrder as bad:
        answer = Answer(409 if bad.field in {"workspace", "person"} else 422, {"error": str(bad), "field": bad.field})
    except RemoteError as error:
        telemetry.log.exception("request not served", extra={"outcome": error.outcome})
        said = "this did not work, and the fault is not yours: try again in a moment"
        return Answer(503, {"error": said}, {"Retry-After": str(RETRY_S)}).proxy()
    if answer.status >= 400 and (count := to_tell(request, answer.status)):
        of_many = {"count": count} if count > 1 else {}
        telemetry.log.warning("request refused", extra={"status": answer.status, "outcome": "refused", **of_many})
    return answer.proxy()


def _request(event: Mapping[str, Any]) -> Request:
    headers = {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    parts = tuple(each for each in str(event.get("path") or "").split("/") if each)
    query = {str(name): str(value) for name, value in (event.get("queryStringParameters") or {}).items()}
    return Request(str(event.get("httpMethod") or ""), parts, headers, query, event)


def _route(routes: Routes, request: Request) -> Route:
    for path, methods in routes.items():
        if len(path) == len(request.parts) and all(a in {"*", b} for a, b in zip(path, request.parts, strict=True)):
            if request.method not in methods:
                raise Bad(405, f"this address takes {', '.join(methods)}")
            ids = [given for name, given in zip(path, request.parts, strict=True) if name == "*"]
            return partial(_with_ids, methods[request.method], ids)
    raise Bad(404, "there is no such address: see the API reference")


def _with_ids(act: Callable[..., Answer], ids: list[str], request: Request) -> Answer:
    return act(request, *ids)


_KINDS = {str: "a text", int: "a whole number", list: "a list of texts", bool: "true or false"}


def _no_constant(name: str) -> None:
    """JSON has no NaN and no Infinity (RFC 8259, section 6); Python's reader would take them."""
    raise ValueError(name)
