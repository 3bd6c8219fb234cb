"""`/_admin` of the instance: people, webhooks, records, properties; what every emulator has stands in `kit.admin`.

Bodies and answers are JSON, but the XML of an update set.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from integration.emulators.kit.admin import LONGEST_WAIT_S, faults_of

from . import catalog_people, change_people
from .people import act
from .registering import change_roles, register_application, save_key, save_user, text_of
from .side_effects import add_column
from .update_set import load

if TYPE_CHECKING:
    from integration.emulators.kit.admin import Ask, Row

    from .service import Service

_QUIET_ROUNDS, _ROUND_S = 3, 0.03


def _seed(service: Service, ask: Ask) -> Any:
    """`{table: [record, …]}`, stored as they are, past rules and policies."""
    for table in ask.body:
        if table not in service.schema:
            raise ValueError(f"Invalid table {table}")
    planted = {table: [service.plant(table, row)["sys_id"] for row in rows] for table, rows in ask.body.items()}
    return {"sys_ids": planted}


def _properties(service: Service, ask: Ask) -> Any:
    if ask.method == "PATCH":
        for name, value in ask.body.items():
            known = service.store.find("sys_properties", name=name)
            service.plant("sys_properties", {**(known[0] if known else {}), "name": name, "value": str(value)})
    return {row["name"]: row["value"] for row in service.store.rows("sys_properties")}


def _columns(service: Service, ask: Ask) -> Any:
    """`{table, name, type, label, reference, max_length, default}` adds a column, as a u_ field."""
    body = ask.body
    table = text_of(body, "table")
    if table not in service.schema:
        raise ValueError(f"Invalid table {table}")
    entry = {
        "name": table, "element": text_of(body, "name"), "internal_type": str(body.get("type", "string")),
        "column_label": str(body.get("label", "")), "reference": str(body.get("reference", "")),
        "max_length": str(body.get("max_length", "")), "default_value": str(body.get("default", "")),
    }  # fmt: skip
    row = service.plant("sys_dictionary", entry)
    add_column(service, row)
    return {"sys_id": row["sys_id"]}


def _outbound(service: Service, ask: Ask) -> Any:
    if ask.method == "DELETE":
        service.outbound.clear_log()
    return {"calls": service.outbound.log_as_json()}


def _tokens(service: Service, _: Ask) -> Any:
    """DELETE: every token is invalid from now on."""
    service.oauth.expire_all()
    return {}


def _update_sets(service: Service, ask: Ask) -> Any:
    xml = "xml" in ask.http.headers.get("content-type", "")
    return load(service, ask.raw.decode() if xml else text_of(ask.body, "xml"))


def _settle(service: Service, ask: Ask) -> Any:
    """Waits until no asynchronous rule and no outbound call is waiting or running.

    What was sent may have begun something elsewhere that comes back at once: then quiet counts only when it lasts.
    """
    timeout_s = min(float(ask.body.get("timeout_s", 10)), LONGEST_WAIT_S)
    end = time.monotonic() + timeout_s
    quiet = 0
    while quiet < _QUIET_ROUNDS and (left := end - time.monotonic()) > 0:
        sent = service.outbound.sent
        settled = service.jobs.settle(left) and service.outbound.settle(left)
        if settled and not service.outbound.sent:
            return {"settled": True}
        time.sleep(_ROUND_S)
        quiet = quiet + 1 if settled and sent == service.outbound.sent else 0
    return {"settled": quiet >= _QUIET_ROUNDS}


OWN: list[Row] = [
    ("/seed", "POST", _seed),
    ("/act", "POST", lambda service, ask: act(service, ask.body)),
    ("/change-requests", "POST", lambda service, ask: change_people.act(service, ask.body)),
    ("/orders", "POST", lambda service, ask: catalog_people.act(service, ask.body)),
    ("/schedules", "POST", lambda service, ask: change_people.keep_free(service, ask.body)),
    ("/users", "POST", lambda service, ask: save_user(service, ask.body)),
    ("/roles", "POST", lambda service, ask: change_roles(service, ask.body)),
    ("/properties", "GET PATCH", _properties),
    ("/columns", "POST", _columns),
    ("/webhook-faults", "GET POST DELETE", lambda service, ask: faults_of(service.outbound.faults, ask)),
    ("/outbound", "GET DELETE", _outbound),
    ("/oauth", "POST", lambda service, ask: register_application(service, ask.body)),
    ("/api-keys", "POST", lambda service, ask: save_key(service, ask.body)),
    ("/oauth/tokens", "DELETE", _tokens),
    ("/update-sets", "POST", _update_sets),
    ("/settle", "POST", _settle),
]
