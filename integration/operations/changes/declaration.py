"""How changes are asked for by pipelines."""

from __future__ import annotations

from integration.changes.declaration import CHANGES
from integration.operations.declaration import Operated

CHANGES_OPERATED = Operated(integration=CHANGES)
