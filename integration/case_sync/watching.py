"""Watchers as sets against the base: additions and removals, each way.

A case lists e-mail addresses; a watch list holds sys_ids and plain addresses. Members whose address nobody knows are
left where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mappers.watchers import format_watch_list, merge, parse_watch_list

from integration.case_sync.base import value_print

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.case_sync.base import Link
    from integration.case_sync.ports import IncidentRead, Incidents
    from integration.model import Case
    from mappers.rules import Rules


@dataclass(frozen=True, slots=True)
class Watchers:
    """What to write on each side; `both` is the set of addresses that stands on both afterwards."""

    columns: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    both: frozenset[str] | None = None
    reasons: tuple[str, ...] = ()

    def remember(self, link: Link) -> None:
        if self.both is not None:
            link.watchers = sorted(value_print("watcher", address) for address in self.both)


def carry_watchers(link: Link, case: Case, seen: IncidentRead, rules: Rules, incidents: Incidents) -> Watchers:
    """Reads users only where an address is to be added to the watch list."""
    if not rules.watchers.enabled:
        return Watchers()
    members = parse_watch_list(seen.incident.values.get(rules.watchers.column, ""))
    addresses = {member: seen.emails.get(member, member).lower() for member in members}
    on_incident = frozenset(a for a in addresses.values() if "@" in a)
    on_case = frozenset(str(a).lower() for a in case.values.get("watchers", ()))
    known = set(link.watchers or ())
    base = frozenset(a for a in on_case | on_incident if value_print("watcher", a) in known)
    found = merge(base, on_case, on_incident)
    changes = {} if case.closed else _changes(found.add_to_case, found.remove_from_case)
    columns = _columns(rules, addresses, found.add_to_incident, found.remove_from_incident, incidents)
    both = (on_case | on_incident) - found.remove_from_case - found.remove_from_incident
    sides = (("incident", columns), ("case", changes))
    return Watchers(columns, changes, both, tuple(f"watchers: set on {side}" for side, what in sides if what))


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
