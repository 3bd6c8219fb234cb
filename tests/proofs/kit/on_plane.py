"""The parts that run on the plane, found in tests/proofs/cases/plane/; `part.py` says what such a module offers."""

from __future__ import annotations

import pkgutil
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.proofs.kit.part import Depth, Figures, Part

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = Path(__file__).parents[1] / "cases" / "plane"


def plane_parts(show: Callable[[str], None]) -> list[Part]:
    found = sorted(module.name for module in pkgutil.iter_modules([str(PLACE)]))
    names = [name for name in found if not name.startswith(("_", "test_"))]
    modules = {name: import_module(f"tests.proofs.cases.plane.{name}") for name in names}
    return [as_part(name, module, show) for name, module in modules.items() if hasattr(module, "run")]


def as_part(name: str, module: Any, show: Callable[[str], None]) -> Part:
    title = (module.__doc__ or name).strip().splitlines()[0].rstrip(".")

    def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
        try:
            found: Figures = module.run(depth.name == "quick", lambda line: show(f"{name}: {line}"))
        except Exception as error:  # noqa: BLE001 - one part that breaks off must not take the others' figures with it
            show(traceback.format_exc())
            found = Figures(problems=[f"{name} broke off: {type(error).__name__}: {error}"])
        found.notes = [f"**{name}**: {title}.", *(f"{name}: {note}" for note in found.notes)]
        advance(1)
        return found

    return Part(f"plane-{name}", title, lambda depth: int(depth.name == "full"), run)
