"""Watchers as sets against the base: additions and removals, each way.

A case lists e-mail addresses; a watch list holds sys_ids and plain addresses. Members whose address nobody knows are
left where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.case_sync.base import CASE, INCIDENT, value_print
from mappers.watchers import fit_for_case, format_watch_list, merge, parse_watch_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.case_sync.base import Link
    from integration.case_sync.ports import IncidentRead, Incidents
    from integration.model import Case
    from mappers.rules import Rules
    from mappers.watchers import Merge


@dataclass(frozen=True, slots=True)
class Watchers:
    """What to write on each side; `both` is the set of addresses that stands on both afterwards.

    `shown`: per side, the print of what it shows afterwards.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    both: frozenset[str] | None = None
    shown: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    def name(self, link: Link) -> None:
        """Before the write, added to what a dead claim left."""
        for side, addresses in self.named.items():
            prints = {value_print("watcher", address) for address in addresses}
            if prints:
                link.watchers_named[side] = sorted(prints.union(link.watchers_named.get(side, ())))

    def remember(self, link: Link, *, done: bool) -> None:
        """Not where a side refused: an address it did not take would then look like one it has removed."""
        link.watchers_named = {}
        if self.both is not None and done:
            link.watchers = sorted(value_print("watcher", address) for address in self.both)
            link.watchers_seen = dict(self.shown)


def carry_watchers(link: Link, case: Case, seen: IncidentRead, rules: Rules, incidents: Incidents) -> Watchers:
    """Reads users only where an address is to be added to the watch list."""
    if not rules.watchers.enabled:
        return Watchers()
    members = parse_watch_list(seen.incident.values.get(rules.watchers.column, ""))
    addresses = {member: seen.emails.get(member, member).lower() for member in members}
    on_incident = frozenset(a for a in addresses.values() if "@" in a)
    on_case = frozenset(str(a).lower() for a in case.values.get("watchers", ()))
    fit, _ = fit_for_case(on_case | on_incident)
    on_incident &= on_case.union(fit)  # what AWS does not take stays where it is
    base = _base(link, on_case, on_incident)
    found = merge(base, on_case, on_incident)
    changes = {} if case.closed else _changes(found.add_to_case, found.remove_from_case)
    columns = _columns(rules, addresses, found.add_to_incident, found.remove_from_incident, incidents)
    both = (on_case | on_incident) - found.remove_from_case - found.remove_from_incident
    sides = (("incident", columns), ("case", changes))
    reasons = tuple(f"watchers: set on {side}" for side, what in sides if what)
    named = {
        CASE: found.add_to_case | found.remove_from_case if changes else frozenset(),
        INCIDENT: found.add_to_incident | found.remove_from_incident,
    }
    return Watchers(columns, changes, both, _shown(rules, case, seen, found, columns), named, reasons)


def _base(link: Link, on_case: frozenset[str], on_incident: frozenset[str]) -> frozenset[str]:
    """What was last on both. What a dead claim was about to add or remove on one side is ours as it stands there."""
    known, base = set(link.watchers or ()), set()
    for address in on_case | on_incident:
        printed = value_print("watcher", address)
        standing = {
            address in there
            for side, there in ((CASE, on_case), (INCIDENT, on_incident))
            if printed in link.watchers_named.get(side, ())
        }
        if True in standing or (not standing and printed in known):
            base.add(address)
    return frozenset(base)


def _shown(rules: Rules, case: Case, seen: IncidentRead, found: Merge, columns: Mapping[str, str]) -> dict[str, str]:
    before = {str(address) for address in case.values.get("watchers", ())}
    after = (
        before if case.closed else {a for a in before | found.add_to_case if a.lower() not in found.remove_from_case}
    )
    listed = columns.get(rules.watchers.column, seen.incident.values.get(rules.watchers.column, ""))
    return {CASE: watchers_print(tuple(sorted(after))), INCIDENT: watchers_print(listed)}


def watchers_print(watchers: object) -> str:
    """Of the case's tuple of addresses, or of the incident's text."""
    return value_print("watchers", tuple(watchers) if isinstance(watchers, tuple | list) else str(watchers))


def _changes(add: frozenset[str], remove: frozenset[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if add:
        changes["watchersToAdd"] = [{"email": address} for address in sorted(add)]
    if remove:
        changes["watchersToDelete"] = [{"email": address} for address in sorted(remove)]
    return changes


def _columns(
    rules: Rules, addresses: Mapping[str, str], add: frozenset[str], remove: frozenset[str], incidents: Incidents
) -> dict[str, str]:
    """The whole list, since a PATCH replaces it; a user's sys_id where exactly one active user has the address."""
    if not add and not remove:
        return {}
    users = incidents.users(sorted(add)) if add else {}
    kept = [member for member, address in addresses.items() if address not in remove]
    return {rules.watchers.column: format_watch_list([*kept, *(users.get(a, a) for a in sorted(add))])}
