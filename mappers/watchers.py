"""Watchers as sets: what was added and removed on each side since both were last the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MOST_ON_A_CASE = 30
"""API model: Watchers."""
_ADDRESS = re.compile(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*")
"""API model: EmailAddress, 6 to 254 characters."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What brings both sets to the same members."""

    add_to_case: frozenset[str] = frozenset()
    remove_from_case: frozenset[str] = frozenset()
    add_to_incident: frozenset[str] = frozenset()
    remove_from_incident: frozenset[str] = frozenset()


def merge(base: frozenset[str], case: frozenset[str], incident: frozenset[str]) -> Merge:
    """Additions of either side go to the other, and so do removals from `base`, what was last on both.

    Without a base nothing is removed: absence there says nothing.
    """
    wanted = ((case | incident) - base) | (case & incident & base)
    return Merge(wanted - case, case - wanted, wanted - incident, incident - wanted)


def outside(addresses: Iterable[str], domains: Collection[str]) -> frozenset[str]:
    """Those whose domain is none of these, which are in small letters; a subdomain is another domain."""
    return frozenset(a for a in addresses if a.rpartition("@")[2].lower() not in domains)


def domains_of(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset(address.rpartition("@")[2].lower() for address in addresses)


def parse_watch_list(text: str) -> tuple[str, ...]:
    """sys_ids and plain addresses, in order, each once."""
    return tuple(dict.fromkeys(member.strip() for member in text.split(",") if member.strip()))


def format_watch_list(members: Iterable[str]) -> str:
    """The raw value of the column: comma-separated, no spaces, order kept."""
    return ",".join(dict.fromkeys(members))


def fit_for_case(addresses: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What CreateCase and UpdateCase take, in order of the alphabet, and what has to be left out."""
    wanted = sorted({address.strip().lower() for address in addresses} - {""})
    good = [address for address in wanted if 6 <= len(address) <= 254 and _ADDRESS.fullmatch(address)]
    kept = tuple(good[:MOST_ON_A_CASE])
    return kept, tuple(address for address in wanted if address not in kept)
