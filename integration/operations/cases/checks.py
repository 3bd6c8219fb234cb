"""The checks that concern cases alone: whether the instance knows the states and codes of the mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.cases.choices import choices
from integration.operations.cases.labels import labels
from integration.operations.checking.own import Checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.clients.servicenow.http import Http
    from integration.operations.checking.verdict import Verdict
    from mappers.mapping_rules import MappingRules


def mapped(http: Http, rules: MappingRules) -> Iterator[Verdict]:
    yield from choices(http, rules)
    yield from labels(http, rules)


CHECKS = Checks(instance=mapped)
