"""Make the incident of a case, so that a crash at any call leaves something a successor finds.

It carries a sys_id of ours and the case's ARN as `correlation_id`, and is looked for by them before it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cases.absence import give_up_unknown
from integration.cases.adopting import (
    Made,
    adopt_found,
    adopt_tagged,
    joined,
    own_sys_id,
    wanted,
)
from integration.cases.apply.refusals import block
from integration.cases.link import (
    CASE,
    IGNORED,
    NEW,
    STATUS,
    Intent,
    Link,
    Pair,
    context_fingerprint,
    value_fingerprint,
)
from integration.cases.plan.columns import source_fingerprint
from integration.cases.plan.note import with_serial
from integration.cases.ports import IncidentRead
from integration.clients.errors import Refused
from integration.names import CORRELATION_DISPLAY
from integration.reconcile.create_once import create_once
from mappers import notes
from mappers.comments import system_note
from mappers.creation import new_incident

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.cases.apply.writer import Writer
    from integration.cases.attempt import Attempt
    from integration.cases.ports import Row
    from integration.cases.reconciler import Reconciler
    from integration.model import Case, Incident
    from mappers.field import FieldRule

CREATION = "creation:"
"""Key of the block of a record that could not be made."""


def incident_for_case(attempt: Attempt, case_id: str) -> Made | str:
    """What was made; a text: nothing to do here, and why."""
    core = attempt.core
    row = attempt.claim(case_id)
    if row is None:
        return "left a mark"
    if row.link.linked:
        return Made(row)
    link = row.link
    if attempt.wake.forced:
        link.blocked = {}
    case = core.cases.read(case_id, investigations=core.rules.investigations)
    if case is None:
        return give_up_unknown(attempt, "case")
    link.arn, link.instance, link.table = case.arn, core.incidents.instance, core.incidents.table
    tags = core.cases.tags(case.arn)
    if tags.get(core.settings.own_tag):
        return adopt_tagged(attempt, row, case, tags)
    if not wanted(core.settings, case, tags, forced=attempt.wake.forced):
        link.state = IGNORED
        return attempt.leave("not ours to sync")
    return adopt_found(attempt, row, case) or _make_incident(attempt, row, case)


def _make_incident(attempt: Attempt, row: Row, case: Case) -> Made | str:
    core, link = attempt.core, row.link
    values = incident_values(core, case)
    writer, source = attempt.writer_on(link), source_fingerprint(values)
    if link.waits(CREATION, source, core.clock()):
        return attempt.leave("creation blocked")
    creation = NewIncident(attempt, link, case, values)
    try:
        made = create_once(creation, link.unsettled_until, attempt.hold.deadline, core.clock)
    except Refused as refused:
        return _block_incident(attempt, writer, source, refused)
    row = joined(
        attempt,
        row,
        sys_id=made.sys_id,
        number=made.number,
        state=NEW,
        base=_base_made(attempt, case, made),
        intents={},
        blocked={},
        unsettled_until=0,
        seen_mod=made.mod_count,
        context=context_fingerprint(notes.context(case)[2]) if core.rules.context else "",
    )
    attempt.hold.announced = False
    attempt.report.done.append("incident made")
    at = made.created.timestamp() if made.created else core.clock()
    return Made(row, case=case, seen=IncidentRead(made, at))


def _block_incident(attempt: Attempt, writer: Writer, source: str, refused: Refused) -> str:
    """Nothing was made, so nothing is named any more; said once on the case, tried again when due or changed."""
    link = writer.link
    link.intents, link.unsettled_until, attempt.hold.announced = {}, 0, False
    block(writer, CREATION, source, refused, with_serial(link, CASE, notes.refused("creation", refused.reason)))
    link.serial += writer.spoke
    return attempt.leave("creation blocked", writer.rows)


def incident_values(core: Reconciler, case: Case) -> dict[str, str]:
    """What is sent for it; a block of its creation remembers these."""
    choices = core.incidents.close_codes() if case.closed else {}
    values = new_incident(case, core.rules, choices) | {
        "sys_id": own_sys_id(case.arn),
        "correlation_id": case.arn,
        "correlation_display": CORRELATION_DISPLAY,
    }
    if core.rules.context:
        values["work_notes"] = system_note(*notes.context(case))
    if core.rules.watchers.enabled and core.rules.watchers.response_team:
        values[core.rules.watchers.column] = ",".join(core.cases.response_team())
    return values


@dataclass(frozen=True)
class NewIncident:
    """The incident of a case, to be made: its sys_id is ours."""

    attempt: Attempt
    link: Link
    case: Case
    values: Mapping[str, str]

    def find(self) -> Incident | None:
        incidents = self.attempt.core.incidents
        there = incidents.read(own_sys_id(self.case.arn), None)
        if there is None or not (incidents.own(there.incident.created_by) or not there.incident.created_by):
            return None
        return there.incident

    def announce(self, until: float) -> None:
        """A successor also knows its values as ours."""
        core, link = self.attempt.core, self.link
        link.unsettled_until, self.attempt.hold.announced = until, True
        for rule in core.rules.fields:
            on_case = self.case.values.get(rule.case, "")
            finals = tuple(value_fingerprint(rule.case, v) for v in rule.ours_on_incident(on_case))
            link.intents[rule.case] = [Intent("incident", value_fingerprint(rule.case, on_case), "", finals)]
        state = self.values.get("state", "")
        finals = (state, *core.rules.status.fallbacks.get(state, ()))
        link.intents[STATUS] = [Intent("incident", self.case.status, "", finals)]
        core.links.save(self.attempt.hold.owner, link)

    def make(self) -> Incident:
        return self.attempt.core.incidents.create(self.values)


def _base_made(attempt: Attempt, case: Case, made: Incident) -> dict[str, Pair]:
    base = {rule.case: _made(rule, case, made) for rule in attempt.core.rules.fields}
    return base | {STATUS: Pair(case.status, made.state)}


def _made(rule: FieldRule, case: Case, made: Incident) -> Pair:
    """A column that only people in ServiceNow fill counts as changed there."""
    on_incident = value_fingerprint(rule.case, made.values.get(rule.incident, ""))
    only_theirs = rule.direction == "to_case"
    return Pair(value_fingerprint(rule.case, case.values.get(rule.case, "")), None if only_theirs else on_incident)
