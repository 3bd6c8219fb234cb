"""Changes that pipelines ask for, as data."""

from __future__ import annotations

from integration.declaration import Integration

CHANGES = Integration(key="change")
