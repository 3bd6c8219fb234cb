"""What the tests of the pass share: a deployment on fakes, and a first linked pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mappers.mapping_rules import MappingRules, rules_for
from tests.fakes import running as fakes
from tests.fakes.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration.module import Module


@pytest.fixture(scope="session", autouse=True)
def _rules_made_once() -> Iterator[None]:
    """Nobody changes the rules of a deployment; their digest takes as long as what most tests do with them."""
    made: dict[tuple[Module, str], MappingRules] = {}

    def once(module: Module, mapping: Mapping[str, Any] | None = None) -> MappingRules:
        key = module, repr(mapping)
        if key not in made:
            made[key] = rules_for(module, mapping)
        return made[key]

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(fakes, "rules_for", once)
        yield


@pytest.fixture(params=["itsm", "ir"])
def running(request: pytest.FixtureRequest) -> Running:
    return Running(request.param)


@pytest.fixture
def pair(running: Running) -> tuple[str, str]:
    """A case and its incident, in step."""
    running.case(running.cases.make("Root key used"))
    return running.linked()
