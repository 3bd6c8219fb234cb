"""`/api/sn_chg_rest/change`: the Change Management API; models, templates, tasks and workers in files beside it.

ServiceNowDocs, api-reference/rest-apis/change-management-api.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import change_input, permitted
from .approver_rows import decide
from .change_answers import one, wrapped
from .change_choices import STATES
from .change_models import CANCELED, TEXTS_OF_A_TEMPLATE
from .change_rules import read_only, template_values
from .change_seed import model_id
from .change_steps import ways
from .errors import FAILED, ApiError, api_acl, no_record, no_resource
from .exchange import Response, json_response, only
from .incoming import as_text
from .query import TEXT_SEARCH
from .table_api import asked_query, check_accept, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from .change_steps import Way
    from .store import Row
    from .table_api import Call

TABLE = "change_request"
TYPES = ("normal", "emergency", "standard")
DEFAULT_LIMIT = 500
_READERS = {"sn_change_read", "itil", "change_manager", "admin"}
_WRITERS = {"itil", "change_manager", "admin"}
_DELETERS = {"change_manager", "admin"}


def allowed(call: Call, *methods: str) -> None:
    """Raises ApiError: no such API, not this method, none of the roles this method needs."""
    if not call.service.switches.change_api:
        raise no_resource(call.service.switches.unknown_path_status)
    check_accept(call.request)
    only(call.request, *methods)
    writers = _WRITERS | ({"sn_change_write"} if call.service.switches.change_by_sn_change_write else set())
    needed = {"GET": _READERS, "DELETE": _DELETERS}.get(call.request.method, writers)
    if not call.service.access.free(call.session) and not call.session.roles & needed:
        raise api_acl()


def found(call: Call, sys_id: str, kind: str = "", table: str = TABLE) -> Row:
    """The change, of this type where one is named. Raises ApiError 404."""
    row = permitted.visible(call.service, call.session, table, sys_id)
    if kind and row["type"] != kind:
        raise no_record()
    return row


def collection(call: Call, kind: str = "") -> Response:
    """GET lists, POST creates; `kind` is a type or empty."""
    allowed(call, "GET", "POST")
    if call.request.method == "POST":
        return _create(call, kind)
    return listed(call, TABLE, lambda row: not kind or row["type"] == kind)


def standard(call: Call, sys_id: str) -> Response:
    """GET, PATCH and DELETE of a standard change; POST makes one of the template `sys_id`."""
    allowed(call, "GET", "POST", "PATCH", "DELETE")
    return _from_template(call, sys_id) if call.request.method == "POST" else record(call, sys_id, "standard")


def record(call: Call, sys_id: str, kind: str = "") -> Response:
    allowed(call, "GET", "PATCH", "DELETE")
    row = found(call, sys_id, kind)
    ignored: list[str] = []
    if call.request.method == "DELETE":
        shown = one(call, TABLE, row)
        permitted.delete(call.service, call.session, TABLE, row)
        return _shown(call, shown, kind)
    if call.request.method == "PATCH":
        row, ignored = _patched(call, row)
    return _shown(call, one(call, TABLE, row, ignored), kind)


def next_states(call: Call, sys_id: str) -> Response:
    """The states it may go to and its own; the ways there only where a model drives it."""
    allowed(call, "GET")
    row = found(call, sys_id)
    open_ways = ways(call.service, row, row["state"])
    states = dict.fromkeys(way.to_state for way in open_ways if way.available and not way.automatic)
    states = {**states, row["state"]: None}
    labels = {state: _label(call, state) for state in states}
    result: dict[str, Any] = {"available_states": list(states), "state_label": labels}
    if row["chg_model"]:
        result["state_transitions"] = _grouped(open_ways)
    return json_response({"result": result})


def approvals(call: Call, sys_id: str) -> Response:
    """PATCH decides for the calling user; the page's own sample says POST. A rejection wants comments."""
    allowed(call, "PATCH", "POST")
    row, given = found(call, sys_id), change_input.pairs(call)
    state, comments = as_text(given.get("state")), as_text(given.get("comments"))
    if state not in ("approved", "rejected") or (state == "rejected" and not comments):
        raise ApiError(400, "state is approved or rejected, and a rejection has comments", "")
    if decide(call.service, call.session, row["sys_id"], state, comments) is None:
        raise ApiError(400, "The user is not authorized to approve or reject this change request", "")
    return wrapped(call, one(call, TABLE, found(call, sys_id)))


