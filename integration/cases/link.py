"""What a link remembers: the pair last accepted per field, what is about to be written, what waits and why.

Nothing here is a text of a case: values stand as fingerprints (statuses raw, everything else as SHA-256).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integration.model import Value

_T = TypeVar("_T")

STATUS = "status"
LATEST = "latest"
"""Sort key of the row that says how a link or an incident is now."""
CASE, INCIDENT = "case", "incident"

NEW, ACTIVE, CLOSED, SUSPENDED, IGNORED = "new", "active", "closed", "suspended", "ignored"
"""States of a link: not made yet, kept in step, nothing left to do, incident unreadable, not ours to sync."""

_HASH_BITS = 1 << 256
STORED_AS = {"intents": "names", "notes_said": "told"}
"""Members that rows have under another name, since before they were called so here."""
MEMBERS = {stored: name for name, stored in STORED_AS.items()}


def value_fingerprint(name: str, value: Value | None) -> str:
    """What the base keeps of a value: a status or state raw, since people read it; anything else as SHA-256."""
    if value is None:
        return ""
    if name == STATUS:
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def context_fingerprint(said: str) -> str:
    """Of what the note about a case's context says."""
    return value_fingerprint("context", said)


def set_hash(members: Iterable[str]) -> str:
    """Order-independent hash of a set of texts; equal sets, and with all likelihood only these, have equal hashes."""
    total = 0
    for member in members:
        total = (total + int.from_bytes(hashlib.sha256(member.encode()).digest())) % _HASH_BITS
    return f"{total:064x}"


def added(hashed: str, members: Iterable[str]) -> str:
    """The hash of the set hashed as `hashed` with these members more."""
    return f"{(int(hashed, 16) + int(set_hash(members), 16)) % _HASH_BITS:064x}"


def gained(hashed: str, members: Sequence[str]) -> int | None:
    """How many at the end of `members` the set hashed as `hashed` lacks; None: that is not all they differ in."""
    missing = (int(set_hash(members), 16) - int(hashed, 16)) % _HASH_BITS
    for count in range(len(members) + 1):
        if not missing:
            return count
        if count < len(members):
            missing = (missing - int(set_hash([members[-1 - count]]), 16)) % _HASH_BITS
    return None


@dataclass(frozen=True, slots=True)
class Pair:
    """The fingerprints of both sides' own values when they were last accepted together; None: never."""

    case: str | None = None
    incident: str | None = None

    def on(self, side: str) -> str | None:
        return self.case if side == CASE else self.incident


@dataclass(frozen=True, slots=True)
class Intent:
    """One field about to be written: on which side, which value of the other side it carries, what was found there.

    `finals` are the fingerprints our write may leave there (the value, a cut of it), `hops` those on the way.
    """

    side: str
    source: str
    found: str
    finals: tuple[str, ...]
    hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocked:
    """One action the other side refused: tried again when its source changes, when due, or on `replay`.

    `retry_at` 0: never by itself.
    """

    reason: str
    source: str
    since: float
    retry_at: float

    def holds(self, source: str, now: float) -> bool:
        """Whether this very source was refused, and is not due again."""
        return self.source == source and now < self.retry_at


