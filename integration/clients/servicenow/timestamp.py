"""Timestamps of the Table API: `YYYY-MM-DD HH:MM:SS`, UTC, whole seconds (docs: Table API)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)


def from_timestamp(text: str) -> datetime:
    """The moment a raw `value` names. Raises `ValueError` for anything else, also for display values."""
    form = _FORM.fullmatch(text)
    if not form:
        raise ValueError("not a UTC stamp of the form YYYY-MM-DD HH:MM:SS")
    return datetime(*map(int, form.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]  # six whole numbers


def to_timestamp(moment: datetime) -> str:
    """Cut to the second, since the instance has no finer clock. Raises `ValueError` without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is no moment")
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
