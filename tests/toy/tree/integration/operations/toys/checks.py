"""Whether the toy's table can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.checking.own import Checks
from integration.operations.checking.verdict import Verdict, ok
from integration.operations.toys.overview import overview

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.operations.deployment.deployed import Deployed


def checks(deployed: Deployed) -> Iterator[Verdict]:
    yield ok("toys", f"{len(overview(deployed).rows)} are known")


CHECKS = Checks(deployment=checks)
