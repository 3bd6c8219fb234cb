"""What the fakes of both systems share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class Bytes:
    """An open download of known size."""

    def __init__(self, content: bytes) -> None:
        self.content, self.size = content, len(content)

    def iter(self) -> Iterable[bytes]:
        for start in range(0, len(self.content), 1 << 20):
            yield self.content[start : start + (1 << 20)]
