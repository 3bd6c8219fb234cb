"""Which files go over, by ledger, never by name alone; which stay, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.cases.link import CASE, INCIDENT
from integration.cases.plan.note import Note, once
from integration.cases.ports import CASE_FILE, INCIDENT_FILE, LedgerRow
from integration.model import CaseAttachment
from mappers import notes
from mappers.attachments import case_file_name, incident_file_name
from mappers.private_mark import is_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.model import Case, Incident, IncidentAttachment
    from mappers.mapping_rules import MappingRules

CASE_FILES_MOST = 50
CASE_FILE_BYTES_MOST = 104_857_600
MIB = 1 << 20
PENDING, FAILED = "Pending", "Failed"
AT_REST, HELD = frozenset({"", "available", "available_conditionally"}), "pending"
"""States of a file in ServiceNow; with any other one its antivirus scan has taken it away."""
HELD_MOST_S = 600.0
TOLD_APART = 10
"""About so many files that stay are told one by one, the others once a day, however many somebody adds."""
FORGOTTEN_ATTEMPTS = 5
"""So many names are looked for where no row says how often an upload was begun."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Files to carry, rows learned without a write, and notes about those that cannot be carried. A file of the case
    comes with those of the incident that may be its copy, if the ledger is lost.
    """

    to_case: tuple[tuple[IncidentAttachment, LedgerRow], ...] = ()
    to_incident: tuple[tuple[CaseAttachment, LedgerRow, tuple[IncidentAttachment, ...]], ...] = ()
    learned: tuple[LedgerRow, ...] = ()
    said: tuple[tuple[Note, LedgerRow], ...] = ()


def plan_files(
    case: Case,
    incident: Incident,
    known: Mapping[str, LedgerRow],
    rules: MappingRules,
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
) -> FilePlan:
    """`known` is the whole ledger of files: at most 50 on the case, a handful on the incident."""
    if not rules.attachments.enabled:
        return FilePlan()
    on_case = _from_case(case, incident, known, own_user, own_creator)
    on_incident = _from_incident(case, incident, known, rules, own_user, own_creator)
    removed = _removed(incident, known)
    return FilePlan(
        to_case=on_incident.to_case,
        to_incident=on_case.to_incident,
        learned=on_case.learned + on_incident.learned,
        said=on_case.said + on_incident.said + removed,
    )


def _from_case(
    case: Case,
    incident: Incident,
    known: Mapping[str, LedgerRow],
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
) -> FilePlan:
    plan = FilePlan()
    ours = {row.peers[0] for row in known.values() if row.kind == INCIDENT_FILE and row.peers}
    for file in case.attachments:
        row = known.get(f"{CASE_FILE}#{file.attachment_id}", LedgerRow(CASE_FILE, file.attachment_id))
        if row.peers or row.why or file.status == PENDING:
            continue
        mine = file.attachment_id in ours or own_creator(file.creator)
        if file.status == FAILED:
            note = Note(INCIDENT, *notes.attachment_failed(file.file_name, file.attachment_id))
            plan = replace(plan, said=(*plan.said, (note, replace(row, why="failed its scan"))))
        elif not mine:
            alike = _alike(file, incident, known, own_user)
            if row.attempts and alike:  # an upload was begun and not recorded
                plan = replace(plan, learned=(*plan.learned, replace(row, peers=(alike[0].sys_id,))))
            else:
                plan = replace(plan, to_incident=(*plan.to_incident, (file, row, alike)))
    return plan


def _alike(
    file: CaseAttachment, incident: Incident, known: Mapping[str, LedgerRow], own_user: Callable[[str], bool]
) -> tuple[IncidentAttachment, ...]:
    """Our own files of that name which no row tells of."""
    claimed = {peer for other in known.values() if other.kind == CASE_FILE for peer in other.peers}
    claimed |= {row.id for row in known.values() if row.kind == INCIDENT_FILE and (row.peers or row.why)}
    found = (a for a in incident.attachments if a.file_name == incident_file_name(file) and own_user(a.created_by))
    return tuple(a for a in found if a.sys_id not in claimed)


def _from_incident(
    case: Case,
    incident: Incident,
    known: Mapping[str, LedgerRow],
    rules: MappingRules,
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
) -> FilePlan:
    plan = FilePlan()
    ours = {peer for row in known.values() if row.kind == CASE_FILE for peer in row.peers}
    unrecorded = any(r.kind == CASE_FILE and r.attempts and not r.peers and not r.why for r in known.values())
    open_names = _open_names(case, known)
    room = CASE_FILES_MOST - len(case.attachments)
    dealt_with = sum(f"{INCIDENT_FILE}#{file.sys_id}" in known for file in incident.attachments)
    staying = dealt_with - len(case.attachments)  # what both sides have cancels out
    for file in incident.attachments:
        row = known.get(f"{INCIDENT_FILE}#{file.sys_id}", LedgerRow(INCIDENT_FILE, file.sys_id))
        if row.why or row.peers or file.sys_id in ours:
            continue
        undecided = unrecorded or file.file_name in open_names
        if file.state == HELD or (undecided and own_user(file.created_by)):
            continue
        there = on_case(file, row, case, own_creator)
        if there:
            plan = replace(plan, learned=(*plan.learned, replace(row, peers=(there.attachment_id,))))
        elif is_marked(file.file_name, rules.attachments.private_prefix):
            plan = replace(plan, learned=(*plan.learned, replace(row, why="private")))
        elif case.closed:
            plan = replace(plan, learned=(*plan.learned, replace(row, why="the case is closed")))
        elif problem := _unfit(file, rules, room):
            staying += 1
            told = problem if staying <= TOLD_APART else _many_stay(file)
            plan = replace(plan, said=(*plan.said, (told, replace(row, why=problem.kind))))
        else:
            room -= 1
            plan = replace(plan, to_case=(*plan.to_case, (file, row)))
    return plan


def _open_names(case: Case, known: Mapping[str, LedgerRow]) -> set[str]:
    """Of files of the case that no row tells of: one of ours of that name in ServiceNow may be their copy."""
    rows = ((file, known.get(f"{CASE_FILE}#{file.attachment_id}")) for file in case.attachments)
    return {incident_file_name(file) for file, row in rows if not row or not (row.peers or row.why)}


def _unfit(file: IncidentAttachment, rules: MappingRules, room: int) -> Note | None:
    """What AWS cannot hold, or what is larger than this deployment carries, becomes a note that says where it is."""
    if file.state not in AT_REST:
        return Note(CASE, *notes.file_unavailable(file.file_name, file.sys_id))
    if file.size_bytes == 0:
        return Note(CASE, *notes.empty_file(file.file_name, file.sys_id))
    if file.size_bytes > min(rules.attachments.max_mb * MIB, CASE_FILE_BYTES_MOST):
        return Note(CASE, *notes.too_large(file.file_name, file.size_bytes, file.sha256, "ServiceNow", file.sys_id))
    if room <= 0:
        return Note(CASE, *notes.too_many_files(file.file_name, file.sys_id))
    return None


def _many_stay(file: IncidentAttachment) -> Note:
    return once(CASE, notes.files_stay(f"{file.created:%Y-%m-%d}"))


def block_of(file: CaseAttachment | IncidentAttachment) -> tuple[str, str]:
    """The key of what blocks its going over, and the source this block remembers."""
    if isinstance(file, CaseAttachment):
        return f"casefile:{file.attachment_id}", file.status
    return f"file:{file.sys_id}", file.sha256


def held_files(incident: Incident, at: float) -> list[IncidentAttachment]:
    """Files that the instance still holds and may let go soon. `at` is its own clock."""
    return [f for f in incident.attachments if f.state == HELD and at - f.created.timestamp() < HELD_MOST_S]


def on_case(
    file: IncidentAttachment, row: LedgerRow, case: Case, own_creator: Callable[[str], bool]
) -> CaseAttachment | None:
    """Of ours, since anybody may give a file such a name."""
    names = _names(file, row.attempts or FORGOTTEN_ATTEMPTS)
    return next((a for a in case.attachments if a.file_name in names and own_creator(a.creator)), None)


def _names(file: IncidentAttachment, attempts: int) -> set[str]:
    return {case_file_name(file, attempt) for attempt in range(attempts)}


def _removed(incident: Incident, known: Mapping[str, LedgerRow]) -> tuple[tuple[Note, LedgerRow], ...]:
    """Removed in ServiceNow: said, never deleted on AWS. An empty list may mean missing rights, so it says nothing."""
    there = {file.sys_id for file in incident.attachments}
    if not there:
        return ()
    gone = [r for r in known.values() if r.kind == INCIDENT_FILE and r.peers and not r.why and r.id not in there]
    return tuple((Note(CASE, *notes.file_removed(row.peers[0])), replace(row, why="removed")) for row in gone)
