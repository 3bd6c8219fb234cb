"""A group is saved, and gets its one incident."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from integration.operations.tour import TO_AWS, Part, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration.operations.tour import Sweep


def _saved(people: Any) -> None:
    groups = copy(people)
    groups.table = "sys_user_group"
    people.keep["toy"] = str(groups.act("insert", by="admin", enforce=False, name="Toy of the tour")["sys_id"])


def _incidents(people: Any) -> list[Any]:
    return [row for row in people.rows("incident") if row.get("correlation_id") == f"toy/{people.keep['toy']}"]


def _steps(_people: Any, _sweep: Sweep) -> Sequence[Step]:
    return [Step("a toy gets its incident", TO_AWS, _saved, lambda people: len(_incidents(people)) == 1)]


TOUR = Part(_steps)
