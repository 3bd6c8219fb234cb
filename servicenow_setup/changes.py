"""The difference between actual and desired state. Pure: the same two states give the same changes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from servicenow_setup.actual import AUTOMATIC, Actual, Found
from servicenow_setup.columns import PARENTS, normal
from servicenow_setup.marker import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from servicenow_setup.desired import Desired, Wanted

_REMOVAL = (
    "sys_script", "question_choice", "item_option_new", "sc_cat_item", "discovery_credentials",
    "sys_rest_message_fn_parameters", "sys_rest_message_fn_headers", "sys_rest_message_fn", "sys_script_include",
    "sys_rest_message",
)  # fmt: skip
"""What runs goes first. The message goes last: its marker leads to what a crash left behind."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write. `fields`: column → (value found, value wanted), for a creation with an empty first half."""

    verb: Literal["create", "update", "delete"]
    table: str
    name: str
    kind: str
    wanted: Wanted | None = None
    found: Found | None = None
    fields: Mapping[str, tuple[str, str]] | None = None

    @property
    def without(self) -> str:
        """What happens where the instance refuses this creation, if all else works without it."""
        return self.wanted.without if self.wanted is not None and self.verb == "create" else ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A column of a rule that somebody changed in the instance and that stays so; (value found, value we would set)."""

    found: Found
    field: str
    values: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """`places`: kind → sys_id of the records that exist, which may not be the sys_id we would have chosen.

    `left_out`: creations the instance refused, after which all else works.
    """

    writes: tuple[Change, ...]
    kept: tuple[Kept, ...]
    foreign: tuple[Found, ...]
    places: Mapping[str, str]
    left_out: tuple[Change, ...] = ()

    def lines(self) -> Iterator[str]:
        """For a person before the fact. Values of columns are shown: none of them is secret."""
        for change in self.writes:
            yield f"{change.verb} {change.table} {change.name!r}"
            if change.without:
                yield f"    if the instance refuses it: {change.without}"
            yield from _field_lines(change)
        for change in self.left_out:
            yield f"without {change.table} {change.name!r}, which the instance refuses: {change.without}"
        for kept in self.kept:
            yield (
                f"keep {kept.found.table} {kept.found.name!r} {kept.field}: {kept.values[0]!r}, changed in the instance"
                f" (ours: {kept.values[1]!r}; --restore-rules sets it)"
            )
        for found in self.foreign:
            yield f"leave {found.table} {found.name!r} ({found.sys_id}): it is somebody else's"


def diff(desired: Desired | None, actual: Actual, *, restore_rules: bool = False) -> Changes:
    """`desired` None: nothing is to remain. `restore_rules`: what customers changed in rules is set back, too."""
    wanted = {record.kind: record for record in (desired.records if desired else ())}
    prefix = desired.settings.prefix if desired else ""
    current, surplus = _sorted_out(wanted, actual, prefix)
    places = {kind: found.sys_id for kind, found in current.items()}
    goals = {kind: record.sys_id for kind, record in wanted.items()} | places
    writes: list[Change] = []
    kept: list[Kept] = []
    for kind, record in wanted.items():
        if kind not in current:
            writes.append(_creation(record))
            continue
        fields, left = _compared(record, current[kind], goals, restore_rules=restore_rules)
        kept += left
        if fields:
            writes.append(Change("update", record.table, record.name, kind, record, current[kind], fields))
    writes += [Change("delete", found.table, found.name, found.kind, found=found) for found in surplus]
    return Changes(tuple(writes), tuple(kept), actual.foreign, places)


def _sorted_out(wanted: Mapping[str, Wanted], actual: Actual, prefix: str) -> tuple[dict[str, Found], list[Found]]:
    """The record that stands for each wanted kind, and what goes: former prefixes and modules, doubles, leftovers."""
    current: dict[str, Found] = {}
    going: list[Found] = []
    others: list[Found] = []
    for found in sorted(actual.ours, key=lambda one: one.sys_id):
        record = wanted.get(found.kind)
        if record is None or found.prefix != prefix:
            others.append(found)
        elif found.kind not in current:
            current[found.kind] = found
        elif found.sys_id == record.sys_id:
            going.append(current[found.kind])
            current[found.kind] = found
        else:
            going.append(found)
    stay = {found.sys_id for found in current.values()}
    going += [found for found in others if not _hung_on(found, stay)]
    return current, sorted(going, key=lambda found: (_REMOVAL.index(found.table), found.sys_id))


def _hung_on(found: Found, stay: set[str]) -> bool:
    """Whether a person hung this onto a record of ours that remains; the GET function comes from the instance."""
    parent = found.values.get(PARENTS.get(found.table, ""))
    return parent in stay and found.kind != AUTOMATIC


def _creation(record: Wanted) -> Change:
    fields = {name: ("", value) for name, value in record.values.items()}
    return Change("create", record.table, record.name, record.kind, record, fields=fields)


def _compared(
    record: Wanted, found: Found, goals: Mapping[str, str], *, restore_rules: bool
) -> tuple[dict[str, tuple[str, str]], list[Kept]]:
    goal = dict(record.values) | {name: goals[kind] for name, kind in record.parents.items()}
    fields: dict[str, tuple[str, str]] = {}
    kept: list[Kept] = []
    for name, value in goal.items():
        there = found.values[name]
        if there == normal(name, value):
            continue
        if name in record.theirs and not restore_rules and not _written_by_us(found, name):
            kept.append(Kept(found, name, (there, value)))
        else:
            fields[name] = (there, value)
    return fields, kept


def _written_by_us(found: Found, name: str) -> bool:
    """Whether the value found is the one we last wrote, as the marker remembers it."""
    return found.marker is not None and found.marker.written.get(name) == digest(normal(name, found.values[name]))


def _field_lines(change: Change) -> Iterator[str]:
    if change.verb != "update":
        return
    for name, (there, value) in (change.fields or {}).items():
        if "\n" in there or "\n" in value:
            shown = difflib.unified_diff(there.splitlines(), value.splitlines(), f"{name} (found)", name, lineterm="")
            yield from (f"    {line}" for line in shown)
        else:
            yield f"    {name}: {there!r} -> {value!r}"
