"""Requests and answers as the APIs see them: apart from HTTP, so that a batch can carry them too."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from .errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

JSON = "application/json;charset=UTF-8"
HTML = "text/html;charset=UTF-8"


@dataclass
class Request:
    """`path` is decoded and without the query; header names are lower-case; `base_url` is scheme and host."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    base_url: str
    body: IO[bytes] = field(default_factory=BytesIO)
    size: int = 0

    def parameter(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def flag(self, name: str) -> bool:
        return self.parameter(name).lower() == "true"


@dataclass
class Response:
    """`file` is streamed in place of `body`."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    file: Path | None = None


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode(), {"Content-Type": JSON, **(headers or {})})


def error_response(error: ApiError) -> Response:
    return json_response(error.body, error.status, error.headers)


def only(request: Request, *methods: str) -> None:
    """Raises ApiError 405 for any other method."""
    if request.method not in methods:
        raise ApiError(405, "Method not supported")
