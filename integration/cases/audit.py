"""What a pass between a case and an incident did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.reconcile import audit

if TYPE_CHECKING:
    from integration.cases.wake import Wake


@dataclass(kw_only=True)
class Report(audit.Report):
    """`lag_s`: from the event until both sides were in step; None: nothing was done."""

    wake: Wake
    case_id: str = ""
    sys_id: str = ""
    runs: int = 0
    lag_s: float | None = None

    def __post_init__(self) -> None:
        self.woken_by = self.wake.side
