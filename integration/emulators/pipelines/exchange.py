"""A request and its answer, past HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refused(Exception):
    """`status`, and what is said of it: a message, or the code of an error of AWS."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Asked:
    """`path`: what the route names; header names in lower case."""

    path: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    @cached_property
    def body(self) -> dict[str, Any]:
        """Raises `Refused` for what is no JSON object."""
        try:
            body = json.loads(self.raw or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(400, "Problems parsing JSON")
        return body


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None
