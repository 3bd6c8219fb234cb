"""What writing certain tables does besides: derived columns, records that appear by themselves, files that go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import catalog_variables
from .schema import Column

if TYPE_CHECKING:
    from .service import Service
    from .session import Session
    from .store import Row


def on_insert(table: str, row: Row) -> None:
    """Fills columns that follow from others, in place."""
    if table == "sys_user" and not row.get("name"):
        row["name"] = f"{row.get('first_name', '')} {row.get('last_name', '')}".strip()
    if table == "sys_script_include" and not row.get("api_name"):
        row["api_name"] = f"global.{row.get('name', '')}"
    if "sys_update_name" in row:
        named = row.get("name") or row.get("function_name", "")
        row |= {"sys_class_name": table, "sys_name": named, "sys_update_name": f"{table}_{row['sys_id']}"}


def after_insert(service: Service, session: Session, table: str, row: Row) -> None:
    if table == "sys_rest_message":
        _default_get(service, session, row)
    elif table == "sys_dictionary":
        add_column(service, row)


def after_delete(service: Service, table: str, row: Row) -> None:
    if table == "sys_attachment":
        service.file_of(row["sys_id"]).unlink(missing_ok=True)
    elif table == "sc_req_item":
        catalog_variables.forget(service, row["sys_id"])


def _default_get(service: Service, session: Session, message: Row) -> None:
    """A new REST message comes with a method `Default GET`."""
    values = {
        "rest_message": message["sys_id"], "function_name": "Default GET", "http_method": "get",
        "rest_endpoint": message.get("rest_endpoint", ""), "qualified_name": f"{message.get('name', '')}.Default GET",
    }  # fmt: skip
    service.writes.insert(session, "sys_rest_message_fn", values)


def add_column(service: Service, entry: Row) -> None:
    """A dictionary entry adds its column to the table; entries for the table itself (no element) add nothing."""
    table, name = entry.get("name", ""), entry.get("element", "")
    if not name or table not in service.schema.tables or name in service.schema.columns(table):
        return
    kinds = {"reference": "ref", "glide_list": "list", "glide_date_time": "datetime", "journal_input": "journal"}
    kind = entry.get("internal_type", "") or "string"
    column = Column(
        name, kinds.get(kind, kind), entry.get("column_label") or name, entry.get("reference", ""),
        int(entry.get("max_length") or 0), entry.get("default_value", ""),
    )  # fmt: skip
    service.schema.add_column(table, column)