def listed(call: Call, table: str, belongs: Callable[[Row], bool], *, words: bool = True) -> Response:
    """Records of the page that was asked for, without a word on how many there are."""
    query = asked_query(call, table)
    text = call.request.parameter("textSearch")
    rows = [row for row in call.service.search(call.session, table, query) if belongs(row)]
    if words and text:
        hits = call.service.search_text(call.session, table, f"{TEXT_SEARCH}={text}")
        known = {row["sys_id"] for row in hits}
        rows = [row for row in rows if row["sys_id"] in known]
    rows, _ = page(call, rows, DEFAULT_LIMIT)
    seen = [row for row in rows if call.service.access.sees(call.session, table, row)]
    return json_response({"result": [one(call, table, row) for row in seen]})


def write(call: Call, what: str, done: str, work: Callable[[], Row]) -> Row:
    """The refusals of rules and policies in the words of this API: the cause stands in the message."""
    try:
        return work()
    except ApiError as error:
        if error.message != FAILED:
            raise
        message = f"{what} record could not be {done}. {error.detail}"
        raise ApiError(call.service.switches.change_refusal_status, message, "") from error


def _create(call: Call, kind: str) -> Response:
    given = change_input.pairs(call)
    fixed = {"type": kind} if kind else _kind(call, given)
    values, ignored = change_input.taken(call, TABLE, given, {"type", "chg_model", "approval"})
    ignored = [name for name in ignored if kind or name not in ("type", "chg_model")]
    row = _inserted(call, {**values, **fixed})
    return _shown(call, one(call, TABLE, row, ignored), kind)


def _kind(call: Call, given: dict[str, Any]) -> Row:
    """`chg_model` by name or sys_id, `type` by value or label; the default model where neither is said."""
    wanted, kind = as_text(given.get("chg_model")), as_text(given.get("type"))
    models = call.service.store.rows("chg_model")
    model = [row for row in models if wanted in (row["sys_id"], row["name"]) and row["active"] == "true"]
    choices = call.service.settings.choices(TABLE, "type")
    types = [row["value"] for row in choices if kind.casefold() in (row["value"], row["label"].casefold())]
    if (wanted and not model) or (kind and not types):
        raise ApiError(400, "chg_model or type does not exist", "")
    if not wanted and not kind:
        model = [row for row in models if row["default_change_model"] == "true"]
    return {"chg_model": model[0]["sys_id"] if model else "", **({"type": types[0]} if types else {})}


def _from_template(call: Call, producer: str) -> Response:
    service = call.service
    template = service.store.row("std_change_record_producer", producer)
    if template is None:
        raise no_record()
    if template["active"] != "true" or template["retired"] == "true":
        raise ApiError(service.switches.change_retired_status, "The standard change template is not available", "")
    unknown = set() if service.switches.change_standard_correlation else {"correlation_id", "correlation_display"}
    fixed = {*TEXTS_OF_A_TEMPLATE, "type", "chg_model", "approval", "std_change_producer_version", *unknown}
    values, ignored = change_input.taken(call, TABLE, change_input.pairs(call), fixed)
    own = {
        "type": "standard", "chg_model": model_id("Standard"),
        "std_change_producer_version": template["current_version"],
    }  # fmt: skip
    row = _inserted(call, {**template_values(service, template["current_version"]), **values, **own})
    return wrapped(call, one(call, TABLE, row, ignored))


def _inserted(call: Call, values: Row) -> Row:
    return write(call, "Change Request", "created", lambda: permitted.create(call.service, call.session, TABLE, values))


def _patched(call: Call, row: Row) -> tuple[Row, list[str]]:
    service = call.service
    values, ignored = change_input.taken(call, TABLE, change_input.pairs(call), read_only(service, row))
    changed = write(
        call, "Change Request", "updated", lambda: permitted.change(service, call.session, TABLE, row, values)
    )
    return service.store.row(TABLE, row["sys_id"]) or changed, ignored


def _shown(call: Call, record: dict[str, Any], kind: str) -> Response:
    return wrapped(call, record) if kind else json_response({"result": record})


def _label(call: Call, state: str) -> str:
    return call.service.settings.choice_label(TABLE, "state", state) or STATES.get(state, state)


def _grouped(found: list[Way]) -> list[list[dict[str, Any]]]:
    """An inner list per state, Canceled last."""
    targets = dict.fromkeys(way.to_state for way in found)
    order = sorted(targets, key=lambda state: state == CANCELED)
    return [[_way(way) for way in found if way.to_state == state] for state in order]


def _way(way: Way) -> dict[str, Any]:
    step = way.transition
    return {
        "sys_id": step["sys_id"], "display_value": step["name"], "from_state": step["from_state"],
        "to_state": step["to_state"], "transition_available": way.available,
        "automatic_transition": way.automatic,
        "conditions": [
            {
                "passed": passed,
                "condition": {
                    "name": each["name"], "description": each["description"] or None, "sys_id": each["sys_id"],
                },
            }
            for each, passed in way.conditions
        ],
    }  # fmt: skip
