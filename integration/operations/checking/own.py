"""The checks of one integration, as its record names them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from integration.clients.servicenow.http import Http
from integration.operations.checking.verdict import Verdict
from integration.operations.deployment.deployed import Deployed
from integration.registry import DEFAULT
from mappers.mapping_rules import MappingRules

OfInstance: TypeAlias = Callable[[Http, MappingRules], Iterator[Verdict]]
OfDeployment: TypeAlias = Callable[[Deployed], Iterator[Verdict]]


@dataclass(frozen=True, kw_only=True)
class Checks:
    """`instance` is asked behind the sign-in, also before a deployment; `deployment` at the end, where it stands."""

    instance: OfInstance = lambda _http, _rules: iter(())
    deployment: OfDeployment = lambda _deployed: iter(())


Own: TypeAlias = Mapping[str, Checks]
"""Of each integration that has some, by key."""


def chosen(own: Own, deployed: Deployed | None) -> list[Checks]:
    """Of what is deployed; before, of what a deployment has where nothing else is named."""
    keys = [each.key for each in deployed.integrations] if deployed else DEFAULT
    return [own[key] for key in keys if key in own]
