"""Whether one side shows anything the link does not know. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.journals import displayed, of_others, shown_hash
from integration.cases.link import STATUS, Link, context_fingerprint, set_hash, value_fingerprint
from integration.cases.plan.attachments import FAILED
from integration.cases.plan.comments import comments_hash
from integration.cases.plan.watchers import watchers_fingerprint
from mappers.notes import context

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.cases.ports import IncidentRead
    from integration.model import Case, CaseAttachment, Incident, IncidentAttachment
    from mappers.mapping_rules import MappingRules

OVERLAP_S = 600.0
"""Journal rows and comments are read this far back again: neither system promises that they appear in order."""
OURS = "ours"


def case_changed(link: Link, case: Case, rules: MappingRules, own_creator: Callable[[str], bool]) -> bool:
    """Whether the case differs from what the link remembers of it."""
    return (
        any(value_fingerprint(r.case, case.values.get(r.case, "")) != link.pair(r.case).case for r in rules.fields)
        or case.status != link.pair(STATUS).case
        or comments_hash(case.comments) != (link.comments_hash or set_hash(()))
        or case_files_hash(case, own_creator) != link.files_hash.get("case", set_hash(()))
        or (rules.context and context_fingerprint(context(case)[2]) != link.context)
        or (rules.investigations and investigations_hash(case) != (link.investigations_hash or set_hash(())))
        or (
            rules.watchers.enabled
            and watchers_fingerprint(case.values.get("watchers", ())) != link.watchers_seen.get("case")
        )
    )


def incident_changed(link: Link, seen: IncidentRead, rules: MappingRules, own_user: Callable[[str], bool]) -> bool:
    """Whether the incident differs from what the link remembers of it."""
    incident = seen.incident
    return (
        any(
            value_fingerprint(r.case, incident.values.get(r.incident, "")) != link.pair(r.case).incident
            for r in rules.fields
        )
        or incident.state != link.pair(STATUS).incident
        or _journal_news(link, seen, own_user)
        or incident_files_hash(incident, own_user) != link.files_hash.get("incident", set_hash(()))
        or (
            rules.watchers.enabled
            and watchers_fingerprint(_watch_list(incident, rules)) != link.watchers_seen.get("incident")
        )
        or link.unreadable_since > 0
    )


def _journal_news(link: Link, seen: IncidentRead, own_user: Callable[[str], bool]) -> bool:
    others = of_others(seen.incident, own_user)
    if displayed(link, seen):
        return shown_hash(others) != link.journal_shown
    known = link.journal_seen if not link.journal_shown else None
    return known is None or any(entry.sys_id not in known for entry in others)


def _watch_list(incident: Incident, rules: MappingRules) -> str:
    return incident.values.get(rules.watchers.column, "")


def case_files_hash(case: Case, own_creator: Callable[[str], bool]) -> str:
    return set_hash(case_file(a, own_creator) for a in case.attachments)


def case_file(file: CaseAttachment, own_creator: Callable[[str], bool]) -> str:
    """A passed scan of our own upload is no change; a failed one is."""
    ours = own_creator(file.creator) and file.status != FAILED
    return f"{file.attachment_id}:{OURS if ours else file.status}"


def incident_files_hash(incident: Incident, own_user: Callable[[str], bool]) -> str:
    return set_hash(incident_file(a, own_user) for a in incident.attachments)


def incident_file(file: IncidentAttachment, own_user: Callable[[str], bool]) -> str:
    """The scan of our own upload is no change."""
    return f"{file.sys_id}:{OURS if own_user(file.created_by) else file.state}"


def investigations_hash(case: Case) -> str:
    return set_hash(f"{i.investigation_id}:{i.status}:{i.updated.timestamp()}" for i in case.investigations)
