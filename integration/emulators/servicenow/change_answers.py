"""How sn_chg_rest shows records: every field with `value` and `display_value`, typed; ServiceNowDocs, same page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .change_tables import NUMBERS
from .clock import STAMP, parse_stamp
from .exchange import json_response
from .schema import TIMES

if TYPE_CHECKING:
    from .exchange import Response
    from .schema import Column
    from .service import Service
    from .session import Session
    from .store import Row
    from .table_api import Call


def one(call: Call, table: str, row: Row, ignored: list[str] | None = None) -> dict[str, Any]:
    """A record, with the names of what was ignored."""
    service, session = call.service, call.session
    columns = service.schema.columns(table)
    shown: dict[str, Any] = {
        name: _field(service, session, table, row, column, whole=call.request.method == "POST")
        for name, column in columns.items()
        if service.access.path_readable(session, table, name)
    }
    if service.switches.change_values == "text":
        shown["sys_id"] = row["sys_id"]
    return {**shown, "__meta": {"ignoredFields": ignored}} if ignored else shown


def wrapped(call: Call, record: Any) -> Response:
    """What is documented as a list of one."""
    return json_response({"result": [record] if call.service.switches.change_one_as == "list" else record})


def _field(service: Service, session: Session, table: str, row: Row, column: Column, *, whole: bool) -> dict[str, Any]:
    raw = "" if column.is_journal else row.get(column.name, "")
    shown = service.renderer.text(session, table, row, column) or ""
    text = service.switches.change_values == "text"
    field: dict[str, Any] = {"display_value": shown, "value": raw if text else _typed(column, raw, whole=whole)}
    if column.type in TIMES:
        moment = parse_stamp(raw)
        here = moment.astimezone(service.renderer.zone(session)).strftime(STAMP) if moment else ""
        field["display_value_internal"] = here
    return field


def _typed(column: Column, raw: str, *, whole: bool) -> Any:
    """Answers to POST have `-5`, others `-5.0`, as in the samples."""
    if column.type == "boolean":
        return raw == "true"
    if (column.type == "integer" or column.name in NUMBERS) and raw.lstrip("-").isdigit():
        return int(raw) if whole else float(raw)
    return raw
