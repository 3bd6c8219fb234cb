"""What the stacks of one deployment are built on, and the base class of an integration's stack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_events as events

from integration import registry
from integration.operations.stacks.choices import Choices
from integration.operations.stacks.closing import close_bus
from integration.operations.stacks.function import Function, Settings
from integration.operations.stacks.permissions import PUBLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import App, Duration
    from aws_cdk import aws_lambda as lambda_

    from integration.declaration import Integration
    from integration.operations.stacks.common import CommonStack
    from integration.operations.stacks.deployment import Deployment
    from integration.operations.stacks.permissions import Grant
    from integration.operations.stacks.state import StateStack


@dataclass(frozen=True)
class Base:
    """`options` are those of every stack, `grants` the rights of every owner; `made` has the stack of each integration
    that is built already.
    """

    app: App
    deployment: Deployment
    state: StateStack
    common: CommonStack
    integrations: tuple[Integration, ...]
    grants: Mapping[str, tuple[Grant, ...]]
    options: Mapping[str, object]
    made: dict[str, IntegrationStack] = field(default_factory=dict)


class IntegrationStack(Stack):
    """Of one integration; others may add functions of theirs. `words` are those of rights that no name gives. `kept`:
    the stack of what outlives it.
    """

    kept: Stack | None = None
    resource_prefix = ""
    """Of the connection's: what marks our records in the instance."""

    def __init__(self, base: Base, declared: Integration) -> None:
        super().__init__(base.app, base.deployment.names.of(declared.stack), **base.options)  # type: ignore[arg-type]  # jsii's typed kwargs
        self.deployment, self.names, self.data_key = base.deployment, base.deployment.names, base.state.data_key.key_arn
        for earlier in dict.fromkeys((base.common, *base.made.values())):
            self.add_stack_dependency(earlier)
        self.choices = Choices(self, base.deployment)
        self.words = {"data_key": self.data_key, "key_bucket": base.state.key_bucket.bucket_arn}
        self._grants = base.grants
        self._publishers: list[lambda_.Function] = []

    def function(self, owner: str, timeout: Duration, environment: Mapping[str, str]) -> lambda_.Function:
        settings = Settings(self.deployment, self.choices.log_level, self.choices.module, self.words, self._grants)
        declared = registry.function(owner)
        made = Function(self, settings, declared, timeout=timeout, environment=environment).lambda_function
        self._publishers += [made] if PUBLISH in self._grants[owner] else []
        return made

    def close_bus(self) -> None:
        """To all but the functions of this stack that may publish, once all of them are made."""
        bus = events.EventBus.from_event_bus_name(self, "Bus", self.names.bus)
        close_bus(self, bus, *(each.role for each in self._publishers))


def role_arn(function: lambda_.Function) -> str:
    if function.role is None:
        raise AssertionError("every function has a role of its own")
    return function.role.role_arn
