"""Whether one side shows anything the link does not know, and what to remember once it is dealt with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.cases.attachments import FAILED
from integration.cases.entries import body_fingerprint, comments_hash, hashed, is_own_entry
from integration.cases.journals import matched
from integration.cases.link import STATUS, Link, added, gained, set_hash, value_fingerprint
from integration.cases.ports import CASE_FILE, COMMENT, INCIDENT_FILE, JOURNAL, LedgerRow
from integration.cases.watchers import watchers_fingerprint
from mappers.notes import context

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from integration.cases.ports import IncidentRead, Links
    from integration.model import Case, CaseAttachment, Comment, Incident, IncidentAttachment, JournalEntry
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
    others = _others(seen.incident, own_user)
    if _displayed(link, seen):
        return _shown_hash(others) != link.journal_shown
    known = link.journal_seen if not link.journal_shown else None
    return known is None or any(entry.sys_id not in known for entry in others)


def _displayed(link: Link, seen: IncidentRead) -> bool:
    """Whether this look is by the displayed journal. One that shows nothing tells nothing of its road."""
    return seen.shown or bool(link.journal_shown and not seen.incident.journal)


def _shown_hash(entries: Iterable[JournalEntry]) -> str:
    return set_hash(entry.sys_id for entry in entries)


def _others(incident: Incident, own_user: Callable[[str], bool]) -> list[JournalEntry]:
    return [entry for entry in incident.journal if not is_own_entry(entry, own_user)]


def _watch_list(incident: Incident, rules: MappingRules) -> str:
    return incident.values.get(rules.watchers.column, "")


def case_files_hash(case: Case, own_creator: Callable[[str], bool]) -> str:
    return set_hash(_case_file(a, own_creator) for a in case.attachments)


def _case_file(file: CaseAttachment, own_creator: Callable[[str], bool]) -> str:
    """A passed scan of our own upload is no change; a failed one is."""
    ours = own_creator(file.creator) and file.status != FAILED
    return f"{file.attachment_id}:{OURS if ours else file.status}"


def incident_files_hash(incident: Incident, own_user: Callable[[str], bool]) -> str:
    return set_hash(_incident_file(a, own_user) for a in incident.attachments)


def _incident_file(file: IncidentAttachment, own_user: Callable[[str], bool]) -> str:
    """The scan of our own upload is no change."""
    return f"{file.sys_id}:{OURS if own_user(file.created_by) else file.state}"


def known_files(
    link: Link,
    case: Case,
    incident: Incident,
    links: Links,
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
    *,
    unclean: bool,
) -> dict[str, LedgerRow]:
    """The ledger of files. Where both sides have at most gained files of others since a clean pass, nothing is asked:
    those before are dealt with, which is all that counts about them.
    """
    if not case.attachments and not incident.attachments and not link.files_hash:
        return {}
    blocked = any(key.startswith(("file:", "casefile:")) for key in link.blocked)
    kept = None if unclean or blocked else _files_before(link, case, incident, own_user, own_creator)
    if kept is not None:
        return kept
    return links.whole_ledger(link.case_id, CASE_FILE) | links.whole_ledger(link.case_id, INCIDENT_FILE)


def _files_before(
    link: Link,
    case: Case,
    incident: Incident,
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
) -> dict[str, LedgerRow] | None:
    on_case = sorted(case.attachments, key=lambda a: (a.created, a.attachment_id))
    on_incident = sorted(incident.attachments, key=lambda a: (a.created, a.sys_id))
    empty = set_hash(())
    news = (
        gained(link.files_hash.get("case", empty), [_case_file(a, own_creator) for a in on_case]),
        gained(link.files_hash.get("incident", empty), [_incident_file(a, own_user) for a in on_incident]),
    )
    if news[0] is None or news[1] is None:
        return None
    before = on_incident[: len(on_incident) - news[1]]
    if any(own_user(a.created_by) for a in on_incident[len(before) :]):
        return None  # ours, of a pass that died, or another automation's: the ledger knows
    ids = [(CASE_FILE, a.attachment_id) for a in on_case[: len(on_case) - news[0]]]
    ids += [(INCIDENT_FILE, a.sys_id) for a in before]
    rows = [LedgerRow(kind, file_id, why="dealt with") for kind, file_id in ids]
    return {row.key: row for row in rows}


def investigations_hash(case: Case) -> str:
    return set_hash(f"{i.investigation_id}:{i.status}:{i.updated.timestamp()}" for i in case.investigations)


def context_fingerprint(case: Case) -> str:
    return value_fingerprint("context", context(case)[2])


def fresh_comments(
    link: Link, case: Case, links: Links, *, unclean: bool
) -> tuple[tuple[Comment, ...], dict[str, LedgerRow]]:
    """The comments that may be new or edited, and the ledger rows of these.

    Where the newest are all that the link does not know, they are new, unless a `unclean` pass left rows of them. Else
    recent ones are looked up by key; the ledger is read whole only where the older ones do not add up either.
    """
    if not case.comments:
        return (), {}
    blocked = {key.removeprefix("comment:") for key in link.blocked if key.startswith("comment:")}
    if comments_hash(case.comments) == link.comments_hash and not blocked:
        return (), {}
    new = None if unclean or blocked else _gained_comments(link, case)
    if new is not None:
        return new, {}
    since = link.clean_began - OVERLAP_S
    recent = tuple(c for c in case.comments if c.updated.timestamp() >= since or c.comment_id in blocked)
    if not link.comments_hash:
        return case.comments, links.whole_ledger(link.case_id, COMMENT)
    rows = links.ledger(link.case_id, (f"{COMMENT}#{c.comment_id}" for c in recent))
    if _adds_up(link, case, recent, rows):
        return recent, rows
    return case.comments, links.whole_ledger(link.case_id, COMMENT)


def _gained_comments(link: Link, case: Case) -> tuple[Comment, ...] | None:
    ordered = sorted(case.comments, key=lambda c: (c.created, c.comment_id))
    members = [hashed(c.comment_id, body_fingerprint(c.body)) for c in ordered]
    count = gained(link.comments_hash or set_hash(()), members)
    return None if count is None else tuple(ordered[len(ordered) - count :])


def _adds_up(link: Link, case: Case, recent: tuple[Comment, ...], rows: Mapping[str, LedgerRow]) -> bool:
    ids = {c.comment_id for c in recent}
    old = [hashed(c.comment_id, body_fingerprint(c.body)) for c in case.comments if c.comment_id not in ids]
    return set_hash([*old, *(hashed(row.id, row.fingerprint) for row in rows.values())]) == link.comments_hash


def fresh_journal(
    link: Link, look: IncidentRead, links: Links, own_user: Callable[[str], bool], *, unclean: bool
) -> tuple[tuple[JournalEntry, ...], tuple[LedgerRow, ...]]:
    """The entries of others in this read that are not dealt with: neither remembered nor in the ledger, which is asked
    where the link does not remember all of them. And rows for those that came by the other road before.
    """
    others = _others(look.incident, own_user)
    if others and (_displayed(link, look) or link.journal_shown):
        return _fresh_otherwise(link, look, others, links, unclean=unclean)
    since = link.journal_since
    seen = link.journal_seen if since is not None else None
    fresh = [e for e in others if e.sys_id not in (seen or ())]
    before = since is not None and any(e.created.timestamp() < int(since) for e in fresh)
    if not fresh or not (unclean or before or seen is None):
        return tuple(fresh), ()
    known = links.ledger(link.case_id, (f"{JOURNAL}#{e.sys_id}" for e in fresh))
    return tuple(e for e in fresh if f"{JOURNAL}#{e.sys_id}" not in known), ()


def _fresh_otherwise(
    link: Link, look: IncidentRead, others: Sequence[JournalEntry], links: Links, *, unclean: bool
) -> tuple[tuple[JournalEntry, ...], tuple[LedgerRow, ...]]:
    """Of a displayed journal, or of rows after one. Where the newest are all that the link does not know, they are new;
    else the whole ledger tells, also after the road has changed.
    """
    same_road = look.shown and link.journal_shown
    count = gained(link.journal_shown, [e.sys_id for e in others]) if same_road and not unclean else None
    if count is not None:
        return tuple(others[len(others) - count :]), ()
    return matched(others, links.whole_ledger(link.case_id, JOURNAL))


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
    if _displayed(link, seen):
        link.journal_since, link.journal_seen = seen.at - OVERLAP_S, []
        link.journal_shown = _shown_hash(e for e in _others(seen.incident, own_user) if e.sys_id not in blocked)
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


def without_comments(case: Case, fresh: tuple[Comment, ...]) -> Case:
    return replace(case, comments=fresh)