@dataclass
class Link:
    """`Case#<id>` / `latest` but for the claim. The holder of the claim is the only one who changes it."""

    case_id: str
    arn: str = ""
    instance: str = ""
    table: str = ""
    sys_id: str = ""
    number: str = ""
    state: str = NEW
    base: dict[str, Pair] = field(default_factory=dict)
    intents: dict[str, list[Intent]] = field(default_factory=dict)
    blocked: dict[str, Blocked] = field(default_factory=dict)
    serial: int = 0
    """Counts clean passes that changed or said something; part of the tokens and headers of notes. Within one pass, and
    for whoever repeats it after a failure, the same note has the same token; later it may be said again."""
    writes: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    """Per field and side, when we wrote which fingerprint in the last hour: two automations that argue show here."""
    notes_said: list[str] = field(default_factory=list)
    """Notes said once and not again while they stay true."""
    comments_hash: str = ""
    journal_since: float | None = None
    """Journal rows are read from here (already less the overlap); None: from the beginning."""
    journal_seen: list[str] | None = field(default_factory=list)
    """Rows since `journal_since` that are dealt with; None: too many, ask the ledger."""
    journal_shown: str = ""
    """Hash over the displayed entries of others that are dealt with; empty: the journal was read by its rows."""
    journal_whole: float = 0
    """When the journal was last read from its beginning."""
    journal_unread: float = 0
    """Since when, by the instance's clock, the journal can be read by no road."""
    files_hash: dict[str, str] = field(default_factory=dict)
    context: str = ""
    watchers: list[str] | None = None
    """Prints of the addresses last on both sides; None: never compared."""
    watchers_known: dict[str, str] | None = None
    """Of those, per user on the watch list (sys_id) the fingerprint of the address; None: not known."""
    watchers_named: dict[str, list[str]] = field(default_factory=dict)
    """Per side, fingerprints of addresses a pass is about to add or remove there: how they stand there is then ours."""
    watchers_seen: dict[str, str] = field(default_factory=dict)
    watchers_kept: dict[str, list[str]] = field(default_factory=dict)
    """Per side, fingerprints of the addresses that stay there, their domain being none of ours, once that was said."""
    investigations_hash: str = ""
    seen_mod: int = -1
    """`sys_mod_count` up to which everything on the incident is dealt with."""
    unsettled_until: float = 0
    """A write to ServiceNow whose outcome nobody knows may still land until then."""
    unreadable_since: float = 0
    clean_began: float = 0
    """When the last clean pass began to read: whatever was sent before needs no pass."""
    incident_began: float = 0
    """The same of a pass that left the case's comments unread: whatever ServiceNow sent before needs none."""
    rules: str = ""
    changed: float = 0
    lag_s: float = -1

    @property
    def linked(self) -> bool:
        return bool(self.sys_id)

    def pair(self, name: str) -> Pair:
        return self.base.get(name, Pair())

    def waits(self, key: str, source: str, now: float) -> bool:
        """Whether this action was refused, for the same source, and is not due again."""
        known = self.blocked.get(key)
        return known is not None and known.holds(source, now)

    def dumps(self) -> str:
        """As it is stored: JSON without the members that still have their initial value."""
        initial = Link(self.case_id)
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {STORED_AS.get(k, k): v for k, v in held.items() if v != getattr(initial, k) or k == "case_id"}
        return json.dumps(kept, sort_keys=True, default=asdict)


def as_known(kind: type[_T], stored: Mapping[str, Any]) -> _T:
    """A dataclass from what was stored of it; members that a later version wrote are dropped."""
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]  # mypy has no bound for dataclasses
    return kind(**{name: value for name, value in stored.items() if name in known})


def loads_link(text: str) -> Link:
    """The inverse of `Link.dumps`."""
    stored: dict[str, Any] = json.loads(text)
    raw = {MEMBERS.get(name, name): value for name, value in stored.items()}
    raw["base"] = {k: as_known(Pair, v) for k, v in raw.get("base", {}).items()}
    raw["blocked"] = {k: as_known(Blocked, v) for k, v in raw.get("blocked", {}).items()}
    raw["intents"] = {k: [_intent(i) for i in v] for k, v in raw.get("intents", {}).items()}
    raw["writes"] = {k: [(at, seen) for at, seen in v] for k, v in raw.get("writes", {}).items()}
    return as_known(Link, raw)


def _intent(raw: dict[str, Any]) -> Intent:
    return Intent(raw["side"], raw["source"], raw["found"], tuple(raw["finals"]), tuple(raw["hops"]))


def explained(intents: list[Intent], base: Pair, now: Pair) -> Pair:
    """The base after what a dead claim's intents explain.

    A value we sent, a cut of it, or a hop on the way is ours, not somebody's edit; the value that was found before the
    write is never ours. After a hop the other side counts as changed, whatever it says by now: it is still to be
    carried over, or told where no way leads there any more.
    """
    for intent in intents:
        seen = now.on(intent.side)
        found_by_us = any(other.side == intent.side and other.found == seen for other in intents)
        if seen is None or seen == base.on(intent.side) or found_by_us:
            continue
        if seen in intent.finals:
            base = Pair(intent.source, seen) if intent.side == INCIDENT else Pair(seen, intent.source)
        elif seen in intent.hops:
            base = Pair(None, seen) if intent.side == INCIDENT else Pair(seen, None)
    return base
