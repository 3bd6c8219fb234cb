"""What a link remembers after a pass has dealt with everything that was read, so that the next look can stop early."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from integration.cases.journals import displayed, of_others, shown_hash
from integration.cases.link import added, context_fingerprint, set_hash, value_fingerprint
from integration.cases.plan.changed import OURS, OVERLAP_S, case_files_hash, incident_files_hash, investigations_hash
from integration.cases.plan.comments import body_fingerprint, hashed
from integration.cases.ports import CASE_FILE, COMMENT
from mappers.notes import context

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.cases.apply.writer import Writer
    from integration.cases.link import Link
    from integration.cases.plan.watchers import Watchers
    from integration.cases.plan.whole import Plan
    from integration.cases.ports import IncidentRead
    from integration.model import Case

JOURNAL_SEEN_KEPT = 40


def remember(writer: Writer, plan: Plan, *, wrote: bool) -> None:
    """But for the comments that wait. `wrote`: values were written, or none had to be."""
    link, rules = writer.link, writer.core.rules
    case = replace(plan.case, attachments=(*plan.case.attachments, *writer.uploaded))
    if wrote:
        _remember_watchers(link, plan.watchers)
    _remember_comments(writer, case)
    _advance_journal(link, plan.seen, writer.core.incidents.own)
    _remember_files(writer, case, plan.seen)
    link.context = context_fingerprint(context(case)[2]) if rules.context else ""
    link.investigations_hash = _investigations(case) if rules.investigations else ""
    link.rules = rules.digest
    link.unreadable_since = 0
    link.seen_mod = link.seen_mod if writer.again or not writer.shown else writer.shown.mod_count


def _remember_watchers(link: Link, plan: Watchers) -> None:
    """Not where a side refused: an address it did not take would then look like one it has removed."""
    link.watchers_named = {}
    if plan.both is not None and not {plan.key, plan.columns.key} & link.blocked.keys():
        link.watchers = sorted(value_fingerprint("watcher", address) for address in plan.both)
        link.watchers_known = None if plan.known is None else dict(plan.known)
        link.watchers_seen = dict(plan.shown)
        link.watchers_kept = {side: fingerprints for side, fingerprints in plan.kept.items() if fingerprints}


def _remember_comments(writer: Writer, case: Case) -> None:
    before = "" if case.comments_read else writer.link.comments_hash
    bodies = {c.comment_id: body_fingerprint(c.body) for c in case.comments if c.comment_id not in writer.waiting}
    bodies |= {row.id: row.fingerprint for row in writer.made if row.kind == COMMENT and row.id not in bodies}
    writer.link.comments_hash = added(before or set_hash(()), (hashed(*item) for item in bodies.items()))


def _remember_files(writer: Writer, case: Case, seen: IncidentRead) -> None:
    there = {a.sys_id for a in seen.incident.attachments}
    uploaded = {peer for row in writer.made if row.kind == CASE_FILE for peer in row.peers} - there
    none, own_creator, own_user = set_hash(()), writer.core.cases.own, writer.core.incidents.own
    files = incident_files_hash(seen.incident, own_user) if there else none
    writer.link.files_hash = {
        "case": case_files_hash(case, own_creator) if case.attachments else none,
        "incident": added(files, (f"{sys_id}:{OURS}" for sys_id in uploaded)),
    }


def _investigations(case: Case) -> str:
    return investigations_hash(case) if case.investigations else set_hash(())


def _advance_journal(link: Link, seen: IncidentRead, own_user: Callable[[str], bool]) -> None:
    """Entries that were refused are read again, so the window does not move beyond the oldest of them; nor does it
    where nothing could be read.
    """
    link.journal_unread = (link.journal_unread or seen.at) if seen.unread else 0
    if seen.unread:
        return
    blocked = {key.removeprefix("journal:") for key in link.blocked if key.startswith("journal:")}
    if (seen.shown or link.journal_shown) and displayed(link, seen):
        link.journal_since, link.journal_seen = seen.at - OVERLAP_S, []
        link.journal_shown = shown_hash(e for e in of_others(seen.incident, own_user) if e.sys_id not in blocked)
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
