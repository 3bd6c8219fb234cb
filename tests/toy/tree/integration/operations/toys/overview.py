"""What the toy knows, for `status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.overview import Overview
from integration.toys.declaration import TABLE

if TYPE_CHECKING:
    from integration.operations.deployment.deployed import Deployed


def overview(deployed: Deployed, **_every: bool) -> Overview:
    """All its rows, whether somebody has to look or not."""
    table = deployed.names.of(TABLE)
    items = deployed.client("dynamodb").scan(TableName=table, ProjectionExpression="PK, incident")["Items"]
    toys = [each for each in items if each["PK"]["S"].startswith("Toy#")]
    return Overview(
        rows=tuple({"group": each["PK"]["S"][4:], "incident": each["incident"]["S"]} for each in toys),
    )
