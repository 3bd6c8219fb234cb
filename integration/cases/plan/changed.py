"""Finds whether one side shows anything the link does not know; notes on the link what was read and dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.link import STATUS, Link, added, set_hash, value_fingerprint
from integration.cases.plan.attachments import FAILED
from integration.cases.plan.comments import body_fingerprint, comments_hash, hashed, is_own_entry
from integration.cases.plan.note import context_fingerprint
from integration.cases.plan.watchers import watchers_fingerprint
from integration.cases.ports import CASE_FILE, COMMENT, LedgerRow

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from integration.cases.ports import IncidentRead
    from integration.model import Case, CaseAttachment, Incident, IncidentAttachment, JournalEntry
    from mappers.mapping_rules import MappingRules

OVERLAP_S = 600.0
"""Journal rows and comments are read this far back again: neither system promises that they appear in order."""
JOURNAL_SEEN_KEPT = 40
OURS = "ours"


def case_changed(link: Link, case: Case, rules: MappingRules, own_creator: Callable[[str], bool]) -> bool:
    """Whether the case differs from what the link remembers of it."""
    return (
        any(value_fingerprint(r.case, case.values.get(r.case, "")) != link.pair(r.case).case for r in rules.fields)
        or case.status != link.pair(STATUS).case
        or comments_hash(case.comments) != (link.comments_hash or set_hash(()))
        or case_files_hash(case, own_creator) != link.files_hash.get("case", set_hash(()))
        or (rules.context and context_fingerprint(case) != link.context)
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
        return _shown_hash(others) != link.journal_shown
    known = link.journal_seen if not link.journal_shown else None
    return known is None or any(entry.sys_id not in known for entry in others)


def displayed(link: Link, seen: IncidentRead) -> bool:
    """Whether this look is by the displayed journal. One that shows nothing tells nothing of its road."""
    return seen.shown or bool(link.journal_shown and not seen.incident.journal)


def _shown_hash(entries: Iterable[JournalEntry]) -> str:
    return set_hash(entry.sys_id for entry in entries)


def of_others(incident: Incident, own_user: Callable[[str], bool]) -> list[JournalEntry]:
    return [entry for entry in incident.journal if not is_own_entry(entry, own_user)]


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


def remember_read(
    link: Link,
    case: Case,
    seen: IncidentRead,
    made: Sequence[LedgerRow],
    rules: MappingRules,
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
    *,
    waiting: Container[str] = (),
) -> None:
    """After everything read was dealt with, but for the `waiting` comments: remember that, so that the next look can
    stop early.
    """
    before = "" if case.comments_read else link.comments_hash
    bodies = {c.comment_id: body_fingerprint(c.body) for c in case.comments if c.comment_id not in waiting}
    bodies |= {row.id: row.fingerprint for row in made if row.kind == COMMENT and row.id not in bodies}
    link.comments_hash = added(before or set_hash(()), (hashed(*item) for item in bodies.items()))
    _advance_journal(link, seen, own_user)
    there = {a.sys_id for a in seen.incident.attachments}
    uploaded = {peer for row in made if row.kind == CASE_FILE for peer in row.peers} - there
    files = added(incident_files_hash(seen.incident, own_user), (f"{sys_id}:{OURS}" for sys_id in uploaded))
    link.files_hash = {"case": case_files_hash(case, own_creator), "incident": files}
    link.context = context_fingerprint(case) if rules.context else ""
    link.investigations_hash = investigations_hash(case) if rules.investigations else ""
    link.rules = rules.digest
    link.unreadable_since = 0


def _advance_journal(link: Link, seen: IncidentRead, own_user: Callable[[str], bool]) -> None:
    """Entries that were refused are read again, so the window does not move beyond the oldest of them; nor does it
    where nothing could be read.
    """
    link.journal_unread = (link.journal_unread or seen.at) if seen.unread else 0
    if seen.unread:
        return
    blocked = {key.removeprefix("journal:") for key in link.blocked if key.startswith("journal:")}
    if displayed(link, seen):
        link.journal_since, link.journal_seen = seen.at - OVERLAP_S, []
        link.journal_shown = _shown_hash(e for e in of_others(seen.incident, own_user) if e.sys_id not in blocked)
        return
    link.journal_shown = ""
    waiting = [e.created.timestamp() for e in seen.incident.journal if e.sys_id in blocked]
    link.journal_since = (
        min([seen.at - OVERLAP_S, *waiting]) if link.journal_since is None or not waiting else link.journal_since
    )
    ids = [
        e.sys_id
        for e in seen.incident.journal
        if e.created.timestamp() >= link.journal_since and e.sys_id not in blocked
    ]
    link.journal_seen = ids if len(ids) <= JOURNAL_SEEN_KEPT else None
