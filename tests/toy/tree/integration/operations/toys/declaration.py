"""How the toy is deployed, operated and shown."""

from __future__ import annotations

from integration.operations.declaration import Command, Operated
from integration.toys.declaration import TOY

TOY_OPERATED = Operated(
    integration=TOY,
    stack="integration.operations.toys.stack:ToyStack",
    grants="integration.operations.toys.grants:GRANTS",
    checks="integration.operations.toys.checks:CHECKS",
    overview="integration.operations.toys.overview:overview",
    tour="integration.operations.toys.tour:TOUR",
    commands=(
        Command(
            section="Toy",
            name="toy",
            sentence="Count what the toy knows.",
            path="integration.operations.toys.commands.toy",
        ),
    ),
)
