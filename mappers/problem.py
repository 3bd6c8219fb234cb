"""A mistake in a mapping, described for the person who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads to the offending key (`("fields", "u_x", "case")`); `line` is known where a file was read."""

    path: tuple[str, ...]
    what: str
    fix: str
    line: int | None = None

    @property
    def where(self) -> str:
        return ".".join(self.path) or "mapping"

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line else ""
        return f"{line}{self.where}: {self.what}. {self.fix}"


class MappingError(ValueError):
    """The mapping cannot be used. The user mends each of `problems`; nothing was applied."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
