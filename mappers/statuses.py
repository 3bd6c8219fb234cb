"""Statuses of a case and states of an incident: which pairs are accepted, how each translates, the ways between."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integration.model import CaseStatus
from integration.module import Module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mappers.field import Policy

LEGAL: Mapping[str, tuple[str, ...]] = {
    CaseStatus.SUBMITTED: (CaseStatus.DETECTION,),
    CaseStatus.ACKNOWLEDGED: (CaseStatus.DETECTION,),
    CaseStatus.DETECTION: (CaseStatus.CONTAINMENT, CaseStatus.POST_INCIDENT),
    CaseStatus.CONTAINMENT: (CaseStatus.DETECTION, CaseStatus.POST_INCIDENT),
    CaseStatus.POST_INCIDENT: (CaseStatus.CONTAINMENT, CaseStatus.DETECTION),
    CaseStatus.READY_TO_CLOSE: (CaseStatus.DETECTION, CaseStatus.POST_INCIDENT),
    CaseStatus.CLOSED: (),
}
"""What UpdateCaseStatus takes from where (API model, `UpdateCaseStatus`); CloseCase leads from anywhere to Closed.

The API lists no way out of Acknowledged and Ready to Close. The ways here are tried: without them a case seen there
could never be moved, and a refusal is told like any other.
"""

SETTABLE = frozenset(
    {CaseStatus.DETECTION, CaseStatus.CONTAINMENT, CaseStatus.POST_INCIDENT, CaseStatus.CLOSED},
)
"""What we can bring a case to. Nothing leads back to Submitted; the other two are only ever observed."""

STATEFUL_FLOW = ("10", "16", "18", "19", "20", "100", "3")
"""`sn_si_incident` under the NIST Stateful process definition: forward only, one state after the other."""

LABELS: Mapping[Module, Mapping[str, str]] = {
    Module.ITSM: {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"},
    Module.IR: {
        "10": "Draft", "16": "Analysis", "18": "Contain", "19": "Eradicate", "20": "Recover", "100": "Review",
        "3": "Closed", "7": "Cancelled",
    },
}  # fmt: skip
RESOLVED: Mapping[Module, frozenset[str]] = {Module.ITSM: frozenset({"6"}), Module.IR: frozenset()}
CLOSED: Mapping[Module, frozenset[str]] = {Module.ITSM: frozenset({"7", "8"}), Module.IR: frozenset({"3", "7"})}
FALLBACKS: Mapping[Module, Mapping[str, tuple[str, ...]]] = {Module.ITSM: {"7": ("6",)}, Module.IR: {}}
"""Where an instance refuses or drops a state, these are tried in turn."""


@dataclass(frozen=True, slots=True)
class StatusRules:
    """`targets`: status → state. `pairs`: state → the statuses it may stand beside."""

    policy: Policy = "servicenow"
    targets: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    resolved: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()

    def incident_state_for(self, status: str) -> str | None:
        """None: a status this version does not know."""
        return self.targets.get(status)

    def case_status_for(self, state: str) -> str | None:
        """The first of the state's statuses that can be set; Submitted where it has no other. None: unknown state."""
        beside = self.pairs.get(state, ())
        return next(
            (s for s in beside if s in SETTABLE), CaseStatus.SUBMITTED if CaseStatus.SUBMITTED in beside else None
        )

    def accepted(self, status: str, state: str) -> bool:
        return status in self.pairs.get(state, ())

    @property
    def closing_states(self) -> frozenset[str]:
        """States that close the case."""
        return frozenset(state for state in self.pairs if self.case_status_for(state) == CaseStatus.CLOSED)

    def is_resolved(self, state: str) -> bool:
        return state in self.resolved

    def is_closed(self, state: str) -> bool:
        """The record is at its end: Closed or Canceled."""
        return state in self.closed


def walk(start: str, target: str) -> tuple[str, ...] | None:
    """The shortest legal way, without the start; None where there is none. Closed is one call from anywhere else."""
    if start == target:
        return ()
    if start == CaseStatus.CLOSED:
        return None
    if target == CaseStatus.CLOSED:
        return (CaseStatus.CLOSED,)
    ways: deque[tuple[str, ...]] = deque([(start,)])
    seen = {start}
    while ways:
        way = ways.popleft()
        for following in LEGAL.get(way[-1], ()):
            if following == target:
                return (*way[1:], following)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return None


def state_steps(module: Module, start: str, target: str) -> tuple[str, ...]:
    """The states to write, one PATCH each, where an instance refuses a jump."""
    if start == target:
        return ()
    if module is Module.IR and start in STATEFUL_FLOW and target in STATEFUL_FLOW:
        first, last = STATEFUL_FLOW.index(start), STATEFUL_FLOW.index(target)
        if first < last:
            return STATEFUL_FLOW[first + 1 : last + 1]
    return (target,)
