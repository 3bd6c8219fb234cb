"""Watchers as sets against the base: additions and removals, each way.

A case lists e-mail addresses; a watch list holds sys_ids and plain addresses. Members whose address nobody knows are
left where they are. A member whose address our user may no longer see still stands for the one it had: not shown is not
known, and not known is not removed. Nobody is put on the other side whose domain is not
allowed: whoever may edit one list would make a reader of anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.cases.link import CASE, INCIDENT, value_fingerprint
from integration.cases.plan.asked import Asks
from integration.cases.plan.columns import Columns
from integration.cases.plan.note import Note
from mappers import notes
from mappers.watchers import domains_of, fit_for_case, format_watch_list, merge, outside, parse_watch_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from integration.cases.link import Link
    from integration.cases.plan.asked import Answers
    from integration.cases.ports import IncidentRead
    from integration.model import Case
    from mappers.mapping_rules import MappingRules
    from mappers.watchers import Merge


COLUMNS = "watchers:incident"
UNCHANGED = Columns(COLUMNS, {}, "")
WATCHERS_STAY = "watchers stay"
"""What a report says was done where addresses were kept on their side."""


@dataclass(frozen=True, slots=True)
class Watchers:
    """What to write on each side; `both` is the set of addresses that stands on both afterwards.

    `shown`: per side, the fingerprint of what it shows afterwards.
    """

    columns: Columns = UNCHANGED
    changes: Mapping[str, Any] = field(default_factory=dict)
    both: frozenset[str] | None = None
    known: Mapping[str, str] | None = None
    shown: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    kept: Mapping[str, list[str]] = field(default_factory=dict)
    """Per side, fingerprints of the addresses that stay there."""
    notes: tuple[Note, ...] = ()
    waits: str = ""
    """Why the case is not asked for `changes` now: it refused the same before."""
    asks: Asks = field(default_factory=Asks)
    """Where any, nothing is planned yet."""

    key = "watchers:case"

    @property
    def source(self) -> str:
        return value_fingerprint("watchers", repr(self.changes))


def stay(addresses: frozenset[str], rules: MappingRules, team: Iterable[str]) -> frozenset[str]:
    """Those that may not go to the other side: outside the domains that are set, or else those of the team."""
    return outside(addresses, rules.watchers.domains or domains_of(team))


def asks_team(addresses: Collection[str], rules: MappingRules) -> bool:
    """Whether the team decides which of these may go over."""
    return bool(addresses) and not rules.watchers.domains


def plan_watchers(link: Link, case: Case, seen: IncidentRead, rules: MappingRules, answers: Answers) -> Watchers:
    """Asks for users only where an address is to be added to the watch list, and for the team where any is to go over
    and no domain is set.
    """
    if not rules.watchers.enabled:
        return Watchers()
    members = parse_watch_list(seen.incident.values.get(rules.watchers.column, ""))
    on_case = frozenset(str(a).lower() for a in case.values.get("watchers", ()))
    addresses, gone = _addresses(link, members, seen.emails, on_case)
    shown = frozenset(address for address in addresses.values() if "@" in address)
    unsure = _unsure(link, addresses, on_case) - shown
    on_incident = shown | unsure
    fit, _ = fit_for_case(on_case | on_incident)
    on_incident &= on_case.union(fit)  # what AWS does not take stays where it is
    base = _base(link, on_case, on_incident)
    fresh = (on_case ^ on_incident) - base
    if asks_team(fresh, rules) and answers.team is None:
        return Watchers(asks=Asks(team=True))
    stays = stay(fresh, rules, answers.team or ())
    kept_here = {side: _prints(stays & there) for side, there in ((CASE, on_case), (INCIDENT, on_incident))}
    on_case, on_incident = on_case - stays, on_incident - stays
    found = merge(base, on_case, on_incident)
    changes = {} if case.closed else _changes(found.add_to_case, found.remove_from_case)
    if unknown := found.add_to_incident.difference(answers.users):
        return Watchers(asks=Asks(users=tuple(sorted(unknown))))
    kept = {m: a for m, a in addresses.items() if m not in gone and a not in found.remove_from_incident}
    kept |= {answers.users[a]: a for a in sorted(found.add_to_incident)}
    columns = {rules.watchers.column: format_watch_list(kept)} if tuple(kept) != members else {}
    listed = Columns(COLUMNS, columns, "added or removed on the case")
    both = (on_case | on_incident) - found.remove_from_case - found.remove_from_incident
    sides = (("incident", columns), ("case", changes))
    reasons = tuple(f"watchers: set on {side}" for side, what in sides if what)
    named = {
        CASE: found.add_to_case | found.remove_from_case if changes else frozenset(),
        INCIDENT: found.add_to_incident | found.remove_from_incident,
    }
    known = None if unsure else {m: value_fingerprint("watcher", a) for m, a in kept.items() if m != a and a in both}
    after, said = _shown(rules, case, seen, found, columns), _stay_notes(link, case, kept_here)
    return Watchers(listed, changes, both, known, after, named, reasons, kept_here, said)


def _stay_notes(link: Link, case: Case, kept: Mapping[str, list[str]]) -> tuple[Note, ...]:
    """Once for those not told of; nothing where the case takes none."""
    fresh = {s: sorted(set(p).difference(link.watchers_kept.get(s, ()))) for s, p in kept.items()}
    return tuple(
        Note(side, *notes.watchers_stay(value_fingerprint("watchers", tuple(fingerprints))[:12]))
        for side, fingerprints in fresh.items()
        if fingerprints and not (side == CASE and case.closed)
    )


def _prints(addresses: Iterable[str]) -> list[str]:
    return sorted(value_fingerprint("watcher", address) for address in addresses)


def _addresses(
    link: Link, members: tuple[str, ...], emails: Mapping[str, str], on_case: frozenset[str]
) -> tuple[dict[str, str], frozenset[str]]:
    """Each member's address, or itself where none is known; and who is not shown and was taken off the case."""
    known, printed = link.watchers_known or {}, {value_fingerprint("watcher", address): address for address in on_case}
    addresses = {m: emails.get(m) or printed.get(known.get(m, ""), m) for m in members}
    left = set(link.watchers or ()).difference(printed)
    gone = frozenset(m for m in members if m not in emails and known.get(m) in left)
    return {member: address.lower() for member, address in addresses.items()}, gone


