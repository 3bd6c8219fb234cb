"""Says the next step of a workspace, from what is wanted, what is remembered and what was seen. Pure.

A pass asks, does, remembers, asks again. Undoing is planning with `wanted.gone`: nothing has a compensation of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.workspaces.model import ADDRESS_S, DAY_S, BadOrder, NoteKey, Phase, Standing, Wanted, Why
from integration.workspaces.steps import (
    Archive,
    Block,
    Check,
    Close,
    Configure,
    Create,
    Deliver,
    Drop,
    Empty,
    Freeze,
    Manifest,
    Name,
    Nothing,
    Prove,
    Release,
    Settle,
    Tell,
    Thaw,
    WaitFor,
)

if TYPE_CHECKING:
    from integration.workspaces.model import Found, Order, Policy, Row
    from integration.workspaces.steps import Step

RETRY_S = 900.0
"""What is refused is tried again no sooner."""
PATIENCE_S = 900.0
"""What only does not answer is worth a note after so long."""
WARNINGS = ((NoteKey.WARN_HOURS, 2 * 3600.0), (NoteKey.WARN_DAYS, 2 * DAY_S))
"""The more urgent first."""
NAMES_TRIED = 20


def wanted_of(row: Row, order: Order | None, now: float) -> Wanted:
    """`order`: the request item as it stands, where it was read; it decides until the delivery."""
    if row.ended:
        return Wanted(row.ended, row.end_at_once)
    if row.delivered:
        return Wanted(Why.EXPIRED if now >= row.lives_until else None)
    return Wanted(Why.CANCELLED if order is not None and order.standing is not Standing.APPROVED else None)


def plan(wanted: Wanted, row: Row, found: Found | None, now: float) -> Step:
    """`found`: None until this pass has seen or made something; the steps add to it."""
    if row.phase is Phase.GONE:
        return _said_first(row, now, Nothing(None))
    if row.phase is Phase.ENDING:
        return _ending(wanted, row, found, now)
    if wanted.gone:
        return Freeze(wanted.gone)
    return _ready(row, now) if row.phase is Phase.READY else _making(row, found, now)


def refused(step: Step, code: str, row: Row, now: float) -> Step:
    """What follows from a step that a rule, a right or a quota did not let be; `code`: the other side's word for it."""
    taken = isinstance(step, Create) and code == "BucketAlreadyExists"
    if taken and row.attempt < NAMES_TRIED:
        return Name(row.attempt + 1)
    return Block(REASONS.get(code, code or "refused"), now + RETRY_S, unnamed=taken)


def unanswered(row: Row, reason: str, now: float) -> Block:
    """What follows where nobody answers: tried again as its message comes back; said, and rarely tried, if it lasts."""
    known = row.blocked is not None and row.blocked.reason == reason
    since = row.blocked.said_after if row.blocked and known else now + PATIENCE_S
    return Block(reason, now + RETRY_S if now >= since else now, since)


REASONS = {
    "BucketAlreadyExists": "somebody else has this name, as those before it: an account's own namespace has none",
    "TooManyBuckets": "the account's quota of buckets is reached: raise it, or end workspaces",
    "AccessDenied": "a right is missing: `check` names it",
    "KMS.DisabledException": "the key of the archive is disabled",
}


def extended_until(row: Row, days: int, now: float, policy: Policy, *, ordered: bool) -> float:
    """The new expiry: so many days more, from now where it has passed. Raises `BadOrder` beyond the maximum."""
    most = policy.days_ordered_most if ordered else policy.days_most
    limit = (row.ready or row.created) + most * DAY_S
    until = max(row.lives_until, now) + days_of(days, policy) * DAY_S
    if not ordered and row.lives_until < limit:
        until = min(until, limit)
    if until > limit:
        way = "ask for less" if ordered else "a longer time is ordered in the catalog"
        raise BadOrder("days", f"a workspace lives {most} days at most: {way}")
    return until


def days_of(days: int | None, policy: Policy) -> int:
    """Raises `BadOrder` for what is no number of days that can be ordered."""
    if days is None:
        return policy.days
    if isinstance(days, bool) or not 1 <= days <= policy.days_ordered_most:
        raise BadOrder("days", f"days are a number from 1 to {policy.days_ordered_most}")
    return days


def may_use(row: Row, now: float) -> bool:
    """Whether an address may be given."""
    return row.phase is Phase.READY and not row.ended and now < row.lives_until


