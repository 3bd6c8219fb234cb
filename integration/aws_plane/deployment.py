"""Stacks onto the plane: created, updated by difference, deleted; a failure is rolled back as CloudFormation would.

Rollback means: what this run created is deleted again, what it changed is changed back, best effort, first error told.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from integration.aws_plane.existing import taken
from integration.aws_plane.handlers import refusal
from integration.aws_plane.history import History
from integration.aws_plane.resources import compute, configuration, gateway_api, gateway_keys, messaging, storage
from integration.aws_plane.resources.kinds import Kind, Made, Resource, UnknownResource, check
from integration.aws_plane.template import Scope, Template, resources_in_order, stacks_in_order

if TYPE_CHECKING:
    from integration.aws_plane.world import World

KINDS: dict[str, Kind] = {
    **storage.KINDS, **messaging.KINDS, **configuration.KINDS, **compute.KINDS, **gateway_api.KINDS,
    **gateway_keys.KINDS,
}  # fmt: skip
NOT_MADE = {"AWS::CDK::Metadata": "counts constructs for AWS; nothing is deployed"}
_ABOUT_RESOURCES = {
    "Type", "Properties", "DependsOn", "Condition", "DeletionPolicy",
    "Metadata", "UpdateReplacePolicy",
}  # fmt: skip
"""The last two say nothing the plane acts on: notes of tools, and replacement, which it refuses where state is kept."""
_log = logging.getLogger(__name__)


class DeploymentFailed(RuntimeError):
    """A resource could not be made; the message says which and why. What was before, is again."""


@dataclass
class Standing:
    """One deployed resource and what it was made from."""

    resource: Resource
    made: Made
    retained: bool


@dataclass
class Stack:
    name: str
    id: str
    template: Template
    parameters: Mapping[str, Any] = field(default_factory=dict)
    resources: dict[str, Standing] = field(default_factory=dict)
    """In the order they were made."""
    outputs: dict[str, Any] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)


Progress = Callable[[str, int, int], None]
"""(what is being made, how many are done, how many there are)"""


def kind_of(resource_type: str, where: str) -> Kind:
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        return compute.CUSTOM
    if resource_type not in KINDS:
        raise UnknownResource(f"{where}: the plane does not know resources of type {resource_type}")
    return KINDS[resource_type]


@dataclass
class Stacks:
    world: World
    front_url: str
    deployed: dict[str, Stack] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def history(self, name: str) -> History:
        """Of the stack of this name; a new one in review where there is none."""
        if name not in self.histories:
            self.histories[name] = History(name, self.world.place.arn("cloudformation", f"stack/{name}/{uuid4()}"))
        return self.histories[name]

    def deploy(
        self,
        templates: list[Template],
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
        progress: Progress = lambda _what, _done, _all: None,
    ) -> None:
        """`parameters` by stack name. Safe to repeat: what did not change is not touched. Raises DeploymentFailed."""
        total = sum(len(template.resources) for template in templates)
        done = 0
        with self._one_at_a_time:
            for template in stacks_in_order(templates):
                given = (parameters or {}).get(template.name, {})
                one = _Run(
                    self,
                    template,
                    given,
                    self.history(template.name),
                    lambda what, n=done: progress(what, n + 1, total),
                )
                done += one.run()

    def destroy(self, name: str, *, with_state: bool = False) -> None:
        """Newest resource first; what says Retain stays unless `with_state`. Raises DeploymentFailed where another
        stack imports from it or a resource does not go; what went is gone.
        """
        with self._one_at_a_time:
            self._destroy(self.deployed[name], self.history(name), with_state=with_state)

    def _destroy(self, stack: Stack, history: History, *, with_state: bool) -> None:
        users = [s.name for s in self.deployed.values() if s.template.imports() & set(stack.exports)]
        if users:
            raise DeploymentFailed(f"{stack.name} cannot be deleted: {', '.join(users)} imports from it")
        history.become("DELETE_IN_PROGRESS")
        for logical, standing in reversed(stack.resources.copy().items()):
            if with_state or not standing.retained:
                self._delete(history, standing)
            del stack.resources[logical]
        del self.deployed[stack.name]
        del self.histories[stack.name]
        history.become("DELETE_COMPLETE")

    def _delete(self, history: History, standing: Standing) -> None:
        resource, physical_id = standing.resource, standing.made.physical_id
        try:
            _delete(self.world, standing)
        except Exception as error:
            history.note(resource.logical_id, physical_id, resource.type, "DELETE_FAILED", str(error))
            history.become("DELETE_FAILED", str(error))
            raise DeploymentFailed(f"{history.name}: {resource.logical_id} ({resource.type}): {error}") from error
        history.note(resource.logical_id, physical_id, resource.type, "DELETE_COMPLETE")

    def exports(self) -> dict[str, Any]:
        return {name: value for stack in self.deployed.values() for name, value in stack.exports.items()}


def _judge(world: World, verb: str, resource: Resource) -> None:
    """By the rights of the bootstrap's role. What is rolled back is not judged again."""
    if told := refusal(world, verb, resource):
        raise DeploymentFailed(told)


