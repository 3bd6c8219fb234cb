"""What an instance holds for Change Management: models, boards and teams, configuration items, templates.

Two groups, two items and two templates of one name are there for whoever looks up names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .change_choices import STATES
from .change_models import (
    CAB,
    CANCELED,
    EMERGENCY_CAB,
    IMPLEMENT,
    KNOWN_IDS,
    MODELS,
    NEW,
    REVIEW,
    SCHEDULED,
    Condition,
    Model,
    Step,
)
from .ids import fixed_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .store import Row

    Planted = Iterator[tuple[str, Row]]

TYPE_COMPATIBILITY = "com.snc.change_management.change_model.type_compatibility"
CHANGE_PROPERTIES = {TYPE_COMPATIBILITY: "false", "change.conflict.next_available.schedule_window": "90",
                     "change.conflict.next_available.choice_limit": "100"}  # fmt: skip
CHANGE_PEOPLE: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("bow.ruggeri", "Bow", "Ruggeri", ("approver_user", "itil")),
    ("don.goodliffe", "Don", "Goodliffe", ("approver_user",)),
    ("christen.mitchell", "Christen", "Mitchell", ("approver_user", "itil")),
    ("david.loo", "David", "Loo", ("approver_user",)),
    ("chuck.farley", "Chuck", "Farley", ("change_manager",)),
]
CHANGE_GROUPS = {
    "DevOps Team": ("christen.mitchell", "david.loo"), CAB: ("bow.ruggeri", "don.goodliffe"),
    EMERGENCY_CAB: ("bow.ruggeri",), "Platform": (),
}  # fmt: skip
"""Group to its members; Platform has none, so that nobody can be asked there."""
TWINS = ("Database", "Database")
ITEMS = ("prod-k8s-cluster", "staging-k8s-cluster", "payments-api", "db-01", "db-01")
TEMPLATES = {
    "Deploy application": "published", "Restart service": "published", "Clear cache": "published",
    "Patch server": "retired",
}  # fmt: skip
_TEXTS = (
    "short_description={name}^description={name} as agreed^implementation_plan=Run the pipeline"
    "^backout_plan=Run the pipeline with the former version^test_plan=Look at the health checks"
    "^category=Software^assignment_group={group}^EQ"
)


def model_id(name: str) -> str:
    return KNOWN_IDS.get(name) or fixed_id("change model", name)


def change_records() -> Planted:
    yield from _groups()
    for number, name in enumerate(ITEMS):
        yield "cmdb_ci", {"sys_id": fixed_id("ci", f"{name}.{number}" if name == "db-01" else name), "name": name}
    for model in MODELS:
        yield from _model(model)
    for name, state in TEMPLATES.items():
        yield from _template(name, name, retired=state == "retired")
    yield from _template("Restart service", "Restart service, again", retired=False)


def _groups() -> Planted:
    for name, members in CHANGE_GROUPS.items():
        group = fixed_id("group", name)
        yield "sys_user_group", {"sys_id": group, "name": name}
        for user_name in members:
            member = {"user": fixed_id("user", user_name), "group": group}
            yield "sys_user_grmember", {"sys_id": fixed_id("member", f"{name}.{user_name}"), **member}
    for number, name in enumerate(TWINS):
        yield "sys_user_group", {"sys_id": fixed_id("group", f"{name}.{number}"), "name": name}


def _model(model: Model) -> Planted:
    own = model_id(model.name)
    yield "chg_model", {
        "sys_id": own, "name": model.name, "sys_name": model.name, "description": model.description,
        "record_preset": model.preset, "default_change_model": str(model.default).lower(), "color": "#278ecf",
    }  # fmt: skip
    for state in model.states:
        yield "chg_model_state", _state(model, own, state)
    cancelling = tuple(Step(state, CANCELED) for state in model.cancelled_from)
    for number, step in enumerate((*model.steps, *cancelling)):
        yield from _step(own, f"{model.name}.{number}", step)


def _state(model: Model, own: str, state: str) -> Row:
    asked = model.asks.get(state, "")
    working = state == IMPLEMENT
    return {
        "sys_id": fixed_id("model state", f"{model.name}.{state}"), "chg_model": own, "state": state,
        "initial_state": str(state == NEW).lower(), "allow_implementation": str(working).lower(),
        "asks": fixed_id("group", asked) if asked in CHANGE_GROUPS else asked,
        "approves": str(model.name == "Standard" and state == SCHEDULED).lower(),
        "makes_tasks": str(working and model.makes_tasks).lower(), "cancels_tasks": str(state == REVIEW).lower(),
    }  # fmt: skip


def _step(model: str, key: str, step: Step) -> Planted:
    own = fixed_id("transition", key)
    yield "sttrm_state_transition", {
        "sys_id": own, "chg_model": model, "name": f"{STATES[step.before]} to {STATES[step.after]}",
        "from_state": step.before, "to_state": step.after, "automatic_transition": str(step.automatic).lower(),
    }  # fmt: skip
    for condition in step.conditions:
        yield "sttrm_transition_condition", _condition(own, f"{key}.{condition.name}", condition)


def _condition(transition: str, key: str, condition: Condition) -> Row:
    return {
        "sys_id": fixed_id("condition", key), "name": condition.name, "transition": transition,
        "mandatory_fields": condition.mandatory, "condition": condition.query, "no_task": condition.no_task,
    }  # fmt: skip


def _template(name: str, key: str, *, retired: bool) -> Planted:
    """Producer, its one version, whose name carries ` - 1`, and the template behind both."""
    own, version, template = (fixed_id(kind, key) for kind in ("producer", "producer version", "change template"))
    texts = _TEXTS.format(name=name, group=fixed_id("group", "DevOps Team"))
    yield "std_change_template", {"sys_id": template, "name": name, "template": texts}
    yield "std_change_producer_version", {"sys_id": version, "name": f"{name} - 1", "std_change_producer": own}
    yield "std_change_record_producer", {
        "sys_id": own, "name": name, "sys_name": name, "short_description": name, "template": template,
        "current_version": version, "active": str(not retired).lower(), "retired": str(retired).lower(),
    }  # fmt: skip
