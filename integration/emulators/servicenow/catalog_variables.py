"""Variables of a catalog item: their definitions, what an order answers, and the values of a request item.

Values are rows of `sc_item_option`, tied to the request item by `sc_item_option_mtom`; two variables of one name
overwrite each other (ServiceNowDocs, c_ScriptableServiceCatalogVariables.md). A catalog task shows those of its item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .catalog_tables import CATALOG_CHOICES
from .errors import ApiError
from .incoming import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .service import Service
    from .store import Row
    from .write import Write

CHECK_BOX, REFERENCE, REQUESTED_FOR = "7", "8", "31"
_REFERENCES = {REFERENCE: "", REQUESTED_FOR: "sys_user"}
_WITH_CHOICES = ("3", "5")
FRIENDLY = {number: label.lower().replace(" / ", "_").replace(" ", "_") for number, label in CATALOG_CHOICES[
    "item_option_new", "type"]}  # fmt: skip


def definitions(service: Service, item: str) -> list[Row]:
    """The active variables of an item in the order of its form."""
    rows = service.store.find("item_option_new", cat_item=item, active="true")
    return sorted(rows, key=lambda row: int(row["order"] or 0))


def choices(service: Service, variable: Row) -> list[Row]:
    rows = service.store.find("question_choice", question=variable["sys_id"], inactive="false")
    return sorted(rows, key=lambda row: int(row["order"] or 0))


def answered(service: Service, item: Row, given: Mapping[str, Any]) -> Row:
    """Every variable with its value, its default where nothing is given; what no variable is named after is left out.

    Raises ApiError where a variable *defined* as mandatory has none: scripts and UI policies of the form do not run.
    """
    found = {}
    for variable in definitions(service, item["sys_id"]):
        name = variable["name"]
        found[name] = as_text(given[name]) if name in given else variable["default_value"]
        if variable["type"] == CHECK_BOX:
            found[name] = found[name] or "false"
        if variable["mandatory"] == "true" and _unanswered(variable, found[name]):
            raise ApiError(service.switches.catalog_refusal_status, "Mandatory Variables are required", "")
        if service.switches.catalog_choices_checked and not _offered(service, variable, found[name]):
            raise ApiError(service.switches.catalog_refusal_status, f"Invalid value for variable {name}", "")
    return found


def keep(service: Service, write: Write) -> None:
    """Stores those of a request item beside it, as its order or a before rule set them."""
    if write.table != "sc_req_item" or write.variables is None:
        return
    standing = {variable["name"]: option for variable, option in _options(service, write.sys_id)}
    for variable in definitions(service, write.current["cat_item"]):
        name, now = variable["name"], service.clock.stamp()
        value = write.variables.get(name, "")
        if name not in standing:
            _new(service, write, variable, value)
        elif standing[name]["value"] != value:
            changes = {"value": value, "sys_updated_on": now, "sys_updated_by": write.session.user_name}
            service.store.change("sc_item_option", standing[name]["sys_id"], changes, now, write.session.user_name)


def _new(service: Service, write: Write, variable: Row, value: str) -> None:
    made_by = {"sys_created_by": write.session.user_name, "sys_updated_by": write.session.user_name}
    answer = {"item_option_new": variable["sys_id"], "value": value, "order": variable["order"], **made_by}
    option = service.plant("sc_item_option", answer)
    tie = {"request_item": write.sys_id, "sc_item_option": option["sys_id"], **made_by}
    service.plant("sc_item_option_mtom", tie)


def values(service: Service, table: str, sys_id: str) -> Row:
    """Name to value, for a request item or a catalog task; nothing for any other record."""
    if table not in ("sc_req_item", "sc_task"):
        return {}
    row = service.store.row(table, sys_id) or {}
    item = row.get("request_item", "") if table == "sc_task" else sys_id
    return {variable["name"]: option["value"] for variable, option in _options(service, item)}


def shown(service: Service, variable: Row) -> dict[str, Any]:
    """As the item's own page is given it."""
    default = variable["default_value"]
    return {
        "active": variable["active"] == "true", "label": variable["question_text"],
        "type": int(variable["type"] or 0), "mandatory": variable["mandatory"] == "true",
        "friendly_type": FRIENDLY.get(variable["type"], ""), "read_only": variable["read_only"] == "true",
        "name": variable["name"], "id": variable["sys_id"], "order": int(variable["order"] or 0),
        "help_text": variable["help_text"], "value": default, "displayvalue": _display(service, variable, default),
        **({"reference": variable["reference"]} if variable["type"] == REFERENCE else {}),
        **(
            {
                "choices": [
                    {"value": each["value"], "label": each["text"], "index": number}
                    for number, each in enumerate(choices(service, variable))
                ]
            }
            if variable["type"] in _WITH_CHOICES else {}
        ),
    }  # fmt: skip


def forget(service: Service, request_item: str) -> None:
    """With the request item its values go."""
    now = service.clock.stamp()
    for tie in service.store.find("sc_item_option_mtom", request_item=request_item):
        service.store.remove("sc_item_option_mtom", tie["sys_id"], now, "system")
        if service.store.row("sc_item_option", tie["sc_item_option"]):
            service.store.remove("sc_item_option", tie["sc_item_option"], now, "system")


def _options(service: Service, request_item: str) -> list[tuple[Row, Row]]:
    """(definition, value), in the order they were stored."""
    store = service.store
    ties = store.find("sc_item_option_mtom", request_item=request_item)
    rows = [option for tie in ties if (option := store.row("sc_item_option", tie["sc_item_option"]))]
    named = [(store.row("item_option_new", option["item_option_new"]), option) for option in rows]
    return [(variable, option) for variable, option in named if variable]


def _unanswered(variable: Row, value: str) -> bool:
    return not value.strip() or (variable["type"] == CHECK_BOX and value != "true")


def _offered(service: Service, variable: Row, value: str) -> bool:
    if variable["type"] not in _WITH_CHOICES or not value:
        return True
    return value in {row["value"] for row in choices(service, variable)}


def _display(service: Service, variable: Row, value: str) -> str:
    if variable["type"] in _WITH_CHOICES:
        return next((row["text"] for row in choices(service, variable) if row["value"] == value), value)
    table = _REFERENCES.get(variable["type"]) or variable["reference"]
    if table not in service.schema or not value:
        return value
    row = service.store.row(table, value) or {}
    return row.get(service.schema.display_column(table), value)
