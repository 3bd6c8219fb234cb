"""Importing an update set from its XML: what "Import Update Set from XML", preview and commit do to the tables."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .service import Service
    from .store import Row


class BadUpdateSet(ValueError):
    """The text is not an update set an instance would load; the message says why."""


def load(service: Service, xml: str) -> dict[str, Any]:
    """Loads and commits; returns the ids of the set and what became of each record.

    Takes the export of an update set (`unload` with `sys_remote_update_set` and `sys_update_xml`), and the export of
    plain records (`unload` with the records themselves). Business rules do not run for loaded records.
    """
    root = _parsed(xml)
    if root.tag != "unload":
        raise BadUpdateSet("the root element is not unload")
    header = root.find("sys_remote_update_set")
    remote = _plant_remote(service, header) if header is not None else None
    done: list[dict[str, str]] = []
    for element in root:
        if element.tag == "sys_update_xml":
            done += _apply_update(service, element, remote)
        elif element.tag != "sys_remote_update_set":
            done.append(_apply_record(service, element))
    if remote is None:
        return {"records": done}
    local = service.plant(
        "sys_update_set", {"name": remote["name"], "state": "complete", "remote_sys_id": remote["sys_id"]}
    )
    service.plant("sys_remote_update_set", {**remote, "state": "committed", "update_set": local["sys_id"]})
    return {"update_set": local["sys_id"], "remote_update_set": remote["sys_id"], "records": done}


def _parsed(xml: str) -> ET.Element:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise BadUpdateSet("document types and entities are not loaded")
    try:
        return ET.fromstring(xml)  # noqa: S314 - entities were refused above
    except ET.ParseError as error:
        raise BadUpdateSet(f"not well-formed: {error}") from error


def _plant_remote(service: Service, header: ET.Element) -> Row:
    values = _values(header)
    if not values.get("name"):
        raise BadUpdateSet("the update set has no name")
    return service.plant("sys_remote_update_set", {**values, "state": "loaded"})


def _apply_update(service: Service, element: ET.Element, remote: Row | None) -> list[dict[str, str]]:
    values = _values(element)
    service.plant("sys_update_xml", {**values, "remote_update_set": remote["sys_id"] if remote else ""})
    payload = _parsed(values.get("payload", ""))
    if payload.tag != "record_update":
        raise BadUpdateSet(f"the payload of {values.get('name')} is not a record_update")
    return [_apply_record(service, record) for record in payload]


def _apply_record(service: Service, element: ET.Element) -> dict[str, str]:
    """INSERT_OR_UPDATE or DELETE of one record. Raises BadUpdateSet for a table the instance does not have."""
    table, values = element.tag, _values(element)
    action = element.get("action", "INSERT_OR_UPDATE")
    sys_id = values.get("sys_id", "")
    if table not in service.schema:
        raise BadUpdateSet(f"Could not find a table field for {table}: the table does not exist")
    if len(sys_id) != 32:
        raise BadUpdateSet(f"a record of {table} has no sys_id")
    if action == "DELETE":
        if service.store.row(table, sys_id) is not None:
            service.store.remove(table, sys_id, service.clock.stamp(), "admin")
    else:
        kept = service.store.row(table, sys_id) or _unfilled(service, table, values)
        service.plant(table, {**kept, **values})
    return {"table": table, "sys_id": sys_id, "action": action}


def _unfilled(service: Service, table: str, values: Row) -> Row:
    """What a new Script Include is found by: every export holds it, and no rule runs on a commit to fill it in."""
    if table != "sys_script_include":
        return {}
    if service.switches.import_fills_columns:
        return {"api_name": f"global.{values.get('name', '')}"}
    return {"api_name": "", "sys_scope": ""}


def _values(element: ET.Element) -> Row:
    return {child.tag: child.text or "" for child in element}
