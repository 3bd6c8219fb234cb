"""Which queues the page shows: those that the integrations declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integration.declaration import Integration
    from integration.names import Names

NODES = {"notifications_rule": "bus", "poll_schedule": "poller"}
"""Where on the map the dead letters stand of what is no queue itself."""


class Shown(NamedTuple):
    """`key` is its place on the map; what is not `live` has dead letters only."""

    key: str
    name: str
    live: bool


def shown(names: Names, integrations: Iterable[Integration]) -> Iterator[Shown]:
    declared = tuple(integrations)
    for queue in (queue for each in declared for queue in each.queues):
        yield Shown(queue, names.of(queue), live=True)
    for other in (other for each in declared for other in each.dead_letters_of):
        yield Shown(NODES.get(other, other), names.of(other), live=False)
