"""An API Gateway REST API as the template describes it: resources, methods, authorizers, validators, models.

Source: API Gateway developer guide for REST APIs (v1).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.iam import Statement


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
    """Names of headers that must be there."""


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
    throttle: Bucket | None = None


@dataclass
class Api:
    id: str
    name: str
    root: str
    policy: list[Statement] = field(default_factory=list)
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

    def resource_at(self, path: str) -> str | None:
        """Static paths only; no template of ours has `{words}` in one, and a template with them is refused."""
        wanted = path.rstrip("/") or "/"
        return next((r for r in [self.root, *self.parents] if self.path_of(r) == wanted), None)
