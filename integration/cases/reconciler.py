"""Passes of one deployment: what they work with, and how one is begun and ended."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.attempt import Attempt
from integration.cases.audit import Report
from integration.cases.reading import Reading
from integration.reconcile.audit import Outcome
from integration.reconcile.errors import kind_of
from integration.reconcile.hold import Hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.cases.ports import Cases, Incidents, LinkHold, Links
    from integration.cases.wake import Wake
    from mappers.mapping_rules import MappingRules


@dataclass(frozen=True)
class Settings:
    """What a deployment decides about passes. Times are epoch seconds."""

    claim_s: float
    sweep_s: float
    installed_at: float = 0
    incident_filter: str = ""
    case_tag: str = ""
    own_tag: str = "servicenow:default"
    new_cases_per_hour: int = 25
    foreign_marks: tuple[str, ...] = ()
    """`correlation_display` of what other integrations made: never a case, whoever asks for one."""


@dataclass(frozen=True)
class Reconciler:
    """Brings links in step. `deadline` of `run` is when the platform ends the function, epoch seconds."""

    cases: Cases
    incidents: Incidents
    links: Links
    rules: MappingRules
    settings: Settings
    clock: Callable[[], float]

    def run(self, wake: Wake, deadline: float) -> Outcome[Report]:
        """One pass for one wake. The claim is released however it ends; `verdict` says what becomes of the message."""
        hold: LinkHold = Hold(self.links, self.clock, self.settings.claim_s, deadline, uuid.uuid4().hex)
        attempt = Attempt(self, wake, hold, Reading(self, wake), Report(wake=wake, pass_id=hold.owner))
        try:
            attempt.run()
        except Exception as error:  # noqa: BLE001 - whatever it met, what was done until then is told with it
            attempt.report.outcome = kind_of(error)
            attempt.fail(error)
            return Outcome(attempt.report, error)
        return Outcome(attempt.report)
