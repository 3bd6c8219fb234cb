"""What a caller of sn_chg_rest wants written: pairs of the query and of the body, which wins.

`encrypted_fields` names those given as labels; what cannot be written is ignored and named. ServiceNowDocs,
api-reference/rest-apis/change-management-api.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ApiError
from .incoming import as_text
from .table_api import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from .schema import Column
    from .store import Row
    from .table_api import Call

ENCRYPTED = "encrypted_fields"
_NEVER = frozenset({
    "number", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count",
    "sys_class_name", "task_effective_number", "opened_at", "opened_by", "closed_at", "closed_by", "active",
})  # fmt: skip


def pairs(call: Call) -> dict[str, Any]:
    """Of the query, with those of the body over them."""
    named = {name: value for name, value in call.request.query if not name.startswith("sysparm_")}
    return {**named, **(read_json(call.request) if call.request.size else {})}


def taken(call: Call, table: str, given: Mapping[str, Any], read_only: AbstractSet[str]) -> tuple[Row, list[str]]:
    """Values to store, and the names that are ignored. Raises ApiError 500 where switched so."""
    labelled = set(filter(None, as_text(given.get(ENCRYPTED, "")).replace(" ", "").split(",")))
    closed = _NEVER | read_only | (set() if call.service.switches.change_honours_sys_id else {"sys_id"})
    values: Row = {}
    ignored: list[str] = []
    for name, value in given.items():
        column = call.service.schema.columns(table).get(name)
        if name == ENCRYPTED:
            continue
        if column is None or name in closed:
            ignored.append(name)
        else:
            values |= _typed(call, table, column, as_text(value), labelled=name in labelled)
    kept = call.service.access.kept_on_insert(call.session, table, values)
    named = [name for name in call.service.switches.change_named_ignored if name in values]
    return kept, [*ignored, *(name for name in values if name not in kept), *named]


def _typed(call: Call, table: str, column: Column, text: str, *, labelled: bool) -> Row:
    """Nothing for a value that is dropped without a word."""
    if column.is_reference and text and call.service.store.row(column.reference, text) is None:
        return {column.name: _reference(call, column, text, labelled=labelled)}
    takes_label = labelled or (column.name == "state" and call.service.switches.change_state_labels)
    return call.service.incoming.raw(call.session, table, {column.name: text}, displayed=takes_label)


def _reference(call: Call, column: Column, text: str, *, labelled: bool) -> str:
    switches, store = call.service.switches, call.service.store
    display = call.service.schema.display_column(column.reference)
    found = [row["sys_id"] for row in store.find(column.reference, **{display: text})]
    if not labelled and switches.change_names != "resolved":
        if switches.change_names == "500":
            raise ApiError(500, "Internal server error", "")
        return text
    if not found and switches.change_label_unknown == "500":
        raise ApiError(500, "Internal server error", "")
    return found[0] if len(found) == 1 or (found and switches.change_label_twice == "first") else ""
