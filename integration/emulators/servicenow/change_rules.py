"""What the platform's own rules do to a change, a change task and an approval before it is written.

The step of a change: `Change Model: Check State Transition`. The texts of a template: `Restrict fields from Standard
Change`. ServiceNowDocs, it-service-management/change-management, c_ChangeStateModel.md, t_PlaceAChangeRequestOnHold.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .change_models import BY_TYPE, CLOSED, ENDED, IMPLEMENT, NEW, REVIEW, TEXTS_OF_A_TEMPLATE
from .change_seed import TYPE_COMPATIBILITY, model_id
from .change_steps import initial_state, model_of, state_of, ways
from .errors import aborted
from .query import assignments
from .session import SYSTEM
from .task_engines import mark_closure

if TYPE_CHECKING:
    from .service import Service
    from .store import Row
    from .write import Write

STEP_RULE = ("Change Model: Check State Transition", "b6dae9e15317101034d1ddeeff7b1278")
TEXTS_RULE = ("Restrict fields from Standard Change", "4b2d0b5a47410200e90d87e8dee490aa")
_ONLY_NEW = ("chg_model", "type")
_DERIVED = ("approval", "approval_set", "approval_history")
"""What follows from the rows of sysapproval_approver: nobody approves by writing it."""


def apply(service: Service, write: Write) -> None:
    """Changes `write.current`. Raises ApiError where a rule aborts."""
    rules = {"change_request": _change, "change_task": _task, "sysapproval_approver": _approver}
    if write.table in rules:
        rules[write.table](service, write)


def presets(model: Row) -> Row:
    """The fields a model sets, which are read-only from then on."""
    return assignments(model.get("record_preset", ""))


def _change(service: Service, write: Write) -> None:
    if write.previous is None:
        _born(service, write)
    else:
        if write.session is not SYSTEM:
            write.current |= {name: write.previous[name] for name in read_only(service, write.previous)}
        _step(service, write, write.previous)
        _approval(service, write)
    _texts(service, write)
    current, state = write.current, write.current["state"]
    if state in ENDED:
        current["on_hold"] = "false"
    if current["on_hold"] != "true":
        current["on_hold_reason"] = ""
    _times(service, write)


def _born(service: Service, write: Write) -> None:
    current = write.current
    model = _model(service, current)
    current |= {"chg_model": model.get("sys_id", ""), "approval": "not requested", **presets(model)}
    current["requested_by"] = current["requested_by"] or write.session.user_id
    _assign(service, current)
    first, mode = initial_state(service, model), service.switches.change_state_at_creation
    if current["state"] not in (first, NEW) and mode == "refused":
        raise aborted("change_request", *STEP_RULE)
    if mode != "kept" or current["state"] == NEW:
        current["state"] = first


def _model(service: Service, current: Row) -> Row:
    """The one named, else that of the type; a type alone stands for itself where types are kept compatible."""
    named = service.store.row("chg_model", current.get("chg_model", ""))
    if named is not None or service.settings.is_on(TYPE_COMPATIBILITY):
        return named or {}
    return service.store.row("chg_model", model_id(BY_TYPE.get(current["type"], "Normal"))) or {}


def _assign(service: Service, current: Row) -> None:
    """Nobody named: the group that answers for changes of the configuration item, or supports it."""
    item = service.store.row("cmdb_ci", current["cmdb_ci"])
    if item and not current["assignment_group"] and not current["assigned_to"]:
        current["assignment_group"] = item["change_control"] or item["assignment_group"]


def read_only(service: Service, change: Row) -> set[str]:
    """What may not change any more: presets of its model; its kind once it was submitted; its item beyond New."""
    found = {*_DERIVED, *(presets(model_of(service, change)) if change["chg_model"] else ())}
    if change["state"] != NEW or change["approval"] != "not requested":
        found.update(_ONLY_NEW)
    attributes = state_of(service, change)
    if attributes.get("allow_ci_modification") != "true" and attributes.get("initial_state") != "true":
        found.add("cmdb_ci")
    return found


def template_values(service: Service, version: str) -> Row:
    """The fields of the template behind a version of it, and nothing where there is none."""
    found = service.store.row("std_change_producer_version", version) or {}
    producer = service.store.row("std_change_record_producer", found.get("std_change_producer", "")) or {}
    template = service.store.row("std_change_template", producer.get("template", "")) or {}
    return assignments(template.get("template", ""))


def _texts(service: Service, write: Write) -> None:
    current, previous = write.current, write.previous
    if current["type"] != "standard" or not current["std_change_producer_version"]:
        return
    fixed = previous or template_values(service, current["std_change_producer_version"])
    texts = [name for name in TEXTS_OF_A_TEMPLATE if current[name] != fixed.get(name, "")]
    if any(previous or current[name] for name in texts):
        raise aborted("change_request", *TEXTS_RULE)


def _step(service: Service, write: Write, previous: Row) -> None:
    """What the instance's flows decide was decided by the same conditions already."""
    if not write.changed("state") or write.session is SYSTEM:
        return
    if not _may_step(service, write, previous):
        if service.switches.change_illegal_state == "403":
            raise aborted("change_request", *STEP_RULE)
        write.current["state"] = previous["state"]
        return
    write.session.moved.add(write.sys_id)


def _may_step(service: Service, write: Write, previous: Row) -> bool:
    """People take the steps their form offers; over REST it depends on the switches."""
    switches = service.switches
    again = write.sys_id in write.session.moved and not switches.change_batch_walks
    if not write.session.on_form and (switches.change_steps == "none" or again):
        return False
    if switches.change_dates_enforced and write.current["state"] == IMPLEMENT and not _in_time(service, write.current):
        return False
    open_ways = [way for way in ways(service, write.current, previous["state"]) if way.available and not way.automatic]
    return write.current["state"] in {way.to_state for way in open_ways}


def _in_time(service: Service, change: Row) -> bool:
    """A date that is not planned bounds nothing."""
    start, now, end = change["start_date"], service.clock.stamp(), change["end_date"]
    return start <= now and (not end or now <= end)


def _approval(service: Service, write: Write) -> None:
    """Each state that asks for approval begins with none."""
    if write.changed("state") and state_of(service, write.current).get("asks"):
        write.current["approval"] = "not requested"


def _times(service: Service, write: Write) -> None:
    current, now = write.current, service.clock.stamp()
    mark_closure(write, now, ENDED)
    if service.switches.change_work_times == "client":
        return
    before = write.previous or {}
    current |= {name: before.get(name, "") for name in ("work_start", "work_end")}
    if write.previous and write.became("state", IMPLEMENT):
        current["work_start"] = now
    if before.get("state") == IMPLEMENT and write.became("state", REVIEW, CLOSED):
        current["work_end"] = now


def _task(service: Service, write: Write) -> None:
    current = write.current
    current["change_request"] = current["change_request"] or current["parent"]
    current["parent"] = current["parent"] or current["change_request"]
    mark_closure(write, service.clock.stamp(), ENDED)


def _approver(service: Service, write: Write) -> None:
    """Who was not asked, or is not any more, decides nothing."""
    current, previous = write.current, write.previous
    if previous and previous["state"] != "requested" and write.session is not SYSTEM:
        current["state"] = previous["state"]
    current["document_id"] = current["document_id"] or current["sysapproval"]
    asked_about = service.store.row("task", current["sysapproval"]) or {}
    current["source_table"] = current["source_table"] or asked_about.get("sys_class_name", "")