def _unsure(link: Link, addresses: Mapping[str, str], on_case: frozenset[str]) -> frozenset[str]:
    """Addresses of the base that may belong to somebody on the list who is not shown: where nobody knows, all."""
    if link.watchers_known is not None or all("@" in address for address in addresses.values()):
        return frozenset()
    return frozenset(address for address in on_case if value_fingerprint("watcher", address) in (link.watchers or ()))


def _base(link: Link, on_case: frozenset[str], on_incident: frozenset[str]) -> frozenset[str]:
    """What was last on both. What a dead claim was about to add or remove on one side is ours as it stands there."""
    known, base = set(link.watchers or ()), set()
    for address in on_case | on_incident:
        printed = value_fingerprint("watcher", address)
        standing = {
            address in there
            for side, there in ((CASE, on_case), (INCIDENT, on_incident))
            if printed in link.watchers_named.get(side, ())
        }
        if True in standing or (not standing and printed in known):
            base.add(address)
    return frozenset(base)


def _shown(
    rules: MappingRules, case: Case, seen: IncidentRead, found: Merge, columns: Mapping[str, str]
) -> dict[str, str]:
    before = {str(address) for address in case.values.get("watchers", ())}
    after = (
        before if case.closed else {a for a in before | found.add_to_case if a.lower() not in found.remove_from_case}
    )
    listed = columns.get(rules.watchers.column, seen.incident.values.get(rules.watchers.column, ""))
    return {CASE: watchers_fingerprint(tuple(sorted(after))), INCIDENT: watchers_fingerprint(listed)}


def watchers_fingerprint(watchers: object) -> str:
    """Of the case's tuple of addresses, or of the incident's text."""
    return value_fingerprint("watchers", tuple(watchers) if isinstance(watchers, tuple | list) else str(watchers))


def _changes(add: frozenset[str], remove: frozenset[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if add:
        changes["watchersToAdd"] = [{"email": address} for address in sorted(add)]
    if remove:
        changes["watchersToDelete"] = [{"email": address} for address in sorted(remove)]
    return changes
