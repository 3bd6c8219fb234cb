"""What a pass would do now to one pair of a deployment, for the terminal, the console and scripts.

It looks, reads and plans as a pass does, with the operator's own rights; it claims nothing and writes nothing.
"""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.errors import raising_ours
from integration.cases.brake import stopped_since
from integration.cases.link import CASE, INCIDENT, Pair
from integration.cases.plan.whole import Plan
from integration.cases.wake import Wake
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.operations.cases import plan_words
from integration.operations.cases.overview import LinkStatus, cases_of, links_of
from integration.operations.cases.preview import preview
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import command

if TYPE_CHECKING:
    from collections.abc import Collection

    from integration.cases.plan.steps import Step
    from integration.cases.ports import Links, Row
    from integration.cases.reconciler import Reconciler
    from integration.operations.deployment.deployed import Deployed

SYS_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Planned:
    """`outcome`: `acts`, or the word by which a pass would report why it writes nothing. No text of a record.

    `settled`: what is remembered of fields without a write. `retry_at`: when something refused is tried again by
    itself, epoch seconds; None: nothing waits for that.
    """

    case_id: str
    sys_id: str
    incident_number: str
    outcome: str
    said: str
    steps: tuple[Step, ...] = ()
    settled: tuple[str, ...] = ()
    retry_at: float | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """In their order, without the headline."""
        again = (plan_words.again(self.retry_at),) if self.retry_at else ()
        return (*map(plan_words.sentence, self.steps), *self.settled, *again)

    def as_json(self) -> dict[str, Any]:
        steps = [asdict(step) | {"said": plan_words.sentence(step)} for step in self.steps]
        return asdict(self) | {"steps": steps, "sentences": self.sentences}


class Planning:
    """Plans of one deployment."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = as_a_function(deployed)

    @property
    def core(self) -> Reconciler:
        return self._deployed.cases.reconciler

    def of(self, record: str, *, forced: bool = False, forgotten: Collection[str] = ()) -> Planned:
        """`record`: a case's id, an incident's number or sys_id. `forced`: as `replay` and `backfill` send it;
        `forgotten`: fields as if they had never been accepted, as `remap` leaves them.

        Raises `Failure` for a number that the instance does not show, and what reading either side meets.
        """
        side, key = self._which(record)
        core = replace(self.core, links=Forgetting(self.core.links, forgotten)) if forgotten else self.core
        found = preview(core, Wake(side, key, time.time(), sweep=True, forced=forced))
        if isinstance(found, Plan):
            return planned(found)
        link = self._link(side, key)
        more = "; ".join(filter(None, (found.text, self._braked() if found.word == plan_words.NEW_CASE else "")))
        return Planned(link.case_id, link.sys_id, link.number, found.word, plan_words.headline(found.word, more))

    def _which(self, record: str) -> tuple[str, str]:
        """Which side knows it, and by which id."""
        if SYS_ID.fullmatch(record):
            return INCIDENT, record
        if record.isascii() and record.isdigit():
            return CASE, record
        table = self._deployed.cases.rules.table
        rows = Table(self._deployed.connection.http).query(table, Query().equals("number", record), ["number"], 1)
        if not rows:
            raise Failure(
                f"The instance shows the integration no {table} of the number {record}.",
                "Give a case's id, an incident's number or its sys_id; "
                f"{command('status', self._deployed.names.name, '--links')} lists them.",
            )
        return INCIDENT, rows[0].sys_id

    def _link(self, side: str, key: str) -> LinkStatus:
        table = self._deployed.table
        case_id = key if side == CASE else cases_of(table, [key]).get(key, "")
        known = links_of(table, [case_id]) if case_id else {}
        return known.get(case_id, LinkStatus(case_id, "" if side == CASE else key, ""))

    def _braked(self) -> str:
        since, held = stopped_since(self._deployed.table)
        whose = "everybody's" if since else "one opener's"
        return f"the brake holds {whose} until {command('resume')}, or an hour is over" if since or held else ""


class Forgetting:
    """The table, but for what a link remembers of some fields."""

    def __init__(self, links: Links, fields: Collection[str]) -> None:
        self._links, self._fields = links, fields

    def __getattr__(self, name: str) -> Any:
        return getattr(self._links, name)

    def get(self, case_id: str) -> Row | None:
        row = self._links.get(case_id)
        if row is None:
            return None
        base = row.link.base | {field: Pair() for field in self._fields}
        return replace(row, link=replace(row.link, base=base))


def planned(plan: Plan) -> Planned:
    """In words."""
    settled = tuple(filter(None, map(plan_words.settled, plan.reasons)))
    due = any(not step.waits for step in plan.steps)
    outcome = plan_words.ACTS if due else plan_words.WAITS if plan.steps else plan_words.SETTLES
    ids = plan.case.case_id, plan.seen.incident.sys_id, plan.seen.incident.number
    return Planned(*ids, outcome, plan_words.headline(outcome), plan.steps, settled, _retry_at(plan))


def _retry_at(plan: Plan) -> float | None:
    waits = {step.waits for step in plan.steps}
    blocks = (*plan.blocked.values(), *plan.fields.blocked.values())
    return min((block.retry_at for block in blocks if block.reason in waits), default=None)


def as_a_function(deployed: Deployed) -> Deployed:
    """With what the templates tell the functions alone: who is us on AWS."""
    function = deployed.names.servicenow_client
    with raising_ours(f"get_function_configuration of {function}"):
        found = deployed.client("lambda").get_function_configuration(FunctionName=function)
    told = found["Environment"]["Variables"]
    wanted = {name: told[name] for name in (n.ENV_CLIENT_ROLES, n.ENV_TIMEOUT_S)}
    return replace(deployed, environment={**deployed.environment, **wanted})
