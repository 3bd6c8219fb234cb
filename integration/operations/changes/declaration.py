"""How changes are asked for by pipelines."""

from __future__ import annotations

from integration.changes.declaration import CHANGES
from integration.operations.declaration import Operated, commands

CHANGES_OPERATED = Operated(
    integration=CHANGES,
    commands=commands(
        "integration.operations.changes.commands",
        "Pipelines",
        {"change": "Deploy only with an approved change: run, create, wait and more."},
    ),
)
