"""What the commands of `workspace` share: the deployment, its API, its table; options that several have."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from integration.aws.errors import raising_ours
from integration.operations.deployment.account import open_account
from integration.operations.deployment.cloudformation import Stacks
from integration.operations.deployment.deployed import deploying, find
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import Output, command
from integration.operations.workspaces.inventory import Inventory
from integration.operations.workspaces.machine import Machine
from integration.operations.workspaces.outputs import OUTPUT_ARCHIVE, OUTPUT_KEY, OUTPUT_URL
from integration.workspaces import names as w
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.model import BadOrder
from integration.workspaces.naming import NAME_MOST, person_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.operations.deployment.deployed import Deployed
    from integration.workspaces.model import Row


@dataclass(frozen=True)
class Session:
    deployed: Deployed
    outputs: Mapping[str, str]
    output: Output

    @cached_property
    def inventory(self) -> Inventory:
        return Inventory(self.deployed, self.deployed.names.of(w.TABLE))

    @cached_property
    def machine(self) -> Machine:
        """The key is read where it is, and written nowhere."""
        with raising_ours("get_api_key"):
            answer = self.deployed.client("apigateway").get_api_key(apiKey=self.outputs[OUTPUT_KEY], includeValue=True)
        return Machine(self.outputs[OUTPUT_URL], answer["value"])

    @property
    def archive(self) -> str:
        return self.outputs[OUTPUT_ARCHIVE]

    def row(self, workspace: str) -> Row:
        """Also by its first letters, where they are one's alone. Raises `Failure`."""
        found = [row for row in self.inventory.rows() if row.id.startswith(workspace)] if workspace else []
        if len(found) != 1:
            sentence = "There is no such workspace." if not found else f"{len(found)} workspaces begin so."
            raise Failure(sentence, command("workspace list", self.deployed.names.name))
        return found[0]


class Who(click.ParamType[str]):
    """Somebody's name, as in an order by name."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            person_of(str(value))
        except BadOrder as bad:
            self.fail(f"{str(value)[:NAME_MOST]!r} cannot be a name: {bad}", param, ctx)
        return str(value)


def opened(given: dict[str, Any]) -> Session:
    """Takes `profile`, `region`, `names`, `as_json` out of what was given. Raises `Failure`."""
    names, output = given.pop("names"), Output(quiet=given.pop("as_json"))
    account = open_account(given.pop("profile"), given.pop("region"))
    deployed = find(account, names, WORKSPACES)
    stack, kept = (Stacks(account).get(names.of(each)) for each in (w.STACK, w.STATE_STACK))
    if stack is None or kept is None or OUTPUT_URL not in stack.outputs:
        raise Failure("Workspaces are not deployed to the end.", deploying(deployed))
    return Session(deployed, {**kept.outputs, **stack.outputs}, output)


def moment(at: float | None) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}" if at else ""


def now() -> float:
    return time.time()
