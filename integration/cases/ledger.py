"""The ledger as a pass needs it: rows of what may be new, and what is dealt with though no row was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.cases.journals import matched, of_others, once_displayed
from integration.cases.link import gained, set_hash
from integration.cases.plan.changed import OVERLAP_S, case_file, incident_file
from integration.cases.plan.comments import body_fingerprint, comments_hash, hashed
from integration.cases.plan.look import Known
from integration.cases.ports import CASE_FILE, COMMENT, INCIDENT_FILE, INVESTIGATION, JOURNAL, LedgerRow
from mappers.comments import is_own_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.cases.link import Link
    from integration.cases.ports import IncidentRead, Links
    from integration.model import Case, Comment, Incident, JournalEntry


def known_of(
    link: Link,
    case: Case,
    seen: IncidentRead,
    links: Links,
    own_user: Callable[[str], bool],
    own_creator: Callable[[str], bool],
    *,
    unclean: bool,
    files_unclean: bool,
) -> Known:
    """What the ledger says of one look, asked only as far as it matters. `unclean`: it knows more than the link, of
    files also where the mapping is another now.
    """
    comments, rows = fresh_comments(link, case, links, unclean=unclean)
    journal, otherwise = fresh_journal(link, seen, links, own_user, unclean=unclean)
    files = known_files(link, case, seen.incident, links, own_user, own_creator, unclean=files_unclean)
    findings = links.whole_ledger(link.case_id, INVESTIGATION) if case.investigations else {}
    return Known(comments, rows, journal, otherwise, files, findings)


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
        gained(link.files_hash.get("case", empty), [case_file(a, own_creator) for a in on_case]),
        gained(link.files_hash.get("incident", empty), [incident_file(a, own_user) for a in on_incident]),
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
    if (look.shown or link.journal_shown) and (others := of_others(look.incident, own_user)):
        return _fresh_otherwise(link, look, others, links, unclean=unclean)
    since = link.journal_since
    seen = link.journal_seen if since is not None else None
    unseen = [e for e in look.incident.journal if e.sys_id not in (seen or ())]
    fresh = [e for e in unseen if not is_own_entry(e, own_user)]
    before = since is not None and any(e.created.timestamp() < int(since) for e in fresh)
    if not fresh or not (unclean or before or seen is None):
        return tuple(fresh), ()
    known = links.ledger(link.case_id, (f"{JOURNAL}#{e.sys_id}" for e in fresh))
    left = tuple(e for e in fresh if f"{JOURNAL}#{e.sys_id}" not in known)
    return once_displayed(left, links.whole_ledger(link.case_id, JOURNAL)) if left and unclean else (left, ())


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
