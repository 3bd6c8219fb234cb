"""Which states a change can go to: the transitions of its model, with their conditions, as they stand now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .change_models import BY_TYPE
from .change_seed import model_id
from .glide import ScriptEngine
from .query import parse
from .scripting import ScriptHost
from .session import SYSTEM
from .write import NO_RULES

if TYPE_CHECKING:
    from .service import Service
    from .store import Row


@dataclass(frozen=True, slots=True)
class Way:
    """A transition out of the change's state; `conditions` are rows with whether each holds."""

    transition: Row
    conditions: tuple[tuple[Row, bool], ...]

    @property
    def to_state(self) -> str:
        return self.transition["to_state"]

    @property
    def automatic(self) -> bool:
        return self.transition.get("automatic_transition") == "true"

    @property
    def available(self) -> bool:
        return all(passed for _, passed in self.conditions)


def model_of(service: Service, change: Row) -> Row:
    """The model that drives it; for one that has only a type, the stock model of that type."""
    named = change.get("chg_model") or model_id(BY_TYPE.get(change.get("type", ""), "Normal"))
    return service.store.row("chg_model", named) or {}


def state_of(service: Service, change: Row) -> Row:
    """What its model says of the state it is in; nothing for a state the model does not have."""
    model = model_of(service, change).get("sys_id", "")
    found = service.store.find("chg_model_state", chg_model=model, state=change.get("state", ""))
    return found[0] if found else {}


def initial_state(service: Service, model: Row) -> str:
    states = service.store.find("chg_model_state", chg_model=model.get("sys_id", ""), initial_state="true")
    return states[0]["state"] if states else "-5"


def ways(service: Service, change: Row, state: str) -> list[Way]:
    """Out of `state`, judged by the change as it is given."""
    model = model_of(service, change).get("sys_id", "")
    steps = service.store.find("sttrm_state_transition", chg_model=model, from_state=state, active="true")
    return [_way(service, change, step) for step in steps]


def _way(service: Service, change: Row, step: Row) -> Way:
    conditions = service.store.find("sttrm_transition_condition", transition=step["sys_id"], active="true")
    return Way(step, tuple((each, _holds(service, change, each)) for each in conditions))


def _holds(service: Service, change: Row, condition: Row) -> bool:
    named = [name for name in condition.get("mandatory_fields", "").split(",") if name]
    return (
        all(change.get(name) for name in named)
        and _matches(service, "change_request", condition.get("condition", ""), change)
        and not (condition.get("no_task") and _has_task(service, change, condition["no_task"]))
        and (not condition.get("script") or _says(service, change, condition["script"], condition["name"]))
    )


def _matches(service: Service, table: str, encoded: str, row: Row) -> bool:
    return service.matcher.predicate(parse(encoded), table, service.gs(SYSTEM))(row)


def _has_task(service: Service, change: Row, encoded: str) -> bool:
    tasks = service.store.find("change_task", change_request=change.get("sys_id", ""))
    return any(_matches(service, "change_task", encoded, task) for task in tasks)


def _says(service: Service, change: Row, script: str, name: str) -> bool:
    result = ScriptEngine(ScriptHost(service, NO_RULES)).run(
        "", table="change_request", current=change, previous=change, operation="update", user="system",
        condition=script, name=name,
    )  # fmt: skip
    return result.ran and not result.error
