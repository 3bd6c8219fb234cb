"""One record as `sysparm_display_value=all` shows it, and tolerant of the other three ways to show a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integration.clients.errors import Misconfigured
from integration.clients.servicenow.errors import SYSTEM


class Record(Mapping[str, str]):
    """Column → raw value; `label` is what the instance displays, in the user's language and time zone.

    `value` and `label` raise `Misconfigured` for a column the answer does not hold: a column this user may not read
    is left out by the instance, and must not be taken for an empty one. `get` is for columns that may be absent.
    """

    __slots__ = ("_labels", "_values")

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._values = {name: _part(shown, "value", "display_value") for name, shown in columns.items()}
        self._labels = {name: _part(shown, "display_value", "value") for name, shown in columns.items()}

    @property
    def sys_id(self) -> str:
        return self.value("sys_id")

    def value(self, field: str) -> str:
        return self._shown(self._values, field)

    def label(self, field: str) -> str:
        return self._shown(self._labels, field)

    def has(self, field: str) -> bool:
        return field in self._values

    @property
    def labels(self) -> Mapping[str, str]:
        return self._labels

    def _shown(self, columns: Mapping[str, str], field: str) -> str:
        if field not in columns:
            raise Misconfigured(
                SYSTEM, f"the answer has no column {field}: it does not exist or this user may not read it"
            )
        return columns[field]

    def __getitem__(self, field: str) -> str:
        return self._values[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Record({self._values.get('sys_id', '?')}, {len(self)} columns)"


def _part(shown: Any, first: str, second: str) -> str:
    """`"x"`, `{"value", "display_value"}`, `{"value", "link"}`, `{"display_value", "link"}` or null. Some APIs
    have typed values, a choice `6.0` among them, which is `6` elsewhere.
    """
    if isinstance(shown, Mapping):
        chosen = shown.get(first)
        shown = shown.get(second) if chosen is None else chosen
    if shown is None:
        return ""
    if isinstance(shown, bool):
        return "true" if shown else "false"
    if isinstance(shown, float) and shown.is_integer():
        return str(int(shown))
    return str(shown)
