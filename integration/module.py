"""The two tables that incidents may live in, apart from `model`, which `--help` does without."""

from __future__ import annotations

from enum import StrEnum


class Module(StrEnum):
    """Which ServiceNow table incidents live in."""

    ITSM = "itsm"
    IR = "ir"

    @property
    def table(self) -> str:
        return "incident" if self is Module.ITSM else "sn_si_incident"
