"""An API Gateway REST API as the template describes it: resources, methods, authorizers, validators, models.

Source: API Gateway developer guide for REST APIs (v1).
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.iam import Statement


ANY = "*"
PARAMETER = re.compile(r"\{([a-zA-Z0-9._-]+)\+?\}")
"""A segment that stands for what is asked for; with a plus, for all that follows."""


@dataclass(frozen=True)
class Method:
    verb: str
    authorization: str
    integration: Mapping[str, Any]
    authorizer: str = ""
    validator: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    """Content type → name of the model."""
    required: tuple[str, ...] = ()
    """What must be there: `header.name`, `querystring.name` or `path.name`."""
    key_required: bool = False


@dataclass(frozen=True)
class Authorizer:
    """`identity` are the lower-case names of the headers whose values the result is cached by."""

    id: str
    kind: str
    function: str
    identity: tuple[str, ...]
    ttl_s: int
    form: str = ""
    """Expression the header's value must match, else it is refused without the function."""


@dataclass(frozen=True)
class Validator:
    body: bool
    parameters: bool


@dataclass
class Bucket:
    """Token bucket of one stage's methods: `rate` a second, `burst` at once. None of both: no limit."""

    rate: float
    burst: int
    _tokens: float = -1.0
    _at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        with self._lock:
            now = time.monotonic()
            full = self._tokens < 0
            self._tokens = float(self.burst) if full else min(self.burst, self._tokens + (now - self._at) * self.rate)
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


@dataclass
class Stage:
    name: str
    throttles: Mapping[tuple[str, str], Bucket] = field(default_factory=dict)
    """By path and verb, `*` for any."""

    def throttle(self, path: str, verb: str) -> Bucket | None:
        """The most particular one alone counts."""
        asked = ((path, verb), (path, ANY), (ANY, verb), (ANY, ANY))
        return next((self.throttles[each] for each in asked if each in self.throttles), None)


@dataclass
class Api:
    id: str
    name: str
    root: str
    policy: list[Statement] = field(default_factory=list)
    binary: tuple[str, ...] = ()
    """Media types whose bodies are bytes, `*/*` among them for all."""
    parents: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Resource id → (parent's id, path part)."""
    methods: dict[tuple[str, str], Method] = field(default_factory=dict)
    """(resource id, verb) → method."""
    authorizers: dict[str, Authorizer] = field(default_factory=dict)
    validators: dict[str, Validator] = field(default_factory=dict)
    models: dict[str, Any] = field(default_factory=dict)
    """Name → JSON schema."""
    gateway_responses: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)

    def path_of(self, resource: str) -> str:
        if resource == self.root:
            return "/"
        parent, part = self.parents[resource]
        return self.path_of(parent).rstrip("/") + "/" + part

    def resource_at(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The resource, and what its path parameters stand for: as sent, a REST API does not decode them. The most
        literal one wins, segment by segment, and `{rest+}` comes last.
        """
        given = (path.rstrip("/") or "/").split("/")
        found = [
            ([_rank(part) for part in told], resource, values)
            for resource in [self.root, *self.parents]
            if (values := _values(told := self.path_of(resource).split("/"), given)) is not None
        ]
        return min(found, key=lambda each: each[0])[1:] if found else None


def _rank(part: str) -> int:
    return 0 if not PARAMETER.fullmatch(part) else 2 if part.endswith("+}") else 1


def _values(told: list[str], given: list[str]) -> dict[str, str] | None:
    """None where the path is another."""
    if told[-1].endswith("+}"):
        last = len(told) - 1
        given = [*given[:last], "/".join(given[last:])]
    if len(told) != len(given):
        return None
    values = {}
    for part, text in zip(told, given, strict=True):
        if name := PARAMETER.fullmatch(part):
            values[name[1]] = text
        elif part != text:
            return None
    return None if "" in values.values() else values