def _delete(world: World, standing: Standing) -> None:
    resource = standing.resource
    _judge(world, "delete", resource)
    kind_of(resource.type, resource.logical_id).delete(world, resource, standing.made)


@dataclass
class _Run:
    """One stack's deployment."""

    stacks: Stacks
    template: Template
    parameters: Mapping[str, Any]
    history: History
    tell: Callable[..., None]
    undo: list[Callable[[], None]] = field(default_factory=list)

    def run(self) -> int:
        """How many resources the template has."""
        existing = self.stacks.deployed.get(self.template.name)
        stack = existing or Stack(self.template.name, self.history.id, self.template)
        before = dict(stack.resources)
        verb = "UPDATE" if existing else "CREATE"
        self.history.become(f"{verb}_IN_PROGRESS")
        try:
            scope = self._scope(stack)
            count = self._make(stack, scope, before)
            self._finish(stack, scope)
        except Exception as error:
            self.history.become("UPDATE_ROLLBACK_IN_PROGRESS" if existing else "ROLLBACK_IN_PROGRESS", str(error))
            self._roll_back(stack, before)
            self.history.become("UPDATE_ROLLBACK_COMPLETE" if existing else "ROLLBACK_COMPLETE")
            raise DeploymentFailed(f"{self.template.name}: {error}") from error
        self.history.become(f"{verb}_COMPLETE")
        return count

    def _make(self, stack: Stack, scope: Scope, before: Mapping[str, Standing]) -> int:
        """How many resources stand now."""
        wanted = [name for name in resources_in_order(self.template) if self._wanted(scope, name)]
        for done, logical in enumerate(wanted):
            self.tell(f"{self.template.name}/{logical}", done)
            self._bring(stack, scope, logical)
        for logical in [name for name in before if name not in wanted]:
            self._drop(stack, logical)
        amiss = [sentence for check_now in self.stacks.world.checks.values() for sentence in check_now()]
        if amiss:
            raise DeploymentFailed("this would not work on AWS: " + "; ".join(amiss))
        return len(wanted)

    def _scope(self, stack: Stack) -> Scope:
        place = self.stacks.world.place
        pseudo = {
            "AWS::AccountId": place.account, "AWS::Region": place.region, "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com", "AWS::StackName": stack.name, "AWS::StackId": stack.id,
        }  # fmt: skip
        host = re.compile(rf"https://([a-z0-9]+)\.execute-api\.{re.escape(place.region)}\.amazonaws\.com")
        return Scope(self.template, pseudo, self.parameters, self.stacks.exports(), rewrites=[(host, self._front_of)])

    def _front_of(self, host: re.Match[str]) -> str:
        """Where an API of this id answers: the first one at the front itself, others below their id."""
        first = next(iter(self.stacks.world.apis), host[1])
        return self.stacks.front_url + ("" if host[1] == first else f"/{host[1]}")

    def _wanted(self, scope: Scope, logical: str) -> bool:
        resource = self.template.resources[logical]
        unknown = set(resource) - _ABOUT_RESOURCES
        if unknown:
            raise UnknownResource(f"{self.template.name}/{logical}: {', '.join(sorted(unknown))}")
        return resource["Type"] not in NOT_MADE and scope.wanted(resource)

    def _bring(self, stack: Stack, scope: Scope, logical: str) -> None:
        plain = self.template.resources[logical]
        kind = kind_of(plain["Type"], f"{stack.name}/{logical}")
        properties = scope.resolve(plain.get("Properties", {}))
        resource = Resource(stack.name, stack.id, logical, plain["Type"], properties)
        if kind is not compute.CUSTOM:
            check(kind, resource)
        old = stack.resources.get(logical)
        made = self._made(kind, resource, old)
        retained = plain.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
        stack.resources[logical] = Standing(resource, made, retained)
        scope.refs[logical] = made.physical_id
        scope.attributes[logical] = made.attributes

    def _made(self, kind: Kind, resource: Resource, old: Standing | None) -> Made:
        world = self.stacks.world
        if old is None:
            made = self._explained("CREATE", resource, lambda: self._created(kind, resource))
            self.undo.append(lambda: kind.delete(world, resource, made))
            return made
        if _same(old.resource, resource):
            return old.made
        made = self._explained("UPDATE", resource, lambda: self._updated(kind, resource, old))
        self.undo.append(lambda: self._change_back(kind, resource, made, old))
        return made

    def _created(self, kind: Kind, resource: Resource) -> Made:
        world = self.stacks.world
        if name := taken(world, resource.type, resource.properties):
            raise DeploymentFailed(f"{name} already exists")
        if told := world.organisation.refusal(world.deployer, resource, self.history.tags):
            raise DeploymentFailed(told)
        _judge(world, "create", resource)
        return kind.create(world, resource)

    def _updated(self, kind: Kind, resource: Resource, old: Standing) -> Made:
        _judge(self.stacks.world, "update", resource)
        return self._changed(kind, resource, old)

    def _changed(self, kind: Kind, resource: Resource, old: Standing) -> Made:
        world = self.stacks.world
        if kind is compute.CUSTOM:
            return compute.change_custom(world, resource, old.made, old.resource.properties)
        if kind.update:
            made = kind.update(world, resource, old.made)
            if made.replaces and self._goes_when_replaced(resource.logical_id):
                kind.delete(world, old.resource, old.made)
            return made
        kind.delete(world, old.resource, old.made)
        return kind.create(world, resource)

    def _goes_when_replaced(self, logical: str) -> bool:
        return bool(self.template.resources[logical].get("UpdateReplacePolicy") != "Retain")

    def _change_back(self, kind: Kind, resource: Resource, made: Made, old: Standing) -> None:
        old.made = self._changed(kind, old.resource, Standing(resource, made, old.retained))

    def _explained(self, verb: str, resource: Resource, work: Callable[[], Made]) -> Made:
        about = resource.logical_id, "", resource.type
        self.history.note(*about, f"{verb}_IN_PROGRESS")
        try:
            made = work()
        except Exception as error:
            self.history.note(*about, f"{verb}_FAILED", str(error))
            if isinstance(error, UnknownResource):
                raise
            raise DeploymentFailed(f"{resource.logical_id} ({resource.type}): {error}") from error
        self.history.note(resource.logical_id, made.physical_id, resource.type, f"{verb}_COMPLETE")
        return made

    def _drop(self, stack: Stack, logical: str) -> None:
        standing = stack.resources.pop(logical)
        if not standing.retained:
            _delete(self.stacks.world, standing)
            resource = standing.resource
            self.history.note(logical, standing.made.physical_id, resource.type, "DELETE_COMPLETE")

    def _roll_back(self, stack: Stack, before: dict[str, Standing]) -> None:
        """A step that cannot be undone is logged; the error that began it is what counts."""
        for step in reversed(self.undo):
            try:
                step()
            except Exception:  # noqa: BLE001 - the error that began the rollback is the one that is raised
                _log.exception("could not undo one change of %s", stack.name)
        stack.resources = before

    def _finish(self, stack: Stack, scope: Scope) -> None:
        stack.template, stack.parameters = self.template, self.parameters
        self.history.template, self.history.parameters = self.template, scope.parameters()
        stack.outputs, stack.exports = {}, {}
        for name, output in self.template.outputs.items():
            if scope.wanted(output):
                stack.outputs[name] = scope.resolve(output["Value"])
                if "Export" in output:
                    stack.exports[scope.resolve(output["Export"]["Name"])] = stack.outputs[name]
        self.stacks.deployed[stack.name] = stack


def _same(a: Resource, b: Resource) -> bool:
    return json.dumps(a.properties, sort_keys=True) == json.dumps(b.properties, sort_keys=True)
