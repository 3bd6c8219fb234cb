"""Sys_ids of the names in a wish: one call for all that no earlier run has kept.

A name has to stand for one record. Which of two groups is meant nobody can tell but who named it, so their sys_ids are
listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integration.changes.model import BadWish, Kind
from integration.clients.servicenow.batch import read_lists
from integration.clients.servicenow.query import BadQuery, Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integration.changes.model import Wish
    from integration.changes.ports import Names
    from integration.clients.servicenow.http import Http
    from integration.clients.servicenow.record import Record

_SYS_ID = re.compile(r"[0-9a-f]{32}")
MOST = 10
"""Namesakes that are listed."""


@dataclass(frozen=True, slots=True)
class Named:
    """A field of a wish that names a record: its table, the column its name stands in, and what people call it.

    `option`: where it is said. `active`: the table tells by a column which records are in use.
    """

    table: str
    column: str
    what: str
    option: str
    active: bool = False

    @property
    def otherwise(self) -> str:
        return f"{self.option} takes a name of the instance, or a sys_id"


GROUP = Named("sys_user_group", "name", "assignment group", "--assignment-group")
ITEM = Named("cmdb_ci", "name", "configuration item", "--cmdb-ci or --affected")
TEMPLATE = Named("std_change_record_producer", "name", "standard change template", "--template", active=True)
MODEL = Named("chg_model", "name", "change model", "--model", active=True)
PARENT = Named("task", "number", "parent", "--parent-change")
FIELDS = {"assignment_group": GROUP, "cmdb_ci": ITEM, "template": TEMPLATE, "model": MODEL, "parent": PARENT}


def resolved(wish: Wish, http: Http, names: Names) -> Wish:
    """The same with sys_ids. Raises `BadWish` for a name that stands for no record, or for several."""
    if wish.kind is Kind.STANDARD and not (wish.template or wish.model):
        raise BadWish("a standard change is made from a template: name it by --template")
    wanted = {field: getattr(wish, field) for field in FIELDS}
    asked = [(FIELDS[field], name) for field, name in wanted.items()] + [(ITEM, name) for name in wish.affected]
    known = {each: names.get(each[0].table, each[1]) for each in asked if is_name(each[1])}
    known |= _looked_up([each for each, sys_id in known.items() if not sys_id], http, names)
    values = {field: known.get((FIELDS[field], name), name) for field, name in wanted.items()}
    return replace(wish, **values, affected=tuple(known.get((ITEM, name), name) for name in wish.affected))


def is_name(text: str) -> bool:
    """Neither a sys_id nor nothing."""
    return bool(text) and not _SYS_ID.fullmatch(text)


def _looked_up(asked: Iterable[tuple[Named, str]], http: Http, names: Names) -> dict[tuple[Named, str], str]:
    unknown = list(dict.fromkeys(asked))
    if not unknown:
        return {}
    lists = read_lists(http, [(each.table, _query(each, name), _columns(each)) for each, name in unknown], MOST)
    found = {}
    for (named, name), rows in zip(unknown, lists, strict=True):
        found[named, name] = _one(named, name, rows)
        names.put(named.table, name, found[named, name])
    return found


def _query(named: Named, name: str) -> Query:
    try:
        return Query().equals(named.column, name)
    except BadQuery as error:
        raise BadWish(f"the {named.what} cannot be looked up by that name: {error.reason}", named.otherwise) from error


def _columns(named: Named) -> tuple[str, ...]:
    return ("sys_id", named.column, *(("active",) if named.active else ()))


def _one(named: Named, name: str, rows: list[Record]) -> str:
    used = [row for row in rows if not named.active or row.get("active") != "false"]
    if len(used) == 1:
        return used[0].sys_id
    if used:
        listed = ", ".join(row.sys_id for row in used)
        several = f"{len(used)} records are called “{name}”: say which {named.what} by its sys_id, {listed}"
        raise BadWish(several, f"{named.option} {used[0].sys_id}, or another of them")
    if rows:
        raise BadWish(f"the {named.what} “{name}” is retired", named.otherwise)
    raise BadWish(f"there is no {named.what} “{name}” that this user may see", named.otherwise)
