"""What tests of whole passes ask of the twins."""

from __future__ import annotations

from tests.fakes.workspaces import System, ada

SERVICENOW = ("read order", "tell order", "read journal", "attach")


def aws(system: System) -> int:
    return sum(call not in SERVICENOW for call in system.calls)


def catalog(system: System, key: str = "order1", **more: object) -> str:
    """An approved order, heard and settled; its key."""
    system.ordered(key, ada(**more))
    system.hear(key)
    system.settle()
    return key


def notes(system: System, key: str = "order1") -> list[str]:
    return system.orders.items[key].notes
