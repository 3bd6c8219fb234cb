"""Pages of a list that has no promised order, with an opaque token that survives additions between two pages."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .errors import bad_page_token

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Order:
    """How lists come out: insertion, reverse, or shuffled, the same for the same seed and key."""

    kind: str
    seed: int

    def sort(self, keys: list[str]) -> list[str]:
        if self.kind == "shuffled":
            return sorted(keys, key=lambda key: hashlib.sha256(f"{self.seed}:{key}".encode()).digest())
        return keys[::-1] if self.kind == "reverse" else keys


def page(
    items: Mapping[str, T], order: Order, scope: str, limit: int | None, token: str | None
) -> tuple[list[T], str | None]:
    """The next items and the token of the page after, None on the last.

    `items` are in order of insertion and never shrink; `scope` names the list, and a token of another list, or a
    broken one, raises ApiError InvalidTokenException.
    """
    keys = order.sort(list(items))
    start = keys.index(_read(token, scope, items)) + 1 if token else 0
    end = start + (limit or PAGE_SIZE)
    following = _write(scope, keys[end - 1]) if end < len(keys) else None
    return [items[key] for key in keys[start:end]], following


def _write(scope: str, key: str) -> str:
    text = json.dumps([scope, key, _digest(scope, key)])
    return urlsafe_b64encode(text.encode()).decode()


def _read(token: str, scope: str, items: Mapping[str, T]) -> str:
    try:
        token_scope, key, digest = json.loads(urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError) as error:
        raise bad_page_token() from error
    if token_scope != scope or key not in items or digest != _digest(scope, key):
        raise bad_page_token()
    return str(key)


def _digest(scope: str, key: str) -> str:
    return hashlib.sha256(f"nextToken:{scope}:{key}".encode()).hexdigest()[:16]
