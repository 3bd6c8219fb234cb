"""Tables of the pages in docs/emulators/, from the emulators' own data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.emulators import security_ir, servicenow
from integration.emulators.kit.switches import Switches as CommonSwitches
from integration.emulators.kit.switches import described
from integration.emulators.pipelines.switches import Switches
from integration.emulators.security_ir.switches import SWITCHES as CASE_SWITCHES
from integration.emulators.servicenow.catalog_switches import CatalogSwitches
from integration.emulators.servicenow.change_switches import ChangeSwitches
from integration.emulators.servicenow.lengths import PUBLISHED
from integration.emulators.servicenow.sources import BEHAVIOURS
from integration.emulators.servicenow.switches import SWITCHES

if TYPE_CHECKING:
    from collections.abc import Iterable

_MIB = 1024 * 1024
_OF_CHANGES, _OF_CATALOG = tuple(ChangeSwitches.__annotations__), tuple(CatalogSwitches.__annotations__)
_LONG = {"mandatory": "closure of the three tables", "emissions": "see below"}


def behaviours() -> str:
    return _table(("what instances do", "source"), BEHAVIOURS)


def lengths() -> str:
    rows = ((f"`{name}`", str(each.characters), each.source) for name, each in PUBLISHED.items())
    return _table(("column", "characters", "source"), rows)


def switches() -> str:
    return _switches([name for name in SWITCHES if name not in (*_OF_CHANGES, *_OF_CATALOG)])


def change_switches() -> str:
    return _switches(_OF_CHANGES)


def catalog_switches() -> str:
    return _switches(_OF_CATALOG)


def _switches(names: Iterable[str]) -> str:
    defaults = servicenow.Switches().as_json()
    rows = (
        (f"`{name}`", _LONG.get(name) or _shown(defaults[name]), each.decides, _kinder(each.kinder), each.source)
        for name in names
        for each in [SWITCHES[name]]
    )
    return _table(("switch", "default", "what it decides", "kinder", "source"), rows)


def case_switches() -> str:
    defaults = security_ir.Switches().as_json()
    rows = (
        (f"`{name}`", _LONG.get(name) or _shown(defaults[name]), each.decides, each.source)
        for name, each in CASE_SWITCHES.items()
    )
    return _table(("switch", "default", "what it decides", "source"), rows)


def pipeline_switches() -> str:
    """Its own, beside those of every emulator."""
    own = [name for name in Switches.__annotations__ if name not in CommonSwitches.__annotations__]
    told, defaults = described(Switches), Switches().as_json()
    rows = ((f"`{name}`", _shown(defaults[name]), told[name].decides) for name in own)
    return _table(("switch", "default", "what it decides"), rows)


def _kinder(value: Any) -> str:
    return "" if value is None else _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return "`null`"
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
