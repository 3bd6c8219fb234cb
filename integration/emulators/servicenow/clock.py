"""The clock of an instance, in the formats an instance stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from integration.emulators.kit import clock as kit

STAMP = "%Y-%m-%d %H:%M:%S"
"""How a glide_date_time is stored: UTC, whole seconds, no zone."""


class Clock(kit.Clock):
    """With the notations of an instance."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(int(self()), UTC)

    def stamp(self) -> str:
        return self.now().strftime(STAMP)

    def shown(self) -> str:
        return self.stamp()

    def stamp_ago(self, seconds: float) -> str:
        return (self.now() - timedelta(seconds=seconds)).strftime(STAMP)


def parse_stamp(text: str) -> datetime | None:
    """The moment a stored value names; None when it is none (a date alone is its midnight)."""
    for shape in (STAMP, "%Y-%m-%d"):
        try:
            return datetime.strptime(text, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
