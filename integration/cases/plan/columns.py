"""Columns of the incident that are set beside the fields. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.link import value_fingerprint
from integration.names import CORRELATION_DISPLAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.model import Case


@dataclass(frozen=True, slots=True)
class Columns:
    """`key` is that of their block, `why` the reason in words."""

    key: str
    values: Mapping[str, str]
    why: str

    @property
    def source(self) -> str:
        return source_fingerprint(self.values)


def columns_back(case: Case) -> Columns:
    """Those that point back to the case."""
    values = {"correlation_id": case.arn, "correlation_display": CORRELATION_DISPLAY}
    return Columns("reference:", values, "nothing points back to the case")


def source_fingerprint(values: Mapping[str, str]) -> str:
    """What a block remembers of what was refused: never the values themselves."""
    return value_fingerprint("source", tuple(sorted(f"{name}={value}" for name, value in values.items())))
