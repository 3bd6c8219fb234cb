"""Faults that tests and the console set: rules for what goes wrong, how, and how often."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Generic, TypeVar

from .switches import check, schema_of


@dataclass
class Fault:
    """One rule. A subclass adds globs of what it befalls, and how long it lasts.

    The first `skip` matches pass untouched, then `times` are struck; None: until removed.
    """

    KINDS: ClassVar[tuple[str, ...]]

    kind: str
    times: int | None = 1
    skip: int = 0

    @classmethod
    def schema(cls) -> dict[str, Any]:
        found = schema_of(cls)
        found["properties"] |= {"kind": {"enum": list(cls.KINDS)}, "times": {"type": ["integer", "null"], "minimum": 1}}
        return found

    def strikes(self, target: dict[str, str]) -> bool:
        """Whether it strikes now; counts the match."""
        if not all(fnmatchcase(value, getattr(self, name)) for name, value in target.items()):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


F = TypeVar("F", bound=Fault)


class Faults(Generic[F]):
    """Rules in the order they were set; the first that strikes decides, and goes when it is used up."""

    def __init__(self, kind: type[F]) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._rules: list[F] = []

    def add(self, values: Any) -> None:
        """Raises jsonschema.ValidationError for a rule that could not mean anything."""
        check(values, self._kind)
        with self._lock:
            self._rules.append(self._kind(**values))

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def take(self, **target: str) -> F | None:
        """The rule that strikes what is named so; each name is that of a glob."""
        with self._lock:
            struck = next((rule for rule in self._rules if rule.strikes(target)), None)
            if struck is not None and struck.times == 0:
                self._rules.remove(struck)
            return struck

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(rule) for rule in self._rules]
