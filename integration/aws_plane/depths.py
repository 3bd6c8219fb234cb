"""How many messages each queue holds, asked of moto at once: one small answer in place of a call of an SDK for each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PATH = "/_plane/queues"
"""No bucket's: none has an underscore in its name."""


@dataclass(frozen=True)
class Depth:
    """Messages of one queue: visible, received and not yet deleted, delayed."""

    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        return self.visible + self.in_flight + self.delayed


def answer(queues: Iterable[Any]) -> bytes:
    """Of moto's own queues, counted as its GetQueueAttributes counts them."""
    return json.dumps({
        queue.name: (
            queue.approximate_number_of_messages, queue.approximate_number_of_messages_not_visible,
            queue.approximate_number_of_messages_delayed,
        )
        for queue in queues
    }).encode()  # fmt: skip


def depths(body: bytes) -> Mapping[str, Depth]:
    """What `answer` gave, by queue."""
    return {name: Depth(*counts) for name, counts in json.loads(body).items()}
