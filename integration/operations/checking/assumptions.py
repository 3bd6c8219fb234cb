"""Assumptions about a real instance or account that no document settles, and what `check` found about each.

The entries stand in assumptions.toml; docs/assumptions.md is made of them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.operations.checking.verdict import Verdict

Standing = Literal["held", "broken", "not asked", "not askable"]
SIDES = {"servicenow": "ServiceNow", "aws": "AWS"}


@dataclass(frozen=True, slots=True)
class Assumption:
    """`probe`: subject of the verdicts of `check` that settle it; empty: it cannot ask. `kit`: those of `make
    contract-real` that do. `switches`: of the emulators.
    """

    id: str
    says: str
    evidence: str
    if_false: str
    noticed: str
    side: str
    probe: str = ""
    kit: str = ""
    switches: tuple[str, ...] = ()

    def standing(self, verdicts: Iterable[Verdict]) -> Standing:
        """A warning says that it is otherwise and copes with; it counts as broken, as a failure does."""
        if not self.probe:
            return "not askable"
        states = {verdict.state for verdict in verdicts if verdict.subject == self.probe}
        if states & {"fail", "warn"}:
            return "broken"
        return "held" if "ok" in states else "not asked"


@cache
def assumptions() -> tuple[Assumption, ...]:
    read = tomllib.loads((files("integration.operations.checking") / "assumptions.toml").read_text(encoding="utf-8"))
    return tuple(
        Assumption(**{**entry, "side": side, "switches": tuple(entry.get("switches", ()))})
        for side in SIDES
        for entry in read[side]
    )


def standings(verdicts: Iterable[Verdict]) -> list[dict[str, str]]:
    """For `check --json`: id, what is assumed, and how it stands."""
    told = list(verdicts)
    return [
        {"id": each.id, "says": each.says, "probe": each.probe, "standing": each.standing(told)}
        for each in assumptions()
    ]
