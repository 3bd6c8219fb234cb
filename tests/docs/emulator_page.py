"""The tables of docs/emulators/servicenow.md, from the emulator's own data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.emulators.servicenow.ledger import SWITCHES
from integration.emulators.servicenow.lengths import PUBLISHED
from integration.emulators.servicenow.sources import BEHAVIOURS
from integration.emulators.servicenow.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterable

_MIB = 1024 * 1024
_LONG = {"mandatory": "closure of both tables"}


def behaviours() -> str:
    return _table(("what instances do", "source"), BEHAVIOURS)


def lengths() -> str:
    rows = ((f"`{name}`", str(each.characters), each.source) for name, each in PUBLISHED.items())
    return _table(("column", "characters", "source"), rows)


def switches() -> str:
    defaults = Switches().as_json()
    rows = (
        (f"`{name}`", _LONG.get(name) or _shown(defaults[name]), each.decides, _kinder(each.kinder), each.source)
        for name, each in SWITCHES.items()
    )
    return _table(("switch", "default", "what it decides", "kinder", "source"), rows)


def _kinder(value: Any) -> str:
    return "" if value is None else _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items()).replace("*", "others") or "none"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if isinstance(value, int) and value >= _MIB:
        return f"{value // _MIB} MiB"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n".replace("|  |", "| |") for cells in lines)
