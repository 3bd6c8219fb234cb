"""The result of one check: what it found, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

State = Literal["ok", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`told` says what was found, `fix` the next act. Neither holds a secret or a text of a record."""

    subject: str
    state: State
    told: str
    fix: str = ""

    def as_warning(self, told: str) -> Verdict:
        """The same, less grave; `told` comes before what was found."""
        return replace(self, state="warn", told=f"{told}: {self.told}")


def ok(subject: str, told: str) -> Verdict:
    return Verdict(subject, "ok", told)


def warn(subject: str, told: str, fix: str = "") -> Verdict:
    return Verdict(subject, "warn", told, fix)


def fail(subject: str, told: str, fix: str) -> Verdict:
    return Verdict(subject, "fail", told, fix)


def skip(subject: str, told: str) -> Verdict:
    return Verdict(subject, "skip", told)