def may_extend(row: Row) -> bool:
    """Until the first deletion; also what is about to end comes back, but not where its person's end is ordered."""
    alive = row.phase in {Phase.READY, Phase.ENDING} and not row.deleting
    return row.delivered and alive and row.ended is not Why.LEFT


def why_not_extended(row: Row) -> str:
    """Of one that `may_extend` refuses."""
    if row.phase is Phase.GONE:
        return "The workspace has ended: order another."
    if row.ended is Why.LEFT:
        return "The end of all this person has is ordered: it cannot be extended unless that order is taken back."
    return "The workspace is being made, or its files are being removed: it cannot be extended now."


def note_key(kind: NoteKey, row: Row) -> str:
    """What makes a note the same: those about a time are said again for another."""
    match kind:
        case NoteKey.WARN_DAYS | NoteKey.WARN_HOURS:
            return f"{kind} {row.lives_until:.0f}"
        case NoteKey.EXTENDED:
            return f"{kind} {row.extended}"
        case NoteKey.BLOCKED:
            return f"{kind} {row.blocked.reason}" if row.blocked else kind
    return kind


def _making(row: Row, found: Found | None, now: float) -> Step:
    if row.blocked and now < row.blocked.retry_at:
        return _said_first(row, now, Nothing(row.blocked.retry_at))
    if not row.attempt:
        return Name(1)
    if found is None:
        return Create()
    if found.missing:
        return Configure(found.missing[0])
    return Deliver() if found.checked else Check()


def _ready(row: Row, now: float) -> Step:
    if row.blocked and now < row.blocked.retry_at:
        return _said_first(row, now, Nothing(min(row.blocked.retry_at, _next_look(row, now))))
    if row.uploads_until > row.settled and now >= row.uploads_until:
        return Settle()
    return _said_first(row, now, Nothing(_next_look(row, now)))


def _ending(wanted: Wanted, row: Row, found: Found | None, now: float) -> Step:
    if not wanted.gone and not row.deleting:
        return Thaw()
    if row.blocked and now < row.blocked.retry_at:
        return _said_first(row, now, Nothing(row.blocked.retry_at))
    if row.uploads_until > now and not (wanted.at_once or row.deleting):
        return WaitFor(min(row.uploads_until, now + ADDRESS_S))
    if found is None:
        return Close()
    if not found.exists:
        return Release() if row.proof else Prove()
    return _archiving(row, found, now)


def _archiving(row: Row, found: Found, now: float) -> Step:
    """Copied, then named, then deleted, then dropped."""
    unstored = found.stored < len(found.entries)
    if found.short:
        return Manifest(complete=False) if unstored else Nothing(now)
    if not found.listed:
        return Archive()
    if unstored or not row.deleting:
        return Manifest(complete=True)
    return Empty() if found.deleted < found.stored else Drop()


def _said_first(row: Row, now: float, rest: Nothing) -> Step:
    owed = _owed(row, now)
    return Tell(owed) if owed else rest


def _owed(row: Row, now: float) -> str:
    """The note to be said next, "" for none. Only a request item can be told anything."""
    if not row.catalog:
        return ""
    kinds = [kind for kind in _kinds(row, now) if note_key(kind, row) not in row.told]
    return note_key(kinds[0], row) if kinds else ""


def _kinds(row: Row, now: float) -> list[NoteKey]:
    if row.phase is Phase.GONE:
        return [NoteKey.ENDED if row.delivered else NoteKey.CANCELLED]
    if row.blocked:
        return [NoteKey.BLOCKED] if now >= row.blocked.said_after else []
    if row.phase is not Phase.READY:
        return []
    kinds = [NoteKey.DELIVERED, *([NoteKey.EXTENDED] if row.extended else [])]
    return kinds + [kind for kind, before in WARNINGS if _warns(row, before) and now >= row.lives_until - before][:1]


def _warns(row: Row, before: float) -> bool:
    """A workspace of a day is not warned of its last two."""
    return row.lives_until - row.ready > before


def _next_look(row: Row, now: float) -> float:
    warnings = [row.lives_until - before for _, before in WARNINGS if row.catalog and _warns(row, before)]
    uploads = [row.uploads_until] if row.uploads_until > row.settled else []
    return min([row.lives_until, *(at for at in (*warnings, *uploads) if at > now)])
