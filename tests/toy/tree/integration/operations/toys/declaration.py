"""How the toy is deployed, operated and shown."""

from __future__ import annotations

from integration.operations.declaration import Operated, commands
from integration.toys.declaration import TOY

TOY_OPERATED = Operated(
    integration=TOY,
    stack="integration.operations.toys.stack:ToyStack",
    grants="integration.operations.toys.grants:GRANTS",
    checks="integration.operations.toys.checks:CHECKS",
    overview="integration.operations.toys.overview:overview",
    tour="integration.operations.toys.tour:TOUR",
    commands=commands("integration.operations.toys.commands", "Toy", {"toy": "Count what the toy knows."}),
)
