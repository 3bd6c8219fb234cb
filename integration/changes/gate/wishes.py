"""A wish out of what a pipeline told; what it leaves out has the defaults of `Wish`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.changes.model import Kind, Moves, Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

WANTED = frozenset({
    "app", "version", "environment", "kind", "model", "template", "short_description", "description",
    "assignment_group", "cmdb_ci", "priority", "risk", "impact", "implementation_plan", "backout_plan", "test_plan",
    "justification", "parent", "submit_state", "moves",
})  # fmt: skip
"""Members of `Wish` that may be asked for at the gate, texts all of them."""
LONGEST_TEXT = 4000
TOLD = "version"
"""What says whose a change is. GitHub tells a commit alone, and the change of its run is taken as it is."""


class Unwanted(ValueError):
    """What is asked for is none of it; the message says what is."""


def wish_of(wanted: Mapping[str, str], timeout_s: float, commit: str = "") -> Wish:
    """`commit`: the version, where none is told. Raises `Unwanted`."""
    wanted = {TOLD: commit, **wanted} if commit else wanted
    if unknown := sorted(map(str, wanted.keys() - WANTED)):
        raise Unwanted(f"{unknown[0]!r} is nothing that can be asked for: {', '.join(sorted(WANTED))}")
    if wrong := [name for name, value in wanted.items() if not isinstance(value, str) or len(value) > LONGEST_TEXT]:
        raise Unwanted(f"{wrong[0]} is no text of at most {LONGEST_TEXT} characters")
    if missing := [name for name in ("app", "version", "environment") if not wanted.get(name)]:
        raise Unwanted(f"{' and '.join(missing)} must be said")
    given = {name: value for name, value in wanted.items() if value}
    kind, moves = given.pop("kind", Kind.NORMAL), given.pop("moves", Moves.OURS)
    for value, words in ((kind, Kind), (moves, Moves)):
        if value not in list(words):
            raise Unwanted(f"{value!r} is none of {', '.join(words)}")
    said = f"Deploy {given['app']} {given['version']} to {given['environment']}"
    given.setdefault("short_description", said)
    return Wish(kind=Kind(kind), moves=Moves(moves), timeout_s=timeout_s, **given)  # type: ignore[arg-type]  # texts all
